"""Sends a conversation to the queue of its team, and says what the visitor is to be told.

Invariant: this gives nobody a conversation, and takes no lock but the caller's.
"""

from dataclasses import replace
from typing import Final

from callingcard.desk.model.conversations import Author, AuthorKind, Conversation
from callingcard.desk.model.routing import Step, Target
from callingcard.desk.ports.router import Routed
from callingcard.desk.ports.units import Unit
from callingcard.desk.routing.rules import Chosen, decide
from callingcard.desk.routing.teams import is_open, opens_at, stand_in
from callingcard.desk.routing.waiting import queued
from callingcard.desk.service.queueing import position_of
from callingcard.desk.service.routing.steps import Steps, decided
from callingcard.kit.clock import Clock
from callingcard.kit.conditions import Facts

ROUTER: Final = Author(AuthorKind.SYSTEM, "routing", "Routing")
"""Who sends and gives out conversations, where the log asks."""


class QueueRouter:
    """Puts conversations into queues; implements ``ports.Router``."""

    def __init__(self, clock: Clock, steps: Steps) -> None:
        """Leave the traces of each decision with *steps*."""
        self._clock = clock
        self._steps = steps

    async def route(
        self, unit: Unit, conversation: Conversation, facts: Facts, *, team: str | None = None
    ) -> Routed:
        """Put *conversation*, which the caller has locked, into the queue of its team.

        A *team* that is asked for and is gone is as if none had been asked for.
        """
        now = self._clock.now()
        teams, hours = await unit.routing.teams(), await unit.routing.hours()
        if team in teams:
            chosen = Chosen(Target(team, conversation.priority), None)
        else:
            chosen = decide(await unit.routing.plan(), facts)
        asked = chosen.target.team
        if asked not in teams:
            asked = None
        taker = asked and stand_in(asked, teams, hours, now)
        changed = queued(conversation, replace(chosen.target, team=taker), now)
        step = Step.ROUTED if taker == asked else Step.OUT_OF_HOURS
        why = "team" if team is not None and team == asked else "rule"
        if why == "rule" and chosen.rule is None:
            why = "fallback"
        decision = replace(
            decided(changed, step, now, by=why), rule=chosen.rule, trace=chosen.trace
        )
        await self._steps.take(unit, conversation, changed, decision=decision, author=ROUTER)
        found = teams.get(taker or "")
        return Routed(
            conversation=changed,
            team=taker,
            priority=changed.priority,
            rule=chosen.rule,
            is_open=found is None or is_open(found, hours, now),
            opens_at=None if found is None else opens_at(found, hours, now),
            position=await position_of(unit, changed),
        )
