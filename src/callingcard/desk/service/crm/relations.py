"""The companies and deals of a contact, for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import CrmObject, ObjectType, Ref
from callingcard.desk.ports.crm import Objects
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.crm.associations import primary_company
from callingcard.desk.service.crm.built_in import CLOSED_STAGES, DEALS

MAX_SHOWN: Final = 50
"""How many of each kind are shown; people read no more of them."""

_STAGES: Final = {stage.id: stage.label for stage in DEALS.stages}


@dataclass(frozen=True, slots=True)
class Relations:
    """What a contact belongs to."""

    companies: Sequence[CrmObject]
    deals: Sequence[CrmObject]
    primary: str | None
    """The id of the primary company."""

    def is_open(self, deal: CrmObject) -> bool:
        """Say whether *deal* is neither won nor lost."""
        return deal.properties.get("dealstage") not in CLOSED_STAGES

    def stage_of(self, deal: CrmObject) -> str:
        """Return the stage of *deal* as people call it; its name where it is nobody's."""
        stage = deal.properties.get("dealstage", "")
        return _STAGES.get(stage, stage)


class RelationDesk:
    """Shows what belongs together."""

    def __init__(self, units: Units) -> None:
        """Read from *units*."""
        self._units = units

    async def of_contact(self, contact_id: ContactId) -> Relations:
        """Return the companies and deals of a contact, the primary company first."""
        async with self._units.reading() as unit:
            first = await primary_company(unit, contact_id)
            primary = None if first is None else first.id
            companies = await _ends(unit, contact_id, ObjectType.COMPANIES, unit.companies)
            deals = await _ends(unit, contact_id, ObjectType.DEALS, unit.deals)
        return Relations(
            companies=sorted(companies, key=lambda one: one.id != primary),
            deals=deals,
            primary=primary,
        )


async def _ends(
    unit: Unit, contact_id: ContactId, kind: ObjectType, store: Objects
) -> list[CrmObject]:
    links = await unit.associations.of([Ref(ObjectType.CONTACTS, contact_id)], kind)
    ids = list(dict.fromkeys(link.end.id for link in links))[:MAX_SHOWN]
    found = [await store.get(one) for one in ids]
    return [one for one in found if one is not None and not one.archived]
