"""Every call that HubSpot's own Python client has in the rooms of the desk.

``CALLS`` makes each one and looks at what the client made of the reply; ``LEFT_OUT`` names
what the desk does not do. Together they are all there is, which is a test too.
"""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import pytest
from hubspot import HubSpot
from tests.contract.hubspot.every_call import KEY, Desk, default_tie
from tests.contract.hubspot.python_records import Bench, Use, calls_on_records

ROOMS: Final = (
    "conversations.visitor_identification",
    "crm.associations",
    "crm.associations.schema",
    "crm.associations.v4",
    "crm.associations.v4.schema",
    "crm.companies",
    "crm.contacts",
    "crm.deals",
    "crm.objects",
    "crm.owners",
    "crm.pipelines",
    "crm.properties",
    "webhooks",
)
ONE_PIPELINE: Final = "deals go through one pipeline, which does not change"
LABELS_OF_ONES_OWN: Final = "associations have HubSpot's own labels only"
LEFT_OUT: Final = {
    **{
        f"crm.pipelines.{api}.{verb}": ONE_PIPELINE
        for api in ("pipelines_api", "pipeline_stages_api")
        for verb in ("archive", "create", "replace", "update")
    },
    "crm.pipelines.pipeline_audits_api.get_audit": ONE_PIPELINE,
    "crm.pipelines.pipeline_stage_audits_api.get_audit": ONE_PIPELINE,
    **{
        f"crm.associations.v4.schema.definitions_api.{verb}": LABELS_OF_ONES_OWN
        for verb in ("create", "remove", "update")
    },
    **{
        f"crm.associations.v4.schema.definition_configurations_api.{verb}": LABELS_OF_ONES_OWN
        for verb in (
            "batch_create",
            "batch_remove",
            "batch_update",
            "get_all",
            "get_all_between_two_object_types",
        )
    },
    "crm.associations.v4.report_api.request": "a report on HubSpot's own limits, by e-mail",
}


@pytest.fixture
def bench(shared_desk: Desk) -> Bench:
    """Return the client, pointed at the file's desk."""
    client = HubSpot(access_token=KEY, api_key=KEY, host=shared_desk.address)
    return Bench(client, shared_desk)


def generates_a_token(bench: Bench) -> None:
    """Mint a token."""
    api = bench.client.conversations.visitor_identification.generate_api
    assert api.generate_token({"email": "ada@example.com"}).token.count(".") == 2


def ties_one(bench: Bench) -> None:
    """Say of a company that it is a contact's primary one."""
    contact, company = bench.make("contacts"), bench.make("companies")
    answer = bench.client.crm.associations.v4.basic_api.create(
        "contacts", contact, "companies", company, default_tie(company, 1)[0]["types"]
    )
    assert (answer.to_object_id, answer.labels) == (company, ["Primary"])


def ties_one_by_default(bench: Bench) -> None:
    """Tie without a label, and hear of both directions."""
    contact, company = bench.make("contacts"), bench.make("companies")
    answer = bench.client.crm.associations.v4.basic_api.create_default(
        "contacts", contact, "companies", company
    )
    assert [one.association_spec.association_type_id for one in answer.results] == [279, 280]


def ties_of_one(bench: Bench) -> list[Any]:
    """Read what a new contact with a company is tied to."""
    contact, company = bench.tied()
    page = bench.client.crm.associations.v4.basic_api.get_page(
        "contacts", contact, "companies"
    )
    assert [one.to_object_id for one in page.results] == [company]
    return [each.type_id for each in page.results[0].association_types]


def unties_one(bench: Bench) -> None:
    """End what ties two."""
    contact, company = bench.tied()
    basic = bench.client.crm.associations.v4.basic_api
    basic.archive("contacts", contact, "companies", company)
    assert basic.get_page("contacts", contact, "companies").results == []


