"""HubSpot's contacts: one by one, and by search."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.contact_batches import BatchEndpoints
from callingcard.desk.api.hubspot.envelope import (
    bad_request,
    invalid_properties,
    not_found,
    nothing,
    object_not_found,
    reply,
)
from callingcard.desk.api.hubspot.objects import contact_object, key_of
from callingcard.desk.api.hubspot.schemas import ContactInput, as_text
from callingcard.desk.errors import ContactNotFound, InvalidProperties
from callingcard.desk.search import DEFAULT_LIMIT, parse_search
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk, Key, is_id
from callingcard.desk.service.crm.properties import KINDS
from callingcard.kit.clock import Clock

BASES: Final = ("/crm/v3/objects/contacts", "/crm/objects/2026-03/contacts")
READ: Final = ("crm.objects.contacts.read",)
WRITE: Final = ("crm.objects.contacts.write",)
MAX_LIST: Final = 100
MAX_SEARCH_CHARACTERS: Final = 3000


def contact_paths(contacts: ContactDesk, batches: ContactBatches, clock: Clock) -> Paths:
    """Return the operations on contacts, under each of their base paths."""
    one = ContactEndpoints(contacts)
    many = BatchEndpoints(batches, clock)
    table = {
        "": {"GET": Operation(one.list, READ), "POST": Operation(one.create, WRITE)},
        "/search": {"POST": Operation(one.search, READ)},
        "/batch/read": {"POST": Operation(many.read, READ)},
        "/batch/create": {"POST": Operation(many.create, WRITE)},
        "/batch/update": {"POST": Operation(many.update, WRITE)},
        "/batch/upsert": {"POST": Operation(many.upsert, WRITE)},
        "/batch/archive": {"POST": Operation(many.archive, WRITE)},
        "/{contact}": {
            "GET": Operation(one.get, READ),
            "PATCH": Operation(one.update, WRITE),
            "DELETE": Operation(one.archive, WRITE),
        },
    }
    return {f"{base}{path}": methods for base in BASES for path, methods in table.items()}


@dataclass(frozen=True, slots=True)
class ContactEndpoints:
    """What HubSpot's clients do with one contact, and how they look for some."""

    contacts: ContactDesk

    async def create(self, call: Call) -> Response:
        """Make a contact."""
        wanted = as_text((await call.body(ContactInput)).properties)
        async with _told(wanted):
            made = await self.contacts.create(wanted)
        answer = reply(contact_object(made, wanted), HTTPStatus.CREATED)
        answer.headers["Location"] = f"{call.request.url.path.rstrip('/')}/{made.id}"
        return answer

    async def list(self, call: Call) -> Response:
        """Return a page of all contacts, in the order they were made."""
        after = call.text("after")
        if after is not None and not is_id(after):
            raise bad_request("Invalid after: it must be the one that a page gave")
        page = await self.contacts.list_contacts(
            after=after,
            limit=call.whole("limit", default=DEFAULT_LIMIT, most=MAX_LIST),
            archived=call.yes("archived"),
        )
        asked = call.texts("properties")
        body: dict[str, Any] = {
            "results": [contact_object(contact, asked) for contact in page.items]
        }
        if page.next_offset is not None:
            body["paging"] = call.next_page(page.items[-1].id)
        return reply(body)

    async def get(self, call: Call) -> Response:
        """Return one contact, by its id or its address."""
        key = _key(call)
        async with _found(key):
            found = await self.contacts.get(key, archived=call.yes("archived"))
        return reply(contact_object(found, call.texts("properties")))

    async def update(self, call: Call) -> Response:
        """Change some properties of a contact."""
        key = _key(call)
        changes = as_text((await call.body(ContactInput)).properties)
        async with _found(key), _told(changes):
            changed = await self.contacts.update(key, changes)
        return reply(contact_object(changed, changes))

    async def archive(self, call: Call) -> Response:
        """Archive a contact; an unknown one is as good as archived."""
        await self.contacts.archive(Key(call.path("contact")))
        return nothing()

    async def search(self, call: Call) -> Response:
        """Return the contacts that some filters let through."""
        body = await call.object(max_characters=MAX_SEARCH_CHARACTERS)
        query = parse_search(body, KINDS)
        page = await self.contacts.search(query)
        asked = cast("list[object]", body.get("properties") or [])
        names = [name for name in asked if isinstance(name, str)]
        answer: dict[str, Any] = {
            "total": page.total,
            "results": [contact_object(contact, names) for contact in page.items],
        }
        if page.next_offset is not None:
            after = str(page.next_offset)
            answer["paging"] = {"next": {"after": after}}
        return reply(answer)


def _key(call: Call) -> Key:
    return key_of(call.path("contact"), call.text("idProperty"))


@asynccontextmanager
async def _told(given: Mapping[str, str]) -> AsyncGenerator[None]:
    """Tell what is wrong with the properties *given*, quoting them as HubSpot does."""
    try:
        yield
    except InvalidProperties as error:
        raise invalid_properties(error, given) from error


@asynccontextmanager
async def _found(key: Key) -> AsyncGenerator[None]:
    """Tell that *key* names no contact, in one of HubSpot's two ways."""
    try:
        yield
    except ContactNotFound as error:
        numeric = key.by == "id" and key.value.isdecimal()
        raise (not_found() if numeric else object_not_found(key.value)) from error
