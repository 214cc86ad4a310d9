"""What a function says about itself, in the PEP 723 block at its head.

``[tool.callingcard]`` is read by ``service.deploying.manifests``; here is what it comes to.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, Literal, TypeAlias

KIB: Final = 1024
MIB: Final = 1024 * KIB


class Caller(StrEnum):
    """Who may call a function over HTTP."""

    VISITOR = "visitor"
    """Somebody whose site proves who they are."""
    KEY = "key"
    """A program with an API key of scope ``functions:invoke``."""
    PUBLIC = "public"
    """Anybody, from listed origins and within a rate."""


class OnError(StrEnum):
    """What a caller is told when a function fails."""

    FAIL = "fail"
    """That it failed."""
    ANONYMOUS = "anonymous"
    """``null``, so that a chat opens without a name."""
    STALE = "stale"
    """What it last returned for the same visitor and input, if that is known."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *count* calls within *per*, by one client."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class HttpTrigger:
    """Called over HTTP at ``/v1/functions/NAME``."""

    method: Literal["GET", "POST"] = "POST"
    auth: Caller = Caller.KEY
    site: str | None = None
    """Whose proofs count, for ``visitor``; None is the only site there is."""
    origins: tuple[str, ...] = ()
    """The pages that may call, for ``public``."""
    rate: Rate | None = None
    """For ``public``, by client address."""


@dataclass(frozen=True, slots=True)
class ScheduleTrigger:
    """Run by the clock."""

    cron: str
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """Run when something happens in the desk or to a site."""

    event: str


Trigger: TypeAlias = HttpTrigger | ScheduleTrigger | EventTrigger


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may use."""

    wall: timedelta = timedelta(seconds=5)
    memory_bytes: int = 128 * MIB
    input_bytes: int = 16 * KIB
    output_bytes: int = 256 * KIB
    log_bytes: int = 64 * KIB


@dataclass(frozen=True, slots=True)
class Manifest:
    """A function's own words about itself, checked."""

    description: str = ""
    requires_python: str = ""
    dependencies: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    limits: Limits = field(default_factory=Limits)
    on_error: OnError = OnError.FAIL
    sensitive: tuple[str, ...] = ()
    """Names of parameters and of members of the result that history never keeps."""

    @property
    def http(self) -> HttpTrigger | None:
        """How it is called over HTTP, if it may be."""
        return next((t for t in self.triggers if isinstance(t, HttpTrigger)), None)
