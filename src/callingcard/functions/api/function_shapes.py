"""The shapes of the functions' pages: lists, details, versions, payloads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field

from callingcard.functions.api.shapes import (
    Given,
    JsonObject,
    ManifestShown,
    Shape,
    TriggerShown,
)
from callingcard.functions.model.activity import Activity
from callingcard.functions.model.manifest import Manifest
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.versions import Payload, PayloadVisitor, Release

_MOST_SOURCE: Final = 300_000
Source = Annotated[str, Field(max_length=_MOST_SOURCE, description="The whole file.")]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$", description="The function.")]
_Short = Annotated[str, Field(max_length=300)]


class VersionShown(Shape):
    """A version, in a list."""

    id: str
    number: int
    deployed_at: datetime
    deployed_by: str
    current: bool = True


class VersionDetails(VersionShown):
    """A version, whole."""

    source: str
    lock: str
    dependencies: list[str]


class ReleaseShown(Shape):
    """One time that somebody changed which version counts."""

    version: str
    number: int
    kind: str
    at: datetime
    by: str


class VersionsShown(Shape):
    """The kept versions, newest first, and who made which of them count when."""

    versions: list[VersionShown]
    releases: list[ReleaseShown]


class HourShown(Shape):
    """What happened in one hour, which began *at*."""

    at: datetime
    runs: int
    errors: int


class FunctionActivity(Shape):
    """How much a function was used in the last day."""

    runs24h: int = Field(alias="runs24h")
    errors24h: int = Field(alias="errors24h")
    p50_ms: float | None
    p95_ms: float | None
    last_run_at: datetime | None
    hours: list[HourShown]


class FunctionShown(Shape):
    """A function, in a list."""

    name: str
    description: str
    version: VersionShown | None
    draft: bool
    triggers: list[TriggerShown]
    connectors: list[str]
    storage: list[str]
    problems: list[str]
    activity: FunctionActivity


class FunctionDetails(FunctionShown):
    """A function, whole."""

    source: str
    draft_source: str | None
    draft_saved_at: datetime | None
    manifest: ManifestShown
    schema_: JsonObject = Field(alias="schema")
    returns: JsonObject


class FunctionsShown(Shape):
    """Every function."""

    functions: list[FunctionShown]


class FunctionGiven(Given):
    """A new function; without a source it begins with a starter."""

    name: Name
    source: Source | None = None


class SourceGiven(Given):
    """A source."""

    source: Source


class SavedShown(Shape):
    """When a draft was saved."""

    saved_at: datetime


class RollbackGiven(Given):
    """The version that should count: its id or its number."""

    version: Annotated[str, Field(min_length=1, max_length=64)]


class VisitorBody(Given):
    """Whom a saved run plays."""

    email: _Short
    user_id: _Short = ""
    first_name: _Short = ""
    last_name: _Short = ""


class PayloadBody(Given):
    """An input that somebody saved."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    arguments: Any
    visitor: VisitorBody | None = None


class PayloadsBody(Given):
    """All saved inputs of a function."""

    payloads: Annotated[list[PayloadBody], Field(max_length=50)]


def version_shown(version: Version, *, current: bool) -> VersionShown:
    """Return a version for a list."""
    return VersionShown(
        id=version.id,
        number=version.number,
        deployed_at=version.deployed_at,
        deployed_by=version.deployed_by,
        current=current,
    )


def version_details(version: Version, *, current: bool) -> VersionDetails:
    """Return a version with its source and what it was resolved to."""
    return VersionDetails(
        **version_shown(version, current=current).model_dump(),
        source=version.source,
        lock=version.lock,
        dependencies=list(version.manifest.dependencies),
    )


def release_shown(release: Release) -> ReleaseShown:
    """Return who changed what."""
    return ReleaseShown(
        version=release.version,
        number=release.number,
        kind=release.kind,
        at=release.at,
        by=release.by,
    )


def manifest_shown(manifest: Manifest) -> ManifestShown:
    """Return what a function says about itself, beside its triggers."""
    return ManifestShown(
        timeout_ms=round(manifest.limits.wall / timedelta(milliseconds=1)),
        memory_bytes=manifest.limits.memory_bytes,
        on_error=manifest.on_error.value,
        sensitive=list(manifest.sensitive),
        dependencies=list(manifest.dependencies),
    )


def activity_shown(activity: Activity | None) -> FunctionActivity:
    """Return how much a function was used; None is not at all."""
    if activity is None:
        activity = Activity(0, 0, None, None, None, ())
    return FunctionActivity(
        runs24h=activity.runs,
        errors24h=activity.errors,
        p50_ms=_ms(activity.p50),
        p95_ms=_ms(activity.p95),
        last_run_at=activity.last_run_at,
        hours=[HourShown(at=h.at, runs=h.runs, errors=h.errors) for h in activity.hours],
    )


def payloads_shown(payloads: Sequence[Payload]) -> PayloadsBody:
    """Return saved inputs as they were given."""
    return PayloadsBody(
        payloads=[
            PayloadBody(
                name=payload.name,
                arguments=payload.arguments,
                visitor=None
                if payload.visitor is None
                else VisitorBody(
                    email=payload.visitor.email,
                    user_id=payload.visitor.user_id,
                    first_name=payload.visitor.first_name,
                    last_name=payload.visitor.last_name,
                ),
            )
            for payload in payloads
        ]
    )


def payloads_given(body: PayloadsBody) -> list[Payload]:
    """Return what somebody wants to save."""
    return [
        Payload(
            name=given.name,
            arguments=given.arguments,
            visitor=None
            if given.visitor is None
            else PayloadVisitor(
                given.visitor.email,
                given.visitor.user_id,
                given.visitor.first_name,
                given.visitor.last_name,
            ),
        )
        for given in body.payloads
    ]


def _ms(length: timedelta | None) -> float | None:
    return None if length is None else length / timedelta(milliseconds=1)
