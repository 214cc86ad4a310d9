"""One-time codes: a visitor proves an address by what was sent to it.

The answers are the same whether the desk knows the address or not, and the mail leaves
after the answer. A code is six digits, good for ten minutes, five tries and the one
session that asked for it; what is kept of it is a hash under the server's secret.

Invariant: a try is counted in the transaction that looks at the code, and that is kept
when the code is wrong.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from callingcard.desk.errors import (
    AlreadyKnown,
    CodesOff,
    SessionEnded,
    TooManyCodes,
    WrongCode,
)
from callingcard.desk.model.contacts import Person
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.visitors import Code, Identify, Inbox, Proof, Session
from callingcard.desk.ports.mail import Letter, Mails
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.service.visitors.greeting import greeted
from callingcard.desk.service.visitors.joining import once_more
from callingcard.desk.service.visitors.opening import Arrival, Opened, Opening, Turn
from callingcard.desk.service.visitors.sessions import (
    claiming,
    inbox_named,
    live_session,
    tell_turn,
)
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import derive_key, keyed_hash, same_secret
from callingcard.kit.email import NotAnAddress, canonical_email
from callingcard.kit.ids import random_id
from callingcard.kit.pace import Pace

DIGITS: Final = 6
LIFETIME: Final = timedelta(minutes=10)
MAX_TRIES: Final = 5
A_SESSION: Final = (3, timedelta(minutes=10))
"""How many codes one session may ask for, in what time."""

AN_ADDRESS: Final = (5, timedelta(hours=1))
"""How many codes are sent to one address, in what time; 25 guesses at a million."""

_A_NETWORK: Final = (20, timedelta(hours=1))
_TRIES_A_NETWORK: Final = (30, timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Sent:
    """A code is on its way, and is good until *expires_at*."""

    expires_at: datetime


class CodeDesk:
    """Sends codes, and raises the sessions of those who bring them back."""

    def __init__(
        self,
        units: Units,
        mails: Mails,
        *,
        secrets: Sequence[bytes],
        clock: Clock,
        opening: Opening,
        news: News,
    ) -> None:
        """Keep codes under the first of *secrets* and know those of them all.

        *opening* raises the sessions.
        """
        self._units = units
        self._mails = mails
        self._keys = [derive_key(secret, "desk one-time codes") for secret in secrets]
        self._clock = clock
        self._news = news
        self._opening = opening
        self._asking = Pace(*_A_NETWORK)
        self._trying = Pace(*_TRIES_A_NETWORK)

    def offered(self, inbox: Inbox) -> bool:
        """Say whether visitors of *inbox* can prove an address by a code."""
        return self._mails.ready and inbox.identification is not Identify.OFF

    async def send(
        self, inbox_name: str, secret: str | None, *, email: str, network: str
    ) -> Sent:
        """Send a code for the session with *secret*; *network* is where that is asked from.

        Raises InboxNotFound, SessionEnded, CodesOff, AlreadyKnown, Invalid, TooManyCodes.
        """
        try:
            address = canonical_email(email)
        except NotAnAddress as error:
            raise Invalid("not an e-mail address", fields={"email": str(error)}) from error
        now = self._clock.now()
        _slow_down(self._asking.wait(network, now))
        digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        async with self._units.writing() as unit:
            inbox, session = await self._session(unit, inbox_name, secret)
            await self._limits(unit, session, address, now)
            code = Code(
                id=random_id("code_"),
                session_id=session.id,
                email=address,
                code_hash=self._hash(self._keys[0], session.id, address, digits),
                tries=0,
                created_at=now,
                expires_at=now + LIFETIME,
            )
            await unit.codes.void(session.id)
            await unit.codes.add(code)
            if session.person is None or session.person.email != address:
                await unit.sessions.save(claiming(session, Person(address)))
        self._mails.post(_letter(inbox, address, digits))
        return Sent(code.expires_at)

    async def verify(
        self,
        inbox_name: str,
        secret: str | None,
        *,
        digits: str,
        network: str,
        page: str = "",
    ) -> Opened:
        """Return the visitor's own session, under a new secret, if *digits* are the code.

        Raises WrongCode for any other, and InboxNotFound, SessionEnded, CodesOff,
        AlreadyKnown, TooManyCodes. What was said in the session before is the contact's.
        """
        _slow_down(self._trying.wait(network, self._clock.now()))
        turn = await once_more(lambda: self._verified(inbox_name, secret, digits))
        if turn is None:
            raise WrongCode(
                "that is not the code, or it is good no longer", hint="Ask for a new code."
            )
        tell_turn(self._news, turn)
        now = self._clock.now()
        return await greeted(self._units, self._opening.talks, turn.opened, page=page, now=now)

    async def sweep(self) -> int:
        """Delete the codes that no limit counts any longer; return how many."""
        async with self._units.writing() as unit:
            return await unit.codes.sweep(self._clock.now() - AN_ADDRESS[1])

    async def _verified(self, inbox_name: str, secret: str | None, digits: str) -> Turn | None:
        """Count the try, and raise the session if it was right."""
        async with self._units.writing() as unit:
            inbox, session = await self._session(unit, inbox_name, secret)
            code = await unit.codes.newest(session.id)
            if code is None:
                return None
            await unit.codes.tried(code)
            alive = code.tries < MAX_TRIES and code.expires_at > self._clock.now()
            if not (self._matches(code, "".join(digits.split())) and alive):
                return None
            await unit.codes.void(session.id)
            proof = Proof(Person(code.email), Evidence.VERIFIED)
            arrival = Arrival(inbox.name, browser=session.browser, secret=secret)
            turn = await self._opening.prove(unit, inbox, arrival, proof, session)
            return replace(turn, woken=[*turn.woken, session.id])

    async def _session(
        self, unit: Unit, inbox_name: str, secret: str | None
    ) -> tuple[Inbox, Session]:
        """Return the inbox and the unproven session, which nobody else changes meanwhile."""
        inbox = await inbox_named(unit, inbox_name)
        if not self.offered(inbox):
            raise CodesOff(
                "no one-time codes are sent here",
                hint="Set up [mail], and identification of the inbox.",
            )
        now = self._clock.now()
        session = await live_session(unit, inbox, secret, now, lock=True)
        if session is None:
            raise SessionEnded("this session is over", hint="Open a new session.")
        if session.proven is not None:
            raise AlreadyKnown(
                "the visitor of this session is known", hint="Sign out to be somebody else."
            )
        return inbox, session

    async def _limits(self, unit: Unit, session: Session, address: str, now: datetime) -> None:
        """Raise TooManyCodes when the session or the address has had enough."""
        most, span = A_SESSION
        sent = await unit.codes.sent(now - span, session_id=session.id)
        _slow_down(sent[-most] + span - now if len(sent) >= most else None)
        most, span = AN_ADDRESS
        sent = await unit.codes.sent(now - span, email=address)
        _slow_down(sent[-most] + span - now if len(sent) >= most else None)

    def _matches(self, code: Code, digits: str) -> bool:
        """Compare in a time that tells nothing, under every secret that we still know."""
        tests = [
            same_secret(self._hash(key, code.session_id, code.email, digits), code.code_hash)
            for key in self._keys
        ]
        return any(tests)

    @staticmethod
    def _hash(key: bytes, session_id: str, address: str, digits: str) -> str:
        return keyed_hash(key, f"{session_id}\n{address}\n{digits}")


def _slow_down(wait: timedelta | None) -> None:
    if wait is not None:
        raise TooManyCodes(
            "too many codes", retry_after=wait, hint="Wait a while, then ask for a new one."
        )


def _letter(inbox: Inbox, address: str, digits: str) -> Letter:
    """Return the mail with the code; its subject does not show it on a locked screen."""
    minutes = LIFETIME // timedelta(minutes=1)
    return Letter(
        to=address,
        subject=f"Your code for {' '.join(inbox.title.split())}",
        text=f"{digits}\n\nEnter this code in the chat within {minutes} minutes.\n"
        "If you did not ask for it, somebody mistyped their address: do nothing, and give"
        " the code to nobody.\n",
    )
