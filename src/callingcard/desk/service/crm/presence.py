"""Whether a contact, a company or a deal is there."""

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import CrmObject, ObjectType, Ref
from callingcard.desk.ports.units import Unit


async def find_any(unit: Unit, ref: Ref, *, lock: bool = False) -> Contact | CrmObject | None:
    """Return what *ref* names, unless it is archived; *lock* keeps others from it."""
    match ref.type:
        case ObjectType.CONTACTS:
            found = await unit.contacts.get(ContactId(ref.id), lock=lock)
        case ObjectType.COMPANIES:
            found = await unit.companies.get(ref.id, lock=lock)
        case ObjectType.DEALS:
            found = await unit.deals.get(ref.id, lock=lock)
    return None if found is None or found.archived else found


async def is_there(unit: Unit, ref: Ref) -> bool:
    """Say whether *ref* names something that is not archived."""
    return await find_any(unit, ref) is not None
