"""What belongs together: contacts, companies and deals, with HubSpot's default labels.

An association is kept as two links, one in each direction, each with the number that
HubSpot gives it (https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4).
The first company of a contact, or of a deal, is its primary one.

Invariant: nothing has two primary companies.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from callingcard.desk.errors import BadAssociation
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.objects import CrmObject, Link, ObjectType, Ref
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.crm.presence import find_any
from callingcard.desk.service.crm.telling import tell_associated
from callingcard.kit.clock import Clock

_CONTACT, _COMPANY, _DEAL = ObjectType.CONTACTS, ObjectType.COMPANIES, ObjectType.DEALS
DEFAULT: Final[Mapping[tuple[ObjectType, ObjectType], int]] = {
    (_CONTACT, _COMPANY): 279,
    (_COMPANY, _CONTACT): 280,
    (_DEAL, _CONTACT): 3,
    (_CONTACT, _DEAL): 4,
    (_DEAL, _COMPANY): 341,
    (_COMPANY, _DEAL): 342,
}
"""The number of the association without a label, in each direction."""
PRIMARY: Final[Mapping[tuple[ObjectType, ObjectType], int]] = {
    (_CONTACT, _COMPANY): 1,
    (_COMPANY, _CONTACT): 2,
    (_DEAL, _COMPANY): 5,
    (_COMPANY, _DEAL): 6,
}
"""The number of the association with a primary company, in each direction."""
MAX_LINKS: Final = 10_000
"""How many associations one thing can have with those of one kind."""


def default_type(start: ObjectType, end: ObjectType) -> int:
    """Return the number of their association; raises BadAssociation when there is none."""
    found = DEFAULT.get((start, end))
    if found is None:
        raise BadAssociation(f"{start} cannot be associated with {end}.")
    return found


def allowed_types(start: ObjectType, end: ObjectType, type_ids: Iterable[int]) -> set[int]:
    """Return *type_ids* if *end* can be that to *start*; raises BadAssociation."""
    allowed = {default_type(start, end), PRIMARY.get((start, end))}
    wanted = set(type_ids)
    if wanted - allowed:
        raise BadAssociation("There is no association with this type between these objects.")
    return wanted


async def associate(
    unit: Unit, start: Ref, end: Ref, now: datetime, type_ids: Iterable[int] = ()
) -> None:
    """Associate *start* with *end*, whom the caller has seen to be there.

    *type_ids* are HubSpot's numbers in that direction; with the primary one, *end*
    takes the place of the company that was it. Raises BadAssociation.
    """
    pair = (start.type, end.type)
    wanted = allowed_types(*pair, type_ids)
    plain, primary = DEFAULT[pair], PRIMARY.get(pair)
    owner, company = (start, end) if end.type is _COMPANY else (end, start)
    firsts: Sequence[Link] = ()
    if primary is not None:
        await find_any(unit, owner, lock=True)  # two at once must not both be the first
        firsts = [link for link in await _companies_of(unit, owner) if _is_primary(link)]
        if firsts and primary in wanted and firsts[0].end != company:
            await unit.associations.remove([way for link in firsts for way in _both(link)])
            firsts = ()
    known = await unit.associations.of([start], end.type)
    if len(known) >= MAX_LINKS:
        raise BadAssociation(f"There can be {MAX_LINKS} associations at most.")
    links = [*_both(Link(start, end, plain))]
    if primary is not None and not firsts:
        links += _both(Link(start, end, primary))
    await unit.associations.add(links)
    if all(link.end != end for link in known):
        await tell_associated(unit, start, end, now)


async def dissociate(
    unit: Unit, start: Ref, end: Ref, now: datetime, type_ids: Iterable[int] = ()
) -> None:
    """End what ties *start* to *end*, or only what *type_ids* number.

    It is no error when there is nothing to end. Raises BadAssociation.
    """
    wanted = allowed_types(start.type, end.type, type_ids)
    known = await unit.associations.of([start], end.type)
    ended = [
        link for link in known if link.end == end and (not wanted or link.type_id in wanted)
    ]
    await unit.associations.remove([way for link in ended for way in _both(link)])
    if ended:
        await tell_associated(unit, start, end, now, removed=True)


async def primary_company(unit: Unit, contact_id: str) -> CrmObject | None:
    """Return the primary company of a contact, if there is one."""
    links = await _companies_of(unit, Ref(_CONTACT, contact_id))
    for link in links:
        if _is_primary(link):
            found = await unit.companies.get(link.end.id)
            return None if found is None or found.archived else found
    return None


async def take_over(unit: Unit, survivor: Ref, other: Ref, now: datetime) -> list[Ref]:
    """Let *survivor* have what *other* is associated with; return what is new to it.

    What the survivor has already stays, its primary company too.
    """
    theirs = dict.fromkeys(link.end for link in await unit.associations.of([other]))
    ours = {link.end for link in await unit.associations.of([survivor])}
    await unit.associations.forget(other)
    moved = [end for end in theirs if end not in ours]
    for end in moved:
        await associate(unit, survivor, end, now)
    return moved


class AssociationBelongings:
    """What merging contacts has to know of their associations: ``ports.belongings``.

    Of what moved, those that were new to the survivor have a ``+`` before their name,
    and those that both had a ``=``.
    """

    name = "associations"

    def __init__(self, clock: Clock) -> None:
        """Take the time of what is told from *clock*."""
        self._clock = clock

    async def move(self, unit: Unit, *, of: ContactId, to: ContactId) -> Sequence[str]:
        """Let contact *to* have the associations of contact *of*; return what moved."""
        other = Ref(_CONTACT, of)
        theirs = dict.fromkeys(link.end for link in await unit.associations.of([other]))
        new = await take_over(unit, Ref(_CONTACT, to), other, self._clock.now())
        return [f"{'+' if end in new else '='}{end.type}:{end.id}" for end in theirs]

    async def move_back(
        self, unit: Unit, moved: Sequence[str], *, of: ContactId, to: ContactId
    ) -> None:
        """Give back what *moved* from contact *of* to contact *to*, as far as it is there."""
        survivor, other, now = Ref(_CONTACT, of), Ref(_CONTACT, to), self._clock.now()
        ours = {link.end for link in await unit.associations.of([survivor])}
        for name in moved:
            kind, _, object_id = name[1:].partition(":")
            end = Ref(ObjectType(kind), object_id)
            if end in ours:
                if name.startswith("+"):
                    await dissociate(unit, survivor, end, now)
                await associate(unit, other, end, now)


async def _companies_of(unit: Unit, owner: Ref) -> list[Link]:
    return await unit.associations.of([owner], _COMPANY)


def _is_primary(link: Link) -> bool:
    return link.type_id == PRIMARY.get((link.start.type, link.end.type))


def _both(link: Link) -> tuple[Link, Link]:
    """Return *link* with the one of the other direction."""
    table = PRIMARY if _is_primary(link) else DEFAULT
    back = table[link.end.type, link.start.type]
    return link, Link(link.end, link.start, back)
