"""Where a conversation goes when its team is closed, or lets it wait too long.

Invariant: no chain of stand-ins or overflows leads back to where it began; what would
make one is refused by ``circle``.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from callingcard.desk.model.routing import Hours, Team
from callingcard.desk.routing.hours import OfficeHours


def is_open(team: Team, hours: Mapping[str, Hours], at: datetime) -> bool:
    """Say whether *team* takes conversations at *at*; without hours it always does."""
    found = hours.get(team.hours or "")
    return found is None or OfficeHours(found).is_open(at)


def opens_at(team: Team, hours: Mapping[str, Hours], at: datetime) -> datetime | None:
    """Return when *team* opens next; None when it never closes or never opens."""
    found = hours.get(team.hours or "")
    return None if found is None else OfficeHours(found).next_opening(at)


def stand_in(
    name: str, teams: Mapping[str, Team], hours: Mapping[str, Hours], at: datetime
) -> str:
    """Return the team that takes what goes to *name* at *at*.

    That is itself when it is open, or the first stand-in that is; when all are closed it
    waits in its own queue.
    """
    for each in _stand_ins(name, teams):
        if is_open(each, hours, at):
            return each.name
    return name


def circle(team: Team, teams: Mapping[str, Team]) -> str | None:
    """Return what leads back to *team* if it is added to *teams*: a field's name, or None."""
    changed = {**teams, team.name: team}
    if _returns(team.name, {name: each.out_of_hours for name, each in changed.items()}):
        return "out_of_hours"
    if _returns(
        team.name,
        {name: each.overflow and each.overflow.team for name, each in changed.items()},
    ):
        return "overflow"
    return None


def _stand_ins(name: str, teams: Mapping[str, Team]) -> Iterator[Team]:
    current: str | None = name
    for _ in teams:
        team = teams.get(current or "")
        if team is None:
            return
        yield team
        current = team.out_of_hours


def _returns(start: str, following: Mapping[str, str | None]) -> bool:
    current = following.get(start)
    for _ in following:
        if current is None or current == start:
            break
        current = following.get(current)
    return current == start