def ties_many(version: str, verb: str, bench: Bench) -> None:
    """Tie a pair by one of the calls for many."""
    contact, company = bench.make("contacts"), bench.make("companies")
    pair: dict[str, Any] = {"from": {"id": contact}, "to": {"id": company}}
    if version == "v3":
        pair["type"] = "contact_to_company"
    elif verb == "create":
        pair["types"] = default_tie(company, 279)[0]["types"]
    api = bench.api("crm.associations" + (".v4" if version == "v4" else "") + ".batch_api")
    answer = getattr(api, verb)("contacts", "companies", {"inputs": [pair]})
    assert answer.status == "COMPLETE"
    page = bench.client.crm.associations.v4.basic_api.get_page(
        "contacts", contact, "companies"
    )
    assert [one.to_object_id for one in page.results] == [company]


def reads_ties(version: str, bench: Bench) -> None:
    """Read the ties of one that has some and one that has none."""
    contact, company = bench.tied()
    lonely = bench.make("contacts")
    name, verb = (
        ("crm.associations", "read")
        if version == "v3"
        else (
            "crm.associations.v4",
            "get_page",
        )
    )
    answer = getattr(bench.api(f"{name}.batch_api"), verb)(
        "contacts", "companies", {"inputs": [{"id": contact}, {"id": lonely}]}
    )
    ends = {
        getattr(end, "to_object_id", None) or end.id
        for one in answer.results
        for end in one.to
    }
    assert (ends, answer.num_errors) == ({company}, 1)


def unties_many(version: str, bench: Bench) -> None:
    """End what ties a pair by the call for many."""
    contact, company = bench.tied()
    to: Any = {"id": company} if version == "v3" else [{"id": company}]
    pair: dict[str, Any] = {"from": {"id": contact}, "to": to}
    if version == "v3":
        pair["type"] = "contact_to_company"
    api = bench.api("crm.associations" + (".v4" if version == "v4" else "") + ".batch_api")
    api.archive("contacts", "companies", {"inputs": [pair]})
    basic = bench.client.crm.associations.v4.basic_api
    assert basic.get_page("contacts", contact, "companies").results == []


def unties_a_label(bench: Bench) -> None:
    """End that a company is the primary one, and leave it tied."""
    contact, company = bench.tied()
    pair = {
        "from": {"id": contact},
        "to": {"id": company},
        "types": default_tie(company, 1)[0]["types"],
    }
    api = bench.client.crm.associations.v4
    api.batch_api.archive_labels("contacts", "companies", {"inputs": [pair]})
    (left,) = api.basic_api.get_page("contacts", contact, "companies").results
    assert [each.type_id for each in left.association_types] == [279]


def labels(bench: Bench) -> None:
    """Read in which senses two kinds can be tied."""
    found = bench.client.crm.associations.v4.schema.definitions_api.get_all("deal", "company")
    assert [(one.type_id, one.label) for one in found.results] == [(5, "Primary"), (341, None)]


def types(bench: Bench) -> None:
    """Read the older words for the senses in which two kinds can be tied."""
    found = bench.client.crm.associations.schema.types_api.get_all("contacts", "companies")
    assert [(one.id, one.name) for one in found.results] == [
        ("1", "contact_to_company"),
        ("279", "contact_to_company_unlabeled"),
    ]


def associations() -> dict[str, Use]:
    """Return the calls on what belongs together, in both versions."""
    v3, v4 = "crm.associations.batch_api", "crm.associations.v4"
    return {
        f"{v3}.create": partial(ties_many, "v3", "create"),
        f"{v3}.read": partial(reads_ties, "v3"),
        f"{v3}.archive": partial(unties_many, "v3"),
        f"{v4}.basic_api.create": ties_one,
        f"{v4}.basic_api.create_default": ties_one_by_default,
        f"{v4}.basic_api.get_page": lambda bench: _same([1, 279], ties_of_one(bench)),
        f"{v4}.basic_api.archive": unties_one,
        f"{v4}.batch_api.create": partial(ties_many, "v4", "create"),
        f"{v4}.batch_api.create_default": partial(ties_many, "v4", "create_default"),
        f"{v4}.batch_api.get_page": partial(reads_ties, "v4"),
        f"{v4}.batch_api.archive": partial(unties_many, "v4"),
        f"{v4}.batch_api.archive_labels": unties_a_label,
        f"{v4}.schema.definitions_api.get_all": labels,
        "crm.associations.schema.types_api.get_all": types,
    }


