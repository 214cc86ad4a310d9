"""Keeping chatflows: drafting, publishing, going back.

Invariant: what visitors get was accepted in the transaction in which it was published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from callingcard.desk.chatflows.reading import BUILT_IN
from callingcard.desk.chatflows.steps import Chatflow, Route
from callingcard.desk.errors import ChatflowNotFound, TooManyChatflows
from callingcard.desk.model.chatflows import FlowVersion, PropertyInfo, StoredFlow
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.flows.knowledge import known_to_flows, read_flow
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock

MAX_FLOWS: Final = 200
MAX_VERSIONS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """A chatflow as it is kept now, and what is probably not meant in it."""

    flow: StoredFlow
    warnings: Sequence[str] = ()


class ChatflowDesk:
    """Everything that changes or shows chatflows."""

    def __init__(self, units: Units, clock: Clock) -> None:
        """Keep chatflows in *units*."""
        self._units = units
        self._clock = clock

    async def all(self) -> Sequence[StoredFlow]:
        """Return every chatflow: the highest priority first, then by name."""
        async with self._units.reading() as unit:
            return await unit.flows.all()

    async def runs(self) -> Mapping[str, int]:
        """Return in how many conversations each chatflow has talked; none is left out."""
        async with self._units.reading() as unit:
            return await unit.flow_runs.counts()

    async def properties(self) -> Sequence[PropertyInfo]:
        """Return what conditions may ask about and texts may quote, by name.

        What a single chatflow adds (``answer.*``) and the open set of ``page.query.*``
        are not among them.
        """
        async with self._units.reading() as unit:
            known = await known_to_flows(unit)
        return [info for _, info in sorted({**BUILT_IN, **known}.items())]

    async def get(self, name: str) -> StoredFlow:
        """Return the chatflow; raises ChatflowNotFound."""
        async with self._units.reading() as unit:
            return await found(unit, name)

    async def put(self, name: str, document: object, *, by: str, draft: bool = False) -> Kept:
        """Publish *document*, or keep it as the draft; raises Invalid with every reason.

        What is published takes the place of the draft too.
        """
        async with self._units.writing() as unit:
            flow, warnings = await accepted(unit, document, name)
            stored = await unit.flows.get(name, lock=True)
            if stored is None:
                stored = await self._new(unit, flow)
            # It was accepted, so it is an object.
            kept: Mapping[str, Any] = {**document, "name": name}  # type: ignore[dict-item]
            if draft:
                stored = replace(stored, draft=kept, updated_at=self._clock.now())
                await unit.flows.save(stored)
            else:
                stored = await self._published(unit, stored, flow, kept, by=by)
        return Kept(stored, warnings)

    async def publish(self, name: str, *, by: str) -> Kept:
        """Publish the draft; raises ChatflowNotFound when there is none."""
        async with self._units.writing() as unit:
            stored = await found(unit, name, lock=True)
            if stored.draft is None:
                raise ChatflowNotFound("this chatflow has no draft", hint="Save one first.")
            flow, warnings = await accepted(unit, stored.draft, name)
            stored = await self._published(unit, stored, flow, stored.draft, by=by)
        return Kept(stored, warnings)

    async def versions(self, name: str) -> Sequence[FlowVersion]:
        """Return what was published, newest first; raises ChatflowNotFound."""
        async with self._units.reading() as unit:
            await found(unit, name)
            return await unit.flows.versions(name, limit=MAX_VERSIONS_SHOWN)

    async def roll_back(self, name: str, version: int, *, by: str) -> Kept:
        """Publish an earlier version again, as a new one; raises ChatflowNotFound, Invalid."""
        async with self._units.writing() as unit:
            stored = await found(unit, name, lock=True)
            earlier = await unit.flows.version(name, version)
            if earlier is None:
                raise ChatflowNotFound("there is no such version of this chatflow")
            flow, warnings = await accepted(unit, earlier.document, name)
            stored = await self._published(unit, stored, flow, earlier.document, by=by)
        return Kept(stored, warnings)

    async def enable(self, name: str, *, enabled: bool, by: str) -> Kept:
        """Let a chatflow talk or be silent, without another change; a version of its own."""
        async with self._units.writing() as unit:
            stored = await found(unit, name, lock=True)
            if stored.document is None:
                raise ChatflowNotFound("this chatflow was not published yet")
            document = {**stored.document, "enabled": enabled}
            flow, warnings = await accepted(unit, document, name)
            draft = stored.draft
            stored = await self._published(unit, stored, flow, document, by=by)
            stored = replace(stored, draft=draft)
            await unit.flows.save(stored)
        return Kept(stored, warnings)

    async def delete(self, name: str) -> None:
        """Delete the chatflow; talks that run with it hand over to people."""
        async with self._units.writing() as unit:
            if not await unit.flows.delete(name):
                raise ChatflowNotFound("there is no chatflow with this name")

    async def _new(self, unit: Unit, flow: Chatflow) -> StoredFlow:
        if len(await unit.flows.all()) >= MAX_FLOWS:
            raise TooManyChatflows(
                f"there are {MAX_FLOWS} chatflows already", hint="Delete one that is not used."
            )
        now = self._clock.now()
        return StoredFlow(
            flow.name, flow.inbox, enabled=False, priority=0, version=0, updated_at=now
        )

    async def _published(
        self,
        unit: Unit,
        stored: StoredFlow,
        flow: Chatflow,
        document: Mapping[str, Any],
        *,
        by: str,
    ) -> StoredFlow:
        now = self._clock.now()
        version = FlowVersion(stored.name, stored.version + 1, document, now, by[:100])
        changed = replace(
            stored,
            inbox=flow.inbox,
            enabled=flow.enabled,
            priority=flow.priority,
            version=version.version,
            document=document,
            draft=None,
            updated_at=now,
        )
        await unit.flows.save(changed)
        await unit.flows.add_version(version)
        return changed


async def found(unit: Unit, name: str, *, lock: bool = False) -> StoredFlow:
    """Return the chatflow; raises ChatflowNotFound."""
    stored = await unit.flows.get(name, lock=lock)
    if stored is None:
        raise ChatflowNotFound("there is no chatflow with this name")
    return stored


async def accepted(unit: Unit, document: object, name: str) -> tuple[Chatflow, Sequence[str]]:
    """Return the chatflow that *document* describes, and what is odd; raises Invalid."""
    flow = await read_flow(unit, document, name)
    if await unit.inboxes.named(flow.inbox) is None:
        raise Invalid(
            "this chatflow cannot be used",
            fields={"inbox": "there is no inbox of this name"},
            hint="Name an inbox such as web.",
        )
    teams = await unit.routing.teams()
    lost = [
        f"steps.{at}.team: there is no team {step.team}"
        for at, step in flow.steps.items()
        if isinstance(step, Route) and step.team is not None and step.team not in teams
    ]
    return flow, [*flow.warnings, *lost]
