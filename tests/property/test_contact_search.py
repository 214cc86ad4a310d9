"""Filters as SQL find what a loop over all contacts finds, on each engine."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callingcard.backends.database import Database
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.search import (
    Filter,
    Operator,
    Query,
    Sort,
    fold,
    parse_filter_groups,
    tokens,
)
from callingcard.desk.service.crm.properties import KINDS
from callingcard.desk.store.crm.contacts import SqlContacts
from callingcard.desk.store.crm.tables import contacts as table

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = [
    "Ada", "ada", "ADA", "Åsa", "a\N{COMBINING RING ABOVE}sa", "Straße", "STRASSE", "İstanbul",
    "Ada Lovelace", "Ada.Lovelace", "ada_lovelace", "100%", "a\\b", "o'hara", '"q"', "10", "9",
    "日本", "हिन्दी", "Ω", "ω", "[x]", "-", "z ada",
]  # fmt: skip
WORDS = {Operator.CONTAINS_TOKEN, Operator.NOT_CONTAINS_TOKEN}
NAMES = ["firstname", "company", "city"]
PATTERNS = [*TEXTS, "ad*", "*lace", "*a*", "ada*lace", "*", "", "%", "_da", "ada.*"]
MOMENTS = [NOON + timedelta(microseconds=step) for step in (-1000, -1, 0, 1, 999, 1000, 1001)]


def milliseconds(moment: datetime) -> int:
    """Return *moment* as HubSpot's clients see it."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


contacts_ = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.sampled_from(MOMENTS),
    ),
    max_size=6,
).map(
    lambda rows: [
        Contact(ContactId(str(number)), properties, Evidence.CLAIMED, made, made)
        for number, (properties, made) in enumerate(rows, start=8)
    ]
)


def raw_filter(name: str, operator: Operator, values: list[str]) -> dict[str, Any]:
    """Return a filter as HubSpot's clients write it."""
    raw = {"propertyName": name, "operator": operator.value}
    return {**raw, "value": values[0], "highValue": values[-1], "values": values}


