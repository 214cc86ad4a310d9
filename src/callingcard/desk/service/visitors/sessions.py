"""A browser's stay in an inbox: how it begins, becomes somebody's, and ends.

Invariant: a session belongs to one visitor for good. An anonymous one can become
a contact's when the proof arrives in that very session, and then gets a new
secret: whoever noted the old one on a shared computer holds nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from callingcard.desk.errors import InboxNotFound, SessionEnded
from callingcard.desk.evidence import same_person, stronger
from callingcard.desk.model.contacts import Contact, Person
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.visitors import Inbox, Proof, Session
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.service.visitors.identification import Identification
from callingcard.desk.service.visitors.joining import (
    current_conversation,
    find_contact,
    once_more,
    refresh_contact,
    remember_contact,
)
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret, secret_hash
from callingcard.kit.ids import random_id

SECRET_PREFIX: Final = "cc_ws_"  # noqa: S105  (the prefix tells what it is, no more)
ANONYMOUS_LIFETIME: Final = timedelta(days=180)
IDENTIFIED_LIFETIME: Final = timedelta(hours=24)
_SLIDE: Final = timedelta(days=1)
_MAX_SECRET: Final = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a browser brings when it opens the widget."""

    inbox: str
    browser: str | None = None
    email: str | None = None
    token: str | None = None
    secret: str | None = None
    """The secret of an earlier session."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and what its visitor may see at once."""

    secret: str
    session: Session
    inbox: Inbox
    first_name: str | None
    """The visitor's given name, which may be empty; None when we do not know who it is."""
    conversation: Conversation | None

    @property
    def welcome(self) -> str:
        """The inbox's greeting, with the visitor's name in it."""
        return self.inbox.welcome.replace("{first_name}", self.first_name or "there")


