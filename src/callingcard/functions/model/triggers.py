"""What stands behind a schedule or an event that runs a function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from callingcard.functions.model.values import FunctionName, Json


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """One schedule of a deployed function, and where it stands."""

    function: FunctionName
    position: int
    """Its index among the manifest's triggers."""
    cron: str
    zone: str
    next_at: datetime
    since: datetime
    """When it was first seen."""
    last_at: datetime | None = None
    """The due time that was last run for."""
    ran_at: datetime | None = None
    """When a run for it last came to an end, whatever that was."""
    missed: int = 0
    """How many due times went by while no server ran."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened, as the desk or a site tells it."""

    id: str
    """Given to functions, so that one who hears twice can know."""
    kind: str
    at: datetime
    data: Mapping[str, Json] = field(repr=False)
    line: str = ""
    """What happened along one line, such as a conversation, is told in its order."""


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A run that nobody waits for: of a schedule or for an event."""

    function: FunctionName
    arguments: Mapping[str, Json] = field(repr=False)
    trigger: Literal["schedule", "event"]
    key: str
    """Two orders of one key are one run."""
    extra: Mapping[str, str]
    """What history says about where the run came from."""
