"""Whom agents can hand a conversation to: each other, and teams."""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.inbox import Agent
from callingcard.desk.api.schemas import Ask, ConversationOut, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.objects import Owner
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.routing.assigning import AssigningDesk
from callingcard.desk.service.routing.attendance import AttendanceDesk
from callingcard.desk.service.routing.planning import RoutingDesk
from callingcard.kit.actor import Actor


class People(Protocol):
    """The agents, whom another room of the house knows: ``ports.crm.Owners``."""

    async def all(self) -> Sequence[Owner]:
        """Return everybody, disabled people as archived."""
        ...


class ColleagueOut(Wire):
    """An agent, and whether they take conversations."""

    id: str
    name: str
    status: Literal["online", "away"]


class TeamNamed(Wire):
    """A team, and whether the agent who asks is in it."""

    name: str
    mine: bool


class ColleaguesAnswer(Wire):
    """Everybody who can be given a conversation, and every team, by name."""

    agents: list[ColleagueOut]
    teams: list[TeamNamed]


class SendToTeam(Ask):
    """The team whose queue a conversation is to wait in."""

    team: Annotated[str, Field(min_length=1, max_length=64)]


class ColleagueRoutes:
    """The routes over what others of the house know."""

    def __init__(
        self,
        conversations: ConversationDesk,
        people: People,
        *,
        routing: RoutingDesk,
        assigning: AssigningDesk,
        attendance: AttendanceDesk,
    ) -> None:
        """Name *people*; ask *attendance* who is here."""
        self._conversations = conversations
        self._people = people
        self._routing = routing
        self._assigning = assigning
        self._attendance = attendance

    async def colleagues(self, by: Actor) -> ColleaguesAnswer:
        """List whom a conversation can be handed to."""
        online = {one.agent_id for one in await self._attendance.everybody() if one.is_online}
        people = [one for one in await self._people.all() if not one.archived]
        named = [(one.id, f"{one.first_name} {one.last_name}".strip()) for one in people]
        return ColleaguesAnswer(
            agents=[
                ColleagueOut(id=id_, name=name, status="online" if id_ in online else "away")
                for id_, name in sorted(named, key=lambda one: one[1].casefold())
            ],
            teams=[
                TeamNamed(name=team.name, mine=by.id in team.agents)
                for team in await self._routing.teams()
            ],
        )

    async def send(self, conversation_id: str, request: Request, by: Actor) -> ConversationOut:
        """Put a conversation into the queue of a team."""
        asked = await read_body(request, SendToTeam)
        key = ConversationId(conversation_id)
        author = Author(AuthorKind.AGENT, by.id, by.name)
        await self._assigning.send(key, asked.team, by=author)
        return ConversationOut.of(await self._conversations.overview(key))


def colleague_routes(routes: ColleagueRoutes, agent: Agent) -> APIRouter:
    """Return the router; *agent* guards every route of it."""

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        await agent(request)

    router = APIRouter(prefix="/v1/inbox", tags=["inbox"], dependencies=[Depends(guard)])

    @router.get(
        "/colleagues",
        operation_id="listColleagues",
        summary="List whom a conversation can be handed to",
    )
    async def colleagues(asker: Annotated[Actor, Depends(agent)]) -> ColleaguesAnswer:
        return await routes.colleagues(asker)

    @router.put(
        "/conversations/{conversation_id}/team",
        operation_id="sendToTeam",
        summary="Put a conversation into the queue of a team",
        openapi_extra=accepts(SendToTeam),
    )
    async def send(
        conversation_id: str, request: Request, asker: Annotated[Actor, Depends(agent)]
    ) -> ConversationOut:
        return await routes.send(conversation_id, request, asker)

    return router
