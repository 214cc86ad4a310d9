"""What conditions and greetings read of a contact, on each engine."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.support.desk_house import House

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.objects import ObjectType, Ref
from callingcard.desk.model.properties import Property, PropertyType
from callingcard.desk.service.crm.associations import AssociationBelongings
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.crm.facts import facts_of_contact
from callingcard.desk.service.crm.linking import AssociationDesk, Pair
from callingcard.desk.service.crm.objects import ObjectDesk
from callingcard.desk.service.crm.records import Key, Tie
from callingcard.desk.service.crm.registry import PropertyDesk
from callingcard.desk.store.chat.events import SqlOutbox

CONTACTS, COMPANIES, DEALS = ObjectType.CONTACTS, ObjectType.COMPANIES, ObjectType.DEALS


@dataclass
class Crm:
    """The CRM's use cases over one house."""

    house: House
    contacts: ContactDesk = field(init=False)
    companies: ObjectDesk = field(init=False)
    deals: ObjectDesk = field(init=False)

    def __post_init__(self) -> None:
        """Wire them."""
        around = (self.house.units, self.house.clock, self.house.ids)
        self.contacts = ContactDesk(*around)
        self.companies = ObjectDesk(*around, kind=COMPANIES)
        self.deals = ObjectDesk(*around, kind=DEALS)
        self.properties = PropertyDesk(self.house.units, self.house.clock)
        self.associations = AssociationDesk(self.house.units, self.house.clock)

    async def facts(self, contact: Contact | None, **how: Any) -> dict[str, Any]:
        """Return what is known of *contact*."""
        async with self.house.units.reading() as unit:
            return await facts_of_contact(unit, contact, **how)

    async def company(self, contact: Contact, name: str, **properties: str) -> str:
        """Give *contact* a company; return its id."""
        made = await self.companies.create({"name": name, **properties})
        pair = Pair(Ref(CONTACTS, contact.id), Ref(COMPANIES, made.id))
        await self.associations.link(pair)
        return made.id


@pytest.fixture
def crm(house: House) -> Crm:
    """Return the CRM of a house."""
    return Crm(house)


async def test_values_are_what_their_types_say(crm: Crm):
    """Numbers are numbers, yes and no is a bool, what is not set is absent."""
    for name, kind, how in (
        ("seats", PropertyType.NUMBER, "number"),
        ("trial", PropertyType.BOOL, "booleancheckbox"),
        ("renewal", PropertyType.DATE, "date"),
    ):
        await crm.properties.create(CONTACTS, Property(name, name, kind, how))
    given = {
        "email": "ada@example.com",
        "seats": "12",
        "trial": "true",
        "renewal": "2030-01-31",
    }
    ada = await crm.contacts.create(given)
    facts = await crm.facts(ada)
    assert facts == {
        "contact.email": "ada@example.com",
        "contact.seats": 12.0,
        "contact.trial": True,
        "contact.renewal": "2030-01-31",
        "contact.hs_object_id": float(ada.id),
        "contact.createdate": "2030-01-01T12:00:00.000Z",
        "contact.lastmodifieddate": "2030-01-01T12:00:00.000Z",
    }
    assert await crm.facts(None) == {}


async def test_what_no_longer_exists_is_unknown(crm: Crm):
    """The value of an archived property decides nothing."""
    await crm.properties.create(CONTACTS, Property("shoe", "Shoe"))
    ada = await crm.contacts.create({"firstname": "Ada", "shoe": "43"})
    assert (await crm.facts(ada))["contact.shoe"] == "43"
    await crm.properties.archive(CONTACTS, "shoe")
    assert "contact.shoe" not in await crm.facts(ada)


async def test_the_primary_company_and_the_largest_open_deal_count(crm: Crm):
    """Not the second company, not a deal that is over, archived, or without an amount."""
    ada = await crm.contacts.create({"firstname": "Ada"})
    ink = await crm.company(ada, "Ink", numberofemployees="12")
    await crm.company(ada, "Pen")
    tie = [Tie(Ref(CONTACTS, ada.id))]
    for amount, stage in (("9", ""), ("10.5", "contractsent"), ("99", "closedwon"), ("", "")):
        await crm.deals.create({"dealname": "d", "amount": amount, "dealstage": stage}, tie)
    gone = await crm.deals.create({"dealname": "gone", "amount": "500"}, tie)
    await crm.deals.archive(Key(gone.id))
    facts = await crm.facts(ada)
    assert (facts["company.name"], facts["company.numberofemployees"]) == ("Ink", 12.0)
    assert facts["deal.amount"] == 10.5
    await crm.companies.archive(Key(ink))
    assert "company.name" not in await crm.facts(ada)


async def test_a_visitor_is_told_only_what_may_be_told(crm: Crm):
    """The rest may decide, and is not quoted."""
    given = {"firstname": "Ada", "hs_lead_status": "BAD_TIMING", "hubspot_owner_id": "700"}
    ada = await crm.contacts.create(given)
    await crm.company(ada, "Ink", annualrevenue="5")
    await crm.deals.create({"dealname": "d", "amount": "9"}, [Tie(Ref(CONTACTS, ada.id))])
    assert await crm.facts(ada, visible_only=True) == {
        "contact.firstname": "Ada",
        "company.name": "Ink",
    }


async def test_a_merge_that_is_undone_gives_back_what_it_took(crm: Crm):
    """What both had stays with both; what is gone since does not come back."""
    ada = await crm.contacts.create({"firstname": "Ada"})
    old = await crm.contacts.create({"firstname": "Old"})
    both = await crm.company(ada, "Both")
    await crm.associations.link(Pair(Ref(CONTACTS, old.id), Ref(COMPANIES, both)))
    mine, gone = await crm.company(old, "Mine"), await crm.company(old, "Gone")
    belongings = AssociationBelongings(crm.house.clock)

    async def companies(contact: Contact) -> set[str]:
        links = await crm.associations.links_of(Ref(CONTACTS, contact.id), COMPANIES)
        return {link.end.id for link in links}

    async with crm.house.units.writing() as unit:
        moved = await belongings.move(unit, of=old.id, to=ada.id)
    assert (await companies(ada), await companies(old)) == ({both, mine, gone}, set())
    await crm.companies.archive(Key(gone))
    async with crm.house.units.writing() as unit:
        await belongings.move_back(unit, moved, of=ada.id, to=old.id)
    assert (await companies(ada), await companies(old)) == ({both}, {both, mine})


async def test_others_are_told_what_a_contact_is_associated_with(crm: Crm):
    """Once when it begins and once when it ends, and when the contact goes."""
    ada = await crm.contacts.create({"firstname": "Ada"})
    ink = await crm.company(ada, "Ink")
    pair = Pair(Ref(COMPANIES, ink), Ref(CONTACTS, ada.id))
    await crm.associations.link(pair)
    await crm.associations.unlink([pair, pair])
    await crm.contacts.archive(Key(ada.id))
    told = await SqlOutbox(crm.house.database).waiting(limit=10)
    facts = [
        (event.kind, event.data.get("to_id"), event.data.get("removed")) for event in told
    ]
    assert sorted(facts, key=repr) == [
        ("contact.associated", ink, 0),
        ("contact.associated", ink, 1),
        ("contact.created", None, None),
        ("contact.deleted", None, None),
    ]
