"""Tells a person everything that is kept of them: a zip of JSON, and one page to read.

The zip is made while it is sent, a page of rows at a time, so that neither a long history
nor a slow reader fills the memory or holds a transaction open. Secrets, such as the
hashes of sessions and tokens, are left out: they would let others in and tell nothing.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from typing_extensions import Buffer, override

from callingcard.desk.errors import ContactNotFound
from callingcard.desk.model.audit import AuditFilter, AuditRow, Deed, Who
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.privacy import Name, Subject
from callingcard.desk.ports.privacy import Elsewhere
from callingcard.desk.ports.units import Units
from callingcard.desk.service.privacy.erasing import named
from callingcard.desk.service.privacy.page import END, begin, cell, section
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339
from callingcard.kit.ids import random_id

_PAGE: Final = 200
_CHUNK_BYTES: Final = 64 * 1024

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = AsyncIterator[Row]
Part: TypeAlias = tuple[str, Callable[[], Rows]]
"""A part of an export: its name, and what reads it from the beginning."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is about to be sent."""

    filename: str
    chunks: AsyncIterator[bytes]


class ExportingDesk:
    """Makes exports."""

    def __init__(
        self, units: Units, elsewhere: Sequence[Elsewhere] = (), *, clock: Clock
    ) -> None:
        self._units = units
        self._elsewhere = elsewhere
        self._clock = clock

    async def export(
        self, *, by: Who, contact_id: ContactId | None = None, email: str | None = None
    ) -> Export:
        """Return everything kept of the contact, or of whoever has this address.

        An address that nobody has gives an export with nothing in it, which is the
        answer that its owner is due. Raises NobodyNamed, and ContactNotFound for an id.
        """
        subject = named(contact_id, email)
        now = self._clock.now()
        async with self._units.writing() as unit:
            if contact_id is not None and await unit.contacts.get(contact_id) is None:
                raise ContactNotFound("There is no such contact.")
            subject = await unit.forgetting.gather(subject)
            sections = unit.forgetting.sections
            contacts = sorted(subject.of(Name.CONTACT))
            export_id = random_id()
            for one in contacts:
                await unit.audit.append(Deed(by, "exported", "contact", one, now))
            if not contacts:
                await unit.audit.append(Deed(by, "exported", "export", export_id, now))
        number = contact_id or (contacts[0] if contacts else export_id)
        parts = self._parts(sections, subject)
        return Export(f"person-{number}.zip", _zipped(parts, now))

    def _parts(self, sections: Sequence[str], subject: Subject) -> list[Part]:
        def desk(name: str) -> Part:
            return name, lambda: self._rows(name, subject)

        def other(one: Elsewhere) -> Part:
            return one.name, lambda: _told(one, subject)

        return [
            *(desk(name) for name in sections),
            *(other(one) for one in self._elsewhere),
            ("audit", lambda: self._deeds(subject)),
        ]

    async def _rows(self, name: str, subject: Subject) -> Rows:
        """Yield the rows of one section, a page in each transaction."""
        at = 0
        while True:
            async with self._units.reading() as unit:
                found = await unit.forgetting.rows(name, subject, at=at, limit=_PAGE)
            for row in found:
                yield row
            at += len(found)
            if len(found) < _PAGE:
                return

    async def _deeds(self, subject: Subject) -> Rows:
        """Yield who looked at them and what else was done to them, by thing."""
        for name in (Name.CONTACT, Name.CONVERSATION):
            for one in sorted(subject.of(name)):
                wanted = AuditFilter(kind=name.value, id=one)
                before: int | None = None
                while True:
                    async with self._units.reading() as unit:
                        found = await unit.audit.page(wanted, before=before, limit=_PAGE)
                    for row in found:
                        yield _deed(row)
                    if len(found) < _PAGE:
                        break
                    before = found[-1].seq


async def _told(other: Elsewhere, subject: Subject) -> Rows:
    for row in await other.told(subject):
        yield row


def _deed(row: AuditRow) -> Row:
    deed = row.deed
    return {
        "at": deed.at,
        "who": f"{deed.who.kind} {deed.who.id}",
        "action": deed.action,
        "thing": f"{deed.kind} {deed.id}",
        "detail": dict(deed.detail),
    }


async def _zipped(parts: Sequence[Part], at: datetime) -> AsyncIterator[bytes]:
    """Yield a zip with a JSON file for each part that has rows, and a page of them all."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, read in parts:
            rows = read()
            first = await anext(rows, None)
            if first is None:
                continue
            with archive.open(_info(f"{name}.json", at), "w") as file:
                file.write(b"[\n" + _json(first))
                async for row in rows:
                    file.write(b",\n" + _json(row))
                    if sink.size > _CHUNK_BYTES:
                        yield sink.take()
                file.write(b"\n]\n")
            yield sink.take()
        with archive.open(_info("index.html", at), "w") as file:
            file.write(begin(rfc3339(at)).encode())
            async for line in _page(parts):
                file.write(line.encode())
                if sink.size > _CHUNK_BYTES:
                    yield sink.take()
            file.write(END.encode())
    yield sink.take()


async def _page(parts: Sequence[Part]) -> AsyncIterator[str]:
    """Yield the page to read, a row at a time."""
    for name, read in parts:
        is_first = True
        async for row in read():
            if is_first:
                yield section(name)
                is_first = False
            yield cell({key: _plain(value) for key, value in row.items()})


def _plain(value: Any) -> str:
    """Return a value as it is read by people; an empty text when there is none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return rfc3339(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False, default=_plain).encode()


def _info(name: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, at.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


class _Sink(io.RawIOBase):
    """Takes what the zip writes until it is sent; it cannot go back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Buffer, /) -> int:
        written = bytes(data)
        self._parts.append(written)
        self.size += len(written)
        return len(written)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return taken
