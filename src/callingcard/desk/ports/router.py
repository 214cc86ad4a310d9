"""Sending conversations to teams, and from their queues to agents.

A caller has the router inside its own transaction, and calls ``settle`` after it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callingcard.desk.model.conversations import Conversation, Priority
from callingcard.desk.ports.units import Unit
from callingcard.kit.conditions import Facts


class AgentDirectory(Protocol):
    """The people who may answer conversations, whom another room of the house knows."""

    async def find(self, who: str) -> str | None:
        """Return the id of the agent with this id or address; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a conversation went."""

    conversation: Conversation
    """As it was saved; go on with this one."""
    team: str | None
    priority: Priority
    rule: str | None
    """The rule that matched; None is the fallback, or a team that was asked for."""
    is_open: bool
    """Whether the team takes conversations now."""
    opens_at: datetime | None
    """When a closed team opens; None when it is open, or never opens."""
    position: int | None
    """The place in the team's queue, from 1; None when nobody waits there."""


class Router(Protocol):
    """Sends conversations to teams."""

    async def route(
        self,
        unit: Unit,
        conversation: Conversation,
        facts: Facts,
        *,
        team: str | None = None,
    ) -> Routed:
        """Put *conversation*, which the caller has locked, into the queue of its team.

        The plan chooses by *facts*, unless a *team* is asked for. Nobody is given the
        conversation yet: call ``Settling.settle`` once the transaction is kept.
        """
        ...


class Settling(Protocol):
    """Gives waiting conversations to agents who can take them."""

    async def settle(self) -> int:
        """Give out what can be given out; return how many conversations were."""
        ...
