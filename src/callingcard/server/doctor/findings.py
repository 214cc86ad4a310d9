"""What a doctor's report is made of."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; of one that is ok, the remedy is a reminder."""

    level: Level
    subject: str
    message: str
    remedy: str = ""


def ok(subject: str, message: str, reminder: str = "") -> Finding:
    """Return a finding that nothing is wrong."""
    return Finding(Level.OK, subject, message, reminder)


def warn(subject: str, message: str, remedy: str) -> Finding:
    """Return a finding of what may go wrong."""
    return Finding(Level.WARN, subject, message, remedy)


def fail(subject: str, message: str, remedy: str) -> Finding:
    """Return a finding of what is wrong."""
    return Finding(Level.FAIL, subject, message, remedy)
