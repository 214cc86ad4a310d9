"""Who is typing, and which agents look at a conversation.

Invariant: a visitor learns that an agent types, and never which agents look or what they
note; nothing of this is in a log.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from callingcard.desk.errors import ConversationNotFound
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.signs import Sign, SignKind
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.units import News, Units
from callingcard.desk.service.chat.beginning import alive
from callingcard.desk.service.chat.views import contact_of, display_name
from callingcard.desk.service.visitors.joining import current_conversation
from callingcard.kit.clock import Clock

LASTS: Final = {SignKind.TYPING: timedelta(seconds=6), SignKind.LOOKING: timedelta(seconds=40)}
"""How long a sign is good; who goes on says so again before."""


class PresenceDesk:
    """Keeps and shows signs of life."""

    def __init__(self, units: Units, *, clock: Clock, news: News) -> None:
        """Tell *news* when a sign comes or goes."""
        self._units = units
        self._clock = clock
        self._news = news

    async def visitor_types(self, session: Session, *, typing: bool) -> None:
        """Note that the session's visitor types, or stopped; raises SessionEnded."""
        async with self._units.writing() as unit:
            own = await alive(unit, session.id, self._clock.now())
            conversation = await current_conversation(unit, own)
            if conversation is None:
                return  # nobody can see it before the first message
            name = display_name(await contact_of(unit, conversation), conversation.visitor_id)
        author = Author(AuthorKind.VISITOR, conversation.visitor_id, name)
        await self._set(conversation.id, SignKind.TYPING, author, shown=typing)

    async def agent_does(
        self, conversation_id: ConversationId, kind: SignKind, agent: Author, *, shown: bool
    ) -> None:
        """Note that an agent types or looks, or stopped; raises ConversationNotFound."""
        async with self._units.reading() as unit:
            if await unit.conversations.get(conversation_id) is None:
                raise ConversationNotFound("there is no conversation with this id")
        await self._set(conversation_id, kind, agent, shown=shown)

    async def of(self, conversation_id: ConversationId | None = None) -> Sequence[Sign]:
        """Return the signs of a conversation, or of all."""
        async with self._units.reading() as unit:
            return await unit.signs.of(self._clock.now(), conversation_id)

    async def sweep(self) -> int:
        """Forget what is over; return how many."""
        async with self._units.writing() as unit:
            return await unit.signs.sweep(self._clock.now())

    async def _set(
        self, conversation_id: ConversationId, kind: SignKind, author: Author, *, shown: bool
    ) -> None:
        until = self._clock.now() + LASTS[kind]
        async with self._units.writing() as unit:
            if shown:
                await unit.signs.show(Sign(conversation_id, kind, author, until))
            else:
                await unit.signs.hide(conversation_id, kind, author.id)
        if kind is SignKind.TYPING:
            self._news.notify(f"conversation:{conversation_id}")
        self._news.notify("feed")
