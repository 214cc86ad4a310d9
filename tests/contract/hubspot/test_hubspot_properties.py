"""Properties are listed, defined, changed and archived; values follow their types."""

from typing import Any

import pytest
from tests.support.hubspot_house import Api

PROPERTIES = "/crm/v3/properties"
CONTACTS = "/crm/v3/objects/contacts"
SIZE: dict[str, Any] = {
    "name": "shoe_size",
    "label": "Shoe size",
    "type": "number",
    "fieldType": "number",
    "groupName": "contactinformation",
}


async def defined(api: Api, kind: str = "contacts", **more: Any) -> Any:
    """Define a property; return the reply."""
    return await api.call("POST", f"{PROPERTIES}/{kind}", json={**SIZE, **more})


async def kept(api: Api, value: Any, name: str = "shoe_size") -> Any:
    """Make a contact with *value* for the property; return the value or the codes."""
    reply = await api.call(
        "POST", CONTACTS, json={"properties": {"firstname": "Ada", name: value}}
    )
    body = reply.json()
    if reply.status_code == 201:
        return body["properties"][name]
    return [error["code"] for error in body["errors"]]


async def test_a_property_is_defined_used_and_archived(api: Api):
    """It can be written only while it is there; the values come back with it."""
    assert await kept(api, "43") == ["PROPERTY_DOESNT_EXIST"]
    made = await defined(api)
    assert made.status_code == 201
    one = made.json()
    assert (one["hubspotDefined"], one["visibleToVisitor"]) == (False, False)
    assert one["modificationMetadata"] == {
        "archivable": True,
        "readOnlyDefinition": False,
        "readOnlyOptions": False,
        "readOnlyValue": False,
    }
    assert await kept(api, 43.5) == "43.5"
    path = f"{PROPERTIES}/contacts/shoe_size"
    assert (await defined(api)).status_code == 409
    assert (await api.call("DELETE", path)).status_code == 204
    assert await kept(api, "43") == ["PROPERTY_DOESNT_EXIST"]
    assert (await api.call("GET", path)).status_code == 404
    assert (await api.call("GET", f"{path}?archived=true")).json()["archived"] is True
    assert (await defined(api, type="string", fieldType="text")).status_code == 409
    assert (await defined(api)).status_code == 201
    body = {
        "filterGroups": [
            {"filters": [{"propertyName": "shoe_size", "operator": "GT", "value": "9"}]}
        ],
        "properties": ["shoe_size"],
    }
    found = await api.call("POST", f"{CONTACTS}/search", json=body)
    assert [one["properties"]["shoe_size"] for one in found.json()["results"]] == ["43.5"]


@pytest.mark.parametrize(
    ("type_", "field", "given", "expected"),
    [
        ("number", "number", "-1.50", "-1.50"),
        ("number", "number", "1e9", ["INVALID_INTEGER"]),
        ("number", "number", "NaN", ["INVALID_INTEGER"]),
        ("number", "number", True, ["INVALID_INTEGER"]),
        ("bool", "booleancheckbox", True, "true"),
        ("bool", "booleancheckbox", "yes", ["INVALID_OPTION"]),
        ("date", "date", "2030-01-31", "2030-01-31"),
        ("date", "date", "1893456000000", "2030-01-01"),
        ("date", "date", "2030-01-31T12:00:00Z", ["INVALID_DATE"]),
        ("date", "date", "2030-02-31", ["INVALID_LONG"]),
        ("datetime", "date", "2030-01-01T13:00:00+01:00", "2030-01-01T12:00:00.000Z"),
        ("datetime", "date", "1893499200000", "2030-01-01T12:00:00.000Z"),
        ("datetime", "date", " 2030-01-01", ["LEADING_TRAILING_WHITESPACE"]),
        ("string", "text", " as it is ", " as it is "),
        ("enumeration", "select", "red", "red"),
        ("enumeration", "select", "red;blue", ["INVALID_OPTION"]),
        ("enumeration", "checkbox", ";red;blue", "red;blue"),
        ("enumeration", "checkbox", "red;green", ["INVALID_OPTION"]),
    ],
)
async def test_a_value_is_kept_in_the_one_way_of_its_type(
    api: Api, type_: str, field: str, given: Any, expected: Any
):
    """Equal values are equal texts; what does not fit has HubSpot's code."""
    options = [{"label": value.title(), "value": value} for value in ("red", "blue")]
    made = await defined(
        api, type=type_, fieldType=field, options=options if type_ == "enumeration" else []
    )
    assert made.status_code == 201, made.text
    assert await kept(api, given) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Shoe Size"},
        {"name": "_size"},
        {"name": "x" * 101},
        {"label": " "},
        {"type": "json"},
        {"fieldType": "text"},
        {"type": "enumeration", "fieldType": "select"},
        {
            "type": "enumeration",
            "fieldType": "select",
            "options": [{"label": "A", "value": "a;b"}],
        },
        {"hasUniqueValue": True},
        {"groupName": "no group!"},
    ],
)
async def test_a_property_that_makes_no_sense_is_refused(api: Api, wrong: dict[str, Any]):
    """Nothing is defined from it."""
    reply = await defined(api, **wrong)
    assert (reply.status_code, reply.json()["category"]) == (400, "VALIDATION_ERROR")
    found = await api.call("GET", f"{PROPERTIES}/contacts/{wrong.get('name', 'shoe_size')}")
    assert found.status_code == 404


