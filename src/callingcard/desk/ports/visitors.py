"""Keeping inboxes, their keys, and sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callingcard.desk.model.ids import InboxId
from callingcard.desk.model.visitors import Inbox, Session, SigningKey


class Sessions(Protocol):
    """The widget's sessions, and the tokens that may not be used again.

    Adding or saving a session also remembers the token that its visitor showed, so
    that signing out spends every token of the stay and not only the last.
    """

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def save(self, session: Session) -> None:
        """Keep the changed session."""
        ...

    async def get(self, session_id: str, *, lock: bool = False) -> Session | None:
        """Return the session unless it was signed out.

        The caller looks at its expiry. With *lock*, nobody else changes or ends it
        until we are done.
        """
        ...

    async def drop(self, session: Session) -> None:
        """End *session* alone; its tokens stay good."""
        ...

    async def revoke(self, session: Session) -> Sequence[Session]:
        """End *session* and every identified session of its browser; return those ended.

        Every token that was shown for them is spent.
        """
        ...

    async def spent(self, fingerprint: str) -> bool:
        """Say whether a token was signed out; nobody signs it out until we are done."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Delete what ended before *now*; return how many rows went."""
        ...


class Inboxes(Protocol):
    """The inboxes, and the keys that sign for them."""

    async def all(self) -> Sequence[Inbox]:
        """Return every inbox."""
        ...

    async def named(self, name: str) -> Inbox | None:
        """Return the inbox with this name."""
        ...

    async def save(self, inbox: Inbox) -> None:
        """Keep a new or changed inbox."""
        ...

    async def keys(self, inbox_id: InboxId) -> Sequence[SigningKey]:
        """Return the inbox's keys that are not revoked, newest first."""
        ...

    async def add_key(self, key: SigningKey) -> None:
        """Keep a new signing key, its secret sealed."""
        ...

    async def revoke_key(self, kid: str, at: datetime) -> bool:
        """Revoke a key; False when there is none with this *kid*."""
        ...
