"""How a session becomes somebody's: raised by a proof, renewed, or begun anew.

Invariant: a session belongs to one visitor for good. An unproven one can become a
contact's when the proof arrives in that very session, and then gets a new secret:
whoever noted the old one on a shared computer holds nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from callingcard.desk.chatflows.talk import Say
from callingcard.desk.evidence import same_person, stronger
from callingcard.desk.model.contacts import Contact, Person
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.visitors import Inbox, Proof, Session
from callingcard.desk.ports.talks import Greeting, Talks
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.merging.joining import Act, Touched, join, merge_id
from callingcard.desk.service.visitors.joining import (
    current_conversation,
    find_contact,
    refresh_contact,
    remember_contact,
)
from callingcard.errors import Conflict
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret, secret_hash
from callingcard.kit.ids import random_id

SECRET_PREFIX: Final = "cc_ws_"  # noqa: S105  (the prefix tells what it is, no more)
ANONYMOUS_LIFETIME: Final = timedelta(days=180)
IDENTIFIED_LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a browser brings when it opens the widget."""

    inbox: str
    browser: str | None = None
    email: str | None = None
    token: str | None = None
    secret: str | None = None
    """The secret of an earlier session."""
    page: str = field(default="", repr=False)
    """The URL on which the visitor is."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and what its visitor may see at once."""

    secret: str
    session: Session
    inbox: Inbox
    first_name: str | None
    """The visitor's given name, which may be empty; None when we do not know who it is."""
    conversation: Conversation | None
    greeting: Greeting | None = None
    """How a chatflow begins; None is the inbox's own welcome."""
    fits: bool = True
    """False when the inbox has chatflows, and none of them is for this visitor here."""

    @property
    def welcome(self) -> str:
        """The inbox's greeting, with the visitor's name in it."""
        return self.inbox.welcome.replace("{first_name}", self.first_name or "there")

    @property
    def says(self) -> Sequence[Say]:
        """What is said before the visitor writes."""
        if self.greeting is not None:
            return self.greeting.says
        return (Say(self.welcome),) if self.welcome else ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one opening: the answer, and whom to tell."""

    opened: Opened
    woken: Sequence[str] = ()
    """The ids of sessions that ended or changed."""
    changed: Sequence[ConversationId] = ()
    """Conversations that are somebody's now."""
    kid: str | None = None
    """The customer's key that signed the token, if one was shown and holds."""


