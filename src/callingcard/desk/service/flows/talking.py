"""Chatflows at work: in the conversation's own transaction, and after it.

What a chatflow says is kept together with the message that it answers. A function, a
webhook and a wait come after the commit: they are a due row, which one process takes up
by compare-and-set, so that none is forgotten in a restart. A call whose process died is
made again, under the same name.

Invariants: a chatflow falls silent once an agent has the conversation; one that can no
longer be used hands over to people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

import structlog

from callingcard.desk.chatflows.machine import advance, asked
from callingcard.desk.chatflows.simulating import targets
from callingcard.desk.chatflows.steps import Chatflow
from callingcard.desk.chatflows.talk import (
    Answered,
    Around,
    Ask,
    Began,
    CallFunction,
    CallWebhook,
    Elapsed,
    Failed,
    HandOver,
    Pause,
    Returned,
    Signal,
    State,
    Turn,
)
from callingcard.desk.chatflows.webhooks import Where, event_of, read_reply
from callingcard.desk.evidence import is_proven
from callingcard.desk.model.chatflows import FlowRun, Waits
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Conversation, Entry
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId
from callingcard.desk.ports.flows import BotWebhooks, FunctionCaller
from callingcard.desk.ports.router import Router, Settling
from callingcard.desk.ports.talks import Greeting
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.service.crm.facts import facts_of_contact
from callingcard.desk.service.flows.knowledge import MAX_PAGE, facts_around, read_flow
from callingcard.desk.service.flows.writing import Writer
from callingcard.errors import CallingcardError, Invalid
from callingcard.kit.clock import Clock

LEASE: Final = timedelta(minutes=2)
"""How long a call may take before another process makes it again."""
MAX_CALLS: Final = 20
"""How many calls one chatflow makes in a row before the next beat goes on with it."""
_AT_ONCE: Final = 100

log = structlog.get_logger("callingcard.desk.flows")


@dataclass(frozen=True, slots=True)
class Outside:
    """Who does what a chatflow asks for."""

    functions: FunctionCaller
    webhooks: BotWebhooks
    router: Router
    settling: Settling


@dataclass(frozen=True, slots=True)
class _Talk:
    """A talk whose chatflow was found, and what is around it."""

    flow: Chatflow
    run: FlowRun
    conversation: Conversation


class FlowTalk:
    """Lets chatflows talk with visitors."""

    def __init__(
        self, units: Units, outside: Outside, writer: Writer, *, clock: Clock, news: News
    ) -> None:
        """Do what is asked for through *outside*; tell *news* what was said."""
        self._units = units
        self._outside = outside
        self._writer = writer
        self._clock = clock
        self._news = news

    async def greeting(
        self,
        unit: Unit,
        inbox_id: InboxId,
        *,
        evidence: Evidence,
        contact: Contact | None,
        page: str = "",
    ) -> Greeting | None:
        """Return how the inbox's chatflow would begin; None when there is none for them."""
        proven = is_proven(evidence)
        scene = _Scene(page[:MAX_PAGE], evidence, contact if proven else None)
        chosen = await self._choose(unit, inbox_id, scene)
        if chosen is None:
            return None
        flow, around, _ = chosen
        return Greeting(flow.name, tuple(advance(flow, State(), Began(), around).says))

    async def begin(
        self, unit: Unit, conversation: Conversation, *, page: str = ""
    ) -> Conversation:
        """Let the inbox's chatflow begin a new *conversation*; without one, route it.

        The caller has locked it, and goes on with the one returned.
        """
        scene = await self._scene(unit, conversation, page[:MAX_PAGE])
        chosen = await self._choose(unit, conversation.inbox_id, scene)
        if chosen is None:
            facts = (await self._around(unit, None, scene)).facts
            routed = await self._outside.router.route(unit, conversation, facts)
            return routed.conversation
        flow, around, version = chosen
        run = FlowRun(
            conversation_id=conversation.id,
            flow=flow.name,
            version=version,
            turn=0,
            waits=Waits.NOTHING,
            due_at=None,
            page=scene.page,
            state=State().as_json(),
            updated_at=self._clock.now(),
        )
        turn = advance(flow, State(), Began(), around)
        return await self._keep(unit, _Talk(flow, run, conversation), turn)

    async def heard(self, unit: Unit, conversation: Conversation, entry: Entry) -> bool:
        """Go on after the visitor's *entry*, which the caller has just written.

        *entry*'s ``data`` is ``{"answer": {"value": …}}`` for a button that was pressed,
        ``{"answer": {"values": {…}}}`` for a form. The caller has locked *conversation*,
        which may change; False when there is nothing to see to after the commit.
        """
        run = await unit.flow_runs.get(conversation.id, lock=True)
        if run is None or run.waits is not Waits.ANSWER:
            return run is not None and run.due_at is not None
        await self._resume(unit, conversation, run, answer_of(entry))
        return True

    async def stop(self, unit: Unit, conversation_id: ConversationId) -> None:
        """Let the chatflow fall silent, because an agent answered or it was closed."""
        run = await unit.flow_runs.get(conversation_id, lock=True)
        if run is not None and run.waits is not Waits.NOTHING:
            await unit.flow_runs.save(_over(run, self._clock))

    async def adopted(self, unit: Unit, conversation: Conversation) -> None:
        """Keep what the visitor said of themselves, now that they proved who they are.

        Only what the desk does not know yet; an address is proved and never said.
        """
        run = await unit.flow_runs.get(conversation.id)
        if run is not None and conversation.contact_id is not None:
            said = State.of(run.state).said
            await self._writer.fill_in(unit, conversation.contact_id, said)

    async def settle(self, conversation_id: ConversationId) -> None:
        """Do what the conversation's chatflow asked for; call it after each commit."""
        has_acted = False
        for _ in range(MAX_CALLS):
            if not await self._see_to(conversation_id):
                break
            has_acted = True
        if has_acted:
            await self._outside.settling.settle()

    async def sweep(self) -> int:
        """Do what is due, such as waits that are over; return how many talks went on."""
        async with self._units.reading() as unit:
            due = await unit.flow_runs.due(self._clock.now(), limit=_AT_ONCE)
        for conversation_id in due:
            await self.settle(conversation_id)
        return len(due)

    async def _see_to(self, conversation_id: ConversationId) -> bool:
        """Do one thing that is due; False when there is none."""
        now = self._clock.now()
        async with self._units.reading() as unit:  # mostly nothing is due
            if not _is_due(await unit.flow_runs.get(conversation_id), now):
                return False
        async with self._units.writing() as unit:
            run = await unit.flow_runs.get(conversation_id)
            if run is None or not _is_due(run, now):
                return False
            if not await unit.flow_runs.claim(run, now + LEASE):
                return False
            ask, where = await self._asked(unit, run)
        signal = Elapsed() if run.waits is Waits.TIME else await self._do(run, ask, where)
        async with self._units.writing() as unit:
            conversation = await unit.conversations.get(conversation_id, lock=True)
            current = await unit.flow_runs.get(conversation_id, lock=True)
            if conversation is None or current is None or current.turn != run.turn:
                return False
            await self._resume(unit, conversation, current, signal)
        self._news.notify(f"conversation:{conversation_id}")
        self._news.notify("feed")
        return True

    async def _asked(self, unit: Unit, run: FlowRun) -> tuple[Ask | None, Where]:
        """Return what *run* asks for, and in which talk."""
        conversation = await unit.conversations.get(run.conversation_id)
        contact_id = None if conversation is None else conversation.contact_id
        began_at = run.updated_at if conversation is None else conversation.created_at
        where = Where(run.flow, run.conversation_id, contact_id, began_at)
        flow = await self._flow_of(unit, run)
        if flow is None or conversation is None:
            return None, where
        around = await self._around(
            unit, flow, await self._scene(unit, conversation, run.page)
        )
        return asked(flow, State.of(run.state), around), where

    async def _do(self, run: FlowRun, ask: Ask | None, where: Where) -> Signal:
        """Call the function or the webhook; whatever goes wrong is the talk's to bear."""
        once = f"chatflow-{run.conversation_id}-{run.turn}"
        try:
            if isinstance(ask, CallFunction):
                called = self._outside.functions.call(ask.name, ask.arguments, once=once)
                return Returned(await called)
            if isinstance(ask, CallWebhook):
                event = event_of(ask, State.of(run.state), where, self._clock.now())
                reply = read_reply(
                    await self._outside.webhooks.call(ask.url, event, once=once)
                )
                return Failed("bad_reply") if reply is None else reply
        except CallingcardError as error:
            log.warning("chatflow step failed", flow=run.flow, code=error.code)
            return Failed(error.code)
        return Failed("gone")

    async def _resume(
        self, unit: Unit, conversation: Conversation, run: FlowRun, signal: Signal
    ) -> Conversation:
        """Go on with a talk; both rows are locked."""
        if conversation.assigned_to is not None or conversation.status == "closed":
            await unit.flow_runs.save(_over(run, self._clock))
            return conversation
        flow = await self._flow_of(unit, run)
        if flow is None:
            return await self._give_up(unit, conversation, run)
        scene = await self._scene(unit, conversation, run.page)
        around = await self._around(unit, flow, scene)
        turn = advance(flow, State.of(run.state), signal, around)
        if turn.ask is None:
            return conversation
        return await self._keep(unit, _Talk(flow, run, conversation), turn)

    async def _give_up(
        self, unit: Unit, conversation: Conversation, run: FlowRun
    ) -> Conversation:
        """Hand over, because the chatflow was deleted or may no longer be used."""
        log.warning("chatflow cannot go on", flow=run.flow, version=run.version)
        await unit.flow_runs.save(_over(run, self._clock))
        routed = await self._outside.router.route(unit, conversation, {})
        return routed.conversation

    async def _keep(self, unit: Unit, talk: _Talk, turn: Turn) -> Conversation:
        """Write down what came of a turn."""
        conversation = await self._writer.say(
            unit, talk.conversation, talk.flow.name, turn.says
        )
        proven = is_proven(conversation.evidence)
        if turn.changes and proven and conversation.contact_id is not None:
            await self._writer.save(unit, conversation.contact_id, turn.changes)
        now = self._clock.now()
        due = {Waits.FUNCTION: now, Waits.WEBHOOK: now}.get(turn.state.waits)
        if isinstance(turn.ask, Pause):
            due = turn.ask.until
        run = replace(
            talk.run,
            turn=talk.run.turn + 1,
            waits=turn.state.waits,
            due_at=due,
            state=turn.state.as_json(),
            updated_at=now,
        )
        await unit.flow_runs.save(run)
        if isinstance(turn.ask, HandOver):
            routed = await self._outside.router.route(
                unit, conversation, turn.facts, team=turn.ask.team
            )
            return routed.conversation
        return await self._writer.finish(unit, conversation, talk.flow.name, turn.ask)

    async def _choose(
        self, unit: Unit, inbox_id: InboxId, scene: "_Scene"
    ) -> tuple[Chatflow, Around, int] | None:
        """Return the chatflow of the highest priority that is for this visitor."""
        inbox = next((one for one in await unit.inboxes.all() if one.id == inbox_id), None)
        for stored in await unit.flows.all():
            if inbox is None or not stored.enabled or stored.inbox != inbox.name:
                continue
            try:
                flow = await read_flow(unit, stored.document, stored.name)
            except Invalid:
                log.warning("chatflow cannot be used", flow=stored.name)
                continue
            around = await self._around(unit, flow, scene)
            if targets(flow, around.facts, proven=around.proven):
                return flow, around, stored.version
        return None

    async def _flow_of(self, unit: Unit, run: FlowRun) -> Chatflow | None:
        """Return the chatflow that *run* began with, if it may still be used."""
        version = await unit.flows.version(run.flow, run.version)
        if version is None:
            return None
        try:
            return await read_flow(unit, version.document, run.flow)
        except Invalid:
            return None

    async def _scene(self, unit: Unit, conversation: Conversation, page: str) -> "_Scene":
        contact_id = conversation.contact_id
        contact = None
        if contact_id is not None and is_proven(conversation.evidence):
            contact = await unit.contacts.get(ContactId(contact_id))
        return _Scene(page, conversation.evidence, contact)

    async def _around(self, unit: Unit, flow: Chatflow | None, scene: "_Scene") -> Around:
        now = self._clock.now()
        hours = None if flow is None else flow.hours
        facts = await facts_around(
            unit, page=scene.page, evidence=scene.evidence, hours=hours, now=now
        )
        facts |= await facts_of_contact(unit, scene.contact)
        return Around(facts, is_proven(scene.evidence), now)


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where the visitor is, and who they proved to be."""

    page: str
    evidence: Evidence
    contact: Contact | None


def answer_of(entry: Entry) -> Answered:
    """Return what a visitor's entry answers: its data goes before its text."""
    data: Mapping[str, Any] = {} if entry.data is None else entry.data
    given: object = data.get("answer")
    answer: Mapping[str, Any] = {}
    if isinstance(given, dict):
        answer = cast("Mapping[str, Any]", given)
    values, value = answer.get("values"), answer.get("value")
    if isinstance(values, dict):
        kept = cast("Mapping[object, object]", values)
        return Answered(entry.text, {str(name): str(text) for name, text in kept.items()})
    return Answered(value if isinstance(value, str) else entry.text)


def _over(run: FlowRun, clock: Clock) -> FlowRun:
    state = replace(State.of(run.state), waits=Waits.NOTHING)
    return replace(
        run,
        turn=run.turn + 1,
        waits=Waits.NOTHING,
        due_at=None,
        state=state.as_json(),
        updated_at=clock.now(),
    )


def _is_due(run: FlowRun | None, now: datetime) -> bool:
    return run is not None and run.due_at is not None and run.due_at <= now
