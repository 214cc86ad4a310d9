"""What an editor asks while a function is written: completion, signatures, findings.

Nothing is started, and no file written, before the first question. A question that takes
too long has no answer, and the next one does: writing goes on without.
"""

import asyncio
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import msgspec

from callingcard.backends.processes.workers import Worker, WorkerBusy, WorkerFailed
from callingcard.errors import Invalid, LimitExceeded, TooLarge
from callingcard.functions.editing.typechecks import TypeChecker
from callingcard.functions.editing.workspace import Workspaces, stub_files
from callingcard.functions.model.findings import Finding, Severity
from callingcard.functions.model.manifest import KIB, Caller, HttpTrigger, Manifest
from callingcard.functions.ports.editing import (
    Checked,
    Completion,
    ConnectorStubs,
    Place,
    Signature,
    SitePackages,
)
from callingcard.functions.service.deploying.manifests import (
    MOST_SOURCE_BYTES,
    Ceilings,
    examine,
)
from callingcard.functions.service.usage import lines_of, mentioned

_SECONDS: Final = 2
"""How long somebody who writes waits for a completion."""
_CHECK_SECONDS: Final = 5
_IDLE_SECONDS: Final = 600
_MODULE: Final = "callingcard.functions.editing.worker"


class Editor:
    """Answers for functions whose connectors *stubs* knows, and whose packages *packages*.

    *ceilings* are what this server lets a manifest ask for.
    """

    def __init__(
        self,
        stubs: ConnectorStubs,
        packages: SitePackages,
        *,
        ceilings: Ceilings | None = None,
    ) -> None:
        self._stubs = stubs
        self._packages = packages
        self._ceilings = ceilings or Ceilings()
        self._types = TypeChecker()
        self._opening = asyncio.Lock()
        self._desk: _Desk | None = None

    async def complete(self, place: Place) -> Sequence[Completion]:
        """Return how to go on at *place*; raises Invalid, TooLarge."""
        found = await self._asked("complete", place)
        return msgspec.convert(found or [], list[Completion])

    async def signature(self, place: Place) -> Signature | None:
        """Return the call around *place*, if there is one; raises Invalid, TooLarge."""
        found = await self._asked("signature", place)
        return msgspec.convert(found, Signature | None)

    async def check(self, function: str, source: str) -> Checked:
        """Return what is wrong with *source*; raises TooLarge, LimitExceeded."""
        _small_enough(source)
        manifest, at_head = examine(source, self._ceilings)
        beside = await self._beside(function, source, manifest)
        read = await self._read(source, manifest, beside)
        types: list[Finding] = []
        if not any(found.code == "syntax" for found in read):
            types = await self._types.check(source, beside.workspace, packages=beside.packages)
        findings = [*at_head, *read, *_beyond(types, read)]
        return Checked(tuple(sorted(findings, key=lambda f: (f.line, f.column))), manifest)

    async def close(self) -> None:
        """End the worker and remove what was written."""
        desk, self._desk = self._desk, None
        if desk is not None:
            await desk.worker.close()
            await asyncio.to_thread(shutil.rmtree, desk.folder, ignore_errors=True)

    async def _asked(self, what: str, place: Place) -> Any:
        """Ask the worker about *place*; None when it has no answer in time."""
        _small_enough(place.source)
        _inside(place)
        manifest, _ = examine(place.source, self._ceilings)
        beside = await self._beside(place.function, place.source, manifest)
        question = {
            "do": what,
            "source": place.source,
            "line": place.line,
            "column": place.column,
            **beside.as_question(),
        }
        try:
            reply = await (await self._opened()).worker.ask(question, seconds=_SECONDS)
        except WorkerFailed:
            return None
        return reply.get("answer")

    async def _read(
        self, source: str, manifest: Manifest | None, beside: "_Beside"
    ) -> list[Finding]:
        """Have the worker read *source*, whose author may have meant it to be hard to."""
        declared = _declared(manifest, beside.connectors) if manifest else None
        question = {
            "do": "look",
            "source": source,
            "declared": declared,
            **beside.as_question(),
        }
        try:
            reply = await (await self._opened()).worker.ask(question, seconds=_CHECK_SECONDS)
        except WorkerBusy:
            raise LimitExceeded(
                "too many sources are being checked", retry_after=timedelta(seconds=2)
            ) from None
        except WorkerFailed:
            reply = {}
        if "answer" not in reply:
            said = "this could not be read in time: it is too deep or too large, take it apart"
            return [Finding(1, 0, 1, 0, Severity.ERROR, "syntax", said)]
        return msgspec.convert(reply["answer"], list[Finding])

    async def _beside(
        self, function: str, source: str, manifest: Manifest | None
    ) -> "_Beside":
        """Return what *source* is read beside: what it declares, and what it mentions."""
        connectors, storage = mentioned(source, "connectors"), mentioned(source, "storage")
        if manifest is not None:
            connectors |= frozenset(manifest.connectors)
            storage |= frozenset(manifest.storage)
        stubs = await self._stubs.stubs(connectors)
        desk = await self._opened()
        workspace = await asyncio.to_thread(
            desk.workspaces.holding, stub_files(stubs, storage)
        )
        packages = await self._packages.site_packages(function)
        return _Beside(workspace, packages, frozenset(stubs))

    async def _opened(self) -> "_Desk":
        async with self._opening:
            if self._desk is None:
                folder = Path(await asyncio.to_thread(mkdtemp, prefix="callingcard-editing-"))
                argv = (sys.executable, "-I", "-m", _MODULE, str(folder), str(_IDLE_SECONDS))
                self._desk = _Desk(
                    folder, Workspaces(folder / "stubs"), Worker(argv, cwd=folder)
                )
            return self._desk


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is there once somebody has asked something."""

    folder: Path
    workspaces: Workspaces
    worker: Worker


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a source is read beside."""

    workspace: Path
    packages: Path | None
    connectors: frozenset[str]

    def as_question(self) -> Mapping[str, str | None]:
        """Return this as the worker is told it."""
        return {
            "workspace": str(self.workspace),
            "packages": str(self.packages) if self.packages else None,
        }


def _small_enough(source: str) -> None:
    if len(source.encode("utf-8", "replace")) > MOST_SOURCE_BYTES:
        raise TooLarge(f"a function has at most {MOST_SOURCE_BYTES // KIB} KiB")


def _inside(place: Place) -> None:
    """Raise Invalid unless the place is in the source."""
    lines = lines_of(place.source)
    if not 1 <= place.line <= len(lines):
        raise Invalid(
            "there is no such line", fields={"line": f"from 1 to {len(lines)} in this source"}
        )
    longest = len(lines[place.line - 1])
    if not 0 <= place.column <= longest:
        raise Invalid(
            "there is no such column", fields={"column": f"from 0 to {longest} in this line"}
        )


def _declared(manifest: Manifest, known: frozenset[str]) -> Mapping[str, Any]:
    """Return what the worker is told of a manifest; the modules installed it finds itself."""
    return {
        "connectors": list(manifest.connectors),
        "storage": list(manifest.storage),
        "dependencies": list(manifest.dependencies),
        "has_visitor": any(
            isinstance(trigger, HttpTrigger) and trigger.auth is Caller.VISITOR
            for trigger in manifest.triggers
        ),
        "known_connectors": sorted(known),
    }


def _beyond(types: Sequence[Finding], read: Sequence[Finding]) -> list[Finding]:
    """Leave out what pyrefly says of a line's imports when we have said it better."""
    said = {found.line for found in read}
    doubled = {"types.missing-module-attribute", "types.missing-import"}
    return [t for t in types if t.line not in said or t.code not in doubled]