class Opening:
    """Gives those who prove who they are their session."""

    def __init__(
        self, clock: Clock, ids: Callable[[], str], talks: Talks | None = None
    ) -> None:
        """Tell *talks* when somebody proves who they are in a conversation."""
        self._clock = clock
        self._new_id = ids
        self.talks = talks

    async def prove(
        self, unit: Unit, inbox: Inbox, arrival: Arrival, proof: Proof, earlier: Session | None
    ) -> Turn:
        """Give somebody who proved who they are their session: raised, renewed or new."""
        contact = await self._known(unit, proof.person)
        if earlier is None:
            return await self._begun(unit, inbox, arrival, proof, contact)
        touched = await self._merged(unit, contact, proof, earlier)
        if touched is not None and contact is not None:
            contact = await unit.contacts.get(contact.id)
            earlier = replace(earlier, contact_id=touched.merge.survivor_id)
        turn = await self._next(unit, inbox, arrival, proof=proof, earlier=earlier)
        if touched is None:
            return turn
        woken = [*turn.woken, *(session.id for session in touched.sessions)]
        return replace(turn, woken=woken, changed=[*turn.changed, *touched.conversations])

    def anonymous(self, inbox: Inbox, browser: str | None, secret: str) -> Session:
        """Return a new session of nobody."""
        now = self._clock.now()
        return Session(
            id=secret_hash(secret),
            inbox_id=inbox.id,
            browser=browser or random_id("b_"),
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

    async def _next(
        self, unit: Unit, inbox: Inbox, arrival: Arrival, *, proof: Proof, earlier: Session
    ) -> Turn:
        """Go on from an *earlier* session, or end it when it was another's."""
        contact = await find_contact(unit, proof.person)
        if earlier.proven is None:
            return await self._raised(unit, inbox, arrival, proof=proof, earlier=earlier)
        if not _is_of(earlier, proof.person, contact):
            ended = await unit.sessions.revoke(earlier)
            turn = await self._begun(unit, inbox, arrival, proof, contact)
            return replace(turn, woken=[session.id for session in ended])
        if earlier.evidence is not proof.evidence:
            return await self._raised(unit, inbox, arrival, proof=proof, earlier=earlier)
        contact = await self._refreshed(unit, contact, proof)
        session = self._proven(earlier, proof, contact)
        await unit.sessions.save(session)
        return Turn(await opened(unit, inbox, arrival.secret or "", session), kid=proof.kid)

    async def _begun(
        self, unit: Unit, inbox: Inbox, arrival: Arrival, proof: Proof, contact: Contact | None
    ) -> Turn:
        """Begin a session of its visitor's own."""
        contact = await self._refreshed(unit, contact, proof)
        secret = new_secret(SECRET_PREFIX)
        fresh = self.anonymous(inbox, arrival.browser, secret)
        session = await _with_conversation(unit, self._proven(fresh, proof, contact))
        await unit.sessions.add(session)
        return Turn(await opened(unit, inbox, secret, session), kid=proof.kid)

    async def _raised(
        self, unit: Unit, inbox: Inbox, arrival: Arrival, *, proof: Proof, earlier: Session
    ) -> Turn:
        """Make a session its visitor's own under a new secret, and its conversation theirs.

        Who read a code out of their mail is remembered at once. Who was merely signed in
        by a page is so when they write.
        """
        adopted: Conversation | None = None
        if earlier.conversation_id is None and proof.evidence is Evidence.SIGNED:
            contact = await find_contact(unit, proof.person)
            contact = await self._refreshed(unit, contact, proof)
        else:
            contact = await remember_contact(
                unit,
                proof.person,
                new_id=self._new_id,
                now=self._clock.now(),
                evidence=proof.evidence,
            )
            adopted = await self._adopted(unit, earlier, proof=proof, contact=contact)
        secret = new_secret(SECRET_PREFIX)
        fresh = replace(
            self.anonymous(inbox, arrival.browser, secret),
            conversation_id=None if adopted is None else adopted.id,
        )
        session = await _with_conversation(unit, self._proven(fresh, proof, contact))
        await unit.sessions.drop(earlier)
        await unit.sessions.add(session)
        return Turn(
            await opened(unit, inbox, secret, session),
            changed=() if adopted is None else (adopted.id,),
            kid=proof.kid,
        )

    async def _adopted(
        self, unit: Unit, earlier: Session, *, proof: Proof, contact: Contact
    ) -> Conversation | None:
        """Give the session's conversation to the contact, and tell the agents.

        One that an agent gave to somebody else meanwhile stays theirs.
        """
        if earlier.conversation_id is None:
            return None
        conversation = await unit.conversations.get(earlier.conversation_id, lock=True)
        if conversation is None or conversation.contact_id not in {None, contact.id}:
            return None
        await unit.conversations.adopt(conversation.visitor_id, contact.id)
        adopted = replace(
            conversation,
            contact_id=contact.id,
            evidence=stronger(conversation.evidence, proof.evidence),
            signed_by=proof.signed_by,
            signed_until=proof.expires_at,
        )
        await unit.conversations.save(adopted)
        await unit.log.tell(adopted.id, self._clock.now())
        if self.talks is not None:
            await self.talks.adopted(unit, adopted)
        return adopted

    async def _known(self, unit: Unit, person: Person) -> Contact | None:
        """Return the contact whom a proof names, kept from being merged until we are done."""
        found = await find_contact(unit, person)
        if found is None:
            return None
        held = await unit.contacts.get(found.id, lock=True)
        if held is None or held.archived:
            raise Conflict("the contact was merged or archived in this moment")
        return held

    async def _merged(
        self, unit: Unit, contact: Contact | None, proof: Proof, earlier: Session
    ) -> Touched | None:
        """Merge the session's contact into the one that the proof names, if it names both.

        That is so when the customer signed an address and an id of theirs, the session was
        opened with one of the two alone, and neither contact contradicts the proof.
        """
        person, proven = proof.person, earlier.proven
        if contact is None or proven is None or not (person.email and person.external_id):
            return None
        if earlier.contact_id in {None, contact.id} or not same_person(proven, person):
            return None
        other = (
            None if earlier.contact_id is None else await unit.contacts.get(earlier.contact_id)
        )
        if other is None or other.archived or not _agrees(other, person):
            return None
        if not _agrees(contact, person):
            return None
        act = Act("session", self._clock.now(), merge_id(self._new_id))
        return await join(unit, contact.id, other.id, act)

    async def _refreshed(
        self, unit: Unit, contact: Contact | None, proof: Proof
    ) -> Contact | None:
        if contact is None:
            return None
        return await refresh_contact(
            unit, contact, proof.person, self._clock.now(), evidence=proof.evidence
        )

    def _proven(self, session: Session, proof: Proof, contact: Contact | None) -> Session:
        """Return *session* as that of the visitor whom *proof* names."""
        return replace(
            session,
            evidence=proof.evidence,
            person=proof.person,
            contact_id=session.contact_id if contact is None else contact.id,
            signed_by=proof.signed_by,
            signed_until=proof.expires_at,
            fingerprint=proof.fingerprint,
            expires_at=self._clock.now() + IDENTIFIED_LIFETIME,
        )


def _agrees(contact: Contact, person: Person) -> bool:
    """Say whether nothing that *contact* is known by contradicts *person*."""
    return contact.email in {None, person.email} and contact.external_id in {
        None,
        person.external_id,
    }


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


async def opened(unit: Unit, inbox: Inbox, secret: str, session: Session) -> Opened:
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