def _same(expected: object, actual: object) -> None:
    assert expected == actual


def a_property(bench: Bench) -> dict[str, Any]:
    """Return a property that is not there yet."""
    return {
        "name": f"size_{bench.desk.number()}",
        "label": "Size",
        "type": "number",
        "fieldType": "number",
        "groupName": "dealinformation",
    }


def defines(bench: Bench, wanted: dict[str, Any] | None = None) -> str:
    """Define a property; return its name."""
    wanted = wanted or a_property(bench)
    made = bench.client.crm.properties.core_api.create("deals", wanted)
    assert (made.name, made.calculated) == (wanted["name"], False)
    return made.name


def lists_properties(bench: Bench) -> None:
    """Read them all."""
    name = defines(bench)
    found = bench.client.crm.properties.core_api.get_all("0-3").results
    assert {name, "dealname"} <= {one.name for one in found}


def reads_a_property(bench: Bench) -> None:
    """Read one."""
    name = defines(bench)
    assert bench.client.crm.properties.core_api.get_by_name("deals", name).name == name


def changes_a_property(bench: Bench) -> None:
    """Give one another label."""
    api = bench.client.crm.properties.core_api
    assert api.update("deals", defines(bench), {"label": "Length"}).label == "Length"


def archives_a_property(bench: Bench) -> None:
    """Archive one."""
    name, api = defines(bench), bench.client.crm.properties.core_api
    api.archive("deals", name)
    assert api.get_by_name("deals", name, archived=True).archived is True


def defines_many(bench: Bench) -> None:
    """Define two, of which one is there already."""
    new, old = a_property(bench), a_property(bench)
    defines(bench, old)
    answer = bench.client.crm.properties.batch_api.create("deals", {"inputs": [new, old]})
    assert [one.name for one in answer.results] == [new["name"]]
    assert (answer.num_errors, answer.errors[0].category) == (1, "CONFLICT")


def reads_many_properties(bench: Bench) -> None:
    """Read one that is there and one that is not."""
    names = [{"name": name} for name in ("dealname", "nothing")]
    answer = bench.client.crm.properties.batch_api.read(
        "deals", {"inputs": names, "archived": False}
    )
    assert [one.name for one in answer.results] == ["dealname"]
    assert answer.errors[0].context == {"name": ["nothing"]}


def archives_many_properties(bench: Bench) -> None:
    """Archive two; if one is built in, neither is."""
    names, api = [defines(bench), defines(bench)], bench.client.crm.properties
    inputs = [{"name": name} for name in names]
    with pytest.raises(Exception, match=r"\(409\)"):
        api.batch_api.archive("deals", {"inputs": [*inputs, {"name": "dealname"}]})
    assert api.core_api.get_by_name("deals", names[0]).archived is False
    api.batch_api.archive("deals", {"inputs": inputs})
    left = {one.name for one in api.core_api.get_all("deals").results}
    assert left.isdisjoint(names)


def groups(bench: Bench) -> tuple[Any, str]:
    """Define a group of properties; return the calls on groups, and its name."""
    api, name = bench.client.crm.properties.groups_api, f"group_{bench.desk.number()}"
    made = api.create("deals", {"name": name, "label": "Group", "displayOrder": 3})
    assert (made.name, made.label, made.display_order) == (name, "Group", 3)
    return api, name


