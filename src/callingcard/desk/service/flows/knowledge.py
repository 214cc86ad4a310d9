"""What a chatflow may know: the properties there are, and what is true now."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from callingcard.desk.chatflows.parsing import parse_flow
from callingcard.desk.chatflows.steps import Chatflow
from callingcard.desk.model.chatflows import Kind, PropertyInfo
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.model.properties import Property, PropertyType
from callingcard.desk.ports.units import Unit
from callingcard.desk.routing.hours import OfficeHours
from callingcard.desk.service.crm.registry import known_properties
from callingcard.kit.conditions.comparisons import Value

MAX_PAGE: Final = 2000
_MAX_QUERY: Final = 50
_KINDS: Final[Mapping[PropertyType, Kind]] = {
    PropertyType.STRING: "string",
    PropertyType.NUMBER: "number",
    PropertyType.BOOL: "bool",
    PropertyType.ENUMERATION: "enum",
    PropertyType.DATE: "date",
    PropertyType.DATETIME: "date",
}


async def known_to_flows(unit: Unit) -> Mapping[str, PropertyInfo]:
    """Return the properties that chatflows may use, by names such as ``contact.plan``."""
    found: dict[str, PropertyInfo] = {}
    for prefix, object_type in (
        ("contact", ObjectType.CONTACTS),
        ("company", ObjectType.COMPANIES),
    ):
        for one in (await known_properties(unit, object_type)).values():
            found[f"{prefix}.{one.name}"] = _info(f"{prefix}.{one.name}", one)
    deals = await known_properties(unit, ObjectType.DEALS)
    if "amount" in deals:
        found["deal.amount"] = _info("deal.amount", deals["amount"])
    return found


def _info(name: str, one: Property) -> PropertyInfo:
    return PropertyInfo(
        name,
        _KINDS[one.type],
        one.label,
        visible=one.visible_to_visitor,
        writable=not one.read_only and name.startswith("contact."),
        options=tuple(option.value for option in one.options),
    )


def page_facts(url: str) -> dict[str, Value]:
    """Return what is known of the page on which the visitor is.

    >>> page_facts("https://shop.example/a?plan=pro")["page.query.plan"]
    'pro'
    """
    try:
        parts = urlsplit(url[:MAX_PAGE])
        query = parse_qsl(parts.query, max_num_fields=_MAX_QUERY)
    except ValueError:
        return {}
    facts: dict[str, Value] = {f"page.query.{name}": value for name, value in query}
    if url:
        facts |= {"page.url": url[:MAX_PAGE], "page.path": parts.path or "/"}
    return facts


async def facts_around(
    unit: Unit, *, page: str, evidence: Evidence, hours: str | None, now: datetime
) -> dict[str, Value]:
    """Return what is true whoever the visitor is: the page, the evidence, the hours."""
    is_open = (await office(unit, hours))(now)
    return {**page_facts(page), "visitor.evidence": evidence.value, "hours.open": is_open}


async def office(unit: Unit, name: str | None) -> Callable[[datetime], bool | None]:
    """Return what says whether the office is open; None when the hours *name* are gone.

    Without a name they are those of the team that gets what no rule sends elsewhere;
    a company that keeps no hours is always open.
    """
    known = await unit.routing.hours()
    if name is None:
        plan, teams = await unit.routing.plan(), await unit.routing.teams()
        team = teams.get(plan.fallback.team or "")
        name = None if team is None else team.hours
        if name is None:
            return lambda _: True
    found = known.get(name)
    return (lambda _: None) if found is None else OfficeHours(found).is_open


async def read_flow(unit: Unit, document: object, name: str) -> Chatflow:
    """Return the chatflow that *document* describes today; raises Invalid.

    Reading one takes milliseconds and happens at every message, so what was read is
    remembered, for the very same document and properties.
    """
    registry = await known_to_flows(unit)
    try:
        raw = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return parse_flow(document, registry.get, name=name)
    return _read(raw, name, frozenset(registry.values()))


@lru_cache(maxsize=64)
def _read(raw: str, name: str, properties: frozenset[PropertyInfo]) -> Chatflow:
    registry = {info.name: info for info in properties}
    return parse_flow(json.loads(raw), registry.get, name=name)
