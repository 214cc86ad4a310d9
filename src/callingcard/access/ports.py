"""What access needs from the rest of the house: a store, and a hasher of passwords.

``Units`` gives transactions; within one, a ``Unit`` holds the stores. Everything
read or written inside one ``writing()`` block is kept together or not at all.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from callingcard.access.model import ApiKey, Credentials, KeyId, Session, User, UserId
from callingcard.kit.actor import Role


class KeyStore(Protocol):
    """The API keys, known by the hashes of their secrets."""

    async def add(self, key: ApiKey, *, secret_hash: str) -> None:
        """Keep a new *key*."""
        ...

    async def by_hash(self, secret_hash: str) -> ApiKey | None:
        """Return the key with this hash, a revoked one too."""
        ...

    async def get(self, key_id: KeyId) -> ApiKey | None:
        """Return the key with this id, a revoked one too."""
        ...

    async def all(self) -> Sequence[ApiKey]:
        """Return every key, newest first."""
        ...

    async def touch(self, key_id: KeyId, at: datetime) -> None:
        """Note that the key was used."""
        ...

    async def revoke(self, key_id: KeyId, at: datetime) -> None:
        """Revoke the key; one that is revoked already keeps its time."""
        ...


class UserStore(Protocol):
    """The people who may sign in."""

    async def add(self, user: User, *, password_hash: str | None) -> None:
        """Keep a new *user*; raises EmailTaken when the address is taken."""
        ...

    async def get(self, user_id: UserId) -> User | None:
        """Return the person with this id, a disabled one too."""
        ...

    async def by_email(self, email: str) -> Credentials | None:
        """Return the person with this canonical address, a disabled one too."""
        ...

    async def all(self) -> Sequence[User]:
        """Return everybody, disabled people too, oldest first."""
        ...

    async def lock_owners(self) -> Sequence[UserId]:
        """Return the owners who can sign in; until we are done nobody changes them."""
        ...

    async def set_role(self, user_id: UserId, role: Role) -> None:
        """Change what the person may do."""
        ...

    async def set_disabled_at(self, user_id: UserId, at: datetime | None) -> None:
        """Shut the person out from *at*, or let them in again with None."""
        ...

    async def set_password(
        self, user_id: UserId, password_hash: str, *, was: str | None = None
    ) -> None:
        """Change the person's password; with *was*, only if it still is that one."""
        ...


class SessionStore(Protocol):
    """The browsers in which somebody is signed in."""

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def get(self, session_id: str) -> tuple[Session, User] | None:
        """Return the session and whose it is; the caller looks at its expiry."""
        ...

    async def touch(self, session_id: str, at: datetime) -> None:
        """Note that the session was used."""
        ...

    async def end(self, session_id: str) -> None:
        """End the session, if there is one."""
        ...

    async def end_all_of(self, user_id: UserId) -> None:
        """End every session of the person."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Delete what is no longer alive at *now*; return how many rows went."""
        ...


class TicketStore(Protocol):
    """The sign-in links that were not used yet."""

    async def add(self, ticket_id: str, *, user_id: UserId, expires_at: datetime) -> None:
        """Keep a new ticket, known by its hash."""
        ...

    async def known(self, ticket_id: str, now: datetime) -> bool:
        """Say whether the ticket could be redeemed at *now*."""
        ...

    async def redeem(self, ticket_id: str, now: datetime) -> User | None:
        """Take the ticket away and return whose it was; only one caller ever gets it."""
        ...

    async def drop_all_of(self, user_id: UserId) -> None:
        """Take every ticket of the person away."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Delete what expired before *now*; return how many rows went."""
        ...


class Unit(Protocol):
    """One transaction over everything that access keeps."""

    @property
    def keys(self) -> KeyStore: ...  # noqa: D102
    @property
    def users(self) -> UserStore: ...  # noqa: D102
    @property
    def sessions(self) -> SessionStore: ...  # noqa: D102
    @property
    def tickets(self) -> TicketStore: ...  # noqa: D102


class Units(Protocol):
    """Makes transactions."""

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that is kept at its end, or undone by an exception."""
        ...


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose and without holding up anybody else."""

    async def hash(self, password: str) -> str:
        """Return what is stored of *password*."""
        ...

    async def verify(self, password: str, stored: str | None) -> bool:
        """Say whether *password* is the *stored* one.

        None is a person who is not there: the answer is False after the same work,
        so that the time tells nothing.
        """
        ...

    def outdated(self, stored: str) -> bool:
        """Say whether *stored* was made with weaker parameters than today's."""
        ...