def lists_groups(bench: Bench) -> None:
    """Read them all, the built-in one first."""
    api, name = groups(bench)
    found = [one.name for one in api.get_all("deals").results]
    assert (found[0], name in found) == ("dealinformation", True)


def reads_a_group(bench: Bench) -> None:
    """Read one."""
    api, name = groups(bench)
    assert api.get_by_name("deals", name).label == "Group"


def changes_a_group(bench: Bench) -> None:
    """Give one another label; its place stays."""
    api, name = groups(bench)
    changed = api.update("deals", name, {"label": "Other"})
    assert (changed.label, changed.display_order) == ("Other", 3)


def archives_a_group(bench: Bench) -> None:
    """Archive one; one with properties stays."""
    api, name = groups(bench)
    used = defines(bench, {**a_property(bench), "groupName": name})
    with pytest.raises(Exception, match=r"\(409\)"):
        api.archive("deals", name)
    bench.client.crm.properties.core_api.archive("deals", used)
    api.archive("deals", name)
    assert name not in {one.name for one in api.get_all("deals").results}


def definitions() -> dict[str, Use]:
    """Return the calls on properties and their groups."""
    api = "crm.properties"
    return {
        f"{api}.core_api.create": defines,
        f"{api}.core_api.get_all": lists_properties,
        f"{api}.core_api.get_by_name": reads_a_property,
        f"{api}.core_api.update": changes_a_property,
        f"{api}.core_api.archive": archives_a_property,
        f"{api}.batch_api.create": defines_many,
        f"{api}.batch_api.read": reads_many_properties,
        f"{api}.batch_api.archive": archives_many_properties,
        f"{api}.groups_api.create": groups,
        f"{api}.groups_api.get_all": lists_groups,
        f"{api}.groups_api.get_by_name": reads_a_group,
        f"{api}.groups_api.update": changes_a_group,
        f"{api}.groups_api.archive": archives_a_group,
    }


def directory() -> dict[str, Use]:
    """Return the calls on owners and the pipeline of deals."""
    owners, ways = "crm.owners.owners_api", "crm.pipelines"
    first = "appointmentscheduled"

    def use(name: str, *path: str, says: Callable[[Any], object], expected: object) -> Use:
        api, _, verb = name.rpartition(".")
        return lambda bench: _same(expected, says(getattr(bench.api(api), verb)(*path)))

    return {
        f"{owners}.get_page": use(
            f"{owners}.get_page", says=lambda page: page.results[0].id, expected="700"
        ),
        f"{owners}.get_by_id": use(
            f"{owners}.get_by_id",
            "700",
            says=lambda one: one.email,
            expected="linus@shop.test",
        ),
        f"{ways}.pipelines_api.get_all": use(
            f"{ways}.pipelines_api.get_all",
            "deals",
            says=lambda all_: [one.id for one in all_.results],
            expected=["default"],
        ),
        f"{ways}.pipelines_api.get_by_id": use(
            f"{ways}.pipelines_api.get_by_id",
            "deals",
            "default",
            says=lambda one: one.stages[0].id,
            expected=first,
        ),
        f"{ways}.pipeline_stages_api.get_all": use(
            f"{ways}.pipeline_stages_api.get_all",
            "deals",
            "default",
            says=lambda all_: all_.results[0].id,
            expected=first,
        ),
        f"{ways}.pipeline_stages_api.get_by_id": use(
            f"{ways}.pipeline_stages_api.get_by_id",
            "deals",
            "default",
            "closedwon",
            says=lambda one: one.metadata["isClosed"],
            expected="true",
        ),
    }


SETTINGS: Final = {
    "targetUrl": "https://hooks.example/in",
    "throttling": {"maxConcurrentRequests": 5},
}
SUBSCRIPTION: Final = {
    "eventType": "contact.propertyChange",
    "propertyName": "firstname",
    "active": True,
}


