"""Opens contacts, companies and deals, and finds who can own them."""

from collections.abc import Sequence
from dataclasses import dataclass

from callingcard.access.service.users import Users
from callingcard.desk.model.objects import ObjectType, Owner
from callingcard.desk.service.crm.contact_batches import ContactBatches
from callingcard.desk.service.crm.contacts import ContactDesk
from callingcard.desk.service.crm.linking import AssociationDesk
from callingcard.desk.service.crm.objects import ObjectBatches, ObjectDesk
from callingcard.desk.service.crm.registry import PropertyDesk
from callingcard.desk.service.crm.relations import RelationDesk
from callingcard.server.desk.around import DeskAround


@dataclass(frozen=True, slots=True)
class CrmHouse:
    """What was opened."""

    contacts: ContactDesk
    batches: ContactBatches
    companies: ObjectDesk
    company_batches: ObjectBatches
    deals: ObjectDesk
    deal_batches: ObjectBatches
    properties: PropertyDesk
    associations: AssociationDesk
    relations: RelationDesk


def open_crm(around: DeskAround) -> CrmHouse:
    """Open everything."""
    units, clock, ids = around.units, around.clock, around.new_id
    companies, deals = ObjectType.COMPANIES, ObjectType.DEALS
    return CrmHouse(
        contacts=ContactDesk(units, clock, ids),
        batches=ContactBatches(units, clock, ids),
        companies=ObjectDesk(units, clock, ids, kind=companies),
        company_batches=ObjectBatches(units, clock, ids, kind=companies),
        deals=ObjectDesk(units, clock, ids, kind=deals),
        deal_batches=ObjectBatches(units, clock, ids, kind=deals),
        properties=PropertyDesk(units, clock),
        associations=AssociationDesk(units, clock),
        relations=RelationDesk(units),
    )


class UserOwners:
    """Those who sign in can own contacts and deals; implements ``desk.ports.crm.Owners``."""

    def __init__(self, users: Users) -> None:
        self._users = users

    async def all(self) -> Sequence[Owner]:
        """Return everybody, disabled people as archived."""
        owners: list[Owner] = []
        for user in await self._users.list():
            first, _, last = user.name.partition(" ")
            owners.append(
                Owner(
                    id=user.id,
                    email=user.email,
                    first_name=first,
                    last_name=last,
                    created_at=user.created_at,
                    updated_at=user.disabled_at or user.created_at,
                    archived=user.disabled_at is not None,
                )
            )
        return owners
