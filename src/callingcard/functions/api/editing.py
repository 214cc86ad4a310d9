"""``/v1/admin/functions/{check,complete,signature}``: what the editor asks while one writes.

Lines count from one and columns from zero, in characters.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Literal

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from callingcard.errors import CallingcardError
from callingcard.functions.api.shapes import (
    Given,
    JsonObject,
    ManifestShown,
    Shape,
    TriggerShown,
)
from callingcard.functions.model.findings import Finding, Severity
from callingcard.functions.model.manifest import (
    EventTrigger,
    HttpTrigger,
    Manifest,
    ScheduleTrigger,
    Trigger,
)
from callingcard.functions.ports.editing import Checked, Editing, Place
from callingcard.functions.ports.runs import Trials
from callingcard.functions.service.deploying.refusals import SourceRefused
from callingcard.kit.actor import Actor

_MOST_SOURCE: Final = 512 * 1024
"""In characters; the exact limit is in bytes, and the editor's own."""

log = structlog.get_logger("callingcard.functions")


class SourceToRead(Given):
    """A function's source as it stands in the editor."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{0,62}$", description="The function.")
    source: str = Field(max_length=_MOST_SOURCE, repr=False)


class PlaceInSource(SourceToRead):
    """A source, and where the cursor is in it."""

    line: int = Field(ge=1)
    column: int = Field(ge=0)

    def place(self) -> Place:
        """Return this as the editor is asked."""
        return Place(self.name, self.source, self.line, self.column)


class EditorFinding(Shape):
    """One thing that is wrong in one place."""

    line: int
    column: int
    end_line: int
    end_column: int
    severity: Literal["error", "warning", "info"]
    code: str
    message: str


class Findings(Shape):
    """What a check came to; no manifest when the block at the head cannot be read.

    *schema* is the JSON Schema of what ``main`` takes; null while that cannot be told.
    """

    findings: list[EditorFinding]
    manifest: ManifestShown | None
    triggers: list[TriggerShown]
    schema_: JsonObject | None = Field(serialization_alias="schema")


class CompletionShown(Shape):
    """One way to go on writing; *insert* replaces the word before the cursor."""

    label: str
    kind: str
    detail: str
    documentation: str
    insert: str


class Completions(Shape):
    """The ways to go on, the likeliest first."""

    completions: list[CompletionShown]


class ParameterShown(Shape):
    """One parameter of a call, as it is declared."""

    label: str


class SignatureShown(Shape):
    """The call that the cursor is inside of."""

    label: str
    documentation: str
    parameters: list[ParameterShown]
    active: int | None


class SignatureFound(Shape):
    """That call, if there is one."""

    signature: SignatureShown | None


def editing_routes(
    editing: Editing,
    who: Callable[[Request], Awaitable[Actor]],
    *,
    trials: Trials | None = None,
) -> APIRouter:
    """Return the routes, for those whom *who* lets in.

    *trials* tells what the ``main`` of a source takes, which only the sandbox can find out.
    """

    def private(response: Response) -> None:
        response.headers["Cache-Control"] = "no-store, private"

    router = APIRouter(
        prefix="/v1/admin/functions",
        tags=["functions"],
        dependencies=[Depends(who), Depends(private)],
    )

    @router.post("/check", operation_id="checkSource", summary="Say what is wrong in a source")
    async def check(given: SourceToRead) -> Findings:
        checked = await editing.check(given.name, given.source)
        manifest, findings, schema = checked.manifest, list(checked.findings), None
        if trials is not None and manifest is not None and _can_be_tried(checked):
            try:
                schema = dict((await trials.trial(given.name, given.source)).schema)
            except SourceRefused as refused:
                findings += refused.findings
            except CallingcardError:
                log.info("a source could not be tried", function=given.name)
        return Findings(
            findings=[_finding_shown(found) for found in findings],
            manifest=_manifest_shown(manifest) if manifest else None,
            triggers=[_trigger_shown(t) for t in manifest.triggers] if manifest else [],
            schema_=schema,
        )

    @router.post("/complete", operation_id="completeSource", summary="Say how to go on")
    async def complete(given: PlaceInSource) -> Completions:
        found = await editing.complete(given.place())
        return Completions(
            completions=[
                CompletionShown(
                    label=item.label,
                    kind=item.kind,
                    detail=item.detail,
                    documentation=item.documentation,
                    insert=item.insert,
                )
                for item in found
            ]
        )

    @router.post(
        "/signature", operation_id="showSignature", summary="Show the call around the cursor"
    )
    async def signature(given: PlaceInSource) -> SignatureFound:
        found = await editing.signature(given.place())
        if found is None:
            return SignatureFound(signature=None)
        shown = SignatureShown(
            label=found.label,
            documentation=found.documentation,
            parameters=[ParameterShown(label=label) for label in found.parameters],
            active=found.active,
        )
        return SignatureFound(signature=shown)

    return router


def _can_be_tried(checked: Checked) -> bool:
    """Say whether a source is worth running, and needs no packages to be built first."""
    is_wrong = any(found.severity is Severity.ERROR for found in checked.findings)
    return not is_wrong and not (checked.manifest and checked.manifest.dependencies)


def _finding_shown(found: Finding) -> EditorFinding:
    return EditorFinding(
        line=found.line,
        column=found.column,
        end_line=found.end_line,
        end_column=found.end_column,
        severity=found.severity.value,
        code=found.code,
        message=found.message,
    )


def _manifest_shown(manifest: Manifest) -> ManifestShown:
    return ManifestShown(
        timeout_ms=round(manifest.limits.wall / timedelta(milliseconds=1)),
        memory_bytes=manifest.limits.memory_bytes,
        on_error=manifest.on_error.value,
        sensitive=list(manifest.sensitive),
        dependencies=list(manifest.dependencies),
    )


def _trigger_shown(trigger: Trigger) -> TriggerShown:
    """Return a trigger as far as its manifest tells."""
    match trigger:
        case HttpTrigger():
            return TriggerShown(
                kind="http",
                method=trigger.method,
                auth=trigger.auth.value,
                site=trigger.site,
                origins=list(trigger.origins),
            )
        case ScheduleTrigger():
            return TriggerShown(kind="schedule", cron=trigger.cron, zone=trigger.zone)
        case EventTrigger():
            return TriggerShown(kind="event", event=trigger.event)