async def test_a_built_in_property_stays_what_it_is(api: Api):
    """Its label, options and visibility can change; its type and its being there cannot."""
    path = f"{PROPERTIES}/contacts/lifecyclestage"
    assert (await api.call("DELETE", path)).status_code == 409
    assert (await api.call("PATCH", path, json={"type": "string"})).status_code == 400
    options = [{"label": "Fan", "value": "fan"}]
    changed = await api.call(
        "PATCH", path, json={"label": "Stage", "options": options, "visibleToVisitor": True}
    )
    one = changed.json()
    assert (one["label"], one["visibleToVisitor"], one["hubspotDefined"]) == (
        "Stage",
        True,
        True,
    )
    assert await kept(api, "fan", "lifecyclestage") == "fan"
    assert await kept(api, "lead", "lifecyclestage") == ["INVALID_OPTION"]
    read_only = await api.call(
        "PATCH", f"{PROPERTIES}/contacts/createdate", json={"label": "Made"}
    )
    assert read_only.json()["modificationMetadata"]["readOnlyValue"] is True
    assert await kept(api, "2030-01-01", "createdate") == ["READ_ONLY_VALUE"]


async def test_each_kind_of_object_has_its_own(api: Api):
    """The list is of one kind, by any of HubSpot's names for it."""
    assert (await defined(api, "0-2", groupName="")).json()[
        "groupName"
    ] == "companyinformation"
    names = {
        kind: {
            one["name"]
            for one in (await api.call("GET", f"{PROPERTIES}/{kind}")).json()["results"]
        }
        for kind in ("contact", "companies", "0-3")
    }
    assert ["shoe_size" in names[kind] for kind in names] == [False, True, False]
    assert {"email", "hs_additional_emails"} <= names["contact"]
    assert {"dealname", "amount", "hs_lastmodifieddate"} <= names["0-3"]
    groups = await api.call("GET", f"{PROPERTIES}/companies/groups")
    assert [one["name"] for one in groups.json()["results"]] == ["companyinformation"]
    unknown = await api.call("GET", f"{PROPERTIES}/shoes")
    assert (unknown.status_code, unknown.json()["message"]) == (
        400,
        "Unable to infer object type from: shoes",
    )


async def test_many_properties_at_once(api: Api):
    """Each is defined, read or archived on its own, but for a built-in one."""
    batch = f"{PROPERTIES}/contacts/batch"
    inputs = [{**SIZE, "name": name} for name in ("one", "two", "No Name")]
    made = await api.call("POST", f"{batch}/create", json={"inputs": inputs})
    body = made.json()
    assert (made.status_code, [one["name"] for one in body["results"]]) == (
        207,
        ["one", "two"],
    )
    assert [(one["category"], one["context"]) for one in body["errors"]] == [
        ("VALIDATION_ERROR", {"name": ["No Name"]})
    ]
    names = [{"name": name} for name in ("one", "ONE", "none")]
    gone = {"inputs": [*names, {"name": "email"}]}
    assert (await api.call("POST", f"{batch}/archive", json=gone)).status_code == 409
    read = await api.call("POST", f"{batch}/read", json={"inputs": names})
    assert [one["name"] for one in read.json()["results"]] == ["one", "one"]
    gone = await api.call("POST", f"{batch}/archive", json={"inputs": names})
    assert gone.status_code == 204
    asked = {"inputs": names, "archived": True}
    read = await api.call("POST", f"{batch}/read", json=asked)
    assert [one["archived"] for one in read.json()["results"]] == [True, True]
    none = await api.call("POST", f"{batch}/archive", json={"inputs": [{"name": "none"}]})
    assert none.status_code == 204


async def test_groups_of_properties(api: Api):
    """They are defined, renamed and put in order; one in use stays, as does the built-in."""
    path = f"{PROPERTIES}/contacts/groups"

    async def labels() -> dict[str, str]:
        found = (await api.call("GET", path)).json()["results"]
        return {one["name"]: one["label"] for one in found}

    made = await api.call("POST", path, json={"name": "feet", "label": "Feet"})
    assert (made.status_code, made.json()) == (
        201,
        {"name": "feet", "label": "Feet", "displayOrder": -1, "archived": False},
    )
    for wrong, status in (
        ({"name": "feet", "label": "Feet"}, 409),
        ({"name": "hands", "label": " "}, 400),
        ({"name": "", "label": "Hands"}, 400),
    ):
        assert (await api.call("POST", path, json=wrong)).status_code == status
    await defined(api, groupName="feet")
    await defined(api, name="hat_size", groupName="heads")
    built_in = {"contactinformation": "Contact information"}
    assert await labels() == {**built_in, "feet": "Feet", "heads": "heads"}
    await api.call("PATCH", f"{path}/heads", json={"label": "Heads", "displayOrder": 2})
    await api.call("PATCH", f"{path}/contactinformation", json={"label": "About them"})
    assert await labels() == {
        "contactinformation": "About them",
        "feet": "Feet",
        "heads": "Heads",
    }
    assert (await api.call("PATCH", f"{path}/feet", json={"label": ""})).status_code == 400
    for name, status in (("feet", 409), ("contactinformation", 409), ("hands", 404)):
        assert (await api.call("DELETE", f"{path}/{name}")).status_code == status
    await api.call("DELETE", f"{PROPERTIES}/contacts/shoe_size")
    assert (await api.call("DELETE", f"{path}/feet")).status_code == 204
    assert (await api.call("GET", f"{path}/feet")).status_code == 404
    assert (await api.call("GET", f"{PROPERTIES}/deals/groups")).json()["results"] == [
        {
            "name": "dealinformation",
            "label": "Deal information",
            "displayOrder": -1,
            "archived": False,
        }
    ]
