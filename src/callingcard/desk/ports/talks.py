"""What answers visitors by itself, and where it listens.

A caller has it inside its own transaction, with the conversation locked, and calls
``settle`` after the commit.
"""

from dataclasses import dataclass
from typing import Protocol

from callingcard.desk.chatflows.talk import Say
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Conversation, Entry
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ConversationId, InboxId
from callingcard.desk.ports.units import Unit


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a visitor sees before they write: nothing of it is kept."""

    flow: str
    says: tuple[Say, ...]


class Talks(Protocol):
    """Takes part in conversations until a person does."""

    async def greeting(
        self,
        unit: Unit,
        inbox_id: InboxId,
        *,
        evidence: Evidence,
        contact: Contact | None,
        page: str = "",
    ) -> Greeting | None:
        """Return how a conversation would begin; None when nothing here begins one."""
        ...

    async def begin(
        self, unit: Unit, conversation: Conversation, *, page: str = ""
    ) -> Conversation:
        """Begin a *conversation* in which nothing was said; return it as it is then."""
        ...

    async def heard(self, unit: Unit, conversation: Conversation, entry: Entry) -> bool:
        """Go on after the visitor's *entry*; say whether ``settle`` may have to follow."""
        ...

    async def stop(self, unit: Unit, conversation_id: ConversationId) -> None:
        """Fall silent: somebody answered, or it is over."""
        ...

    async def adopted(self, unit: Unit, conversation: Conversation) -> None:
        """Take note that the visitor proved who they are."""
        ...

    async def settle(self, conversation_id: ConversationId) -> None:
        """Do, after the commit, what has to be done outside of a transaction."""
        ...
