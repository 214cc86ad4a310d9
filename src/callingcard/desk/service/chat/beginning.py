"""How a visitor's conversation begins, and whose session may write into it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from callingcard.desk.errors import SessionEnded
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.events import tell_begun
from callingcard.desk.service.merged import survivor_of
from callingcard.desk.service.visitors.joining import remember_contact


async def alive(unit: Unit, session_id: str, now: datetime, *, lock: bool = False) -> Session:
    """Return the session as it is now; raises SessionEnded.

    With *lock*, it does not end until we are done.
    """
    session = await unit.sessions.get(session_id, lock=lock)
    if session is None or session.expires_at <= now:
        raise SessionEnded("this session is over", hint="Open a new session.")
    return session


async def own_conversation(
    unit: Unit, session: Session, *, new_id: Callable[[], str], now: datetime
) -> Conversation:
    """Return the session's conversation, locked; made when there is none.

    The chat begins here, so this is also where an identified visitor becomes a
    contact, if they are not one yet. Raises SessionEnded.
    """
    if session.conversation_id is not None:
        return await _locked(unit, session, session.conversation_id)
    contact_id = session.contact_id
    if contact_id is None and session.proven is not None:
        contact = await remember_contact(unit, session.proven, new_id=new_id, now=now)
        contact_id = contact.id
    latest: Conversation | None = None
    if contact_id is not None:
        latest = await unit.conversations.latest_of(contact_id, session.inbox_id, lock=True)
    joined = replace(session, contact_id=contact_id)
    if latest is None:
        latest = await begin(unit, joined, new_id=new_id, now=now)
    await unit.sessions.save(replace(joined, conversation_id=latest.id))
    return await _locked(unit, joined, latest.id)


async def begin(
    unit: Unit, session: Session, *, new_id: Callable[[], str], now: datetime
) -> Conversation:
    """Return a new conversation for *session*, in which nothing was said yet."""
    conversation = Conversation(
        id=ConversationId(new_id()),
        inbox_id=session.inbox_id,
        visitor_id=new_id(),
        contact_id=session.contact_id,
        evidence=session.evidence,
        signed_by=session.signed_by,
        signed_until=session.signed_until,
        status="open",
        head=0,
        agent_read_seq=0,
        visitor_read_seq=0,
        waiting_since=None,
        created_at=now,
        updated_at=now,
    )
    await unit.conversations.add(conversation)
    await unit.log.tell(conversation.id, now)
    await tell_begun(unit, conversation)
    return conversation


async def _locked(
    unit: Unit, session: Session, conversation_id: ConversationId
) -> Conversation:
    """Return the conversation, locked, if it is still this session's to write into."""
    conversation = await unit.conversations.get(conversation_id, lock=True)
    if conversation is not None:
        conversation = await survivor_of(unit, conversation, lock=True)
    if conversation is None or conversation.contact_id not in {None, session.contact_id}:
        raise SessionEnded("this session's conversation is gone", hint="Open a new session.")
    return conversation
