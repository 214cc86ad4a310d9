"""Opens routing: the queues, who is here, and what is set up."""

from dataclasses import dataclass
from typing import Protocol

from callingcard.access.errors import UserNotFound
from callingcard.access.model import User
from callingcard.desk.ports.router import AgentDirectory
from callingcard.desk.service.routing.assigning import AssigningDesk
from callingcard.desk.service.routing.attendance import AttendanceDesk
from callingcard.desk.service.routing.planning import RoutingDesk
from callingcard.desk.service.routing.routing import QueueRouter
from callingcard.desk.service.routing.steps import Steps
from callingcard.server.desk.around import DeskAround


@dataclass(frozen=True, slots=True)
class RoutingHouse:
    """Routing, open."""

    desk: RoutingDesk
    router: QueueRouter
    assigning: AssigningDesk
    attendance: AttendanceDesk

    async def beat(self) -> int:
        """Do what is due; call it every few seconds, on any number of servers."""
        return await self.attendance.beat()


class _Users(Protocol):
    async def name_of(self, user_id: str) -> str | None: ...
    async def find(self, email: str) -> User: ...


class UserDirectory:
    """Finds agents among the people who sign in; implements ``ports.AgentDirectory``."""

    def __init__(self, users: _Users) -> None:
        self._users = users

    async def find(self, who: str) -> str | None:
        """Return the id of the agent with this id or address; None when there is none."""
        if "@" not in who:
            return None if await self._users.name_of(who) is None else who
        try:
            user = await self._users.find(who)
        except UserNotFound:
            return None
        return None if user.disabled_at is not None else user.id


def open_routing(around: DeskAround, agents: AgentDirectory) -> RoutingHouse:
    """Open routing among *agents*."""
    steps = Steps(around.new_id)
    assigning = AssigningDesk(
        around.units, around.clock, agents=agents, steps=steps, news=around.bus
    )
    return RoutingHouse(
        desk=RoutingDesk(around.units, agents=agents, assigning=assigning),
        router=QueueRouter(around.clock, steps),
        assigning=assigning,
        attendance=AttendanceDesk(
            around.units, around.clock, assigning=assigning, steps=steps, news=around.bus
        ),
    )
