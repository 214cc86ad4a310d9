"""What is found in a function's source before it runs.

Lines count from one and columns from zero, in characters, as editors show them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """It cannot run like this: a deploy is refused."""
    WARNING = "warning"
    """It will probably fail, at least sometimes."""
    INFO = "info"
    """It does no harm, but is not what it looks like."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in one place, and what to do about it."""

    line: int
    column: int
    end_line: int
    end_column: int
    severity: Severity
    code: str
    """A stable name, such as ``syntax``, ``main`` or ``types.bad-argument-type``."""
    message: str
