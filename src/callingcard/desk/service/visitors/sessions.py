"""A browser's stay in an inbox: how it begins, goes on, and ends.

Invariant: a session belongs to one visitor for good. How one becomes somebody's is in
``opening``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from callingcard.desk.errors import (
    ContactNotFound,
    IdentificationRequired,
    InboxNotFound,
    SessionEnded,
)
from callingcard.desk.evidence import same_person
from callingcard.desk.model.contacts import Person
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.visitors import Inbox, Proof, Session
from callingcard.desk.ports.talks import Talks
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.service.merging.joining import addresses
from callingcard.desk.service.visitors.greeting import greeted
from callingcard.desk.service.visitors.identification import Identification
from callingcard.desk.service.visitors.joining import once_more
from callingcard.desk.service.visitors.opening import (
    ANONYMOUS_LIFETIME,
    IDENTIFIED_LIFETIME,
    SECRET_PREFIX,
    Arrival,
    Opened,
    Opening,
    Turn,
    opened,
)
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret, secret_hash
from callingcard.kit.email import NotAnAddress, canonical_email

__all__ = [
    "ANONYMOUS_LIFETIME",
    "IDENTIFIED_LIFETIME",
    "SECRET_PREFIX",
    "Arrival",
    "Opened",
    "SessionDesk",
]

_SLIDE: Final = timedelta(days=1)
_NOTED_EVERY: Final = timedelta(minutes=1)
_MAX_SECRET: Final = 200


class SessionDesk:
    """Opens, finds and ends the widget's sessions."""

    def __init__(
        self,
        units: Units,
        identification: Identification,
        *,
        clock: Clock,
        ids: Callable[[], str],
        news: News,
        talks: Talks | None = None,
    ) -> None:
        """Check proofs with *identification*; tell *news* whose session ended.

        *talks* greets visitors, and is told when one proves who they are.
        """
        self._units = units
        self._identification = identification
        self._clock = clock
        self._news = news
        self._opening = Opening(clock, ids, talks)
        self._noted: dict[str, datetime] = {}

    async def open(self, arrival: Arrival) -> Opened:
        """Return a session for *arrival*: resumed, raised, or new; raises InboxNotFound.

        A proof that does not hold gives an anonymous session and never an error.
        """
        turn = await once_more(lambda: self._open(arrival))
        tell_turn(self._news, turn)
        await self._note_use(turn.kid)
        now = self._clock.now()
        return await greeted(
            self._units, self._opening.talks, turn.opened, page=arrival.page, now=now
        )

    async def find(
        self, inbox_name: str, secret: str | None, *, to_write: bool = False
    ) -> Session:
        """Return the live session with *secret*; raises InboxNotFound, SessionEnded.

        *to_write* also raises IdentificationRequired where only known visitors may.
        """
        session_id = secret_hash((secret or "")[: _MAX_SECRET + 1])
        async with self._units.reading() as unit:
            admitted = await unit.sessions.admitted(session_id, inbox_name)
            if admitted is None:
                await inbox_named(unit, inbox_name)
        if admitted is None or admitted.session.expires_at <= self._clock.now():
            raise SessionEnded("this session is over", hint="Open a new session.")
        session = admitted.session
        if to_write and admitted.refuses_unproven and session.proven is None:
            raise IdentificationRequired(
                "this inbox is for visitors who are signed in",
                hint="Sign in to the site and open the chat again.",
            )
        return session

    async def end(self, session: Session) -> None:
        """Sign out: end every identified session of the browser and spend their tokens."""
        async with self._units.writing() as unit:
            ended = await unit.sessions.revoke(session)
        self._tell([session, *ended])

    async def revoke_contact(self, contact_id: ContactId) -> int:
        """End every session of a contact in every browser; return how many there were.

        Raises ContactNotFound. Their tokens are spent with them.
        """
        async with self._units.writing() as unit:
            survivor_id = await unit.merges.survivor_of(contact_id)
            contact = await unit.contacts.get(survivor_id)
            if contact is None:
                raise ContactNotFound("There is no such contact.")
            ended = await unit.sessions.end_all(
                contact.id, emails=addresses(contact), external_id=contact.external_id
            )
        self._tell(ended)
        return len(ended)

    async def sweep(self) -> int:
        """Delete what is over; return how many rows went."""
        async with self._units.writing() as unit:
            return await unit.sessions.sweep(self._clock.now())

    def _tell(self, ended: Sequence[Session]) -> None:
        for session in ended:
            self._news.notify(f"session:{session.id}")

    async def _note_use(self, kid: str | None) -> None:
        """Note that a customer's key signed somebody in: now and then, and apart from it.

        Everybody who opens the chat would else wait for one and the same row.
        """
        now = self._clock.now()
        if kid is None or now < self._noted.get(kid, now - _NOTED_EVERY) + _NOTED_EVERY:
            return
        self._noted[kid] = now
        async with self._units.writing() as unit:
            await unit.inboxes.used_key(kid, now)

    async def _open(self, arrival: Arrival) -> Turn:
        async with self._units.writing() as unit:
            inbox = await inbox_named(unit, arrival.inbox)
            # Before the session: signing out takes the two locks in this order too.
            proof = await self._proof(unit, inbox, arrival)
            now = self._clock.now()
            earlier = await live_session(unit, inbox, arrival.secret, now, lock=True)
            if proof is not None and not proof.claimed:
                return await self._opening.prove(unit, inbox, arrival, proof, earlier)
            kid = None if proof is None else proof.kid
            claim = None if proof is None else proof.person
            if earlier is not None and _may_go_on(earlier, arrival, claim):
                resumed = self._resumed(unit, inbox, arrival, earlier=earlier, claim=claim)
                return Turn(await resumed, kid=kid)
            secret = new_secret(SECRET_PREFIX)
            fresh = self._opening.anonymous(inbox, arrival.browser, secret)
            session = claiming(fresh, claim)
            await unit.sessions.add(session)
            return Turn(await opened(unit, inbox, secret, session), kid=kid)

    async def _proof(self, unit: Unit, inbox: Inbox, arrival: Arrival) -> Proof | None:
        if not arrival.token:
            return None
        return await self._identification.check(
            unit, arrival.token, email=arrival.email, inbox=inbox
        )

    async def _resumed(
        self,
        unit: Unit,
        inbox: Inbox,
        arrival: Arrival,
        *,
        earlier: Session,
        claim: Person | None,
    ) -> Opened:
        """Go on with a session: an unproven one lives as long as it is used."""
        session = earlier
        if earlier.proven is None:
            until = self._clock.now() + ANONYMOUS_LIFETIME
            if until - earlier.expires_at <= _SLIDE:
                until = earlier.expires_at
            session = claiming(replace(earlier, expires_at=until), claim)
        if session != earlier:
            await unit.sessions.save(session)
        return await opened(unit, inbox, arrival.secret or "", session)