def filters_on(names: list[str], values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return filters that compare one of *names* with *values*."""
    allowed = [one for one in Operator if names == NAMES or one not in WORDS]
    some = st.lists(st.sampled_from(values), min_size=1, max_size=3)
    return st.builds(raw_filter, st.sampled_from(names), st.sampled_from(allowed), some)


TIMES = [str(milliseconds(moment)) for moment in MOMENTS]
NUMBERS = ["8", "9", "10", "11", "-1"]
VALUES = {"company": PATTERNS, "createdate": TIMES, "hs_object_id": NUMBERS}
filters = st.one_of(
    filters_on(NAMES, PATTERNS),
    filters_on(["createdate", "lastmodifieddate"], TIMES),
    filters_on(["hs_object_id"], NUMBERS),
)
groups_ = st.lists(st.lists(filters, min_size=1, max_size=3), max_size=3)


def value_of(contact: Contact, name: str) -> Any:
    """Return what a property is compared as: text by its bytes, times by milliseconds."""
    if name == "hs_object_id":
        return Fraction(contact.id)
    if name in {"createdate", "lastmodifieddate"}:
        return Fraction(milliseconds(contact.created_at))
    text = contact.properties.get(name)
    return None if text is None else fold(text).encode()


def has_words(text: str, wanted: str) -> bool:
    """Look for *wanted* among the words of *text*, one regular expression at a time."""
    if not any(tokens(part).strip() for part in wanted.split("*")):
        return False
    shape = ".*".join(
        re.sub(r"[^\w\u0300-\u036f\u0900-\u097f]|_", " ", fold(part))
        for part in wanted.split("*")
    )
    shape = re.sub(r" +", " ", f" {shape} ")
    shape = shape.replace(" .*", ".*") if wanted.startswith("*") else shape
    shape = shape.replace(".* ", ".*") if wanted.endswith("*") else shape
    return re.search(shape, tokens(text)) is not None


def holds(contact: Contact, asked: Filter) -> bool:
    """Say whether one filter lets *contact* through, the slow and plain way."""
    found = value_of(contact, asked.property)
    if found is None or asked.operator in {Operator.HAS_PROPERTY, Operator.NOT_HAS_PROPERTY}:
        return (found is None) == (asked.operator is Operator.NOT_HAS_PROPERTY)
    if asked.operator in WORDS:
        text = contact.properties[asked.property]
        wanted = asked.operator is Operator.CONTAINS_TOKEN
        return has_words(text, asked.values[0]) == wanted
    number = isinstance(found, Fraction)
    values = [Fraction(one) if number else fold(one).encode() for one in asked.values]
    return bool(COMPARED[asked.operator](found, cast("list[Any]", values)))


COMPARED: dict[Operator, Any] = {
    Operator.EQ: lambda found, values: found == values[0],
    Operator.NEQ: lambda found, values: found != values[0],
    Operator.LT: lambda found, values: found < values[0],
    Operator.LTE: lambda found, values: found <= values[0],
    Operator.GT: lambda found, values: found > values[0],
    Operator.GTE: lambda found, values: found >= values[0],
    Operator.BETWEEN: lambda found, values: values[0] <= found <= values[1],
    Operator.IN: lambda found, values: found in values,
    Operator.NOT_IN: lambda found, values: found not in values,
}


async def found_by(database: Database, kept: list[Contact], query: Query) -> list[str]:
    """Return the ids that the store finds among exactly *kept*."""
    async with database.writing() as connection:
        await connection.execute(table.delete())
        store = SqlContacts(connection)
        for contact in kept:
            await store.add(contact)
        page = await store.search(query)
    assert page.total == len(page.items)
    return [contact.id for contact in page.items]


SLOW = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def crowd() -> list[Contact]:
    """Return a contact for every text and every moment, and one without a company."""
    return [
        Contact(
            ContactId(str(number)),
            {"company": text} if text else {"city": "Bath"},
            Evidence.CLAIMED,
            MOMENTS[number % len(MOMENTS)],
            MOMENTS[number % len(MOMENTS)],
        )
        for number, text in enumerate([*TEXTS, ""], start=3)
    ]


def every_filter() -> list[Filter]:
    """Return every operator on every kind of property, with every value and a second one."""
    found: list[Filter] = []
    for name, values in VALUES.items():
        for operator, (place, value) in itertools.product(Operator, enumerate(values)):
            if operator in WORDS and name not in NAMES:
                continue
            raw = raw_filter(name, operator, [value, values[(place * 7 + 3) % len(values)]])
            found += parse_filter_groups([{"filters": [raw]}], KINDS)[0]
    return found


async def test_every_operator_finds_what_a_loop_finds(database: Database):
    """Each by itself, so that no other filter hides what one of them does."""
    kept = crowd()
    wrong: list[Filter] = []
    async with database.writing() as connection:
        store = SqlContacts(connection)
        for contact in kept:
            await store.add(contact)
        for asked in every_filter():
            expected = [contact.id for contact in kept if holds(contact, asked)]
            page = await store.search(Query(groups=((asked,),)))
            if [contact.id for contact in page.items] != expected:
                wrong.append(asked)
    assert wrong == []


@SLOW
@given(kept=contacts_, groups=groups_)
async def test_filters_find_what_a_loop_finds(
    database: Database, kept: list[Contact], groups: list[list[dict[str, Any]]]
):
    """Groups are alternatives, filters within one must all hold, unknown matches nothing."""
    parsed = parse_filter_groups([{"filters": group} for group in groups], KINDS)
    expected = [
        contact.id
        for contact in kept
        if not parsed or any(all(holds(contact, one) for one in group) for group in parsed)
    ]
    assert await found_by(database, kept, Query(groups=parsed)) == expected


@SLOW
@given(
    kept=contacts_,
    name=st.sampled_from([*NAMES, "createdate", "hs_object_id"]),
    descending=st.booleans(),
)
async def test_order_is_the_same_on_every_engine(
    database: Database, kept: list[Contact], name: str, *, descending: bool
):
    """Text by its folded bytes, the unknown last, equals in the order of their ids."""
    compared = name if name in NAMES else None
    known = [one for one in kept if compared is None or compared in one.properties]
    unknown = [one for one in kept if one not in known]

    def key(contact: Contact) -> Any:
        if name == "createdate":
            return contact.created_at
        return value_of(contact, name)

    ordered = sorted(known, key=key, reverse=descending)
    expected = [contact.id for contact in [*ordered, *unknown]]
    query = Query(sorts=(Sort(name, descending=descending),))
    assert await found_by(database, kept, query) == expected


@SLOW
@given(kept=contacts_, words=st.lists(st.sampled_from([*TEXTS, "da", "%", "ÅS"]), max_size=2))
async def test_text_finds_parts_of_names_and_companies(
    database: Database, kept: list[Contact], words: list[str]
):
    """Every word must be somewhere in the names, the address or the company."""
    text = " ".join(words)
    expected = [
        contact.id
        for contact in kept
        if all(
            word
            in fold(
                f"{contact.properties.get('firstname', '')}   "
                f"{contact.properties.get('company', '')}"
            )
            for word in fold(text).split()
        )
    ]
    assert await found_by(database, kept, Query(text=text)) == expected
