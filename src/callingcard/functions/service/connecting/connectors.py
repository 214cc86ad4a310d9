"""The outside services that functions may call: set up, checked, watched, called.

Invariant: what is kept can be read: a definition is made into a connector before.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from callingcard.errors import CallingcardError
from callingcard.functions.model.connectors import (
    Breakage,
    Checked,
    Connector,
    Drift,
    Signature,
    Source,
    Stored,
)
from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import (
    Caller,
    Checks,
    ConnectorReply,
    Connectors,
    ConnectorSecrets,
    Dependents,
    Workshop,
)
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.service.connecting.connector_errors import (
    ConnectorInUse,
    DefinitionRefused,
    DocumentRefused,
    UnknownConnector,
)
from callingcard.functions.service.connecting.connector_health import remedy_for
from callingcard.kit.clock import Clock, stopwatch

_TICK: Final = timedelta(microseconds=1)
_HALF: Final = re.compile(r"[\ud800-\udfff]")
"""Halves of characters, which no text can hold alone."""


@dataclass(frozen=True, slots=True)
class ConnectorParts:
    """What a desk of connectors is made of."""

    store: Connectors
    workshop: Workshop
    caller: Caller
    secrets: ConnectorSecrets
    dependents: Dependents
    checks: Checks
    clock: Clock


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """A connector with all that is known of it; *connector* None when it cannot be read."""

    stored: Stored
    connector: Connector | None
    secrets_set: frozenset[str]
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """A connector as somebody sets it up; *secrets* are values, by name."""

    definition: Mapping[str, Json]
    document: str | None = field(default=None, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    source: Source = "app"


@dataclass(frozen=True, slots=True)
class DriftFound:
    """What a newer document changes, and which lines of functions it breaks."""

    changes: tuple[str, ...]
    breaks: tuple[Breakage, ...]


class ConnectorDesk:
    """Connectors and what is done with them; it is the port ``ConnectorCalls`` too."""

    def __init__(self, parts: ConnectorParts) -> None:
        self._parts = parts
        self._made: dict[str, tuple[datetime, Connector]] = {}

    def built_in(self) -> Mapping[str, Mapping[str, Json]]:
        """Return the definitions that come with the product, by name."""
        return self._parts.workshop.built_in()

    async def list(self) -> Sequence[ConnectorView]:
        """Return every connector, by name."""
        names = await self._secret_names()
        return [await self._view(one, names) for one in await self._parts.store.all()]

    async def get(self, name: str) -> ConnectorView:
        """Return one; raises UnknownConnector."""
        return await self._view(await self._stored(name), await self._secret_names())

    async def connector(self, name: str) -> Connector:
        """Return one, ready to be called; raises UnknownConnector."""
        changed_at = await self._parts.store.changed_at(name)
        kept = self._made.get(name)
        if kept is not None and kept[0] == changed_at:
            return kept[1]
        stored = await self._stored(name)
        made = await self._parts.workshop.make(name, stored.definition, stored.document)
        self._made[name] = (stored.changed_at, made)
        return made

    async def put(self, name: str, setup: Setup, *, by: str) -> ConnectorView:
        """Set one up; raises DefinitionRefused, DocumentRefused.

        Without a document the one there is stays.
        """
        before = await self._parts.store.get(name)
        document = setup.document
        if document is None and before is not None and "openapi" in setup.definition:
            document = before.document
        _check_letters(setup)
        made = await self._parts.workshop.make(name, setup.definition, document)
        unknown = sorted(set(setup.secrets) - set(made.secrets))
        if unknown:
            raise DefinitionRefused(
                "The connector has no such secret.",
                fields={f"secrets.{one[:64]}": "not named in auth" for one in unknown},
            )
        for secret, value in setup.secrets.items():
            await self._parts.secrets.set(secret, value, by=by)
        now = self._parts.clock.now()
        if before is not None:
            now = max(now, before.changed_at + _TICK)  # nodes tell versions apart by it
        stored = Stored(name, setup.definition, document, setup.source, now, by)
        await self._parts.store.put(stored)
        return await self.get(name)

    async def delete(self, name: str) -> None:
        """Forget one; raises UnknownConnector, ConnectorInUse. Its secrets stay."""
        used_by = await self._used_by(name)
        if used_by:
            raise ConnectorInUse(
                f"The connector {name} is used by {', '.join(used_by[:10])}.",
                hint="Delete those functions, or deploy them without it, first.",
            )
        if not await self._parts.store.delete(name):
            raise _unknown(name)
        self._made.pop(name, None)

    async def check(self, name: str) -> Checked:
        """Make the health call and keep how it went; raises UnknownConnector."""
        connector = await self.connector(name)
        now = self._parts.clock.now()
        checked = await self._probed(connector, now) if connector.check else _unchecked(now)
        await self._parts.store.note_check(name, checked)
        return checked

    async def drift(self, name: str, document: str | None = None) -> DriftFound:
        """Say what *document* would change, and keep that; nothing is changed yet.

        Without one, a built-in connector is compared with what the product brings now.
        Raises UnknownConnector, DocumentRefused.
        """
        stored = await self._stored(name)
        old = await self.connector(name)
        new = await self._newer(stored, document)
        changes = tuple(await self._parts.workshop.changes(old, new))
        breaks = await self._breaks(old, new) if changes else ()
        drift = Drift(self._parts.clock.now(), changes) if changes else None
        await self._parts.store.note_drift(name, drift)
        return DriftFound(changes, breaks)

    async def accept(self, name: str, document: str | None, *, by: str) -> ConnectorView:
        """Make a newer document the one that counts; raises as *drift* does."""
        stored = await self._stored(name)
        await self._newer(stored, document)
        definition = stored.definition
        if document is None:
            definition = self._brought(stored)
        setup = Setup(definition, document, source=stored.source)
        return await self.put(name, setup, by=by)

    async def stubs(self, names: Iterable[str] | None = None) -> Mapping[str, str]:
        """Return the ``.pyi`` of each of *names* there is, or of all; by name."""
        found: dict[str, str] = {}
        wanted = (
            [one.name for one in await self._parts.store.all()] if names is None else names
        )
        for name in wanted:
            try:
                connector = await self.connector(name)
            except (UnknownConnector, DefinitionRefused, DocumentRefused):
                continue
            found[name] = await self._parts.workshop.stub(connector)
        return found

    async def uses_of_secrets(self) -> Mapping[str, Sequence[str]]:
        """Return which connectors need a secret, as ``connector NAME``, by secret."""
        found: dict[str, list[str]] = {}
        for stored in await self._parts.store.all():
            connector = await self._readable(stored)
            for secret in connector.secrets if connector else ():
                found.setdefault(secret, []).append(f"connector {stored.name}")
        return found

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Call *operation* for *function*; raises AskRefused."""
        try:
            connector = await self.connector(name)
        except UnknownConnector:
            raise AskRefused(
                "unknown", f"{function}: the connector {name[:63]} was not added"
            ) from None
        except CallingcardError as error:
            raise AskRefused(
                "connector", f"the connector {name[:63]} cannot be used: {error.message}"
            ) from None
        return await self._parts.caller.call(connector, operation, arguments)

    async def _probed(self, connector: Connector, now: datetime) -> Checked:
        """Make the health call and say how it went."""
        began = stopwatch()
        try:
            reply = await self._parts.caller.probe(connector)
        except AskRefused as error:
            return Checked(
                at=now,
                ok=False,
                status=error.status,
                ms=_since(began),
                message=error.message,
                remedy=remedy_for(error, connector),
            )
        return Checked(
            at=now,
            ok=True,
            status=reply.status,
            ms=_since(began),
            message=_praise(connector),
        )

    async def _stored(self, name: str) -> Stored:
        """Return what is kept; raises UnknownConnector."""
        found = await self._parts.store.get(name)
        if found is None:
            raise _unknown(name)
        return found

    async def _secret_names(self) -> frozenset[str]:
        """Return the names of the secrets there are."""
        return frozenset([one.name for one in await self._parts.secrets.list()])

    async def _used_by(self, name: str) -> tuple[str, ...]:
        """Return the names of the functions that declare a connector."""
        return tuple(
            [one.function for one in await self._parts.dependents.functions_using(name)]
        )

    async def _readable(self, stored: Stored) -> Connector | None:
        """Return the connector; None when this version of the product cannot read it."""
        try:
            return await self.connector(stored.name)
        except (DefinitionRefused, DocumentRefused, UnknownConnector):
            return None

    async def _view(self, stored: Stored, names: frozenset[str]) -> ConnectorView:
        """Return all that is known of a connector."""
        made = await self._readable(stored)
        there = names & set(made.secrets if made else ())
        return ConnectorView(stored, made, there, await self._used_by(stored.name))

    async def _newer(self, stored: Stored, document: str | None) -> Connector:
        """Return the connector as *document*, or the product, would have it."""
        definition = stored.definition if document is not None else self._brought(stored)
        return await self._parts.workshop.make(stored.name, definition, document)

    def _brought(self, stored: Stored) -> Mapping[str, Json]:
        """Return the built-in definition, with where and how it is called kept as it is."""
        built_in = self.built_in().get(stored.name)
        if stored.source != "built-in" or built_in is None:
            raise DocumentRefused(
                "There is nothing to compare with.", hint="Send the newer OpenAPI document."
            )
        kept = ("base_url", "private", "auth", "allow", "timeout", "max_reply", "headers")
        here = {one: stored.definition[one] for one in kept if one in stored.definition}
        return {**built_in, **here}

    async def _breaks(self, old: Connector, new: Connector) -> tuple[Breakage, ...]:
        """Return the lines of functions that fit *old* and do not fit *new*."""
        found: list[Breakage] = []
        workshop, check = self._parts.workshop, self._parts.checks.findings
        texts = {"old": await workshop.stub(old), "new": await workshop.stub(new)}
        for version in await self._parts.dependents.functions_using(old.name):
            stubs = await self.stubs(version.manifest.connectors)
            before = set(await check(version.source, {**stubs, old.name: texts["old"]}))
            after = await check(version.source, {**stubs, old.name: texts["new"]})
            found += [
                Breakage(version.function, line, message)
                for line, message in after
                if (line, message) not in before
            ]
        return tuple(found)


