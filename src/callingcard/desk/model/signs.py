"""Signs of life in a conversation: who is typing, and which agents look at it.

They last for seconds, are in no log and have no number; who missed one missed nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callingcard.desk.model.conversations import Author
from callingcard.desk.model.ids import ConversationId


class SignKind(StrEnum):
    """What somebody does."""

    TYPING = "typing"
    LOOKING = "looking"


@dataclass(frozen=True, slots=True)
class Sign:
    """What somebody does in a conversation, good *until* then unless it is renewed."""

    conversation_id: ConversationId
    kind: SignKind
    author: Author
    until: datetime
