"""Every call that ``hubspot-sdk``, HubSpot's newer client, has in the rooms of the desk.

The client checks each reply against HubSpot's schema, as it is told to be strict. ``CALLS``
and ``LEFT_OUT`` together are all there is, as for the older client.
"""

import inspect
from collections.abc import Iterator, Mapping
from functools import partial, reduce
from typing import Any, Final

import pytest
from hubspot_sdk import APIStatusError, HubSpot, NotFoundError
from hubspot_sdk.resources.webhooks import WebhooksResource
from tests.contract.hubspot.every_call import KEY, NAMING, Desk, default_tie
from tests.contract.hubspot.sdk_records import Bench, Use, errors_of, on_records

ROOMS: Final = (
    "conversations.visitor_identification",
    "crm.associations",
    "crm.associations.batch",
    "crm.associations_schema.labels",
    "crm.associations_schema.limits",
    *(
        f"crm.objects.{kind}{batch}"
        for kind in (*NAMING, "custom", "generic_objects")
        for batch in ("", ".batch")
    ),
    "crm.owners",
    "crm.pipelines",
    "crm.properties",
    "crm.properties.batch",
    "crm.properties.groups",
    "webhooks",
)
ONE_PIPELINE: Final = "deals go through one pipeline, which does not change"
LABELS_OF_ONES_OWN: Final = "associations have HubSpot's own labels only"
JOURNAL: Final = "the desk calls a receiver, and keeps no journal to be read"
LEFT_OUT: Final = {
    **{
        f"crm.pipelines.{verb}": ONE_PIPELINE
        for verb in (
            "create",
            "create_stage",
            "delete",
            "delete_stage",
            "list_audit",
            "list_stage_audit",
            "update",
            "update_all_properties",
            "update_stage",
            "update_stage_all_properties",
        )
    },
    **{
        f"crm.associations_schema.{verb}": LABELS_OF_ONES_OWN
        for verb in (
            "labels.batch_create",
            "labels.create_label",
            "labels.delete_label",
            "labels.update_label",
            "limits.batch_delete",
            "limits.batch_update",
            "limits.get_by_object_types",
            "limits.list",
        )
    },
    **{f"webhooks.{call}": JOURNAL for call in vars(WebhooksResource) if "journal" in call},
    **{
        f"webhooks.{verb}_subscription_filter": JOURNAL for verb in ("create", "delete", "get")
    },
    "webhooks.list_subscription_filters": JOURNAL,
    "webhooks.create_crm_snapshots": JOURNAL,
    "crm.associations.request_high_usage_report": "a report on HubSpot's own limits",
}


@pytest.fixture(scope="module")
def client(shared_desk: Desk) -> Iterator[HubSpot]:
    """Return the client, pointed at the file's desk and strict with it."""
    with HubSpot(
        access_token=KEY,
        base_url=shared_desk.address,
        max_retries=0,
        _strict_response_validation=True,
    ) as client:
        yield client


@pytest.fixture
def bench(client: HubSpot, shared_desk: Desk) -> Bench:
    """Return what the calls need."""
    return Bench(client, shared_desk)


def ties(bench: Bench) -> None:
    """Tie without a label; the first company is the primary one too."""
    contact, company = bench.tied()
    assert bench.companies_of(contact) == [(company, [1, 279])]


def labels_one(bench: Bench) -> None:
    """Say of a company that it is a contact's primary one."""
    contact, company = bench.make("contacts"), bench.make("companies")
    types: Any = [{"association_category": "HUBSPOT_DEFINED", "association_type_id": 1}]
    answer = bench.client.crm.associations.update_labels(
        company,
        object_type="contacts",
        object_id=contact,
        to_object_type="companies",
        body=types,
    )
    assert answer.labels == ["Primary"]


def unties(bench: Bench) -> None:
    """End what ties two."""
    contact, company = bench.tied()
    bench.client.crm.associations.delete(
        company, object_type="contacts", object_id=contact, to_object_type="companies"
    )
    assert bench.companies_of(contact) == []


def searches_by_association_room(bench: Bench) -> None:
    """Find a record by the search that the client has there too."""
    company = bench.make("companies")
    found = bench.client.crm.associations.search(
        "companies",
        filter_groups=[
            {
                "filters": [
                    {"property_name": "hs_object_id", "operator": "EQ", "value": company}
                ]
            }
        ],
        properties=[],
        limit=5,
        after="0",
        sorts=[],
    )
    assert [one.id for one in found.results] == [company]


def on_pairs(verb: str, bench: Bench) -> None:
    """Tie a pair, or end what ties it, by one of the calls for many."""
    new = verb.startswith("create")
    contact, company = (
        (bench.make("contacts"), bench.make("companies")) if new else bench.tied()
    )
    spec = {"association_category": "HUBSPOT_DEFINED", "association_type_id": 1}
    to: Any = [{"id": company}] if verb == "delete" else {"id": company}
    pair: dict[str, Any] = {"from": {"id": contact}, "to": to}
    if verb in {"create", "delete_labels"}:
        pair["types"] = [spec]
    getattr(bench.client.crm.associations.batch, verb)(
        "companies", from_object_type="contacts", inputs=[pair]
    )
    left = {"create": [1, 279], "create_default": [1, 279], "delete_labels": [279]}.get(verb)
    assert bench.companies_of(contact) == ([] if left is None else [(company, left)])