@dataclass(frozen=True, slots=True)
class _Turn:
    """What came of one opening: the answer, who is out, and whose chat changed hands."""

    opened: Opened
    ended: Sequence[Session] = ()
    adopted: Conversation | None = None


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
    ) -> None:
        """Check proofs with *identification*; tell *news* whose session ended."""
        self._units = units
        self._identification = identification
        self._clock = clock
        self._news = news
        self._new_id = ids

    async def open(self, arrival: Arrival) -> Opened:
        """Return a session for *arrival*: resumed, raised, or new; raises InboxNotFound.

        A proof that does not hold gives an anonymous session and never an error.
        """
        turn = await once_more(lambda: self._open(arrival))
        self._tell(turn.ended)
        if turn.adopted is not None:
            self._news.notify(f"conversation:{turn.adopted.id}")
            self._news.notify("feed")
        return turn.opened

    async def find(self, inbox_name: str, secret: str | None) -> Session:
        """Return the live session with *secret*; raises InboxNotFound, SessionEnded."""
        async with self._units.reading() as unit:
            inbox = await _inbox(unit, inbox_name)
            session = await self._live(unit, inbox, secret, lock=False)
        if session is None:
            raise SessionEnded("this session is over", hint="Open a new session.")
        return session

    async def end(self, session: Session) -> None:
        """Sign out: end every identified session of the browser and spend their tokens."""
        async with self._units.writing() as unit:
            ended = await unit.sessions.revoke(session)
        self._tell([session, *ended])

    async def sweep(self) -> int:
        """Delete what is over; return how many rows went."""
        async with self._units.writing() as unit:
            return await unit.sessions.sweep(self._clock.now())

    def _tell(self, ended: Sequence[Session]) -> None:
        for session in ended:
            self._news.notify(f"session:{session.id}")

    async def _open(self, arrival: Arrival) -> _Turn:
        async with self._units.writing() as unit:
            inbox = await _inbox(unit, arrival.inbox)
            # Before the session: signing out takes the two locks in this order too.
            proof = await self._proof(unit, inbox, arrival)
            earlier = await self._live(unit, inbox, arrival.secret, lock=True)
            if proof is not None and not proof.claimed:
                return await self._identified(
                    unit, inbox, arrival, proof=proof, earlier=earlier
                )
            claim = None if proof is None else proof.person
            if earlier is not None and _may_go_on(earlier, claim):
                resumed = self._resumed(unit, inbox, arrival, earlier=earlier, claim=claim)
                return _Turn(await resumed)
            secret = new_secret(SECRET_PREFIX)
            session = _as(self._session(inbox, arrival, secret), claim)
            await unit.sessions.add(session)
            return _Turn(await _opened(unit, inbox, secret, session))

    async def _proof(self, unit: Unit, inbox: Inbox, arrival: Arrival) -> Proof | None:
        if not arrival.token:
            return None
        return await self._identification.check(
            unit, arrival.token, email=arrival.email, inbox=inbox
        )

    async def _live(
        self, unit: Unit, inbox: Inbox, secret: str | None, *, lock: bool
    ) -> Session | None:
        """Return the inbox's session with *secret* unless it is over."""
        if not secret or len(secret) > _MAX_SECRET:
            return None
        session = await unit.sessions.get(secret_hash(secret), lock=lock)
        if session is None or session.inbox_id != inbox.id:
            return None
        return session if session.expires_at > self._clock.now() else None

    async def _resumed(
        self,
        unit: Unit,
        inbox: Inbox,
        arrival: Arrival,
        *,
        earlier: Session,
        claim: Person | None,
    ) -> Opened:
        """Go on with an unproven session, which lives as long as it is used."""
        until = self._clock.now() + ANONYMOUS_LIFETIME
        if until - earlier.expires_at <= _SLIDE:
            until = earlier.expires_at
        session = _as(replace(earlier, expires_at=until), claim)
        if session != earlier:
            await unit.sessions.save(session)
        return await _opened(unit, inbox, arrival.secret or "", session)

    async def _identified(
        self,
        unit: Unit,
        inbox: Inbox,
        arrival: Arrival,
        *,
        proof: Proof,
        earlier: Session | None,
    ) -> _Turn:
        """Give somebody who proved who they are their session: raised, renewed or new."""
        contact = await find_contact(unit, proof.person)
        if earlier is not None and earlier.proven is None:
            return await self._raised(unit, inbox, arrival, proof=proof, earlier=earlier)
        if earlier is not None and _is_of(earlier, proof.person, contact):
            contact = await self._refreshed(unit, contact, proof)
            session = self._proven(earlier, proof, contact)
            await unit.sessions.save(session)
            return _Turn(await _opened(unit, inbox, arrival.secret or "", session))
        ended: Sequence[Session] = ()
        if earlier is not None:
            ended = await unit.sessions.revoke(earlier)
        contact = await self._refreshed(unit, contact, proof)
        secret = new_secret(SECRET_PREFIX)
        session = self._proven(self._session(inbox, arrival, secret), proof, contact)
        session = await _with_conversation(unit, session)
        await unit.sessions.add(session)
        return _Turn(await _opened(unit, inbox, secret, session), ended=ended)

    async def _raised(
        self, unit: Unit, inbox: Inbox, arrival: Arrival, *, proof: Proof, earlier: Session
    ) -> _Turn:
        """Make an unproven session its visitor's own, and its conversation theirs."""
        adopted: Conversation | None = None
        if earlier.conversation_id is None:
            contact = await find_contact(unit, proof.person)
            contact = await self._refreshed(unit, contact, proof)
        else:
            contact = await remember_contact(
                unit, proof.person, new_id=self._new_id, now=self._clock.now()
            )
            adopted = await self._adopted(unit, earlier, proof=proof, contact=contact)
        secret = new_secret(SECRET_PREFIX)
        fresh = replace(
            self._session(inbox, arrival, secret), conversation_id=earlier.conversation_id
        )
        session = self._proven(fresh, proof, contact)
        session = await _with_conversation(unit, session)
        await unit.sessions.drop(earlier)
        await unit.sessions.add(session)
        return _Turn(await _opened(unit, inbox, secret, session), adopted=adopted)

    async def _adopted(
        self, unit: Unit, earlier: Session, *, proof: Proof, contact: Contact
    ) -> Conversation | None:
        """Give the session's conversation to the contact, and tell the agents."""
        if earlier.conversation_id is None:
            return None
        conversation = await unit.conversations.get(earlier.conversation_id, lock=True)
        if conversation is None:
            return None
        await unit.conversations.adopt(conversation.visitor_id, contact.id)
        adopted = replace(
            conversation,
            contact_id=contact.id,
            evidence=stronger(conversation.evidence, Evidence.SIGNED),
            signed_by=proof.signed_by,
            signed_until=proof.expires_at,
        )
        await unit.conversations.save(adopted)
        await unit.log.tell(adopted.id, self._clock.now())
        return adopted

    async def _refreshed(
        self, unit: Unit, contact: Contact | None, proof: Proof
    ) -> Contact | None:
        if contact is None:
            return None
        return await refresh_contact(unit, contact, proof.person, self._clock.now())

    def _session(self, inbox: Inbox, arrival: Arrival, secret: str) -> Session:
        """Return a new anonymous session."""
        now = self._clock.now()
        return Session(
            id=secret_hash(secret),
            inbox_id=inbox.id,
            browser=arrival.browser or random_id("b_"),
            evidence=Evidence.ANONYMOUS,
            person=None,
            contact_id=None,
            conversation_id=None,
            signed_by=None,
            signed_until=None,
            fingerprint=None,
            created_at=now,
            expires_at=now + ANONYMOUS_LIFETIME,
        )

    def _proven(self, session: Session, proof: Proof, contact: Contact | None) -> Session:
        """Return *session* as that of the visitor whom *proof* names."""
        return replace(
            session,
            evidence=Evidence.SIGNED,
            person=proof.person,
            contact_id=session.contact_id if contact is None else contact.id,
            signed_by=proof.signed_by,
            signed_until=proof.expires_at,
            fingerprint=proof.fingerprint,
            expires_at=self._clock.now() + IDENTIFIED_LIFETIME,
        )


