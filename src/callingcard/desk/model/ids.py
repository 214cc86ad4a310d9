"""The ids of what the desk keeps: numbers, written as text."""

from typing import NewType

ContactId = NewType("ContactId", str)
ConversationId = NewType("ConversationId", str)
InboxId = NewType("InboxId", str)
