"""Keeping the plan, the teams and their hours, so that they always fit together.

Invariant: what is kept names only teams, hours and agents that were there when it was
kept, and no chain of teams goes in a circle.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import timedelta
from typing import Final

from callingcard.desk.errors import (
    HoursInUse,
    HoursNotFound,
    TeamInUse,
    TeamNotFound,
)
from callingcard.desk.model.routing import MAX_CAPACITY, Hours, RoutingPlan, Team
from callingcard.desk.ports.router import AgentDirectory, Settling
from callingcard.desk.ports.units import Units
from callingcard.desk.routing.hours import OfficeHours, overlaps, zone_of
from callingcard.desk.routing.rules import Chosen, decide
from callingcard.desk.routing.teams import circle
from callingcard.errors import Invalid
from callingcard.kit.conditions import Facts, parse_condition

MAX_RULES: Final = 100
MAX_TEAMS: Final = 100
MAX_AGENTS: Final = 500
MAX_SPANS: Final = 12
MAX_HOLIDAYS: Final = 1000
MAX_STICKY: Final = timedelta(days=90)
MAX_OVERFLOW: Final = timedelta(days=7)
_MIN_OVERFLOW: Final = timedelta(seconds=1)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CAPACITY: Final = f"use 1 to {MAX_CAPACITY}"


class RoutingDesk:
    """Everything that is set up for routing; each change may give work to somebody."""

    def __init__(self, units: Units, *, agents: AgentDirectory, assigning: Settling) -> None:
        """Know people from *agents*; tell *assigning* after each change."""
        self._units = units
        self._agents = agents
        self._assigning = assigning

    async def plan(self) -> RoutingPlan:
        """Return the plan; until there is one, nothing goes to a team."""
        async with self._units.reading() as unit:
            return await unit.routing.plan()

    async def put_plan(self, plan: RoutingPlan) -> RoutingPlan:
        """Keep *plan*; agents may be named by address. Raises Invalid."""
        ids = await self._ids(plan.capacities, "capacities")
        known = {ids[who]: most for who, most in plan.capacities.items()}
        changed = replace(plan, capacities=known)
        async with self._units.writing() as unit:
            await unit.queue.lock()
            teams = await unit.routing.teams()
            _refuse("this plan cannot be kept", _plan_problems(changed, teams))
            await unit.routing.save_plan(changed)
        await self._assigning.settle()
        return changed

    async def try_out(self, facts: Facts, plan: RoutingPlan | None = None) -> Chosen:
        """Return where somebody of whom *facts* are known would go, and why.

        *plan* is one that nobody has saved; raises Invalid when it could not be kept.
        """
        async with self._units.reading() as unit:
            if plan is None:
                return decide(await unit.routing.plan(), facts)
            teams = await unit.routing.teams()
        _refuse("this plan cannot be tried", _plan_problems(plan, teams))
        return decide(plan, facts)

    async def teams(self) -> Sequence[Team]:
        """Return every team, by name."""
        async with self._units.reading() as unit:
            return list((await unit.routing.teams()).values())

    async def team(self, name: str) -> Team:
        """Return the team; raises TeamNotFound."""
        async with self._units.reading() as unit:
            return _of(await unit.routing.teams(), name)

    async def put_team(self, team: Team) -> Team:
        """Keep a new or changed team; agents may be named by address. Raises Invalid."""
        ids = await self._ids(team.agents, "agents")
        changed = replace(team, agents=tuple(dict.fromkeys(ids[who] for who in team.agents)))
        async with self._units.writing() as unit:
            await unit.queue.lock()
            teams = await unit.routing.teams()
            problems = _team_problems(changed, teams, await unit.routing.hours())
            _refuse("this team cannot be kept", problems)
            await unit.routing.save_team(changed)
        await self._assigning.settle()
        return changed

    async def delete_team(self, name: str) -> None:
        """Forget a team that nothing is sent to; raises TeamNotFound and TeamInUse."""
        async with self._units.writing() as unit:
            await unit.queue.lock()
            teams = await unit.routing.teams()
            _of(teams, name)
            plan = await unit.routing.plan()
            sent = {rule.target.team for rule in plan.rules} | {plan.fallback.team}
            for other in teams.values():
                sent |= {other.out_of_hours, other.overflow and other.overflow.team}
            if name in sent:
                raise TeamInUse(
                    "the plan or another team sends conversations to this one",
                    hint="Change those first.",
                )
            if await unit.queue.all(name, 1):
                raise TeamInUse(
                    "visitors wait for this team", hint="Give their conversations to somebody."
                )
            await unit.routing.delete_team(name)

    async def hours(self) -> Sequence[Hours]:
        """Return all office hours, by name."""
        async with self._units.reading() as unit:
            return list((await unit.routing.hours()).values())

    async def hours_named(self, name: str) -> Hours:
        """Return the office hours; raises HoursNotFound."""
        async with self._units.reading() as unit:
            found = (await unit.routing.hours()).get(name)
        if found is None:
            raise HoursNotFound("there are no office hours with this name")
        return found

    async def put_hours(self, hours: Hours) -> Hours:
        """Keep new or changed office hours; raises Invalid."""
        _refuse("these hours cannot be kept", _hours_problems(hours))
        async with self._units.writing() as unit:
            await unit.queue.lock()
            await unit.routing.save_hours(hours)
        await self._assigning.settle()
        return hours

    def preview_hours(self, hours: Hours) -> OfficeHours:
        """Return what answers for *hours* that nobody has saved; raises Invalid."""
        _refuse("these hours cannot be kept", _hours_problems(hours))
        return OfficeHours(hours)

    async def delete_hours(self, name: str) -> None:
        """Forget office hours that no team keeps; raises HoursNotFound and HoursInUse."""
        async with self._units.writing() as unit:
            await unit.queue.lock()
            if name not in await unit.routing.hours():
                raise HoursNotFound("there are no office hours with this name")
            if any(team.hours == name for team in (await unit.routing.teams()).values()):
                raise HoursInUse(
                    "a team keeps these office hours", hint="Give the team others first."
                )
            await unit.routing.delete_hours(name)

    async def _ids(self, people: Iterable[str], field: str) -> Mapping[str, str]:
        """Return the ids of *people*, by what each was named; raises Invalid."""
        found = {who: await self._agents.find(who) for who in people}
        problems = {
            f"{field}.{place}": "there is no such agent"
            for place, (_, agent) in enumerate(found.items())
            if agent is None
        }
        _refuse("nobody here has this id or address", problems)
        return {who: agent for who, agent in found.items() if agent is not None}


def _of(teams: Mapping[str, Team], name: str) -> Team:
    if name not in teams:
        raise TeamNotFound("there is no team with this name", hint="See `GET /v1/teams`.")
    return teams[name]


def _refuse(message: str, problems: Mapping[str, str]) -> None:
    if problems:
        raise Invalid(message, fields=problems)


def _plan_problems(plan: RoutingPlan, teams: Mapping[str, Team]) -> dict[str, str]:
    problems: dict[str, str] = {}
    if len(plan.rules) > MAX_RULES:
        return {"rules": f"more than {MAX_RULES}"}
    seen: set[str] = set()
    for place, rule in enumerate(plan.rules):
        if rule.name in seen:
            problems[f"rules.{place}.name"] = "another rule has this name"
        seen.add(rule.name)
        if rule.target.team not in {None, *teams}:
            problems[f"rules.{place}.team"] = "there is no such team"
        try:
            parse_condition(rule.when, path=f"rules.{place}.when")
        except Invalid as error:
            problems |= error.fields
    if plan.fallback.team not in {None, *teams}:
        problems["fallback.team"] = "there is no such team"
    if not 1 <= plan.capacity <= MAX_CAPACITY:
        problems["capacity"] = _CAPACITY
    if not all(0 <= most <= MAX_CAPACITY for most in plan.capacities.values()):
        problems["capacities"] = f"use 0 to {MAX_CAPACITY}"
    return problems


def _team_problems(
    team: Team, teams: Mapping[str, Team], hours: Mapping[str, Hours]
) -> dict[str, str]:
    problems: dict[str, str] = {}
    if team.name not in teams and len(teams) >= MAX_TEAMS:
        problems["name"] = f"there are {MAX_TEAMS} teams already"
    if len(team.agents) > MAX_AGENTS:
        problems["agents"] = f"more than {MAX_AGENTS}"
    if not 1 <= team.capacity <= MAX_CAPACITY:
        problems["capacity"] = _CAPACITY
    if team.hours not in {None, *hours}:
        problems["hours"] = "there are no such office hours"
    if not timedelta(0) < (team.sticky or MAX_STICKY) <= MAX_STICKY:
        problems["sticky"] = f"at most {MAX_STICKY.days} days"
    problems |= _following_problems(team, {team.name, *teams})
    if not problems and (field := circle(team, teams)) is not None:
        problems[field] = "it leads back to this team"
    return problems


def _following_problems(team: Team, known: AbstractSet[str]) -> dict[str, str]:
    """Return what is wrong with the teams that come after *team*."""
    problems: dict[str, str] = {}
    if team.out_of_hours not in {None, *known}:
        problems["out_of_hours"] = "there is no such team"
    if team.overflow is not None:
        if team.overflow.team not in known:
            problems["overflow.team"] = "there is no such team"
        if not _MIN_OVERFLOW <= team.overflow.after <= MAX_OVERFLOW:
            problems["overflow.after"] = f"1 second to {MAX_OVERFLOW.days} days"
    return problems


def _hours_problems(hours: Hours) -> dict[str, str]:
    problems: dict[str, str] = {}
    try:
        zone_of(hours.zone)
    except ValueError as error:
        problems["zone"] = str(error)
    days = {f"days.{name}": spans for name, spans in zip(_DAYS, hours.week, strict=True)}
    days |= {f"holidays.{n}.spans": one.spans for n, one in enumerate(hours.holidays)}
    for path, spans in days.items():
        if len(spans) > MAX_SPANS:
            problems[path] = f"more than {MAX_SPANS} spans"
        elif overlaps(spans):
            problems[path] = "two spans overlap"
    if len(hours.holidays) > MAX_HOLIDAYS:
        problems["holidays"] = f"more than {MAX_HOLIDAYS}"
    elif len({one.day for one in hours.holidays}) < len(hours.holidays):
        problems["holidays"] = "a day is there twice"
    return problems
