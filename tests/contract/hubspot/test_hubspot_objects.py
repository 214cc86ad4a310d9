"""Companies and deals, kept as contacts are, and what belongs together."""

import asyncio
from typing import Any

import pytest
from tests.support.hubspot_house import Api

OBJECTS = "/crm/v3/objects"
V4 = "/crm/v4/objects"


async def made(api: Api, kind: str, associations: Any = None, **properties: str) -> str:
    """Make a record of *kind*; return its id."""
    body = {"properties": properties, "associations": associations or []}
    reply = await api.call("POST", f"{OBJECTS}/{kind}", json=body)
    assert reply.status_code == 201, reply.text
    return reply.json()["id"]


def tied(end: str, *numbers: int) -> dict[str, Any]:
    """Return an association of a new record with *end*, as clients send it."""
    types = [
        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}
        for number in numbers
    ]
    return {"to": {"id": end}, "types": types}


async def ends(api: Api, start: str, to: str) -> dict[str, list[int]]:
    """Return what *start* (``contacts/1``) is associated with, and in which senses."""
    reply = await api.call("GET", f"{V4}/{start}/associations/{to}")
    assert reply.status_code == 200, reply.text
    return {
        one["toObjectId"]: [each["typeId"] for each in one["associationTypes"]]
        for one in reply.json()["results"]
    }


async def test_a_company_is_kept_changed_and_archived(api: Api):
    """The same paths as for contacts, with a company's own properties."""
    reply = await api.call(
        "POST",
        f"{OBJECTS}/companies",
        json={"properties": {"name": "Ink", "numberofemployees": 12, "plan": None}},
    )
    ink = reply.json()
    assert (reply.status_code, ink["properties"]["numberofemployees"]) == (201, "12")
    assert sorted(ink["properties"]) == [
        "createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name",
        "numberofemployees", "plan",
    ]  # fmt: skip
    path = f"{OBJECTS}/companies/{ink['id']}"
    changed = await api.call("PATCH", path, json={"properties": {"domain": "ink.example"}})
    assert changed.json()["properties"]["domain"] == "ink.example"
    assert (await api.call("GET", f"{OBJECTS}/deals/{ink['id']}")).status_code == 404
    assert (await api.call("DELETE", path)).status_code == 204
    assert (await api.call("GET", path)).status_code == 404
    assert (await api.call("GET", f"{path}?archived=true")).json()["archived"] is True


@pytest.mark.parametrize(
    ("kind", "properties", "code"),
    [
        ("companies", {"city": "Bath"}, "REQUIRED_PROPERTY"),
        ("companies", {"name": "Ink", "annualrevenue": "much"}, "INVALID_INTEGER"),
        ("companies", {"name": "Ink", "annualrevenue": " 5"}, "LEADING_TRAILING_WHITESPACE"),
        ("companies", {"name": "Ink", "dealname": "x"}, "PROPERTY_DOESNT_EXIST"),
        ("deals", {"dealname": "Pens", "dealstage": "lost"}, "INVALID_OPTION"),
        ("deals", {"dealname": "Pens", "closedate": "soon"}, "INVALID_LONG"),
    ],
)
async def test_properties_are_checked_by_type(
    api: Api, kind: str, properties: dict[str, str], code: str
):
    """What does not fit the type is refused with HubSpot's code."""
    reply = await api.call("POST", f"{OBJECTS}/{kind}", json={"properties": properties})
    assert reply.status_code == 400
    assert [error["code"] for error in reply.json()["errors"]] == [code]


async def test_deals_are_found_by_amount_and_time(api: Api):
    """Numbers compare as numbers and times as times, not as text."""
    for name, amount, closes in (
        ("nine", "9", "2030-01-09"),
        ("ten", "10.50", "2030-02-01T00:00:00Z"),
        ("hundred", "100", "1893456000000"),
        ("none", "", ""),
    ):
        await made(api, "deals", dealname=name, amount=amount, closedate=closes)

    async def found(name: str, operator: str, value: str) -> list[str]:
        one = {"propertyName": name, "operator": operator, "value": value}
        body = {
            "filterGroups": [{"filters": [one]}],
            "sorts": [{"propertyName": "amount", "direction": "DESCENDING"}],
        }
        reply = await api.call("POST", f"{OBJECTS}/deals/search", json=body)
        assert reply.status_code == 200, reply.text
        return [deal["properties"]["dealname"] for deal in reply.json()["results"]]

    assert await found("amount", "GT", "9.5") == ["hundred", "ten"]
    assert await found("amount", "LTE", "9.0") == ["nine"]
    assert await found("amount", "EQ", "10.5") == ["ten"]
    assert await found("closedate", "LT", "2030-01-10") == ["hundred", "nine"]
    assert await found("dealname", "NOT_HAS_PROPERTY", "") == []
    bad = {"propertyName": "amount", "operator": "GT", "value": "much"}
    reply = await api.call(
        "POST", f"{OBJECTS}/deals/search", json={"filterGroups": [{"filters": [bad]}]}
    )
    assert reply.status_code == 400


