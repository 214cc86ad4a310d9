"""``propertiesWithHistory``: what a property was, and since when."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.support.hubspot_house import Api, crm_of

from callingcard.desk.model.audit import SYSTEM
from callingcard.desk.model.ids import ContactId
from callingcard.desk.store.crm.history import MAX_VERSIONS
from callingcard.desk.store.crm.tables import contacts

CONTACTS = "/crm/v3/objects/contacts"


async def made(api: Api, **properties: str) -> str:
    """Make a contact; return its id."""
    reply = await api.call("POST", CONTACTS, json={"properties": properties})
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def changed(api: Api, contact: str, **properties: str) -> None:
    """Change a contact an hour later."""
    api.house.clock.advance(timedelta(hours=1))
    reply = await api.call("PATCH", f"{CONTACTS}/{contact}", json={"properties": properties})
    assert reply.status_code == 200, reply.text


async def past(api: Api, contact: str, *names: str) -> dict[str, list[Any]]:
    """Return the values and times of some properties, as a client reads them."""
    asked = "&".join(f"propertiesWithHistory={name}" for name in names)
    reply = await api.call("GET", f"{CONTACTS}/{contact}?{asked}")
    return {
        name: [(one["value"], one["timestamp"][:19], one["sourceType"]) for one in versions]
        for name, versions in reply.json()["propertiesWithHistory"].items()
    }


async def values(api: Api, contact: str, name: str) -> list[str]:
    """Return the values of one property, the newest first."""
    return [value for value, *_ in (await past(api, contact, name))[name]]


async def test_the_newest_value_comes_first(api: Api):
    """Each with the moment since when, and a cleared one as empty; all else stays."""
    ada = await made(api, firstname="Ada", plan="free")
    start = api.house.clock.now()
    await changed(api, ada, plan="pro")
    await changed(api, ada, plan="pro", firstname="Ada")
    await changed(api, ada, plan="")
    moments = [(start + timedelta(hours=hours)).isoformat()[:19] for hours in (3, 1, 0)]
    found = await past(api, ada, "plan", "firstname,company", "nonsense")
    assert found == {
        "company": [],
        "firstname": [("Ada", moments[2], "UNKNOWN")],
        "plan": [
            (value, moment, "UNKNOWN")
            for value, moment in zip(("", "pro", "free"), moments, strict=True)
        ],
    }


async def test_a_property_asked_for_with_its_history_is_in_the_answer(api: Api):
    """It is among the properties too, alone, in a list and in a batch."""
    ada = await made(api, firstname="Ada", plan="free")
    query = "propertiesWithHistory=plan"
    one = (await api.call("GET", f"{CONTACTS}/{ada}?{query}")).json()
    page = (await api.call("GET", f"{CONTACTS}?{query}")).json()["results"]
    body = {"inputs": [{"id": ada}], "propertiesWithHistory": ["plan"]}
    batch = (await api.call("POST", f"{CONTACTS}/batch/read", json=body)).json()["results"]
    assert [[one], page] == [batch, batch]
    assert one["properties"]["plan"] == one["propertiesWithHistory"]["plan"][0]["value"]
    plain = (await api.call("GET", f"{CONTACTS}/{ada}")).json()
    assert "propertiesWithHistory" not in plain


async def test_only_so_many_values_are_remembered(api: Api):
    """The oldest are forgotten first."""
    ada = await made(api, firstname="Ada", plan="0")
    for number in range(1, MAX_VERSIONS + 5):
        await changed(api, ada, plan=str(number))
    last = MAX_VERSIONS + 4
    expected = [str(number) for number in range(last, last - MAX_VERSIONS, -1)]
    assert await values(api, ada, "plan") == expected


@pytest.mark.parametrize("kept", [{}, None])
async def test_what_is_older_than_histories_counts_from_its_last_change(api: Api, kept: Any):
    """A row from before them shows its value, and goes on from there."""
    ada = await made(api, firstname="Ada", plan="free")
    async with api.house.database.writing() as connection:
        await connection.execute(update(contacts).values(history=kept))
    assert await values(api, ada, "plan") == ["free"]
    await changed(api, ada, plan="pro")
    assert await values(api, ada, "plan") == ["pro", "free"]


async def test_undoing_a_merge_forgets_what_the_other_had(api: Api):
    """Nothing of one person stays in the past of another one."""
    ada = await made(api, email="ada@example.com", plan="free")
    grace = await made(api, email="grace@example.com", company="Secret Inc")
    merging = crm_of(api.house).merger
    api.house.clock.advance(timedelta(hours=1))
    merge = await merging.merge(ContactId(ada), ContactId(grace), by=SYSTEM)
    assert await values(api, ada, "company") == ["Secret Inc"]
    api.house.clock.advance(timedelta(hours=1))
    await merging.undo(merge.id, by=SYSTEM)  # type: ignore[attr-defined]
    found = await api.call("GET", f"{CONTACTS}/{ada}?propertiesWithHistory=company,email")
    assert "Secret Inc" not in json.dumps(found.json())
    assert await values(api, ada, "email") == ["ada@example.com"]
    assert await values(api, grace, "company") == ["Secret Inc"]