async def _inbox(unit: Unit, name: str) -> Inbox:
    inbox = await unit.inboxes.named(name)
    if inbox is None:
        raise InboxNotFound("there is no inbox with this name")
    return inbox


def _may_go_on(session: Session, claim: Person | None) -> bool:
    """Say whether an unproven session is still that of whoever claims to be *claim*."""
    if session.proven is not None:
        return False
    return claim is None or session.person is None or same_person(session.person, claim)


def _as(session: Session, claim: Person | None) -> Session:
    """Return *session* as that of somebody who claims to be *claim*, and proved nothing.

    The claim is kept only to tell the next one apart: it leads to no contact.
    """
    if claim is None:
        return session
    person = Person(email=claim.email, external_id=claim.external_id)
    return replace(session, evidence=Evidence.CLAIMED, person=person)


def _is_of(session: Session, person: Person, contact: Contact | None) -> bool:
    """Say whether *session* is that of *person*, whom the desk knows as *contact*."""
    if session.contact_id is not None and contact is not None:
        return session.contact_id == contact.id
    return session.person is not None and same_person(session.person, person)


async def _with_conversation(unit: Unit, session: Session) -> Session:
    """Let a known contact go on where they left off."""
    if session.conversation_id is not None or session.contact_id is None:
        return session
    latest = await unit.conversations.latest_of(session.contact_id, session.inbox_id)
    return session if latest is None else replace(session, conversation_id=latest.id)


async def _opened(unit: Unit, inbox: Inbox, secret: str, session: Session) -> Opened:
    """Return what the visitor of *session* may see at once."""
    first_name: str | None = None
    if session.proven is not None:
        contact = await unit.contacts.get(session.contact_id) if session.contact_id else None
        known = contact.first_name if contact is not None else ""
        first_name = known or session.proven.first_name
    return Opened(
        secret=secret,
        session=session,
        inbox=inbox,
        first_name=first_name,
        conversation=await current_conversation(unit, session),
    )