def app(bench: Bench) -> tuple[Any, int]:
    """Set up the webhooks of a new app; return the calls on them, and its number."""
    number = bench.desk.number()
    made = bench.client.webhooks.settings_api.configure(number, SETTINGS)
    assert made.target_url == SETTINGS["targetUrl"]
    return bench.client.webhooks, number


def subscribes(bench: Bench) -> tuple[Any, int, int]:
    """Subscribe a new app to something; return the calls, its number and that."""
    api, number = app(bench)
    made = api.subscriptions_api.create(number, SUBSCRIPTION)
    assert (made.event_type, made.active) == ("contact.propertyChange", True)
    return api.subscriptions_api, number, int(made.id)


def clears_settings(bench: Bench) -> None:
    """Forget the app."""
    api, number = app(bench)
    api.settings_api.clear(number)
    with pytest.raises(Exception, match=r"\(404\)"):
        api.settings_api.get_all(number)


def reads_settings(bench: Bench) -> None:
    """Read where the app is told."""
    api, number = app(bench)
    found = api.settings_api.get_all(number)
    assert found.throttling.max_concurrent_requests == 5


def lists_subscriptions(bench: Bench) -> None:
    """Read all that the app hears of."""
    api, number, subscription = subscribes(bench)
    assert [int(one.id) for one in api.get_all(number).results] == [subscription]


def reads_a_subscription(bench: Bench) -> None:
    """Read one."""
    api, number, subscription = subscribes(bench)
    assert api.get_by_id(subscription, number).property_name == "firstname"


def pauses_a_subscription(bench: Bench) -> None:
    """Pause one."""
    api, number, subscription = subscribes(bench)
    assert api.update(subscription, number, {"active": False}).active is False


def pauses_many_subscriptions(bench: Bench) -> None:
    """Pause some at once."""
    api, number, subscription = subscribes(bench)
    inputs = [{"id": subscription, "active": False}]
    answer = api.update_batch(number, {"inputs": inputs})
    assert [one.active for one in answer.results] == [False]


def unsubscribes(bench: Bench) -> None:
    """End one."""
    api, number, subscription = subscribes(bench)
    api.archive(subscription, number)
    assert api.get_all(number).results == []


def webhooks() -> dict[str, Use]:
    """Return the calls that set up webhooks, whose key is in the query."""
    return {
        "webhooks.settings_api.clear": clears_settings,
        "webhooks.settings_api.configure": app,
        "webhooks.settings_api.get_all": reads_settings,
        "webhooks.subscriptions_api.archive": unsubscribes,
        "webhooks.subscriptions_api.create": subscribes,
        "webhooks.subscriptions_api.get_all": lists_subscriptions,
        "webhooks.subscriptions_api.get_by_id": reads_a_subscription,
        "webhooks.subscriptions_api.update": pauses_a_subscription,
        "webhooks.subscriptions_api.update_batch": pauses_many_subscriptions,
    }


CALLS: Final[Mapping[str, Use]] = {
    **calls_on_records(),
    **associations(),
    **definitions(),
    **directory(),
    **webhooks(),
    "conversations.visitor_identification.generate_api.generate_token": generates_a_token,
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_the_python_client_is_answered(bench: Bench, name: str):
    """The client reads from the reply what its user asked for."""
    CALLS[name](bench)


def offered(room: str) -> Iterator[str]:
    """Yield the names of the client's calls in *room*."""
    module = importlib.import_module(f"hubspot.{room}.api")
    for name, api in inspect.getmembers(module, inspect.isclass):
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        for verb in vars(api):
            if not verb.startswith("_") and not verb.endswith("_with_http_info"):
                yield f"{room}.{words}.{verb}"


def test_every_call_of_the_python_client_is_listed():
    """A new version of the client cannot bring a call that nobody looked at."""
    found = {name for room in ROOMS for name in offered(room)}
    assert found == CALLS.keys() | LEFT_OUT.keys()
    assert not CALLS.keys() & LEFT_OUT.keys()
