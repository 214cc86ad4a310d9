"""What this room tells others beside that a contact is new or changed.

Invariant: an event names things by id and kind only.
"""

from datetime import datetime

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.objects import ObjectType, Ref
from callingcard.desk.ports.chat import Fact
from callingcard.desk.ports.units import Unit


async def tell_deleted(unit: Unit, contact: Contact) -> None:
    """Tell that a contact was archived."""
    data: dict[str, Fact] = {"contact_id": contact.id}
    await unit.events.tell(
        "contact.deleted", contact.updated_at, data, line=f"contact {contact.id}"
    )


async def tell_associated(
    unit: Unit, start: Ref, end: Ref, at: datetime, *, removed: bool = False
) -> None:
    """Tell that a contact was associated with something, or no longer is."""
    contact, other = (start, end) if start.type is ObjectType.CONTACTS else (end, start)
    if contact.type is not ObjectType.CONTACTS:
        return
    data: dict[str, Fact] = {
        "contact_id": contact.id,
        "association": f"CONTACT_TO_{other.type.singular.upper()}",
        "to_id": other.id,
        "removed": int(removed),
    }
    await unit.events.tell("contact.associated", at, data, line=f"contact {contact.id}")
