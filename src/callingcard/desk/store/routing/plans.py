"""The plan, the teams and their hours in the database: a few rows, read whole."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.routing import Hours, RoutingPlan, Team
from callingcard.desk.store.routing.documents import (
    hours_document,
    hours_of,
    plan_document,
    plan_of,
    team_document,
    team_of,
)
from callingcard.desk.store.routing.tables import PLAN, hours, routing, teams

_PLAN: Final = select(routing.c.document).where(routing.c.name == PLAN)
_TEAMS: Final = select(teams).order_by(teams.c.name)
_HOURS: Final = select(hours).order_by(hours.c.name)
_DELETE_TEAM: Final = delete(teams).where(teams.c.name == bindparam("wanted"))
_DELETE_HOURS: Final = delete(hours).where(hours.c.name == bindparam("wanted"))


class SqlRoutings:
    """Keeps ``ports.Routings`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def plan(self) -> RoutingPlan:
        """Return the plan; until there is one, nothing goes to a team."""
        return plan_of(await self._connection.scalar(_PLAN) or {})

    async def save_plan(self, plan: RoutingPlan) -> None:
        """Keep *plan* instead of the one before."""
        await self._save(routing, PLAN, plan_document(plan))

    async def teams(self) -> Mapping[str, Team]:
        """Return every team by its name."""
        rows = await self._connection.execute(_TEAMS)
        return {row.name: team_of(row.name, row.document) for row in rows}

    async def save_team(self, team: Team) -> None:
        """Keep a new or changed team."""
        await self._save(teams, team.name, team_document(team))

    async def delete_team(self, name: str) -> None:
        """Forget the team of this name."""
        await self._connection.execute(_DELETE_TEAM, {"wanted": name})

    async def hours(self) -> Mapping[str, Hours]:
        """Return all office hours by their name."""
        rows = await self._connection.execute(_HOURS)
        return {row.name: hours_of(row.name, row.document) for row in rows}

    async def save_hours(self, hours_: Hours, /) -> None:
        """Keep new or changed office hours."""
        await self._save(hours, hours_.name, hours_document(hours_))

    async def delete_hours(self, name: str) -> None:
        """Forget the office hours of this name."""
        await self._connection.execute(_DELETE_HOURS, {"wanted": name})

    async def _save(self, table: Table, name: str, document: Mapping[str, Any]) -> None:
        is_postgres = self._connection.dialect.name == "postgresql"
        insert = postgres_insert if is_postgres else sqlite_insert
        await self._connection.execute(
            insert(table)
            .values(name=name, document=document)
            .on_conflict_do_update(index_elements=["name"], set_={"document": document})
        )