async def test_a_new_deal_says_what_it_belongs_to(api: Api):
    """Associations in the body are kept, and a read that asks shows them."""
    ada = await made(api, "contacts", email="ada@example.com")
    ink = await made(api, "companies", name="Ink")
    deal = await made(api, "deals", [tied(ada, 3), tied(ink, 341)], dealname="Pens")
    reply = await api.call("GET", f"{OBJECTS}/deals/{deal}?associations=contacts,company")
    assert reply.json()["associations"] == {
        "contacts": {"results": [{"id": ada, "type": "deal_to_contact"}]},
        "companies": {
            "results": [
                {"id": ink, "type": "deal_to_company"},
                {"id": ink, "type": "deal_to_company_unlabeled"},
            ]
        },
    }
    assert await ends(api, f"contacts/{ada}", "deals") == {deal: [4]}
    listed = await api.call("GET", f"{OBJECTS}/companies?associations=deals")
    assert listed.json()["results"][0]["associations"]["deals"]["results"][0]["id"] == deal


async def test_an_association_that_cannot_be_leaves_no_record(api: Api):
    """A new record whose association fails is not made, alone or in a batch."""
    wanted = {"properties": {"dealname": "Pens"}, "associations": [tied("999", 3)]}
    good = {"properties": {"dealname": "Ink"}}
    alone = await api.call("POST", f"{OBJECTS}/deals", json=wanted)
    batch = await api.call(
        "POST", f"{OBJECTS}/deals/batch/create", json={"inputs": [wanted, good]}
    )
    wrong = await api.call(
        "POST", f"{OBJECTS}/deals", json={**good, "associations": [tied("999", 279)]}
    )
    assert [alone.status_code, batch.status_code, wrong.status_code] == [400, 207, 400]
    assert batch.json()["numErrors"] == 1
    listed = (await api.call("GET", f"{OBJECTS}/deals")).json()["results"]
    assert [deal["properties"]["dealname"] for deal in listed] == ["Ink"]


async def test_the_first_company_is_the_primary_one(api: Api):
    """A second one is beside it, until it is made the primary one itself."""
    ada = await made(api, "contacts", email="ada@example.com")
    ink, pen = (
        await made(api, "companies", name="Ink"),
        await made(api, "companies", name="Pen"),
    )
    path = f"{V4}/contacts/{ada}/associations"
    reply = await api.call("PUT", f"{V4}/contacts/{ada}/associations/default/companies/{ink}")
    assert [
        one["associationSpec"]["associationTypeId"] for one in reply.json()["results"]
    ] == [
        279,
        280,
    ]
    await api.call("PUT", f"{V4}/companies/{pen}/associations/default/contacts/{ada}")
    assert await ends(api, f"contacts/{ada}", "companies") == {ink: [1, 279], pen: [279]}
    labelled = await api.call(
        "PUT",
        f"{path}/companies/{pen}",
        json=[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}],
    )
    assert (labelled.status_code, labelled.json()["labels"]) == (201, ["Primary"])
    assert await ends(api, f"contacts/{ada}", "companies") == {ink: [279], pen: [1, 279]}
    assert await ends(api, f"companies/{pen}", "contacts") == {ada: [2, 280]}
    assert (await api.call("DELETE", f"{path}/companies/{pen}")).status_code == 204
    assert await ends(api, f"contacts/{ada}", "companies") == {ink: [279]}
    assert await ends(api, f"companies/{pen}", "contacts") == {}


async def test_a_list_of_types_is_nothing_else(api: Api):
    """A body that is no list, or is more than one, is refused."""
    ada, ink = (
        await made(api, "contacts", email="a@b.co"),
        await made(api, "companies", name="I"),
    )
    for raw in ('{"a": 1}', '[], "x": 1', "[", "[{}]", "[]", '[], "items": []'):
        reply = await api.call(
            "PUT",
            f"{V4}/contacts/{ada}/associations/companies/{ink}",
            content=raw,
            headers={"content-type": "application/json"},
        )
        assert reply.status_code == 400, raw
    assert await ends(api, f"contacts/{ada}", "companies") == {}


