"""Agents list contacts, search them, and open one with its conversations."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from tests.support.desk_house import House

from callingcard.desk.api.crm.contacts import MAX_CONVERSATIONS, contact_routes
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.privacy.audit import AuditDesk
from callingcard.server import problems

PATH = "/v1/contacts"


@pytest.fixture
def contacts(house: House) -> ContactDesk:
    """Return the use cases of contacts on the house's database."""
    return ContactDesk(house.units, house.clock, house.ids)


@pytest.fixture
def client(house: House, contacts: ContactDesk) -> httpx.AsyncClient:
    """Return a client of the agents' routes for contacts."""
    app = FastAPI()
    app.include_router(
        contact_routes(
            contacts,
            house.conversations,
            house.agent,
            looks=AuditDesk(house.units, house.clock),
        )
    )
    problems.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.test")


async def names(client: httpx.AsyncClient, query: str) -> list[str | None]:
    """Return the given names of the contacts that *query* finds."""
    reply = await client.get(PATH, params={"query": query})
    return [contact["firstName"] for contact in reply.json()["results"]]


async def test_the_list_has_the_newest_first_and_pages(
    client: httpx.AsyncClient, contacts: ContactDesk
):
    """A cursor leads from page to page, also when somebody arrives in between."""
    for name in "ABC":
        await contacts.create({"firstname": name})
    first = (await client.get(PATH, params={"limit": 2})).json()
    await contacts.create({"firstname": "D"})
    second = (await client.get(PATH, params={"limit": 2, "after": first["next"]})).json()
    seen = [contact["firstName"] for contact in [*first["results"], *second["results"]]]
    assert (seen, second["next"]) == (["C", "B", "A"], None)


async def test_words_are_found_anywhere_in_what_people_go_by(
    client: httpx.AsyncClient, contacts: ContactDesk
):
    """Names, address and company; any case, in any script; no wildcards."""
    await contacts.create(
        {
            "firstname": "Åsa",
            "lastname": "Öberg",
            "email": "asa@ink.test",
            "company": "Ink 50%",
        }
    )
    await contacts.create({"firstname": "Grace", "city": "åsa"})
    for query in ("åSA", "öberg ink", "ASA@INK", "50%", "\0 berg"):
        assert await names(client, query) == ["Åsa"], query
    for query in ("_", "%%", "\\", "nobody", "åsa grace"):
        assert await names(client, query) == [], query
    assert len(await names(client, "")) == 2


async def test_a_contact_is_shown_with_its_conversations(
    client: httpx.AsyncClient, house: House
):
    """What the proof said, and the last line of what was said."""
    key = await house.shop_key()
    opened = await house.enter(token=key.sign(given_name="Ada"))
    posted = await house.conversations.post_as_visitor(
        opened.session, text="Hello?", client_message_id="c1"
    )
    listed = (await client.get(PATH)).json()["results"]
    shown = (await client.get(f"{PATH}/{listed[0]['id']}")).json()
    talks = shown.pop("conversations")
    assert shown == listed[0]
    assert (shown["email"], shown["firstName"], shown["lastName"], shown["evidence"]) == (
        "ada@example.com",
        "Ada",
        None,
        "signed",
    )
    assert talks == [
        {
            "id": posted.entry.conversation_id,
            "status": "open",
            "lastText": "Hello?",
            "updatedAt": "2030-01-01T12:00:00.000Z",
        }
    ]


async def test_the_latest_conversations_are_shown(house: House, client: httpx.AsyncClient):
    """A person with many inboxes' worth of talk has their newest first, and not all."""
    contact = await ContactDesk(house.units, house.clock, house.ids).create(
        {"firstname": "Ada"}
    )
    for number in range(MAX_CONVERSATIONS + 1):
        house.clock.advance(timedelta(seconds=1))
        opened = await house.enter()
        posted = await house.conversations.post_as_visitor(
            opened.session, text=f"number {number}", client_message_id="c1"
        )
        conversation = await house.conversations.get(posted.entry.conversation_id)
        async with house.units.writing() as unit:
            await unit.conversations.adopt(conversation.visitor_id, contact.id)
    shown = (await client.get(f"{PATH}/{contact.id}")).json()["conversations"]
    assert [talk["lastText"] for talk in shown] == [
        f"number {number}" for number in range(MAX_CONVERSATIONS, 0, -1)
    ]


@pytest.mark.parametrize("contact_id", ["999", "ada@example.com", "9" * 40, "%00"])
async def test_an_unknown_contact_is_not_found(client: httpx.AsyncClient, contact_id: str):
    """Whatever the id looks like, the answer is a problem and not a failure."""
    reply = await client.get(f"{PATH}/{contact_id}")
    assert (reply.status_code, reply.json()["code"]) == (404, "desk.contact_not_found")


@pytest.mark.parametrize("bad", [{"limit": "0"}, {"limit": "201"}, {"after": "x"}])
async def test_a_bad_page_is_refused(client: httpx.AsyncClient, bad: dict[str, str]):
    """Limits and cursors are checked before anything is asked of the database."""
    assert (await client.get(PATH, params=bad)).status_code == 422


async def test_nobody_but_an_agent_sees_contacts(house: House, client: httpx.AsyncClient):
    """Signed out, both routes are closed, and nothing of them is kept by a cache."""
    assert (await client.get(PATH)).headers["cache-control"].startswith("no-store")
    house.agent_signed_in = False
    assert (await client.get(PATH)).status_code == 401
    assert (await client.get(f"{PATH}/1")).status_code == 401