async def inbox_named(unit: Unit, name: str) -> Inbox:
    """Return the inbox with this name; raises InboxNotFound."""
    inbox = await unit.inboxes.named(name)
    if inbox is None:
        raise InboxNotFound("there is no inbox with this name")
    return inbox


async def live_session(
    unit: Unit, inbox: Inbox, secret: str | None, now: datetime, *, lock: bool = False
) -> Session | None:
    """Return the inbox's session with *secret* unless it is over."""
    if not secret or len(secret) > _MAX_SECRET:
        return None
    session = await unit.sessions.get(secret_hash(secret), lock=lock)
    if session is None or session.inbox_id != inbox.id:
        return None
    return session if session.expires_at > now else None


def tell_turn(news: News, turn: Turn) -> None:
    """Wake who follows what *turn* changed."""
    for session_id in turn.woken:
        news.notify(f"session:{session_id}")
    for talk in turn.changed:
        news.notify(f"conversation:{talk}")
    if turn.changed:
        news.notify("feed")


def claiming(session: Session, claim: Person | None) -> Session:
    """Return *session* as that of somebody who claims to be *claim*, and proved nothing.

    The claim is kept only to tell the next one apart: it leads to no contact.
    """
    if claim is None:
        return session
    person = Person(email=claim.email, external_id=claim.external_id)
    return replace(session, evidence=Evidence.CLAIMED, person=person)


def _may_go_on(session: Session, arrival: Arrival, claim: Person | None) -> bool:
    """Say whether a session is still that of whoever comes, without a proof, as *arrival*.

    Who proved an address by a code goes on with the secret alone, because no page vouches
    for them; but not where a page says that somebody else is signed in.
    """
    if session.proven is None:
        return claim is None or session.person is None or same_person(session.person, claim)
    if session.evidence is not Evidence.VERIFIED or arrival.token:
        return False
    return not arrival.email or _is_address(arrival.email, session.proven.email)


def _is_address(text: str, email: str | None) -> bool:
    try:
        return canonical_email(text) == email
    except NotAnAddress:
        return False