def reads_pairs(bench: Bench) -> None:
    """Read the ties of one that has some and one that has none."""
    contact, company = bench.tied()
    answer = bench.client.crm.associations.batch.get(
        "companies",
        from_object_type="contacts",
        inputs=[{"id": contact}, {"id": bench.make("contacts")}],
    )
    (found,) = answer.results
    assert [one.to_object_id for one in found.to] == [company]
    assert len(errors_of(answer)) == 1


def ties_at_birth(bench: Bench) -> None:
    """Read in which senses two kinds can be tied, and make a record with such a tie."""
    found = bench.client.crm.associations_schema.labels.list_labels(
        "companies", from_object_type="contacts"
    )
    assert [one.type_id for one in found.results] == [1, 279]
    company = bench.make("companies")
    made = bench.client.crm.objects.contacts.create(
        properties=bench.properties("contacts"), associations=_tie(company)
    )
    assert bench.companies_of(made.id) == [(company, [1, 279])]


def _tie(company: str) -> Any:
    return [
        {
            "to": one["to"],
            "types": [{"association_category": "HUBSPOT_DEFINED", "association_type_id": 279}],
        }
        for one in default_tie(company)
    ]


def associations() -> dict[str, Use]:
    """Return the calls on what belongs together."""
    room = "crm.associations"
    return {
        f"{room}.create": ties,
        f"{room}.list": ties,
        f"{room}.update_labels": labels_one,
        f"{room}.delete": unties,
        f"{room}.search": searches_by_association_room,
        f"{room}.batch.get": reads_pairs,
        **{
            f"{room}.batch.{verb}": partial(on_pairs, verb)
            for verb in ("create", "create_default", "delete", "delete_labels")
        },
        "crm.associations_schema.labels.list_labels": ties_at_birth,
    }


def a_property(bench: Bench) -> dict[str, Any]:
    """Return a property that is not there yet."""
    return {
        "name": f"size_{bench.desk.number()}",
        "label": "Size",
        "type": "number",
        "field_type": "number",
        "group_name": "dealinformation",
    }


def defines(bench: Bench) -> str:
    """Define a property; return its name."""
    return str(bench.client.crm.properties.create("deals", **a_property(bench)).name)


def on_properties(verb: str, bench: Bench) -> None:
    """Define a property, and make one more call on it."""
    name, api = defines(bench), bench.client.crm.properties
    if verb == "list":
        assert name in {one.name for one in api.list("deals").results}
    elif verb == "update":
        changed = api.update(name, object_type="deals", label="Length")
        assert changed.label == "Length"
    elif verb == "delete":
        api.delete(name, object_type="deals")
        with pytest.raises(NotFoundError):
            api.get(name, object_type="deals")
    else:
        assert api.get(name, object_type="deals").label == "Size"


def on_many_properties(verb: str, bench: Bench) -> None:
    """Define two properties at once, and make one more call on both."""
    api, wanted = bench.client.crm.properties.batch, [a_property(bench), a_property(bench)]
    names = [str(one["name"]) for one in wanted]
    made = api.create("deals", inputs=wanted)
    assert [one.name for one in made.results] == names
    inputs = [{"name": name} for name in names]
    if verb == "delete":
        api.delete("deals", inputs=inputs)
    found = api.get(
        "deals", inputs=inputs, archived=verb == "delete", data_sensitivity="non_sensitive"
    )
    assert [one.name for one in found.results] == names


def on_groups(verb: str, bench: Bench) -> None:
    """Define a group of properties, and make one more call on it."""
    api, name = bench.client.crm.properties.groups, f"group_{bench.desk.number()}"
    api.create("deals", name=name, label="Group")
    if verb == "update":
        api.update(name, object_type="deals", label="Other")
    if verb == "delete":
        api.delete(name, object_type="deals")
    labels = {one.name: one.label for one in api.list("deals").results}
    expected = {"update": "Other", "delete": None}.get(verb, "Group")
    assert labels.get(name) == expected
    if expected is not None:
        assert api.get(name, object_type="deals").label == expected


def definitions() -> dict[str, Use]:
    """Return the calls on properties and their groups."""
    room = "crm.properties"
    return {
        **{
            f"{room}.{verb}": partial(on_properties, verb)
            for verb in ("create", "get", "list", "update", "delete")
        },
        **{
            f"{room}.batch.{verb}": partial(on_many_properties, verb)
            for verb in ("create", "get", "delete")
        },
        **{
            f"{room}.groups.{verb}": partial(on_groups, verb)
            for verb in ("create", "get", "list", "update", "delete")
        },
    }


