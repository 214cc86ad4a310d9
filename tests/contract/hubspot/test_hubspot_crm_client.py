"""HubSpot's own Python client keeps companies and deals, and ties them together."""

import json
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm import companies, contacts, deals
from hubspot.crm import properties as definitions
from hubspot.crm.associations import v4
from hubspot.crm.contacts.exceptions import ApiException

KEY = "pat-local-desk"


@pytest.fixture
def client(live_api: str) -> HubSpot:
    """Return HubSpot's client, pointed at the desk."""
    return HubSpot(access_token=KEY, host=live_api)


def contact(client: HubSpot, **properties: str) -> Any:
    """Make a contact as the client's user would."""
    wanted = contacts.SimplePublicObjectInputForCreate(properties=properties, associations=[])
    return client.crm.contacts.basic_api.create(simple_public_object_input_for_create=wanted)


def company(client: HubSpot, **properties: str) -> Any:
    """Make a company as the client's user would."""
    wanted = companies.SimplePublicObjectInputForCreate(properties=properties, associations=[])
    return client.crm.companies.basic_api.create(simple_public_object_input_for_create=wanted)


def deal(client: HubSpot, ends: dict[int, str], **properties: str) -> Any:
    """Make a deal that is associated with *ends*, by the number of the association."""
    ties = [
        deals.PublicAssociationsForObject(
            to=deals.PublicObjectId(id=end),
            types=[
                deals.AssociationSpec(
                    association_category="HUBSPOT_DEFINED", association_type_id=number
                )
            ],
        )
        for number, end in ends.items()
    ]
    wanted = deals.SimplePublicObjectInputForCreate(properties=properties, associations=ties)
    return client.crm.deals.basic_api.create(simple_public_object_input_for_create=wanted)


def test_a_deal_knows_its_contact_and_its_company(client: HubSpot):
    """Create with associations, read them back, and by the newer API from the other side."""
    ada, ink = contact(client, email="ada@example.com"), company(client, name="Ink")
    pens = deal(client, {3: ada.id, 341: ink.id}, dealname="Pens", amount="10.50")
    read = client.crm.deals.basic_api.get_by_id(
        pens.id, associations=["contacts", "companies"], properties=["amount"]
    )
    assert read.properties["amount"] == "10.50"
    assert [one.id for one in read.associations["contacts"].results] == [ada.id]
    assert {one.type for one in read.associations["companies"].results} == {
        "deal_to_company",
        "deal_to_company_unlabeled",
    }
    page = client.crm.associations.v4.basic_api.get_page("companies", ink.id, "deals")
    assert [(one.to_object_id, one.association_types[0].label) for one in page.results] == [
        (pens.id, "Primary")
    ]


def test_associations_many_at_once(client: HubSpot):
    """Every pair is told of in both directions; a read tells who has nothing."""
    ada, ink = contact(client, email="ada@example.com"), company(client, name="Ink")
    api = client.crm.associations.v4.batch_api
    pairs = [
        v4.PublicDefaultAssociationMultiPost(
            _from=v4.PublicObjectId(id=start), to=v4.PublicObjectId(id=ink.id)
        )
        for start in (ada.id,)
    ]
    answer = api.create_default(
        "contacts",
        "companies",
        batch_input_public_default_association_multi_post=(
            v4.BatchInputPublicDefaultAssociationMultiPost(inputs=pairs)
        ),
    )
    assert [one.association_spec.association_type_id for one in answer.results] == [279, 280]
    wanted = v4.BatchInputPublicFetchAssociationsBatchRequest(
        inputs=[v4.PublicFetchAssociationsBatchRequest(id=one) for one in (ada.id, "999")]
    )
    read = api.get_page(
        "contacts", "companies", batch_input_public_fetch_associations_batch_request=wanted
    )
    assert read.num_errors == 1
    assert [one.to_object_id for one in read.results[0].to] == [ink.id]
    ended = v4.BatchInputPublicAssociationMultiArchive(
        inputs=[
            v4.PublicAssociationMultiArchive(
                _from=v4.PublicObjectId(id=ada.id), to=[v4.PublicObjectId(id=ink.id)]
            )
        ]
    )
    api.archive("contacts", "companies", batch_input_public_association_multi_archive=ended)
    basic = client.crm.associations.v4.basic_api
    assert basic.get_page("contacts", ada.id, "companies").results == []


def test_a_property_of_ones_own(client: HubSpot):
    """It is defined, listed, written and searched for, and a misfit is refused."""
    wanted = definitions.PropertyCreate(
        name="tier",
        label="Tier",
        type="enumeration",
        field_type="select",
        group_name="contactinformation",
        options=[
            definitions.OptionInput(label=label, value=label.lower(), hidden=False)
            for label in ("Gold", "Silver")
        ],
    )
    made = client.crm.properties.core_api.create("contacts", property_create=wanted)
    assert ([one.value for one in made.options], made.hubspot_defined) == (
        ["gold", "silver"],
        False,
    )
    names = {one.name for one in client.crm.properties.core_api.get_all("contacts").results}
    assert {"tier", "email", "lifecyclestage"} <= names
    assert contact(client, email="ada@example.com", tier="gold").properties["tier"] == "gold"
    with pytest.raises(ApiException) as caught:
        contact(client, email="grace@example.com", tier="tin")
    assert json.loads(caught.value.body)["errors"][0]["code"] == "INVALID_OPTION"
    client.crm.properties.core_api.archive("contacts", "tier")
    archived = client.crm.properties.core_api.get_by_name("contacts", "tier", archived=True)
    assert archived.archived is True


def test_contacts_merge_and_are_forgotten(client: HubSpot):
    """The client's own calls for both."""
    ada = contact(client, email="ada@example.com")
    old = contact(client, email="old@example.com", company="Ink")
    api = client.crm.contacts.basic_api
    wanted = contacts.PublicMergeInput(primary_object_id=ada.id, object_id_to_merge=old.id)
    assert api.merge(public_merge_input=wanted).id == ada.id
    assert api.get_by_id(old.id, properties=["company"]).properties["company"] == "Ink"
    api.purge(
        public_gdpr_delete_input=contacts.PublicGdprDeleteInput(
            object_id="ada@example.com", id_property="email"
        )
    )
    with pytest.raises(ApiException) as caught:
        api.get_by_id(ada.id)
    assert caught.value.status == 404


def test_owners_and_pipelines(client: HubSpot):
    """What a deal refers to can be read."""
    owners = client.crm.owners.get_all()
    assert [(owner.id, owner.email) for owner in owners] == [("700", "linus@shop.test")]
    found = client.crm.pipelines.pipelines_api.get_by_id("deals", "default")
    assert [stage.id for stage in found.stages if stage.metadata["isClosed"] == "true"] == [
        "closedwon",
        "closedlost",
    ]


def test_a_thousand_contacts_are_read_page_by_page(client: HubSpot):
    """``get_all`` sees each of 1,050 contacts once, in the order they were made."""
    for start in range(0, 1050, 100):
        inputs = [
            contacts.SimplePublicObjectBatchInputForCreate(
                properties={"email": f"n{number:04}@example.com"}, associations=[]
            )
            for number in range(start, min(start + 100, 1050))
        ]
        client.crm.contacts.batch_api.create(
            batch_input_simple_public_object_batch_input_for_create=(
                contacts.BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
            )
        )
    emails = [one.properties["email"] for one in client.crm.contacts.get_all()]
    assert emails == [f"n{number:04}@example.com" for number in range(1050)]
