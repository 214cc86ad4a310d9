"""Who talks and where, in HubSpot's words: actors, inboxes, channels.

Here every inbox has one live chat, which is a channel account with the inbox's own
number. An inbox carries no time of its own; its number says when it was made.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call
from callingcard.desk.api.hubspot.envelope import not_found, object_not_found, reply
from callingcard.desk.api.hubspot.objects import CHANNEL, OPAQUE, SYSTEM
from callingcard.desk.api.hubspot.schemas import ActorBatch
from callingcard.desk.errors import ContactNotFound
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.visitors import Inbox
from callingcard.desk.ports.units import People
from callingcard.desk.search import Filter, Operator, Query
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.crm.contacts import ContactDesk, Key, is_id
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339
from callingcard.kit.ids import moment_of

_CHANNEL_OBJECT: Final = {"id": CHANNEL, "name": "LIVE_CHAT"}

ListInboxes = Callable[[], Awaitable[Sequence[Inbox]]]


@dataclass(frozen=True, slots=True)
class ChannelEndpoints:
    """What HubSpot's clients ask about where conversations come in."""

    all_inboxes: ListInboxes

    async def inboxes(self, call: Call) -> Response:
        """Return every inbox; few enough for one page."""
        return _listed([] if call.yes("archived") else await self._inbox_objects())

    async def inbox(self, call: Call) -> Response:
        """Return one inbox."""
        return _picked(await self._inbox_objects(), call.path("inbox"))

    async def channels(self, call: Call) -> Response:
        """Return every channel, which is the live chat."""
        del call
        return _listed([_CHANNEL_OBJECT])

    async def channel(self, call: Call) -> Response:
        """Return one channel."""
        return _picked([_CHANNEL_OBJECT], call.path("channel"))

    async def accounts(self, call: Call) -> Response:
        """Return the channel accounts: each inbox has one, with the inbox's number."""
        channels = call.texts("channelId")
        inboxes = call.texts("inboxId")
        fits = not call.yes("archived") and (not channels or CHANNEL in channels)
        found = await self._account_objects() if fits else []
        return _listed([one for one in found if not inboxes or one["inboxId"] in inboxes])

    async def account(self, call: Call) -> Response:
        """Return one channel account."""
        return _picked(await self._account_objects(), call.path("account"))

    async def _inbox_objects(self) -> list[dict[str, Any]]:
        return [_inbox_object(inbox) for inbox in await self.all_inboxes()]

    async def _account_objects(self) -> list[dict[str, Any]]:
        return [_account_object(inbox) for inbox in await self.all_inboxes()]


def _inbox_object(inbox: Inbox) -> dict[str, Any]:
    made = rfc3339(moment_of(inbox.id))
    return {
        "id": inbox.id,
        "name": inbox.title,
        "type": "INBOX",
        "createdAt": made,
        "updatedAt": made,
        "archived": False,
    }


def _account_object(inbox: Inbox) -> dict[str, Any]:
    return {
        "id": inbox.id,
        "name": inbox.title,
        "inboxId": inbox.id,
        "channelId": CHANNEL,
        "active": True,
        "authorized": True,
        "archived": False,
        "createdAt": rfc3339(moment_of(inbox.id)),
        "deliveryIdentifier": {"type": OPAQUE, "value": inbox.name},
    }


def _listed(results: Sequence[dict[str, Any]]) -> Response:
    return reply({"total": len(results), "results": list(results)})


def _picked(results: Sequence[dict[str, Any]], wanted: str) -> Response:
    """Return the one of *results* with the id *wanted*."""
    for result in results:
        if result["id"] == wanted:
            return reply(result)
    raise not_found()


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who answers, by the id that the rest of the house uses."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Actors:
    """Says who is behind an actor id such as ``A-1`` or ``V-512``."""

    contacts: ContactDesk
    conversations: ConversationDesk
    people: People
    clock: Clock

    async def agent(self, actor_id: str) -> Agent | None:
        """Return the agent behind ``A-…``, or None when there is none."""
        prefix, _, agent_id = actor_id.partition("-")
        if prefix != "A" or not agent_id or "\0" in agent_id:
            return None
        name = await self.people.name_of(agent_id)
        return None if name is None else Agent(agent_id, name)

    async def get(self, call: Call) -> Response:
        """Return one actor."""
        found = await self._actor(call.path("actor"), call)
        if found is None:
            raise object_not_found(call.path("actor"))
        return reply(found)

    async def read(self, call: Call) -> Response:
        """Return several actors; unknown ones are told of."""
        wanted = await call.body(ActorBatch)
        began = rfc3339(self.clock.now())
        found = {actor_id: await self._actor(actor_id, call) for actor_id in wanted.inputs}
        body: dict[str, Any] = {
            "status": "COMPLETE",
            "results": [actor for actor in found.values() if actor is not None],
            "startedAt": began,
            "completedAt": rfc3339(self.clock.now()),
        }
        lost = [actor_id for actor_id, actor in found.items() if actor is None]
        if not lost:
            return reply(body)
        error: dict[str, Any] = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some actors. Check that ids are valid.",
            "errors": [],
            "context": {"ids": lost},
            "links": {},
        }
        return reply({**body, "numErrors": 1, "errors": [error]}, HTTPStatus.MULTI_STATUS)

    async def _actor(self, actor_id: str, call: Call) -> dict[str, Any] | None:
        """Return the actor as HubSpot's JSON, or None when there is none.

        Of programs, one knows itself only.
        """
        prefix, _, number = actor_id.partition("-")
        if actor_id == SYSTEM:
            return {"id": SYSTEM, "type": "SYSTEM"}
        if prefix == "V" and is_id(number):
            return await self._visitor(number)
        if actor_id == f"I-{call.actor.id}":
            return {"id": actor_id, "type": "INTEGRATOR", "name": call.actor.name}
        if prefix == "B" and "\0" not in number:
            known = await self.conversations.history.bot(number)
            return {"id": actor_id, "type": "BOT", "name": number} if known else None
        agent = await self.agent(actor_id)
        if agent is None:
            return None
        return {"id": actor_id, "type": "AGENT", "name": agent.name}

    async def _visitor(self, number: str) -> dict[str, Any] | None:
        """Return the visitor with this number: a contact, or somebody still unknown."""
        try:
            return _contact_actor(number, await self.contacts.get(Key(number)))
        except ContactNotFound:
            pass
        wanted = Filter("visitor_id", Operator.EQ, (number,))
        page = await self.conversations.list_conversations(Query(((wanted,),), limit=1))
        return {"id": f"V-{number}", "type": "VISITOR"} if page.items else None


def _contact_actor(number: str, contact: Contact) -> dict[str, Any]:
    name = f"{contact.first_name} {contact.last_name}".strip()
    known = {"name": name or None, "email": contact.email}
    given = {key: value for key, value in known.items() if value is not None}
    return {"id": f"V-{number}", "type": "VISITOR", **given}
