"""HubSpot's own Python client works with nothing changed but its host."""

import json
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.conversations.visitor_identification import (
    IdentificationTokenGenerationRequest,
)
from hubspot.crm import contacts as crm
from hubspot.crm.contacts.exceptions import ApiException

KEY = "pat-local-desk"


@pytest.fixture
def client(live_api: str) -> HubSpot:
    """Return HubSpot's client, pointed at the desk."""
    return HubSpot(access_token=KEY, host=live_api)


def made(client: HubSpot, **properties: str) -> Any:
    """Make a contact as the client's user would."""
    wanted = crm.SimplePublicObjectInputForCreate(properties=properties, associations=[])
    return client.crm.contacts.basic_api.create(simple_public_object_input_for_create=wanted)


def test_it_makes_a_new_token_at_each_call(client: HubSpot):
    """Two calls for one visitor give two tokens."""
    wanted = IdentificationTokenGenerationRequest(
        email="ada@example.com", first_name="Ada", last_name="Lovelace"
    )
    api = client.conversations.visitor_identification.generate_api
    tokens = {
        api.generate_token(identification_token_generation_request=wanted).token
        for _ in range(2)
    }
    assert [token.count(".") + 1 for token in tokens] == [3, 3]


def test_it_keeps_a_contact(client: HubSpot):
    """Create, read by id and by address, change, archive."""
    ada = made(client, email="a+b@example.com", firstname="Ada")
    api = client.crm.contacts.basic_api
    assert api.get_by_id(ada.id).properties["firstname"] == "Ada"
    by_email = api.get_by_id("a+b@example.com", id_property="email", properties=["company"])
    assert (ada.id, None) == (by_email.id, by_email.properties["company"])
    changes = crm.SimplePublicObjectInput(properties={"company": "Ink"})
    changed = api.update(ada.id, simple_public_object_input=changes)
    assert changed.properties["company"] == "Ink"
    api.archive(ada.id)
    with pytest.raises(ApiException) as caught:
        api.get_by_id(ada.id)
    assert caught.value.status == 404
    assert api.get_by_id(ada.id, archived=True).archived_at is not None


def test_it_reads_every_page(client: HubSpot):
    """``get_all`` follows the paging to the end, in the order the contacts were made."""
    wanted = [
        crm.SimplePublicObjectBatchInputForCreate(
            properties={"email": f"n{number}@example.com"}, associations=[]
        )
        for number in range(100)
    ]
    batch = crm.BatchInputSimplePublicObjectBatchInputForCreate(inputs=wanted)
    client.crm.contacts.batch_api.create(
        batch_input_simple_public_object_batch_input_for_create=batch
    )
    made(client, email="n100@example.com")
    emails = [contact.properties["email"] for contact in client.crm.contacts.get_all()]
    # A batch is done in the order of its keys, so only the last one's place is known.
    assert sorted(f"n{number}@example.com" for number in range(101)) == sorted(emails)
    assert emails[-1] == "n100@example.com"


def test_it_searches(client: HubSpot):
    """A filter of the client's own kind finds the contact."""
    ada = made(client, email="ada@example.com", company="Ink & Paper")
    made(client, email="grace@example.com")
    asked = crm.Filter(property_name="company", operator="CONTAINS_TOKEN", value="ink")
    found = client.crm.contacts.search_api.do_search(
        public_object_search_request=crm.PublicObjectSearchRequest(
            filter_groups=[crm.FilterGroup(filters=[asked])],
            properties=["company"],
            limit=10,
        )
    )
    assert (1, ada.id) == (found.total, found.results[0].id)


def test_it_understands_a_batch_that_partly_failed(client: HubSpot):
    """A 207 is read into results and errors."""
    ada = made(client, email="ada@example.com")
    wanted = crm.BatchReadInputSimplePublicObjectId(
        inputs=[crm.SimplePublicObjectId(id=ada.id), crm.SimplePublicObjectId(id="999")],
        properties=["email"],
        properties_with_history=[],
    )
    answer = client.crm.contacts.batch_api.read(
        batch_read_input_simple_public_object_id=wanted
    )
    assert (len(answer.results), answer.num_errors) == (1, 1)
    assert answer.errors[0].context == {"ids": ["999"]}


def test_it_upserts(client: HubSpot):
    """The client learns which contacts are new."""
    made(client, email="ada@example.com")
    wanted = [
        crm.SimplePublicObjectBatchInputUpsert(
            id_property="email", id=email, properties={"firstname": "X"}
        )
        for email in ("ada@example.com", "grace@example.com")
    ]
    answer = client.crm.contacts.batch_api.upsert(
        batch_input_simple_public_object_batch_input_upsert=(
            crm.BatchInputSimplePublicObjectBatchInputUpsert(inputs=wanted)
        )
    )
    assert [result.new for result in answer.results] == [False, True]


@pytest.mark.parametrize(
    ("token", "status", "category"),
    [
        ("pat-na1-nobody", 401, "INVALID_AUTHENTICATION"),
        ("cc_sk_tokens", 403, "MISSING_SCOPES"),
    ],
)
def test_it_is_told_why_it_may_not(live_api: str, token: str, status: int, category: str):
    """A refusal is an ApiException with HubSpot's body."""
    with pytest.raises(ApiException) as caught:
        HubSpot(access_token=token, host=live_api).crm.contacts.basic_api.get_page()
    assert (status, category) == (
        caught.value.status,
        json.loads(caught.value.body)["category"],
    )
