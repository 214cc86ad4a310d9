"""Routing for tests of what asks for it: everybody is given what they are given."""

from dataclasses import dataclass, replace

from callingcard.desk.model.conversations import Author, Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.service.chat.notes import note_assignment
from tests.support.desk_house import House


@dataclass
class GivenAway:
    """Gives conversations to agents as routing does, without looking who is there."""

    house: House

    async def assign(
        self, conversation_id: ConversationId, agent_id: str, *, by: Author
    ) -> Conversation:
        """Give a conversation to an agent."""
        return await self._set(conversation_id, agent_id, by)

    async def unassign(self, conversation_id: ConversationId, *, by: Author) -> Conversation:
        """Take a conversation from its agent."""
        return await self._set(conversation_id, None, by)

    async def settle(self) -> None:
        """Nobody waits here."""

    async def message_arrived(self, conversation_id: ConversationId) -> None:
        """Nobody has to be told here."""

    async def _set(
        self, conversation_id: ConversationId, agent_id: str | None, by: Author
    ) -> Conversation:
        async with self.house.units.writing() as unit:
            before = await unit.conversations.get(conversation_id, lock=True)
            assert before is not None
            after = replace(before, assigned_to=agent_id)
            await unit.conversations.save(after)
            await note_assignment(unit, before, after, by=by, at=self.house.clock.now())
        return after
