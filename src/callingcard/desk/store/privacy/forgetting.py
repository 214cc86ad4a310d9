"""Finds, shows and deletes what the desk holds of a person, by the list of holdings."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    bindparam,
    delete,
    false,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.desk.model.privacy import KEPT_AS_TOMBSTONES, Name, Subject
from callingcard.desk.store.privacy.holdings import HOLDINGS, Holding
from callingcard.desk.store.privacy.tables import tombstones
from callingcard.desk.store.visitors.tables import shown_tokens

_CHUNK: Final = 500
"""How many names go into one statement: engines take some ten thousand at most."""

_SECTIONS: Final = {holding.section: holding for holding in HOLDINGS}
_BURY: Final = text(
    "insert into desk_tombstones (name, thing_id, erasure_id, at)"
    " values (:name, :thing_id, :erasure_id, :at) on conflict do nothing"
).bindparams(bindparam("at", type_=Moment))
_BURIED: Final = select(tombstones.c.name, tombstones.c.thing_id).where(
    tombstones.c.erasure_id == bindparam("erasure_id")
)
_ERASURE_OF: Final = select(tombstones.c.erasure_id).where(
    tombstones.c.name == bindparam("name"), tombstones.c.thing_id == bindparam("wanted")
)
_SHOWN: Final = (
    select(shown_tokens.c.fingerprint)
    .where(shown_tokens.c.session_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_SPEND: Final = text(
    "insert into desk_spent_tokens (fingerprint, expires_at)"
    " select fingerprint, max(expires_at) from desk_shown_tokens"
    " where session_id in :ids group by fingerprint on conflict do nothing"
).bindparams(bindparam("ids", expanding=True))
# The lock of store/visitors/sessions.py: a session that is being opened with the token
# is either there to be deleted, or finds the token spent.
_LOCK: Final = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


class SqlForgetting:
    """Keeps ``ports.Forgetting`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def sections(self) -> Sequence[str]:
        """The names of what is kept, as an export shows them."""
        return tuple(_SECTIONS)

    async def gather(self, subject: Subject, *, lock: bool = False) -> Subject:
        """Return *subject* with every other name that rows lead to."""
        while True:
            found = subject
            for holding in HOLDINGS:
                if holding.leads:
                    found = await self._led(holding, found, lock=lock)
            if found == subject:
                return found
            subject = found

    async def rows(
        self, section: str, subject: Subject, *, at: int, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        """Return rows about them from the place *at* on, without what is secret."""
        holding = _SECTIONS[section]
        table = holding.table
        about = [
            holding.column(column).in_(sorted(subject.of(name)))
            for column, name in holding.known_by.items()
            if subject.of(name)
        ]
        asked = select(*_shown(holding)).where(or_(false(), *about), *_only(holding))
        asked = asked.order_by(*table.primary_key.columns).offset(at).limit(limit)
        return [dict(row) for row in (await self._connection.execute(asked)).mappings()]

    async def forget(self, subject: Subject) -> Mapping[str, int]:
        """Delete every row about them; return how many went, by section."""
        if self._connection.dialect.name == "sqlite":
            # Zeroes over what is deleted: else it stays in the file until reused
            # (https://sqlite.org/pragma.html#pragma_secure_delete).
            await self._connection.exec_driver_sql("pragma secure_delete = on")
        counts: dict[str, int] = {}
        for holding in HOLDINGS:
            gone = 0
            for about in _about(holding, subject):
                gone += (
                    await self._connection.execute(
                        delete(holding.table).where(about, *_only(holding))
                    )
                ).rowcount
            if gone:
                counts[holding.section] = gone
        return counts

    async def spend_tokens(self, subject: Subject, *, lock: bool) -> None:
        """Let no token that they showed be used again."""
        for ids in _chunks(sorted(subject.of(Name.SESSION))):
            if lock and self._connection.dialect.name == "postgresql":
                shown = await self._connection.scalars(_SHOWN, {"ids": ids})
                for fingerprint in sorted(shown.all()):
                    asked = {"name": f"desk token {fingerprint}"}
                    await self._connection.execute(_LOCK, asked)
            await self._connection.execute(_SPEND, {"ids": ids})

    async def bury(self, erasure_id: str, subject: Subject, at: datetime) -> None:
        """Remember that what has these ids was erased."""
        rows = [
            {"name": name.value, "thing_id": one, "erasure_id": erasure_id, "at": at}
            for name in KEPT_AS_TOMBSTONES
            for one in sorted(subject.of(name))
        ]
        if rows:
            await self._connection.execute(_BURY, rows)

    async def buried(self, erasure_id: str) -> Subject:
        """Return the ids of what was erased then."""
        found = Subject()
        rows = await self._connection.execute(_BURIED, {"erasure_id": erasure_id})
        for row in rows:
            found = found.with_(Name(row.name), row.thing_id)
        return found

    async def erasure_of(self, name: Name, wanted: str) -> str | None:
        """Return the erasure that took the thing with this id, or None."""
        asked = {"name": name.value, "wanted": wanted}
        found: str | None = await self._connection.scalar(_ERASURE_OF, asked)
        return found

    async def _led(self, holding: Holding, subject: Subject, *, lock: bool) -> Subject:
        """Return *subject* with the names that rows of one holding lead to."""
        columns = [holding.column(name).label(name) for name in holding.leads]
        for about in _about(holding, subject):
            asked = select(*columns).where(about).order_by(*holding.table.primary_key.columns)
            if holding.unless is not None:
                asked = asked.where(holding.column(holding.unless).is_(None))
            if lock:
                asked = asked.with_for_update()
            for row in (await self._connection.execute(asked)).mappings():
                for column in holding.leads:
                    if row[column]:
                        subject = subject.with_(holding.known_by[column], row[column])
        return subject


def _shown(holding: Holding) -> list[Column[Any]]:
    """Return the columns of which a person is told: no secret, and nothing sealed."""
    return [
        column
        for column in holding.table.columns
        if column.name not in holding.hides and not isinstance(column.type, LargeBinary)
    ]


def _only(holding: Holding) -> list[ColumnElement[bool]]:
    """Return what else is true of rows in which the holding's columns name a person."""
    return [holding.column(column) == value for column, value in holding.only.items()]


def _about(holding: Holding, subject: Subject) -> Iterator[ColumnElement[bool]]:
    """Yield what is true of the holding's rows about *subject*, a part of them each time."""
    for column, name in holding.known_by.items():
        for values in _chunks(sorted(subject.of(name))):
            yield holding.column(column).in_(values)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
