"""Putting conversations away and taking them out again.

A conversation that was put away is in no list and keeps everything that was said. When its
visitor writes again it comes back by itself, since nobody would see the message otherwise.
"""

from dataclasses import replace

from callingcard.desk.errors import ConversationNotFound
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.units import News, Units
from callingcard.desk.service.events import tell_shelved
from callingcard.kit.clock import Clock


class ShelvingDesk:
    """Archives and restores."""

    def __init__(self, units: Units, *, clock: Clock, news: News) -> None:
        self._units = units
        self._clock = clock
        self._news = news

    async def set_archived(
        self, conversation_id: ConversationId, *, archived: bool
    ) -> Conversation:
        """Put a conversation away, or take it out; nothing when it is so already.

        It waits for nobody while it is away. Raises ConversationNotFound.
        """
        async with self._units.writing() as unit:
            conversation = await unit.conversations.get(conversation_id, lock=True)
            if conversation is None:
                raise ConversationNotFound("there is no conversation with this id")
            if (conversation.archived_at is not None) == archived:
                return conversation
            now = self._clock.now()
            changed = replace(conversation, archived_at=now if archived else None)
            if archived:
                changed = replace(changed, queued_at=None, waiting_since=None)
            await unit.conversations.save(changed)
            await unit.log.tell(conversation_id, now)
            await tell_shelved(unit, changed, now)
        self._news.notify("feed")
        return changed
