"""Agents change a contact, see what properties there are, and what a contact belongs to."""

import httpx
import pytest
from fastapi import FastAPI
from tests.support.desk_house import House

from callingcard.desk.api.crm.contact_records import contact_record_routes
from callingcard.desk.model.objects import ObjectType, Ref
from callingcard.desk.service.crm.associations import associate
from callingcard.desk.service.crm.contacts import ContactDesk, Key
from callingcard.desk.service.crm.objects import ObjectDesk
from callingcard.desk.service.crm.relations import RelationDesk
from callingcard.desk.service.privacy.audit import AuditDesk
from callingcard.server import problems

PATH = "/v1/contacts"


@pytest.fixture
def contacts(house: House) -> ContactDesk:
    """Return the use cases of contacts on the house's database."""
    return ContactDesk(house.units, house.clock, house.ids)


@pytest.fixture
def client(house: House, contacts: ContactDesk) -> httpx.AsyncClient:
    """Return a client of the routes."""
    app = FastAPI()
    app.include_router(
        contact_record_routes(
            contacts,
            RelationDesk(house.units),
            house.agent,
            looks=AuditDesk(house.units, house.clock),
        )
    )
    problems.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.test")


async def test_what_is_changed_is_kept_and_the_rest_stays(
    client: httpx.AsyncClient, contacts: ContactDesk
):
    """An empty text clears a property; one that is not named stays as it was."""
    ada = await contacts.create({"email": "ada@example.com", "company": "Ink", "phone": "1"})
    changes = {"firstname": "Ada", "company": ""}
    reply = await client.patch(f"{PATH}/{ada.id}", json={"properties": changes})
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json()["firstName"] == "Ada"
    assert reply.json()["properties"] == {
        "email": "ada@example.com",
        "firstname": "Ada",
        "phone": "1",
    }


async def test_what_is_wrong_is_told_by_property(
    client: httpx.AsyncClient, contacts: ContactDesk
):
    """Each refused property has its reason, no value is repeated, and nothing changes."""
    ada = await contacts.create({"email": "ada@example.com"})
    wrong = {"lifecyclestage": "emperor", "createdate": "2030-01-01", "phone": "1"}
    reply = await client.patch(f"{PATH}/{ada.id}", json={"properties": wrong})
    assert reply.status_code == 422
    assert set(reply.json()["fields"]) == {"lifecyclestage", "createdate"}
    assert "emperor" not in reply.text
    assert "phone" not in (await contacts.get(Key(ada.id))).properties


async def test_another_contacts_address_is_refused(
    client: httpx.AsyncClient, contacts: ContactDesk
):
    """Two contacts cannot have one address; the remedy is to merge or to choose another."""
    await contacts.create({"email": "bob@example.com"})
    ada = await contacts.create({"email": "ada@example.com"})
    given = {"properties": {"email": "bob@example.com"}}
    reply = await client.patch(f"{PATH}/{ada.id}", json=given)
    assert (reply.status_code, reply.json()["code"]) == (409, "desk.contact_exists")


async def test_forms_know_every_property(client: httpx.AsyncClient):
    """Each property has its label, its type, its choices, and whether it can be written."""
    reply = await client.get(f"{PATH}/properties")
    known = {one["name"]: one for one in reply.json()["properties"]}
    assert known["firstname"] == {
        "name": "firstname",
        "label": "First Name",
        "type": "string",
        "many": False,
        "readOnly": False,
        "options": [],
    }
    assert {"value": "customer", "label": "Customer"} in known["lifecyclestage"]["options"]
    assert known["createdate"]["readOnly"] is True


async def test_companies_and_deals_are_shown_with_the_contact(
    house: House, client: httpx.AsyncClient, contacts: ContactDesk
):
    """The primary company comes first; a deal that was won is open no more."""
    parts = house.units, house.clock, house.ids
    companies = ObjectDesk(*parts, kind=ObjectType.COMPANIES)
    deals = ObjectDesk(*parts, kind=ObjectType.DEALS)
    ada = await contacts.create({"email": "ada@example.com"})
    ink = await companies.create({"name": "Ink", "domain": "ink.example"})
    paper = await companies.create({"name": "Paper"})
    won = await deals.create({"dealname": "Pens", "amount": "40", "dealstage": "closedwon"})
    start = Ref(ObjectType.CONTACTS, ada.id)
    async with house.units.writing() as unit:
        for company in (ink, paper):
            end = Ref(ObjectType.COMPANIES, company.id)
            await associate(unit, start, end, house.clock.now())
        await associate(unit, start, Ref(ObjectType.DEALS, won.id), house.clock.now())
    shown = (await client.get(f"{PATH}/{ada.id}/related")).json()
    assert [(one["name"], one["primary"]) for one in shown["companies"]] == [
        ("Ink", True),
        ("Paper", False),
    ]
    assert shown["deals"] == [
        {"id": won.id, "name": "Pens", "amount": "40", "stage": "Closed Won", "open": False}
    ]


async def test_nobody_elses_contact_is_found(client: httpx.AsyncClient):
    """An unknown contact is told to be unknown, on every route."""
    for reply in (
        await client.get(f"{PATH}/404/related"),
        await client.patch(f"{PATH}/404", json={"properties": {}}),
    ):
        assert (reply.status_code, reply.json()["code"]) == (404, "desk.contact_not_found")
