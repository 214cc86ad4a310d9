"""A job: something that will be done, even if the process that promised it dies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callingcard.functions.model.values import Json


@dataclass(frozen=True, slots=True)
class NewJob:
    """Something to be done, once *due_at* has come."""

    id: str
    """Who adds a job of this id again adds nothing."""
    kind: str
    """Names the handler that does it."""
    payload: Mapping[str, Json] = field(repr=False)
    due_at: datetime
    line: str = ""
    """Jobs of one line are done one after the other, in the order they were added in."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that somebody has taken up and nobody else does meanwhile."""

    id: str
    kind: str
    payload: Mapping[str, Json] = field(repr=False)
    attempt: int
    """1 the first time; no two attempts have the same number."""
    added_at: datetime