async def test_the_older_words_for_associations(api: Api):
    """Version 3 names the sense in the path, and lists every one."""
    ada, ink = (
        await made(api, "contacts", email="a@b.co"),
        await made(api, "companies", name="I"),
    )
    path = f"{OBJECTS}/contacts/{ada}/associations/companies"
    put = await api.call("PUT", f"{path}/{ink}/contact_to_company")
    assert [one["type"] for one in put.json()["results"]] == [
        "contact_to_company",
        "contact_to_company_unlabeled",
    ]
    read = await api.call(
        "POST",
        "/crm/v3/associations/contacts/companies/batch/read",
        json={"inputs": [{"id": ada}, {"id": "999"}]},
    )
    assert (read.status_code, read.json()["results"][0]["to"][0]["id"]) == (207, ink)
    assert (await api.call("DELETE", f"{path}/{ink}/279")).status_code == 204
    assert (await api.call("GET", path)).json() == {"results": []}
    assert (await api.call("PUT", f"{path}/{ink}/deal_to_contact")).status_code == 400
    assert (await api.call("PUT", f"{path}/999/279")).status_code == 404
    assert (
        await api.call("GET", f"{OBJECTS}/contacts/{ada}/associations/shoes")
    ).status_code == 400


async def test_a_pair_that_cannot_be_does_not_undo_the_others(api: Api):
    """It is told of, in the newer words and in the older ones."""
    ada, ink = (
        await made(api, "contacts", email="a@b.co"),
        await made(api, "companies", name="I"),
    )
    pairs = [{"from": {"id": start}, "to": {"id": ink}} for start in ("999", ada)]
    for path, more, results in (
        ("/crm/v4/associations/contacts/companies/batch/associate/default", {}, 2),
        ("/crm/v4/associations/contacts/companies/batch/create", {"types": []}, 1),
        (
            "/crm/v3/associations/contacts/companies/batch/create",
            {"type": "contact_to_company"},
            1,
        ),
    ):
        reply = await api.call(
            "POST", path, json={"inputs": [{**one, **more} for one in pairs]}
        )
        body = reply.json()
        assert (reply.status_code, body["numErrors"]) == (207, 1)
        assert (len(body["results"]), body["errors"][0]["context"]) == (
            results,
            {"fromObjectId": ["999"], "toObjectId": [ink]},
        )
        assert await ends(api, f"contacts/{ada}", "companies") == {ink: [1, 279]}
        gone = await api.call(
            "POST",
            "/crm/v3/associations/contacts/companies/batch/archive",
            json={"inputs": pairs},
        )
        assert gone.status_code == 204
        assert await ends(api, f"contacts/{ada}", "companies") == {}


async def test_what_a_thing_is_associated_with_has_pages(api: Api):
    """Each company is on one page, in the order they were made."""
    ada = await made(api, "contacts", email="a@b.co")
    wanted = [
        await made(api, "companies", [tied(ada, 280)], name=f"n{number}")
        for number in range(5)
    ]
    path: str | None = f"{V4}/contacts/{ada}/associations/companies?limit=2"
    found: list[str] = []
    while path is not None:
        body = (await api.call("GET", path)).json()
        found += [one["toObjectId"] for one in body["results"]]
        path = body["paging"]["next"]["link"] if "paging" in body else None
    assert found == wanted


async def test_two_at_once_do_not_make_two_primary_companies(api: Api):
    """Whoever comes second finds the first."""
    ada = await made(api, "contacts", email="a@b.co")
    companies = [await made(api, "companies", name=f"n{number}") for number in range(4)]
    path = f"{V4}/contacts/{ada}/associations/default/companies"
    await asyncio.gather(*(api.call("PUT", f"{path}/{one}") for one in companies))
    found = await ends(api, f"contacts/{ada}", "companies")
    assert sorted(map(len, found.values())) == [1, 1, 1, 2]


async def test_companies_merge(api: Api):
    """The first takes over what the second has; the second is archived."""
    ink = await made(api, "companies", name="Ink", city="Bath")
    pen = await made(api, "companies", name="Pen", domain="pen.example")
    ada = await made(api, "contacts", [tied(pen, 279)], email="ada@example.com")
    body = {"primaryObjectId": ink, "objectIdToMerge": pen}
    reply = await api.call("POST", f"{OBJECTS}/companies/merge", json=body)
    found = reply.json()["properties"]
    assert (reply.status_code, found["name"], found["domain"]) == (200, "Ink", "pen.example")
    assert await ends(api, f"contacts/{ada}", "companies") == {ink: [1, 279]}
    assert (await api.call("GET", f"{OBJECTS}/companies/{pen}")).status_code == 404
    again = await api.call("POST", f"{OBJECTS}/companies/merge", json=body)
    same = await api.call(
        "POST", f"{OBJECTS}/companies/merge", json={**body, "objectIdToMerge": ink}
    )
    assert (again.status_code, same.status_code) == (404, 409)


