"""``/v1/routing``, ``/v1/teams``, ``/v1/hours``: who takes conversations, and when."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from callingcard.desk.api.inbox import Agent
from callingcard.desk.api.routing.answers import (
    DecisionOut,
    DecisionsAnswer,
    HoursAnswer,
    HoursPreview,
    PresenceOut,
    PresencesAnswer,
    RoutingAnswer,
    TeamsAnswer,
    TriedOut,
)
from callingcard.desk.api.routing.shapes import (
    NAME_PATTERN,
    HoursDocument,
    PlanDocument,
    PresenceGiven,
    PreviewGiven,
    TeamDocument,
    TryGiven,
)
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.service.routing.assigning import AssigningDesk
from callingcard.desk.service.routing.attendance import AttendanceDesk
from callingcard.desk.service.routing.planning import RoutingDesk
from callingcard.errors import Invalid
from callingcard.kit.actor import Actor

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]

Name = Annotated[str, Path(pattern=NAME_PATTERN)]
Limit = Annotated[int, Query(ge=1, le=200)]
_NUMBER: Final = r"^[0-9]{1,18}$"


def routing_routes(desk: RoutingDesk, who: WhoCalls) -> APIRouter:
    """Return the routes by which routing is set up; *who* finds who may."""
    router = APIRouter(prefix="/v1", tags=["routing"], dependencies=[*_private(who)])
    _add_plan(router, desk)
    _add_teams(router, desk)
    _add_hours(router, desk)
    return router


def attendance_routes(attendance: AttendanceDesk, agent: Agent) -> APIRouter:
    """Return the agents' own routes: whether they are here."""
    router = APIRouter(prefix="/v1", tags=["inbox"], dependencies=[*_private(agent)])

    @router.put("/inbox/presence", operation_id="putPresence")
    async def put_presence(
        given: PresenceGiven, actor: Annotated[Actor, Depends(agent)]
    ) -> PresenceOut:
        """Say that you take conversations, or not; repeat it every 30 seconds while you do."""
        online = given.status == "online"
        return PresenceOut.of(await attendance.report(actor.id, is_online=online))

    @router.get("/inbox/presence", operation_id="listPresence")
    async def list_presence() -> PresencesAnswer:
        """Show who is here."""
        everybody = await attendance.everybody()
        return PresencesAnswer(results=[PresenceOut.of(one) for one in everybody])

    return router


def decision_routes(assigning: AssigningDesk, who: WhoCalls) -> APIRouter:
    """Return the routes that tell why conversations are where they are."""
    router = APIRouter(prefix="/v1", tags=["routing"], dependencies=[*_private(who)])

    @router.get("/conversations/{conversation_id}/routing", operation_id="getDecisions")
    async def get_decisions(
        conversation_id: Annotated[str, Path(pattern=_NUMBER)],
    ) -> RoutingAnswer:
        """Show why a conversation is where it is, and its place in the queue."""
        wanted = ConversationId(conversation_id)
        decisions = await assigning.decisions(wanted)
        return RoutingAnswer(
            position=await assigning.position(wanted),
            decisions=[DecisionOut.of(decision) for decision in decisions],
        )

    @router.get("/routing/decisions", operation_id="listDecisions")
    async def list_decisions(limit: Limit = 50) -> DecisionsAnswer:
        """List the newest decisions about any conversation."""
        found = await assigning.latest_decisions(limit)
        return DecisionsAnswer(results=[DecisionOut.of(decision) for decision in found])

    return router


def _add_plan(router: APIRouter, desk: RoutingDesk) -> None:
    @router.get("/routing", operation_id="getRouting")
    async def get_routing() -> PlanDocument:
        """Show the plan."""
        return PlanDocument.of(await desk.plan())

    @router.put("/routing", operation_id="putRouting")
    async def put_routing(given: PlanDocument) -> PlanDocument:
        """Replace the plan; it takes effect with the next conversation."""
        return PlanDocument.of(await desk.put_plan(given.read()))

    @router.post("/routing/try", operation_id="tryRouting")
    async def try_routing(given: TryGiven) -> TriedOut:
        """Show where somebody would go, and why; nothing is kept."""
        plan = None if given.plan is None else given.plan.read()
        return TriedOut.of(await desk.try_out(given.facts, plan))


def _add_teams(router: APIRouter, desk: RoutingDesk) -> None:
    @router.get("/teams", operation_id="listTeams")
    async def list_teams() -> TeamsAnswer:
        """List the teams by name."""
        return TeamsAnswer(results=[TeamDocument.of(team) for team in await desk.teams()])

    @router.get("/teams/{name}", operation_id="getTeam")
    async def get_team(name: Name) -> TeamDocument:
        """Show a team."""
        return TeamDocument.of(await desk.team(name))

    @router.put("/teams/{name}", operation_id="putTeam")
    async def put_team(name: Name, given: TeamDocument) -> TeamDocument:
        """Make or replace a team."""
        _same(name, given.name)
        return TeamDocument.of(await desk.put_team(given.read(name)))

    @router.delete("/teams/{name}", operation_id="deleteTeam", status_code=204)
    async def delete_team(name: Name) -> None:
        """Delete a team that nothing is sent to."""
        await desk.delete_team(name)


def _add_hours(router: APIRouter, desk: RoutingDesk) -> None:
    @router.get("/hours", operation_id="listHours")
    async def list_hours() -> HoursAnswer:
        """List the office hours by name."""
        return HoursAnswer(results=[HoursDocument.of(one) for one in await desk.hours()])

    @router.get("/hours/{name}", operation_id="getHours")
    async def get_hours(name: Name) -> HoursDocument:
        """Show office hours."""
        return HoursDocument.of(await desk.hours_named(name))

    @router.put("/hours/{name}", operation_id="putHours")
    async def put_hours(name: Name, given: HoursDocument) -> HoursDocument:
        """Make or replace office hours."""
        _same(name, given.name)
        return HoursDocument.of(await desk.put_hours(given.read(name)))

    @router.post("/hours/preview", operation_id="previewHours")
    async def preview_hours(given: PreviewGiven) -> HoursPreview:
        """Show whether the office would be open, and when that changes; nothing is kept."""
        return HoursPreview.of(desk.preview_hours(given.hours.read("preview")), given.at)

    @router.delete("/hours/{name}", operation_id="deleteHours", status_code=204)
    async def delete_hours(name: Name) -> None:
        """Delete office hours that no team keeps."""
        await desk.delete_hours(name)


def _same(name: str, given: str | None) -> None:
    if given not in {None, name}:
        raise Invalid("two names", fields={"name": "is not the one in the path"})


def _private(who: WhoCalls) -> list[Any]:
    """Return what guards every route, and keeps its answers out of caches."""

    def no_store(response: Response) -> None:
        response.headers.update(NO_STORE)

    return [Depends(who), Depends(no_store)]
