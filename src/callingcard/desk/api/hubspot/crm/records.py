"""HubSpot's contacts, companies and deals: one by one, and by search."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, cast

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call
from callingcard.desk.api.hubspot.crm.schemas import EraseInput, MergeInput, RecordInput
from callingcard.desk.api.hubspot.crm.shapes import (
    Shaper,
    associated,
    key_of,
    kind_of,
    ties_of,
)
from callingcard.desk.api.hubspot.envelope import (
    bad_request,
    invalid_properties,
    not_found,
    nothing,
    object_not_found,
    reply,
)
from callingcard.desk.api.hubspot.schemas import as_text
from callingcard.desk.errors import ContactNotFound, InvalidProperties, ObjectNotFound
from callingcard.desk.search import DEFAULT_LIMIT, parse_search
from callingcard.desk.service.crm.records import Key, RecordDesk, RecordType, is_id
from callingcard.kit.actor import Actor

MAX_LIST: Final = 100
MAX_SEARCH_CHARACTERS: Final = 3000


@dataclass(frozen=True, slots=True)
class RecordEndpoints(Generic[RecordType]):
    """What HubSpot's clients do with one record, and how they look for some."""

    desk: RecordDesk[RecordType]

    async def create(self, call: Call) -> Response:
        """Make a record."""
        body = await call.body(RecordInput)
        wanted = as_text(body.properties)
        async with _told(wanted):
            made = await self.desk.create(wanted, ties_of(self.desk.type, body.associations))
        answer = reply((await self._shaper()).record(made, wanted), HTTPStatus.CREATED)
        answer.headers["Location"] = f"{call.request.url.path.rstrip('/')}/{made.id}"
        return answer

    async def page(self, call: Call) -> Response:
        """Return a page of all records, in the order they were made."""
        after = call.text("after")
        if after is not None and not is_id(after):
            raise bad_request("Invalid after: it must be the one that a page gave")
        page = await self.desk.list_records(
            after=after,
            limit=call.whole("limit", default=DEFAULT_LIMIT, most=MAX_LIST),
            archived=call.yes("archived"),
        )
        body: dict[str, Any] = {"results": await self._shown(call, page.items)}
        if page.next_offset is not None:
            body["paging"] = call.next_page(page.items[-1].id)
        return reply(body)

    async def get(self, call: Call) -> Response:
        """Return one record, by its id or a contact's address."""
        key = self._key(call)
        async with _found(key):
            found = await self.desk.get(key, archived=call.yes("archived"))
        return reply((await self._shown(call, [found]))[0])

    async def update(self, call: Call) -> Response:
        """Change some properties of a record."""
        key = self._key(call)
        changes = as_text((await call.body(RecordInput)).properties)
        async with _found(key), _told(changes):
            changed = await self.desk.update(key, changes)
        return reply((await self._shaper()).record(changed, changes))

    async def archive(self, call: Call) -> Response:
        """Archive a record; an unknown one is as good as archived."""
        await self.desk.archive(Key(call.path("record")))
        return nothing()

    async def search(self, call: Call) -> Response:
        """Return the records that some filters let through."""
        body = await call.object(max_characters=MAX_SEARCH_CHARACTERS)
        page = await self.desk.search(parse_search(body, await self.desk.kinds()))
        asked = cast("list[object]", body.get("properties") or [])
        names = [name for name in asked if isinstance(name, str)]
        shaper = await self._shaper()
        answer: dict[str, Any] = {
            "total": page.total,
            "results": [shaper.record(record, names) for record in page.items],
        }
        if page.next_offset is not None:
            answer["paging"] = {"next": {"after": str(page.next_offset)}}
        return reply(answer)

    async def _shown(self, call: Call, records: Sequence[RecordType]) -> list[dict[str, Any]]:
        """Return *records* with the properties and associations that the query names."""
        shaper, past = await self._shaper(), call.texts("propertiesWithHistory")
        asked = [*call.texts("properties"), *past]
        shown = [shaper.record(record, asked) for record in records]
        await add_history(self.desk, shaper, shown, past)
        wanted = [kind_of(name) for name in call.texts("associations")]
        if wanted:
            links = await self.desk.links_of([record.id for record in records], wanted)
            for one in shown:
                found = associated(links[one["id"]])
                if found:
                    one["associations"] = found
        return shown

    async def _shaper(self) -> Shaper:
        return Shaper(self.desk.type, await self.desk.properties())

    def _key(self, call: Call) -> Key:
        return key_of(self.desk.type, call.path("record"), call.text("idProperty"))


async def add_history(
    desk: RecordDesk[RecordType],
    shaper: Shaper,
    shown: Sequence[dict[str, Any]],
    asked: Sequence[str],
) -> None:
    """Add what the properties *asked* for were to each of the records *shown*."""
    if not asked:
        return
    histories = await desk.history_of([one["id"] for one in shown])
    for one in shown:
        one["propertiesWithHistory"] = shaper.past(histories.get(one["id"], {}), asked)


Merge = Callable[[str, str, Actor], Awaitable[object]]
"""Lets the first record take over the second one, for the actor who asks."""
Erase = Callable[[str, Actor], Awaitable[object]]
"""Forgets the record with this id for good, for the actor who asks."""


@dataclass(frozen=True, slots=True)
class EndingEndpoints(Generic[RecordType]):
    """How a record ends for good: in another one, or forgotten."""

    desk: RecordDesk[RecordType]
    merger: Merge
    eraser: Erase

    async def merge(self, call: Call) -> Response:
        """Let one record take over another, and return it."""
        wanted = await call.body(MergeInput)
        survivor, other = wanted.primary_object_id, wanted.object_id_to_merge
        if not is_id(survivor) or not is_id(other):
            raise bad_request("Both ids of a merge must be numbers")
        await self.merger(survivor, other, call.actor)
        found = await self.desk.get(Key(survivor))
        return reply(Shaper(self.desk.type, await self.desk.properties()).record(found))

    async def erase(self, call: Call) -> Response:
        """Forget a record for good; an unknown one is as good as forgotten."""
        wanted = await call.body(EraseInput)
        key = key_of(self.desk.type, wanted.object_id, wanted.id_property)
        with suppress(ContactNotFound, ObjectNotFound):
            await self.eraser(await self._id_of(key), call.actor)
        return nothing()

    async def _id_of(self, key: Key) -> str:
        """Return the id of the record that *key* names; ids may be of archived ones."""
        return key.value if key.by == "id" else (await self.desk.get(key)).id


@asynccontextmanager
async def _told(given: Mapping[str, str]) -> AsyncGenerator[None]:
    """Tell what is wrong with the properties *given*, quoting them as HubSpot does."""
    try:
        yield
    except InvalidProperties as error:
        raise invalid_properties(error, given) from error


@asynccontextmanager
async def _found(key: Key) -> AsyncGenerator[None]:
    """Tell that *key* names nothing, in one of HubSpot's two ways."""
    try:
        yield
    except (ContactNotFound, ObjectNotFound) as error:
        numeric = key.by == "id" and key.value.isdecimal()
        raise (not_found() if numeric else object_not_found(key.value)) from error
