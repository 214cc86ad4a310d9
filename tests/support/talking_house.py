"""A desk whose chatflows talk and whose conversations go to agents, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from callingcard.desk.model.conversations import Author, Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import Target, Team
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.crm.records import Stamp
from callingcard.desk.service.flows.chatflows import ChatflowDesk
from callingcard.desk.service.flows.talking import FlowTalk, Outside
from callingcard.desk.service.flows.writing import Writer
from callingcard.desk.service.routing.assigning import AssigningDesk
from callingcard.desk.service.routing.attendance import AttendanceDesk
from callingcard.desk.service.routing.planning import RoutingDesk
from callingcard.desk.service.routing.routing import QueueRouter
from callingcard.desk.service.routing.steps import Steps
from callingcard.desk.service.visitors.sessions import SessionDesk
from tests.support.desk_house import House
from tests.support.routing_house import KnownAgents

WIDGET = "/v1/widget/web"


@dataclass
class Functions:
    """Functions and bots' webhooks that answer what the test says."""

    returns: list[Any] = field(default_factory=list[Any])
    called: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list[Any])

    async def call(self, name: str, arguments: Mapping[str, Any], *, once: str) -> Any:
        """Return what is next."""
        self.called.append((name, arguments, once))
        return self.returns.pop(0)


@dataclass
class Assignments:
    """What conversations ask of routing."""

    desk: AssigningDesk
    attendance: AttendanceDesk

    async def assign(
        self, conversation_id: ConversationId, agent_id: str, *, by: Author
    ) -> Conversation:
        """Give a conversation to an agent."""
        return await self.desk.assign(conversation_id, agent_id, by=by)

    async def unassign(self, conversation_id: ConversationId, *, by: Author) -> Conversation:
        """Take a conversation from its agent."""
        return await self.desk.unassign(conversation_id, by=by)

    async def settle(self) -> object:
        """Give out what can be given out."""
        return await self.desk.settle()

    async def message_arrived(self, conversation_id: ConversationId) -> object:
        """Take note that a visitor wrote."""
        return await self.attendance.message_arrived(conversation_id)


@dataclass
class TalkingHouse(House):
    """A desk with chatflows and routing, as the server connects them."""

    functions: Functions = field(default_factory=Functions)

    def __post_init__(self) -> None:
        """Wire chatflows and routing to the conversations."""
        super().__post_init__()
        units, clock, bus = self.units, self.clock, self.bus
        steps, agents = Steps(self.ids), KnownAgents()
        desk = AssigningDesk(units, clock, agents=agents, steps=steps, news=bus)
        self.attendance = AttendanceDesk(units, clock, assigning=desk, steps=steps, news=bus)
        self.assigning = Assignments(desk, self.attendance)
        self.routing = RoutingDesk(units, agents=agents, assigning=desk)
        self.flows = ChatflowDesk(units, clock)
        outside = Outside(self.functions, self.functions, QueueRouter(clock, steps), desk)
        writer = Writer(Stamp(clock, self.ids))
        self.talk = FlowTalk(units, outside, writer, clock=clock, news=bus)
        self.conversations = ConversationDesk(
            units,
            clock=clock,
            ids=self.ids,
            news=bus,
            assigning=self.assigning,
            talks=self.talk,
        )
        self.sessions = SessionDesk(
            units,
            self.identification,
            clock=clock,
            ids=self.ids,
            news=bus,
            talks=self.talk,
        )

    async def support(self, *agents: str) -> None:
        """Make the team ``support``, to which everything goes; its *agents* are away."""
        await self.routing.put_team(Team("support", agents))
        plan = await self.routing.plan()
        await self.routing.put_plan(replace(plan, fallback=Target("support")))

    async def publish(self, name: str, steps: Mapping[str, Any], **more: Any) -> None:
        """Publish a chatflow of these steps."""
        document = {"name": name, "start": next(iter(steps), None), "steps": steps, **more}
        await self.flows.put(name, document, by="test")


class Visitor:
    """A browser with the widget open, over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._sent = 0
        self.session: dict[str, Any] = {}

    async def enter(self, **what: Any) -> dict[str, Any]:
        """Open the session, or go on with it."""
        headers = self._bearer() if self.session else {}
        answer = await self._client.post(f"{WIDGET}/session", json=what, headers=headers)
        assert answer.status_code == 200, answer.text
        self.session = answer.json()
        return self.session

    async def say(self, text: str = "", **what: Any) -> dict[str, Any]:
        """Post a message, or an answer."""
        self._sent += 1
        body = {"clientMessageId": f"c-{self._sent}", **what}
        answer = await self._client.post(
            f"{WIDGET}/messages",
            json={**body, "text": text} if text else body,
            headers=self._bearer(),
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def look(self) -> dict[str, Any]:
        """Return everything that there is to see."""
        answer = await self._client.get(
            f"{WIDGET}/events?after=0&live=true",
            headers={**self._bearer(), "Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def lines(self) -> list[str]:
        """Return what was said, the chatflow's lines with ``> `` before."""
        return [
            ("> " if one["author"]["kind"] == "bot" else "") + one["text"]
            for one in (await self.look())["events"]
        ]

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['session']}"}
