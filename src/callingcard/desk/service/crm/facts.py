"""What is known of a contact, as conditions and greetings read it.

A name that is absent is unknown. A value that does not fit its property's type is
unknown too: nothing is decided by what cannot be read.
"""

from collections.abc import Mapping
from typing import TypeAlias

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.objects import CrmObject, ObjectType, Ref
from callingcard.desk.model.properties import Property, PropertyType
from callingcard.desk.ports.units import Unit
from callingcard.desk.search import parse_decimal
from callingcard.desk.service.crm.associations import primary_company
from callingcard.desk.service.crm.built_in import CLOSED_STAGES
from callingcard.desk.service.crm.registry import known_properties
from callingcard.kit.codec import rfc3339

Fact: TypeAlias = str | float | bool
Facts: TypeAlias = Mapping[str, Fact]


async def facts_of_contact(
    unit: Unit, contact: Contact | None, *, visible_only: bool = False
) -> dict[str, Fact]:
    """Return ``contact.*``, ``company.*`` of the primary company, and ``deal.amount``.

    Numbers are floats, yes and no is a bool; the rest is text, times as RFC 3339 in
    UTC. With *visible_only*, there is only what a chat may quote to the visitor.
    """
    if contact is None:
        return {}
    stamps = {
        "hs_object_id": contact.id,
        "createdate": rfc3339(contact.created_at),
        "lastmodifieddate": rfc3339(contact.updated_at),
    }
    known = await known_properties(unit, ObjectType.CONTACTS)
    values = {**contact.properties, **stamps}
    facts = _typed("contact", values, known, visible_only=visible_only)
    company = await primary_company(unit, contact.id)
    if company is not None:
        known = await known_properties(unit, ObjectType.COMPANIES)
        facts |= _typed("company", company.properties, known, visible_only=visible_only)
    known = await known_properties(unit, ObjectType.DEALS)
    if known["amount"].visible_to_visitor or not visible_only:
        amounts = [_amount(deal) for deal in await _open_deals(unit, contact)]
        facts |= {"deal.amount": max(amounts)} if amounts else {}
    return facts


async def _open_deals(unit: Unit, contact: Contact) -> list[CrmObject]:
    """Return the deals of *contact* that are neither won nor lost, and have an amount."""
    start = Ref(ObjectType.CONTACTS, contact.id)
    links = await unit.associations.of([start], ObjectType.DEALS)
    found = [await unit.deals.get(deal_id) for deal_id in {link.end.id for link in links}]
    return [
        deal
        for deal in found
        if deal is not None
        and not deal.archived
        and deal.properties.get("dealstage") not in CLOSED_STAGES
        and parse_decimal(deal.properties.get("amount", "")) is not None
    ]


def _amount(deal: CrmObject) -> float:
    return parse_decimal(deal.properties["amount"]) or 0.0


def _typed(
    prefix: str,
    values: Mapping[str, str],
    known: Mapping[str, Property],
    *,
    visible_only: bool,
) -> dict[str, Fact]:
    """Return *values* as their types say, each named with *prefix*."""
    facts: dict[str, Fact] = {}
    for name, value in values.items():
        definition = known.get(name)
        if definition is None or not value:
            continue
        if visible_only and not definition.visible_to_visitor:
            continue
        fact = _fact(definition.type, value)
        if fact is not None:
            facts[f"{prefix}.{name}"] = fact
    return facts


def _fact(kind: PropertyType, value: str) -> Fact | None:
    """Return *value* as its type says; None when it cannot be read so."""
    match kind:
        case PropertyType.NUMBER:
            return parse_decimal(value)
        case PropertyType.BOOL:
            return {"true": True, "false": False}.get(value)
        case _:
            return value
