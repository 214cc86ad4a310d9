"""Keeping inboxes, their keys, sessions and one-time codes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from callingcard.desk.model.ids import ContactId, InboxId
from callingcard.desk.model.visitors import (
    Admitted,
    Code,
    Inbox,
    Session,
    SigningKey,
    Watched,
)


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

    async def admitted(self, session_id: str, inbox_name: str) -> Admitted | None:
        """Return the session if it is one of the inbox with this name.

        The caller looks at its expiry.
        """
        ...

    async def watched(self, session_ids: Collection[str], now: datetime) -> Sequence[Watched]:
        """Return how far the conversations of these sessions are.

        Left out are sessions that are over, and those of whose conversation there is more
        to tell: it waits in a queue, was merged, has an agent who types, or is another's.
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

    async def of_contact(
        self, contact_id: ContactId, *, lock: bool = False
    ) -> Sequence[Session]:
        """Return the contact's sessions, ended ones that were not swept among them.

        With *lock*, nobody else changes or ends them until we are done.
        """
        ...

    async def end_all(
        self, contact_id: ContactId, *, emails: Collection[str], external_id: str | None
    ) -> Sequence[Session]:
        """End every session of a contact and spend their tokens; return those ended.

        A visitor who did not write yet may have proved one of the contact's *emails* or
        its *external_id* in a session that knows of no contact: that one ends too.
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

    async def named(self, name: str, *, lock: bool = False) -> Inbox | None:
        """Return the inbox with this name.

        With *lock*, nobody else changes it or adds a key to it until we are done.
        """
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

    async def used_key(self, kid: str, at: datetime) -> None:
        """Note that a key signed a visitor in, unless that was noted within a minute."""
        ...


class Codes(Protocol):
    """The one-time codes that were sent; the newest of a session is the one that counts."""

    async def add(self, code: Code) -> None:
        """Keep a code that is about to be sent."""
        ...

    async def newest(self, session_id: str) -> Code | None:
        """Return the newest code of the session, which nobody else tries until we are done."""
        ...

    async def tried(self, code: Code) -> None:
        """Count one more try of *code*."""
        ...

    async def sent(
        self, since: datetime, *, session_id: str | None = None, email: str | None = None
    ) -> Sequence[datetime]:
        """Return when codes were sent to a session or an address *since*, oldest first."""
        ...

    async def void(self, session_id: str) -> None:
        """Let no code of the session count any longer."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Delete the codes that were sent *before*; return how many rows went."""
        ...
