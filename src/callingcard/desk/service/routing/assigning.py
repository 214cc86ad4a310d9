"""Gives waiting conversations to agents: at every event that may make room, oldest first.

Whatever happens (a conversation enters a queue, one is closed, an agent comes back, a
team changes) ``settle`` is called afterwards, and gives out what can be given out. It
takes one conversation in one transaction, so that what it locks is little.

Invariants: no conversation has two agents; no agent is *given* more than they may have
(people may take more themselves); whoever is free is given the conversation that has
waited longest of those they can take, urgent ones first. The order of locks is queue,
conversation, feed, here and everywhere.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from callingcard.desk.errors import (
    AgentNotFound,
    AlreadyTaken,
    ConversationNotFound,
    TeamNotFound,
)
from callingcard.desk.model.conversations import Author, Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.routing import Decision, Step, Target, Team, Turn
from callingcard.desk.ports.router import AgentDirectory
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.routing.duty import Duty
from callingcard.desk.routing.strategies import Wish, pick
from callingcard.desk.routing.waiting import queued, still_waits
from callingcard.desk.service.merged import require_unmerged
from callingcard.desk.service.queueing import position_of
from callingcard.desk.service.routing.routing import ROUTER
from callingcard.desk.service.routing.steps import Steps, decided
from callingcard.kit.clock import Clock

OWNER: Final = "hubspot_owner_id"
"""The contact's property that names its owner, by an agent's id."""

MAX_TOLD: Final = 100
"""Of so many waiting visitors the first are told at once that their place changed."""


class AssigningDesk:
    """Everything that gives a conversation to an agent, or takes it away."""

    def __init__(
        self, units: Units, clock: Clock, *, agents: AgentDirectory, steps: Steps, news: News
    ) -> None:
        """Tell *news*, after each commit, whose conversation changed."""
        self._units = units
        self._clock = clock
        self._agents = agents
        self._steps = steps
        self._news = news

    async def settle(self) -> int:
        """Give out what can be given out; return how many conversations were."""
        given = 0
        teams: set[str] = set()
        while (team := await self._give_one()) is not None:
            teams.add(team)
            given += 1
        for team in sorted(teams):
            await self._tell_queue(team)
        return given

    async def assign(
        self,
        conversation_id: ConversationId,
        agent_id: str,
        *,
        by: Author,
        only_if_free: bool = False,
    ) -> Conversation:
        """Give the conversation to the agent because a person says so.

        Caps do not bind people. *only_if_free* is for who takes one from a list: raises
        AlreadyTaken when another has it. Raises AgentNotFound, ConversationNotFound, and
        ConversationMerged for one that goes on elsewhere.
        """
        found = await self._agents.find(agent_id)
        if found is None:
            raise AgentNotFound("there is no agent with this id", hint="See `users list`.")
        async with self._units.writing() as unit:
            await unit.queue.lock()
            before = await _own(unit, conversation_id)
            if before.assigned_to == found:
                return before
            if only_if_free and before.assigned_to is not None:
                raise AlreadyTaken(
                    "another agent has taken this conversation", hint="Take another one."
                )
            after = await self._give(unit, before, found, by="person", author=by)
        self._tell(after)
        await self.settle()  # for whom it was taken from has room now
        return after

    async def unassign(self, conversation_id: ConversationId, *, by: Author) -> Conversation:
        """Take the conversation from its agent, for anybody to take; it does not queue."""
        async with self._units.writing() as unit:
            before = await _own(unit, conversation_id)
            if before.assigned_to is None and before.queued_at is None:
                return before
            now = self._clock.now()
            after = replace(before, assigned_to=None, queued_at=None, updated_at=now)
            decision = decided(
                after, Step.UNASSIGNED, now, by="person", agent=before.assigned_to
            )
            await self._steps.take(unit, before, after, decision=decision, author=by)
        self._tell(after)
        await self.settle()
        return after

    async def send(
        self, conversation_id: ConversationId, team: str, *, by: Author
    ) -> Conversation:
        """Put the conversation into the queue of *team* because a person says so.

        A closed one is only the team's from now on: it waits for nobody. Raises
        TeamNotFound and ConversationNotFound.
        """
        async with self._units.writing() as unit:
            if team not in await unit.routing.teams():
                raise TeamNotFound("there is no team with this name", hint="Reload the page.")
            await unit.queue.lock()
            before = await _own(unit, conversation_id)
            if before.team == team and before.assigned_to is None:
                return before
            now = self._clock.now()
            after = queued(before, Target(team, before.priority), now)
            if before.status == "closed":
                after = replace(after, queued_at=None, waiting_since=None)
            decision = decided(after, Step.ROUTED, now, by="person")
            await self._steps.take(unit, before, after, decision=decision, author=by)
        self._tell(after)
        await self.settle()
        return after

    async def decisions(self, conversation_id: ConversationId) -> Sequence[Decision]:
        """Return why the conversation is where it is; raises ConversationNotFound."""
        async with self._units.reading() as unit:
            if await unit.conversations.get(conversation_id) is None:
                raise ConversationNotFound("there is no conversation with this id")
            return await unit.decisions.of(conversation_id)

    async def latest_decisions(self, limit: int) -> Sequence[Decision]:
        """Return the newest decisions about any conversation, the newest first."""
        async with self._units.reading() as unit:
            return await unit.decisions.latest(limit)

    async def position(self, conversation_id: ConversationId) -> int | None:
        """Return the place in the queue, from 1; None for who does not wait in one."""
        async with self._units.reading() as unit:
            conversation = await unit.conversations.get(conversation_id)
            return None if conversation is None else await position_of(unit, conversation)

    async def _give_one(self) -> str | None:
        """Give out one conversation; return its team, or None when nobody can be helped."""
        async with self._units.reading() as unit:
            # Most events free nobody who is waited for; they take no lock.
            if await unit.queue.first(list(await unit.routing.teams())) is None:
                return None
            able = (await _duty(unit, self._clock.now())).able()
            if await unit.queue.first(able) is None:
                return None
        async with self._units.writing() as unit:
            await unit.queue.lock()
            duty = await _duty(unit, self._clock.now())
            # While we wait for its lock it may be closed, or sent elsewhere.
            while (waiting := await unit.queue.first(duty.able())) is not None:
                before = await locked(unit, waiting.id)
                if still_waits(before, waiting.team):
                    break
            else:
                return None
            after = await self._give_by_team(unit, before, duty, duty.teams[waiting.team])
        if after is None:
            return None
        self._tell(after)
        return waiting.team

    async def _give_by_team(
        self, unit: Unit, before: Conversation, duty: Duty, team: Team
    ) -> Conversation | None:
        wish = await _wish(unit, before, team, duty.now)
        picked = pick(team, duty.candidates(team), wish)
        if picked is None:
            return None
        return await self._give(unit, before, picked.agent_id, by=picked.why, author=ROUTER)

    async def _give(
        self, unit: Unit, before: Conversation, agent: str, *, by: str, author: Author
    ) -> Conversation:
        now = self._clock.now()
        after = replace(before, assigned_to=agent, queued_at=None, updated_at=now)
        decision = decided(after, Step.ASSIGNED, now, by=by, agent=agent)
        await self._steps.take(unit, before, after, decision=decision, author=author)
        if after.team is not None:
            await unit.presences.take_turn(Turn(agent, after.team, now))
        return after

    def _tell(self, conversation: Conversation) -> None:
        self._news.notify(f"conversation:{conversation.id}")
        self._news.notify("feed")

    async def _tell_queue(self, team: str) -> None:
        """Wake those whose place in the queue changed."""
        async with self._units.reading() as unit:
            behind = await unit.queue.all(team, MAX_TOLD)
        for waiting in behind:
            self._news.notify(f"conversation:{waiting.id}")


async def _duty(unit: Unit, now: datetime) -> Duty:
    return Duty(
        now=now,
        plan=await unit.routing.plan(),
        teams=await unit.routing.teams(),
        hours=await unit.routing.hours(),
        presences=await unit.presences.all(),
        loads=await unit.presences.loads(),
        turns=await unit.presences.turns(),
    )


async def _wish(unit: Unit, conversation: Conversation, team: Team, now: datetime) -> Wish:
    """Return whom *conversation* would rather go to, as far as *team* cares."""
    last: str | None = None
    if team.sticky is not None:
        last = await unit.queue.last_agent(conversation, now - team.sticky)
    owner: str | None = None
    if conversation.contact_id is not None:
        contact = await unit.contacts.get(conversation.contact_id)
        owner = None if contact is None else contact.properties.get(OWNER)
    return Wish(last_agent=last, owner=owner)


async def _own(unit: Unit, conversation_id: ConversationId) -> Conversation:
    """Return the locked conversation that a person hands on, if it goes on by itself."""
    conversation = await locked(unit, conversation_id)
    require_unmerged(conversation)
    return conversation


async def locked(unit: Unit, conversation_id: ConversationId) -> Conversation:
    """Return the conversation, which nobody else changes now; raises ConversationNotFound."""
    conversation = await unit.conversations.get(conversation_id, lock=True)
    if conversation is None:
        raise ConversationNotFound("there is no conversation with this id")
    return conversation
