"""HubSpot's filters, as SQL over a table of things with properties.

Next to the properties lie two columns for looking things up, so that the two
engines never have to agree on what lower case, a word or a number is: ``folded``
holds each value folded, its words under the name with a ``.words`` behind it and,
when it reads as a number or a time, that number under ``.number``; ``words`` holds
what people search by.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    and_,
    cast,
    collate,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.errors import BadSearch
from callingcard.desk.search import (
    Filter,
    Kind,
    Operator,
    Page,
    Query,
    Sort,
    fold,
    parse_decimal,
    parse_moment,
    token_pattern,
    tokens,
)

_MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DATED: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{8,12}Z)?")

_Test = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]
_TESTS: Final[Mapping[Operator, _Test]] = {
    Operator.EQ: lambda column, value: column == value,
    Operator.NEQ: lambda column, value: column != value,
    Operator.LT: lambda column, value: column < value,
    Operator.LTE: lambda column, value: column <= value,
    Operator.GT: lambda column, value: column > value,
    Operator.GTE: lambda column, value: column >= value,
}
_STEPS: Final[Mapping[Operator, tuple[Operator, ...]]] = {
    Operator.IN: (Operator.EQ,),
    Operator.NOT_IN: (Operator.NEQ,),
    Operator.BETWEEN: (Operator.GTE, Operator.LTE),
}
"""The comparisons that an operator over several values is made of."""


class Searching:
    """Answers queries to one table; *narrowed* is a condition that always holds."""

    def __init__(
        self,
        connection: AsyncConnection,
        table: Table,
        narrowed: ColumnElement[bool] | None = None,
    ) -> None:
        """Look through *connection*; its dialect decides how text is ordered."""
        self._connection = connection
        self._table = table
        self._narrowed = true() if narrowed is None else narrowed
        postgres = connection.dialect.name == "postgresql"
        self._byte_order = "C" if postgres else "BINARY"
        self._moments: Mapping[str, ColumnElement[Any]] = {
            "createdate": table.c.created_at,
            "lastmodifieddate": table.c.updated_at,
            "hs_lastmodifieddate": table.c.updated_at,
        }
        self._id = cast(table.c.id, BigInteger)
        self._shown = [column for column in table.c if column.name != "history"]

    async def page(self, query: Query) -> Page[RowMapping]:
        """Return the page of rows that *query* asks for, the oldest first."""
        where = self._where(query)
        counted = select(func.count()).select_from(self._table).where(where)
        total = (await self._connection.execute(counted)).scalar_one()
        asked = self._ordered(select(*self._shown).where(where), query.sorts)
        paged = asked.limit(query.limit).offset(query.offset)
        found = (await self._connection.execute(paged)).mappings().all()
        end = query.offset + len(found)
        return Page(found, total, end if found and end < total else None)

    def _where(self, query: Query) -> ColumnElement[bool]:
        """Return the whole condition of *query*."""
        words = [
            self._table.c.words.contains(word, autoescape=True)
            for word in fold(query.text.replace("\0", " ")).split()
        ]
        alternatives = [and_(*map(self._condition, group)) for group in query.groups]
        groups = or_(*alternatives) if alternatives else true()
        archived = true() if query.archived else false()
        return and_(self._narrowed, self._table.c.archived == archived, groups, *words)

    def _condition(self, asked: Filter) -> ColumnElement[bool]:
        """Return one filter as SQL; what is not known compares to nothing."""
        column, values = self._operands(asked)
        match asked.operator:
            case Operator.HAS_PROPERTY:
                return column.is_not(None)
            case Operator.NOT_HAS_PROPERTY:
                return column.is_(None)
            case Operator.CONTAINS_TOKEN:
                return self._has_words(asked)
            case Operator.NOT_CONTAINS_TOKEN:
                return and_(column.is_not(None), not_(self._has_words(asked)))
            case operator:
                steps = zip(cycle(_STEPS.get(operator, (operator,))), values, strict=False)
                tests = [self._compare(column, step, value) for step, value in steps]
                return or_(*tests) if operator is Operator.IN else and_(*tests)

    def _operands(self, asked: Filter) -> tuple[ColumnElement[Any], list[Any]]:
        """Return the column of a filter, and its values as that column holds them."""
        name, values = asked.property, asked.values
        if name in self._moments:
            return self._moments[name], [parse_moment(value) for value in values]
        if name == "hs_object_id":
            return self._id, [int(value) for value in values]
        column = self._property(name, asked.kind)
        match asked.kind:
            case Kind.MOMENT:
                moments = [parse_moment(value) for value in values]
                return column, [(moment - _EPOCH) // _MILLISECOND for moment in moments]
            case Kind.NUMBER | Kind.DECIMAL:
                return column, [_number(value) for value in values]
            case Kind.TEXT:
                return column, [fold(value) for value in values]

    def _compare(
        self, column: ColumnElement[Any], operator: Operator, value: Any
    ) -> ColumnElement[bool]:
        """Compare *column* with *value*; a time counts as the whole millisecond it is in."""
        if all(column is not moment for moment in self._moments.values()):
            return _TESTS[operator](column, value)
        after = value + _MILLISECOND
        match operator:
            case Operator.EQ:
                return and_(column >= value, column < after)
            case Operator.NEQ:
                return or_(column < value, column >= after)
            case Operator.LTE:
                return column < after
            case Operator.GT:
                return column >= after
            case _:
                return _TESTS[operator](column, value)

    def _has_words(self, asked: Filter) -> ColumnElement[bool]:
        """Return the test for a run of whole words, ``*`` standing for anything."""
        pattern = token_pattern(asked.values[0])
        if pattern is None:
            return false()
        return self._table.c.folded[f"{asked.property}.words"].as_string().like(pattern)

    def _property(self, name: str, kind: Kind) -> ColumnElement[Any]:
        """Return a property as it compares; text is ordered by its bytes on every engine."""
        if kind is Kind.TEXT:
            return collate(self._table.c.folded[name].as_string(), self._byte_order)
        return self._table.c.folded[f"{name}.number"].as_float()

    def _ordered(self, asked: Select[Any], sorts: tuple[Sort, ...]) -> Select[Any]:
        """Put *asked* in order, the unknown last; the id makes every order total."""
        for sort in sorts:
            column = self._moments.get(sort.property)
            if column is None and sort.property == "hs_object_id":
                column = self._id
            if column is None:
                column = self._property(sort.property, sort.kind)
            order = column.desc() if sort.descending else column.asc()
            asked = asked.order_by(column.is_(None), order)
        return asked.order_by(self._id)


def looked_up_by(properties: Mapping[str, str], searched: Sequence[str]) -> dict[str, Any]:
    """Return the columns that *properties* are found by; people search in *searched*."""
    folded: dict[str, Any] = {}
    for name, value in properties.items():
        folded[name] = fold(value)
        folded[f"{name}.words"] = tokens(value)
        number = _measure(value)
        if number is not None:
            folded[f"{name}.number"] = number
    words = fold(" ".join(properties.get(name, "") for name in searched))
    return {"folded": folded, "words": words}


def _measure(value: str) -> float | None:
    """Return *value* as a number, when it reads as one or as a time."""
    number = parse_decimal(value)
    if number is not None or not _DATED.fullmatch(value):
        return number
    try:
        return float((parse_moment(value) - _EPOCH) // _MILLISECOND)
    except BadSearch:
        return None  # a text that only looks like a time


def _number(value: str) -> float:
    """Return what a search compares a number with; ``parse_search`` let no other through."""
    number = parse_decimal(value)
    if number is None:
        raise BadSearch("A value is compared with a number, and is none.")
    return number
