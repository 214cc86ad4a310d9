"""A run: one call of a function, what became of it, and what it did meanwhile.

Invariant: what is kept of a run was redacted before; see ``service.running.redaction``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from callingcard.functions.model.values import FunctionName, Json, RunId, VersionId


class RunState(StrEnum):
    """Where a run stands; only RUNNING is not an end."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    RAISED = "raised"
    """The function raised an exception."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    """Its process died, or spoke nonsense to the broker."""
    TOO_LARGE = "too_large"
    """It returned more than it may, or what is not JSON."""
    LOST = "lost"
    """The server died meanwhile, so nobody knows."""


TriggerKind = Literal["http", "schedule", "event", "editor", "replay", "command"]


@dataclass(frozen=True, slots=True)
class RunVisitor:
    """Whom the site proved to be calling; what ``import visitor`` shows to the function."""

    email: str = field(repr=False)
    email_verified: bool
    user_id: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a traceback, inside the function's own file or a package."""

    function: str
    line: int
    text: str = ""
    """The line of source, for frames of the function's own file."""
    module: str = "main"
    """``main`` is the function's own file."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run did not succeed, for the function's author."""

    type: str
    """The exception's name, such as ``ValueError``; or ``Timeout``, ``Crash``."""
    message: str
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call across the wall: to a connector or to storage. It holds no values."""

    kind: Literal["connector", "storage"]
    name: str
    operation: str
    started_ms: float
    """Since the run's start."""
    duration_ms: float
    status: int | None = None
    """The HTTP status, for connectors."""
    error: str = ""
    """The kind of what went wrong, empty when nothing did."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run as history keeps it."""

    id: RunId
    function: FunctionName
    version: VersionId
    trigger: TriggerKind
    state: RunState
    started_at: datetime
    input: Json = field(repr=False)
    output: Json = field(default=None, repr=False)
    log: str = field(default="", repr=False)
    calls: tuple[CallRecord, ...] = ()
    failure: Failure | None = None
    fingerprint: str = ""
    duration: timedelta | None = None
    """From start to end; None while it runs."""
    queued: timedelta = timedelta()
    cpu: timedelta = timedelta()
    memory_bytes: int = 0
    start: Literal["warm", "cold", "none"] = "none"
    """Whether a prepared process was at hand."""
    node: str = ""
    replay_of: RunId | None = None
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    """Such as the event's id, or when a schedule was due."""
