"""Who is here: what the agents' apps report, and what follows when one goes quiet.

An agent who goes away lets go of the conversations in which a visitor waits for an
answer; the others stay theirs until the visitor writes again. A team may keep them
instead. ``beat`` does what no event tells of: somebody's app is gone, a team closed,
a visitor has waited too long.

Invariant: an agent's state and what they let go of change in one transaction, so that a
server which dies in between leaves no conversation with somebody who is not there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import Presence, Step, Target, Team, WhenAway
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.routing.teams import is_open, stand_in
from callingcard.desk.routing.waiting import queued, requeued, still_waits
from callingcard.desk.service.routing.assigning import AssigningDesk, locked
from callingcard.desk.service.routing.routing import ROUTER
from callingcard.desk.service.routing.steps import Steps, decided
from callingcard.kit.clock import Clock

_MOVES: Final = {Step.ROUTED, Step.OUT_OF_HOURS, Step.OVERFLOWED}
"""What brings a conversation into a team's queue."""

_AT_ONCE: Final = 200
"""How many conversations of one team a beat moves on."""


class AttendanceDesk:
    """Keeps who is here, and moves on who waits for somebody that is not."""

    def __init__(
        self, units: Units, clock: Clock, *, assigning: AssigningDesk, steps: Steps, news: News
    ) -> None:
        """Let *assigning* give out what is let go of."""
        self._units = units
        self._clock = clock
        self._assigning = assigning
        self._steps = steps
        self._news = news

    async def report(self, agent_id: str, *, is_online: bool) -> Presence:
        """Keep what the agent's app says, which it repeats every half minute.

        Coming back gives the agent what has waited longest.
        """
        now = self._clock.now()
        reported = Presence(agent_id, is_online, now)
        async with self._units.writing() as unit:
            before = await unit.presences.of(agent_id)
            known = (
                Presence(agent_id, is_online=False, seen_at=now) if before is None else before
            )
            is_news = known.is_online != is_online or known.is_here(now) != is_online
            let_go: Sequence[Conversation] = ()
            if is_news:
                await unit.queue.lock()
            await unit.presences.save(reported)
            if is_news and not is_online:
                let_go = await self._let_go(unit, agent_id, now)
        self._tell(let_go)
        if is_news:
            self._news.notify("feed")
            await self._assigning.settle()
        return reported

    async def everybody(self) -> Sequence[Presence]:
        """Return the agents as they are now: who was not heard of is away."""
        now = self._clock.now()
        async with self._units.reading() as unit:
            found = await unit.presences.all()
        return [replace(one, is_online=one.is_here(now)) for one in found]

    async def message_arrived(self, conversation_id: ConversationId) -> None:
        """See that somebody is there for a visitor who has written.

        A conversation whose agent is away queues again, if its team lets it.
        """
        async with self._units.reading() as unit:
            conversation = await unit.conversations.get(conversation_id)
            if conversation is None or await self._is_cared_for(unit, conversation):
                return
        if conversation.queued_at is None:
            async with self._units.writing() as unit:
                await unit.queue.lock()
                before = await locked(unit, conversation_id)
                waits = before.queued_at is not None
                if not waits and not await self._is_cared_for(unit, before):
                    await self._requeue(unit, before, self._clock.now())
            self._tell([conversation])
        await self._assigning.settle()

    async def beat(self) -> int:
        """Do what is due; return how many conversations moved. Call it every few seconds."""
        moved = await self._see_who_is_gone()
        async with self._units.reading() as unit:
            teams, hours = await unit.routing.teams(), await unit.routing.hours()
        now = self._clock.now()
        for team in teams.values():
            if team.out_of_hours is not None and not is_open(team, hours, now):
                taker = stand_in(team.name, teams, hours, now)
                moved += await self._move_on(team, taker, now, step=Step.OUT_OF_HOURS)
            elif team.overflow is not None:
                taker = stand_in(team.overflow.team, teams, hours, now)
                if is_open(teams[taker], hours, now):
                    before = now - team.overflow.after
                    moved += await self._move_on(team, taker, before, step=Step.OVERFLOWED)
        return moved + await self._assigning.settle()

    async def _see_who_is_gone(self) -> int:
        """Put away the agents whose apps were not heard of; count what they let go of."""
        now = self._clock.now()
        async with self._units.reading() as unit:
            gone = [
                one.agent_id
                for one in await unit.presences.all()
                if one.is_online and not one.is_here(now)
            ]
        count = 0
        for agent_id in gone:
            async with self._units.writing() as unit:
                await unit.queue.lock()
                found = await unit.presences.of(agent_id)
                if found is None or not found.is_online or found.is_here(now):
                    continue
                await unit.presences.save(replace(found, is_online=False))
                let_go = await self._let_go(unit, agent_id, now)
            self._tell(let_go)
            count += len(let_go)
        return count

    async def _let_go(
        self, unit: Unit, agent_id: str, now: datetime
    ) -> Sequence[Conversation]:
        """Requeue what *agent_id* leaves behind; return it."""
        teams = await unit.routing.teams()
        # Every lock comes before the first line of the feed, or two servers could block.
        held = [await locked(unit, found) for found in await unit.presences.held_by(agent_id)]
        left = [
            one
            for one in held
            if one.assigned_to == agent_id
            and one.status == "open"
            and _lets_go(teams.get(one.team or ""))
        ]
        for one in left:
            await self._requeue(unit, one, now)
        return left

    async def _requeue(self, unit: Unit, before: Conversation, now: datetime) -> None:
        after = requeued(before, now)
        decision = decided(after, Step.REQUEUED, now, by="away", agent=before.assigned_to)
        await self._steps.take(unit, before, after, decision=decision, author=ROUTER)

    async def _is_cared_for(self, unit: Unit, conversation: Conversation) -> bool:
        """Say whether the conversation has an agent who is here, or is to wait for."""
        if conversation.queued_at is not None:
            return False
        if conversation.assigned_to is None or conversation.status != "open":
            return True
        presence = await unit.presences.of(conversation.assigned_to)
        if presence is not None and presence.is_here(self._clock.now()):
            return True
        return not _lets_go((await unit.routing.teams()).get(conversation.team or ""))

    async def _move_on(self, team: Team, taker: str, before: datetime, *, step: Step) -> int:
        """Send who waits for *team* since *before* to *taker*; return how many went."""
        if taker == team.name:
            return 0
        async with self._units.reading() as unit:
            waiting = await unit.queue.since(team.name, before, _AT_ONCE)
        moved: list[Conversation] = []
        for conversation_id in waiting:
            async with self._units.writing() as unit:
                found = await locked(unit, conversation_id)
                if not still_waits(found, team.name):
                    continue
                if step is Step.OVERFLOWED and await _came(unit, found) > before:
                    continue
                now = self._clock.now()
                after = queued(found, Target(taker, found.priority), now)
                decision = decided(after, step, now, by=team.name)
                await self._steps.take(unit, found, after, decision=decision, author=ROUTER)
                moved.append(after)
        self._tell(moved)
        return len(moved)

    def _tell(self, changed: Sequence[Conversation]) -> None:
        for conversation in changed:
            self._news.notify(f"conversation:{conversation.id}")
        if changed:
            self._news.notify("feed")


def _lets_go(team: Team | None) -> bool:
    """Say whether *team* takes a conversation back from an agent who is away."""
    return team is not None and team.when_away is WhenAway.REQUEUE


async def _came(unit: Unit, conversation: Conversation) -> datetime:
    """Return when the conversation came into the queue it is in."""
    moves = [one.at for one in await unit.decisions.of(conversation.id) if one.step in _MOVES]
    began = conversation.queued_at or conversation.created_at
    return max([began, *moves[-1:]])
