"""Keeping merges, and what else moves with a contact."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callingcard.desk.model.ids import ContactId, ConversationId
from callingcard.desk.model.merging import Merge, NameKind


class Merges(Protocol):
    """Which contact is found as which, and how to take that back."""

    async def add(self, merge: Merge) -> None:
        """Keep a new merge; from now on its other contact is found as the survivor."""
        ...

    async def undone(self, merge_id: str, at: datetime, by: str) -> None:
        """Note that a merge was undone, and forget what undoing needed."""
        ...

    async def get(self, merge_id: str) -> Merge | None:
        """Return the merge with this id."""
        ...

    async def of_contact(self, contact_id: ContactId) -> Sequence[Merge]:
        """Return the merges that this contact survived or went into, the newest first."""
        ...

    async def survivor_of(self, contact_id: ContactId) -> ContactId:
        """Return whom the contact is found as: itself, when it was merged into nobody."""
        ...

    async def holder_of(self, kind: NameKind, name: str) -> ContactId | None:
        """Return whom a name of a merged contact leads to; None when nobody had it."""
        ...

    async def move_conversations(
        self, *, of: ContactId, to: ContactId, only: Sequence[ConversationId] | None = None
    ) -> Sequence[ConversationId]:
        """Give the conversations *of* one contact (*only* these) *to* another; return them."""
        ...

    async def forget(self, contact_id: ContactId) -> Sequence[ContactId]:
        """Delete every merge that led to the contact; return who had been merged into it."""
        ...

    async def settle(self, before: datetime) -> int:
        """Forget what undoing the merges made *before* needed; return how many."""
        ...
