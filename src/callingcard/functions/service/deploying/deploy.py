"""Makes a version of a source: read, packages, check, describe. Publishing is one write.

Nothing of what happens here is seen by a caller of the function: a deploy that fails, or
is killed, at any step leaves the version that counts as it was.

Invariant: the source is never executed outside the sandbox, and asks for nothing there.
Invariant: what the sandbox says of ``main`` is published only when it is what we read.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal, cast

from callingcard.errors import Invalid
from callingcard.functions.model.findings import Finding, Severity
from callingcard.functions.model.manifest import Limits, Manifest
from callingcard.functions.model.runs import Failure, RunState
from callingcard.functions.model.values import FunctionName, Json, RunId, VersionId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.deploying import ConnectorNames
from callingcard.functions.ports.editing import Editing
from callingcard.functions.ports.packages import Packages
from callingcard.functions.ports.sandbox import Ask, AskRefused, Outcome, Sandbox, Task
from callingcard.functions.service.deploying.headers import mistake, read_header
from callingcard.functions.service.deploying.manifests import Ceilings, read_manifest
from callingcard.functions.service.deploying.refusals import ConnectorMissing, SourceRefused
from callingcard.functions.service.deploying.schemas import is_readable
from callingcard.kit.clock import Clock
from callingcard.kit.codec import canonical_json
from callingcard.kit.ids import random_id

StepName = Literal["read", "packages", "check", "describe", "publish"]

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}\Z")
_SCHEMA_BYTES: Final = 256 * 1024
_DESCRIBE_AT_LEAST: Final = timedelta(seconds=10)
"""A first import of large packages is slower than any run after it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a deploy has to tell: which step it is at, and what happens there."""

    name: StepName
    message: str


TellStep = Callable[[Step], None]


def tell_nobody(step: Step) -> None:
    """Tell nobody about *step*."""


def function_name(text: str) -> FunctionName:
    """Return *text* as a function's name; raises Invalid.

    >>> function_name("lookup-order")
    'lookup-order'
    """
    if not _NAME.match(text):
        raise Invalid(
            "this cannot be the name of a function",
            fields={"name": "a letter first, then letters, digits and -, all lower case"},
        )
    return FunctionName(text)


class VersionMaker:
    """Makes versions; stores none of them."""

    def __init__(
        self,
        sandbox: Sandbox,
        packages: Packages,
        connectors: ConnectorNames,
        clock: Clock,
        *,
        ceilings: Ceilings,
        editing: Editing | None = None,
    ) -> None:
        """Check sources with *editing* too, where there is one."""
        self._sandbox = sandbox
        self._packages = packages
        self._connectors = connectors
        self._clock = clock
        self._ceilings = ceilings
        self._editing = editing

    async def make(
        self, name: str, source: str, *, by: str, tell: TellStep, upgrade: bool = False
    ) -> Version:
        """Return what *source* comes to, with number 0.

        Raises Invalid (SourceRefused, PackagesRefused), ConnectorMissing, UpstreamError.
        """
        named = function_name(name)
        tell(Step("read", "reading the block at the head"))
        manifest = read_manifest(source, self._ceilings)
        await self._check_connectors(source, manifest)
        prepared = await self._packages.prepare(
            manifest.dependencies,
            manifest.requires_python,
            tell=lambda line: tell(Step("packages", line)),
            upgrade=upgrade,
        )
        tell(Step("check", "checking the source"))
        await self._check(name, source, tell)
        tell(Step("describe", "asking main for its parameters, in the sandbox"))
        schema, returns = await self._describe(named, source, manifest, prepared.environment)
        return Version(
            id=version_id(named, source, prepared.lock),
            function=named,
            number=0,
            source=source,
            manifest=manifest,
            schema=schema,
            returns=returns,
            lock=prepared.lock,
            environment=prepared.environment,
            deployed_at=self._clock.now(),
            deployed_by=by,
        )

    async def _check_connectors(self, source: str, manifest: Manifest) -> None:
        """Refuse a function that declares what is not installed."""
        installed = await self._connectors.names()
        missing = [name for name in manifest.connectors if name not in installed]
        if missing:
            header = read_header(source)
            line = 1 if isinstance(header, Finding) else header.place(*_CONNECTORS)[0]
            raise ConnectorMissing(
                f"line {line}: there is no connector {', '.join(missing)}",
                hint=f"Add it first: callingcard connectors add {missing[0]}",
            )

    async def _check(self, name: str, source: str, tell: TellStep) -> None:
        """Refuse what an editor would underline in red; tell the rest."""
        if self._editing is None:
            return
        checked = await self._editing.check(name, source)
        wrong = [found for found in checked.findings if found.severity is Severity.ERROR]
        if wrong:
            raise SourceRefused(wrong)
        for found in checked.findings:
            tell(Step("check", f"line {found.line}: {found.message}"))

    async def _describe(
        self, name: FunctionName, source: str, manifest: Manifest, environment: str
    ) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
        """Return the schemas of what ``main`` takes and returns."""
        usual = manifest.limits
        task = Task(
            run=RunId(random_id("describe_")),
            function=name,
            source=source,
            arguments={},
            environment=environment,
            job="describe",
            connectors=manifest.connectors,
            storage=manifest.storage,
            limits=replace(
                usual,
                wall=max(usual.wall, _DESCRIBE_AT_LEAST),
                output_bytes=_SCHEMA_BYTES,
                log_bytes=Limits().log_bytes,
            ),
        )
        outcome = await self._sandbox.run(task, _NothingIsAnswered())
        if outcome.state is not RunState.SUCCEEDED:
            raise SourceRefused([_finding(outcome)], hint=outcome.log[-1000:])
        match outcome.value:
            case {"schema": dict() as schema, "returns": dict() as returns} if is_readable(
                schema
            ) and is_readable(returns):
                return (
                    cast("Mapping[str, Json]", schema),
                    cast("Mapping[str, Json]", returns),
                )
            case _:
                said = "the sandbox did not say what main takes"
                raise SourceRefused([mistake(1, 0, said, "describe")])


_CONNECTORS: Final = ("tool", "callingcard", "connectors")


def version_id(name: str, source: str, lock: str) -> VersionId:
    """Return the id of this content: equal content of one function has an equal id."""
    content = canonical_json([name, source, lock])
    return VersionId(hashlib.sha256(content).hexdigest()[:32])


class _NothingIsAnswered:
    """The broker of a description: a file that asks while it is imported is refused."""

    async def answer(self, ask: Ask) -> Json:
        raise AskRefused(
            "unknown", f"{ask.name} can be asked inside main only, not while it is imported"
        )

    async def close(self) -> None:
        """Have nothing to give back."""


def _finding(outcome: Outcome) -> Finding:
    """Return where and why the source could not be imported."""
    failure = outcome.failure or Failure("Crash", "the process ended without a word")
    line = next((f.line for f in reversed(failure.frames) if f.module == "main"), 1)
    said = f"{failure.type}: {failure.message}" if failure.message else failure.type
    return mistake(max(line, 1), 0, said, f"describe.{outcome.state.value}")
