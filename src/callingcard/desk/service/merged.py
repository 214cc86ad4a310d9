"""Where a conversation that was merged goes on.

Nothing moves when conversations are merged: one points to the other, and whoever asks for
what goes on there follows. So taking a merge back is to take the pointer away.

Invariant: pointers make no circle, for a merge is only made to the end of such a chain.
"""

from collections.abc import Sequence

from callingcard.desk.errors import ConversationMerged
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.ports.units import Unit


async def survivor_of(
    unit: Unit, conversation: Conversation, *, lock: bool = False
) -> Conversation | None:
    """Return the conversation in which this one goes on: itself, if it was not merged.

    With *lock*, nobody else changes it until we are done. None when it is gone.
    """
    found: Conversation | None = conversation
    while found is not None and found.merged_into is not None:
        found = await unit.conversations.get(found.merged_into, lock=lock)
    return found


async def merged_into(unit: Unit, conversation: Conversation) -> Sequence[Conversation]:
    """Return all that goes on in *conversation*, through as many merges, the oldest first."""
    if conversation.merged_at is None:
        return ()
    found: list[Conversation] = []
    rest = [conversation]
    while rest:
        fresh = await unit.conversation_merges.into(rest.pop().id)
        found += fresh
        rest += fresh
    return sorted(found, key=lambda one: (one.created_at, one.id))


def require_unmerged(conversation: Conversation) -> None:
    """Raise ConversationMerged for one that goes on in another."""
    if conversation.merged_into is not None:
        raise ConversationMerged(conversation.merged_into)