async def test_contacts_merge_with_what_they_are_associated_with(api: Api):
    """The other is found as the survivor, by its id and its address."""
    ink = await made(api, "companies", name="Ink")
    ada = await made(api, "contacts", email="ada@example.com")
    old = await made(api, "contacts", [tied(ink, 279)], email="old@example.com")
    body = {"primaryObjectId": ada, "objectIdToMerge": old}
    reply = await api.call("POST", f"{OBJECTS}/contacts/merge", json=body)
    assert (reply.status_code, reply.json()["id"]) == (200, ada)
    assert await ends(api, f"contacts/{ada}", "companies") == {ink: [1, 279]}
    by_id = await api.call("GET", f"{OBJECTS}/contacts/{old}?properties=hs_additional_emails")
    by_email = await api.call("GET", f"{OBJECTS}/contacts/old%40example.com?idProperty=email")
    assert (by_id.json()["id"], by_email.json()["id"]) == (ada, ada)
    assert by_id.json()["properties"]["hs_additional_emails"] == "old@example.com"
    taken = await api.call(
        "POST", f"{OBJECTS}/contacts", json={"properties": {"email": "old@example.com"}}
    )
    assert (taken.status_code, ada in taken.json()["message"]) == (409, True)
    assert (await api.call("DELETE", f"{OBJECTS}/contacts/{old}")).status_code == 204
    assert (await api.call("GET", f"{OBJECTS}/contacts/{ada}")).status_code == 200


async def test_erasing_is_by_id_or_address_and_never_fails(api: Api):
    """An unknown one is as good as forgotten."""
    ada = await made(api, "contacts", email="ada@example.com")
    deal = await made(api, "deals", [tied(ada, 3)], dealname="Pens")
    for kind, body in (
        ("contacts", {"objectId": "ada@example.com", "idProperty": "email"}),
        ("contacts", {"objectId": "nobody@example.com", "idProperty": "email"}),
        ("contacts", {"objectId": "999"}),
        ("deals", {"objectId": deal}),
        ("deals", {"objectId": "999"}),
    ):
        reply = await api.call("POST", f"{OBJECTS}/{kind}/gdpr-delete", json=body)
        assert reply.status_code == 204, reply.text
    assert (await api.call("GET", f"{OBJECTS}/contacts/{ada}")).status_code == 404
    for archived in ("true", "false"):
        gone = await api.call("GET", f"{OBJECTS}/deals/{deal}?archived={archived}")
        assert gone.status_code == 404


async def test_owners_are_the_agents(api: Api):
    """Those who left are the archived ones; an address finds one of them."""
    owners = "/crm/v3/owners"
    listed = (await api.call("GET", f"{owners}/")).json()
    assert [(one["id"], one["userId"], one["type"]) for one in listed["results"]] == [
        ("700", 700, "PERSON")
    ]
    assert "paging" not in listed
    assert (await api.call("GET", f"{owners}?email=nobody@shop.test")).json()["results"] == []
    assert (await api.call("GET", f"{owners}/700")).json()["email"] == "linus@shop.test"
    assert (await api.call("GET", f"{owners}/701")).status_code == 404
    assert (await api.call("GET", f"{owners}/701?archived=true")).json()[
        "firstName"
    ] == "Grace"


async def test_deals_go_through_one_pipeline(api: Api):
    """It has open stages, and two at which a deal is over."""
    base = "/crm/v3/pipelines/deals"
    pipelines = (await api.call("GET", base)).json()["results"]
    closed = [
        stage["id"]
        for stage in pipelines[0]["stages"]
        if stage["metadata"]["isClosed"] == "true"
    ]
    assert (len(pipelines), closed) == (1, ["closedwon", "closedlost"])
    stages = (await api.call("GET", f"{base}/default/stages")).json()["results"]
    assert stages == pipelines[0]["stages"]
    won = (await api.call("GET", f"{base}/default/stages/closedwon")).json()
    assert won["metadata"]["probability"] == "1.0"
    assert (await api.call("GET", f"{base}/other")).status_code == 404
    assert (await api.call("GET", "/crm/v3/pipelines/companies")).json() == {"results": []}
