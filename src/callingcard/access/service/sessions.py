"""Being signed in: sessions of a browser, and links that start one.

Invariant: a session's or a link's secret is known only to the browser; we keep
its hash, so that reading our database signs nobody in.
Invariant: a sign-in link works once, however many use it at the same moment.
"""

from datetime import datetime, timedelta
from typing import Final

from callingcard.access.errors import BadCredentials, SignedOut, UserNotFound
from callingcard.access.model import (
    SESSION_LIFE,
    TICKET_LIFE,
    TOUCH_EVERY,
    Session,
    User,
    UserId,
)
from callingcard.access.ports import Unit, Units
from callingcard.kit.actor import Actor
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret, secret_hash

_SESSION_PREFIX: Final = "cc_as_"
_TICKET_PREFIX: Final = "cc_at_"
_MAX_SECRET: Final = 200


class Sessions:
    """Starts, recognises and ends sessions."""

    def __init__(self, units: Units, *, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def start(self, user: User) -> str:
        """Sign *user* in; return the secret for their browser to keep."""
        async with self._units.writing() as unit:
            return await self._start(unit, user)

    async def user_of(self, secret: str) -> User:
        """Return who is signed in with *secret*; raises SignedOut."""
        now = self._clock.now()
        found = await self._find(secret)
        if found is None or not found[0].alive(now) or found[1].disabled_at is not None:
            raise SignedOut("nobody is signed in", hint="Sign in again.")
        session, user = found
        if now - session.last_seen_at >= TOUCH_EVERY:
            async with self._units.writing() as unit:
                await unit.sessions.touch(session.id, now)
        return user

    async def actor_of(self, secret: str) -> Actor:
        """Return who calls us with *secret*; raises SignedOut."""
        return (await self.user_of(secret)).actor()

    async def end(self, secret: str) -> None:
        """End the session, if there is one; to end one twice is no error."""
        hashed = _hash(secret)
        if hashed is not None:
            async with self._units.writing() as unit:
                await unit.sessions.end(hashed)

    async def ticket(self, user_id: str, ttl: timedelta = TICKET_LIFE) -> str:
        """Make a one-time secret that signs the person in; raises UserNotFound."""
        secret = new_secret(_TICKET_PREFIX)
        async with self._units.writing() as unit:
            user = await unit.users.get(UserId(user_id))
            if user is None or user.disabled_at is not None:
                raise UserNotFound("there is nobody with this id who can sign in")
            await unit.tickets.add(
                secret_hash(secret), user_id=user.id, expires_at=self._clock.now() + ttl
            )
        return secret

    async def redeem(self, ticket: str) -> str:
        """Turn a *ticket* into a session, once; return the session's secret.

        Raises BadCredentials for a ticket that is used, expired or unknown. Those
        are looked up before anything is written, so that guessing them does not
        hold up whoever writes.
        """
        now = self._clock.now()
        hashed = _hash(ticket)
        if hashed is not None and await self._known(hashed, now):
            async with self._units.writing() as unit:
                user = await unit.tickets.redeem(hashed, now)
                if user is not None and user.disabled_at is None:
                    return await self._start(unit, user)
        raise BadCredentials(
            "the sign-in link was used already, or has expired", hint="Ask for a new one."
        )

    async def sweep(self, now: datetime) -> int:
        """Delete the sessions and tickets that are over; return how many went."""
        async with self._units.writing() as unit:
            return await unit.sessions.sweep(now) + await unit.tickets.sweep(now)

    async def _find(self, secret: str) -> tuple[Session, User] | None:
        hashed = _hash(secret)
        if hashed is None:
            return None
        async with self._units.reading() as unit:
            return await unit.sessions.get(hashed)

    async def _known(self, hashed: str, now: datetime) -> bool:
        async with self._units.reading() as unit:
            return await unit.tickets.known(hashed, now)

    async def _start(self, unit: Unit, user: User) -> str:
        secret = new_secret(_SESSION_PREFIX)
        now = self._clock.now()
        await unit.sessions.add(
            Session(
                id=secret_hash(secret),
                user_id=user.id,
                created_at=now,
                expires_at=now + SESSION_LIFE,
                last_seen_at=now,
            )
        )
        return secret


def _hash(secret: str) -> str | None:
    """Return the hash to look *secret* up by, or None when it cannot be one of ours."""
    if len(secret) > _MAX_SECRET or not secret.isascii():
        return None
    return secret_hash(secret)