def _check_letters(setup: Setup) -> None:
    """Refuse what no database and no page can show: halves of characters, and NUL."""
    definition = json.dumps(setup.definition, ensure_ascii=False, default=str)
    text = definition + (setup.document or "")
    if "\\u0000" in text or "\0" in text or _HALF.search(text):
        raise DefinitionRefused("There is a character in it that no text has, such as NUL.")


def _unknown(name: str) -> UnknownConnector:
    """Return the error for a connector that is not there."""
    return UnknownConnector(
        f"There is no connector {name[:63]!r}.",
        hint="Add it: callingcard connectors add NAME; `connectors list` shows what there is.",
    )


def _praise(connector: Connector) -> str:
    """Return what is known of a connector whose health call went well."""
    title = connector.title
    if isinstance(connector.auth, Signature):
        return f"The key signs. Whether it is the one that {title} has, {title} alone knows."
    key = ", and accepts the key" if connector.auth else ""
    return f"{title} answers{key}."


def _unchecked(now: datetime) -> Checked:
    """Return what is said of a connector that names no health operation."""
    return Checked(
        at=now,
        ok=False,
        status=None,
        ms=0.0,
        message="No health operation is named, so nothing was called.",
        remedy='Name one: check = "/path", or an operation without arguments.',
    )


def _since(began: float) -> float:
    """Return the milliseconds since *began*, to a tenth."""
    return round((stopwatch() - began) * 1000, 1)