def owners(bench: Bench) -> None:
    """Read the owners, and one of them."""
    api = bench.client.crm.owners
    (linus,) = list(api.list())
    assert api.get(int(linus.id)).email == "linus@shop.test"


def pipelines(bench: Bench) -> None:
    """Read the pipelines, one of them, its stages and one of those."""
    api = bench.client.crm.pipelines
    (only,) = api.list("deals").results
    assert api.get(only.id, object_type="deals").stages == only.stages
    stages = api.list_stages(only.id, object_type="deals").results
    assert stages == only.stages
    stage = api.get_stage(stages[0].id, object_type="deals", pipeline_id=only.id)
    assert stage == stages[0]


def generates_a_token(bench: Bench) -> None:
    """Mint a token; the client sends a context that nothing is done with."""
    made = bench.client.conversations.visitor_identification.generate_token(
        email="ada@example.com", hs_customer_agent_context={}, first_name="Ada"
    )
    assert made.token.count(".") == 2


def on_settings(verb: str, bench: Bench) -> None:
    """Set up the webhooks of a new app, and make one more call on it."""
    api, app = bench.client.webhooks, bench.desk.number()
    url = "https://hooks.example/in"
    made = api.update_settings(app, target_url=url, throttling={"max_concurrent_requests": 5})
    assert made.target_url == url
    if verb == "delete":
        api.delete_settings(app)
        with pytest.raises(NotFoundError):
            api.get_settings(app)
    else:
        assert api.get_settings(app).throttling.max_concurrent_requests == 5


def on_subscriptions(verb: str, bench: Bench) -> None:
    """Subscribe a new app to something, and make one more call on that."""
    api, app = bench.client.webhooks, bench.desk.number()
    api.update_settings(
        app,
        target_url="https://hooks.example/in",
        throttling={"max_concurrent_requests": 5},
    )
    made = api.create_event_subscription(app, active=True, event_type="contact.creation")
    one = int(made.id)
    if verb == "update":
        assert api.update_event_subscription(one, app_id=app, active=False).active is False
    elif verb == "batch":
        answer = api.create_batch_event_subscriptions(
            app, inputs=[{"id": one, "active": False}]
        )
        assert [each.active for each in answer.results] == [False]
    elif verb == "delete":
        api.delete_event_subscription(one, app_id=app)
    else:
        assert api.get_event_subscription(one, app_id=app).active is True
    left = [int(each.id) for each in api.list_event_subscriptions(app).results]
    assert left == ([] if verb == "delete" else [one])


def webhooks() -> dict[str, Use]:
    """Return the calls that set up webhooks."""
    return {
        **{
            f"webhooks.{verb}_settings": partial(on_settings, verb)
            for verb in ("get", "update", "delete")
        },
        **{
            f"webhooks.{verb}_event_subscription": partial(on_subscriptions, verb)
            for verb in ("create", "get", "update", "delete")
        },
        "webhooks.list_event_subscriptions": partial(on_subscriptions, "list"),
        "webhooks.create_batch_event_subscriptions": partial(on_subscriptions, "batch"),
    }


CALLS: Final[Mapping[str, Use]] = {
    **on_records(),
    **associations(),
    **definitions(),
    **webhooks(),
    **{f"crm.owners.{verb}": owners for verb in ("list", "get")},
    **{
        f"crm.pipelines.{verb}": pipelines
        for verb in ("list", "get", "list_stages", "get_stage")
    },
    "conversations.visitor_identification.generate_token": generates_a_token,
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_the_newer_client_is_answered(bench: Bench, name: str):
    """The reply fits HubSpot's schema, and says what the client's user asked for."""
    CALLS[name](bench)


def offered(room: str) -> Iterator[str]:
    """Yield the names of the client's calls in *room*."""
    api = reduce(getattr, room.split("."), HubSpot(access_token=KEY))
    for name, call in inspect.getmembers(type(api), inspect.isfunction):
        if not name.startswith(("_", "with_")):
            yield f"{room}.{name}"
        assert call


def test_every_call_of_the_newer_client_is_listed():
    """A new version of the client cannot bring a call that nobody looked at."""
    found = {name for room in ROOMS for name in offered(room)}
    assert found == CALLS.keys() | LEFT_OUT.keys()
    assert not CALLS.keys() & LEFT_OUT.keys()


@pytest.mark.parametrize(
    ("token", "status", "category"),
    [
        ("pat-na1-nobody", 401, "INVALID_AUTHENTICATION"),
        ("cc_sk_tokens", 403, "MISSING_SCOPES"),
    ],
)
def test_the_newer_client_is_told_why_it_may_not(
    shared_desk: Desk, token: str, status: int, category: str
):
    """A refusal is the client's own error, with HubSpot's body."""
    client = HubSpot(access_token=token, base_url=shared_desk.address, max_retries=0)
    with pytest.raises(APIStatusError) as caught:
        client.crm.objects.contacts.list()
    body: Any = caught.value.body
    assert (caught.value.status_code, body["category"]) == (status, category)
