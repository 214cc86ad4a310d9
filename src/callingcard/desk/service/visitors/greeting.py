"""How the chat begins for a visitor who has just come; nothing of it is kept.

Invariant: what the desk knows of somebody greets only those who proved to be them.
"""

from dataclasses import replace
from datetime import datetime

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.talks import Talks
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.visitors.joining import contact_to_be, find_contact
from callingcard.desk.service.visitors.opening import Opened


async def greeted(
    units: Units, talks: Talks | None, opened: Opened, *, page: str, now: datetime
) -> Opened:
    """Return *opened* with what its visitor is greeted with on *page*."""
    if talks is None:
        return opened
    inbox, session = opened.inbox, opened.session
    async with units.reading() as unit:
        greeting = await talks.greeting(
            unit,
            inbox.id,
            evidence=session.evidence,
            contact=await _contact_of(unit, session, now),
            page=page,
        )
        flows = () if greeting is not None else await unit.flows.all()
    elsewhere = any(flow.enabled and flow.inbox == inbox.name for flow in flows)
    return replace(opened, greeting=greeting, fits=not elsewhere)


async def _contact_of(unit: Unit, session: Session, now: datetime) -> Contact | None:
    """Return the contact that the session's visitor is, or will be when they write."""
    if session.proven is None:
        return None
    if session.contact_id is not None:
        return await unit.contacts.get(session.contact_id)
    return await find_contact(unit, session.proven) or await contact_to_be(
        unit, session.proven, now
    )
