"""What a check of the logged-in experience says, line by line.

Invariant: a line names accounts by their number and never by their address, so that a
report can be sent to whoever is to mend something.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from callingcard.server.doctor.findings import Level

Which: TypeAlias = Literal["", "first", "second"]
"""Whom a line is about; nobody in particular is ``""``."""

STEPS: Final = {
    "server": "The server answers",
    "inbox": "The chat is served",
    "account": "A test account is there",
    "mint": "A token is issued",
    "session": "The chat knows who it is",
    "greeting": "The greeting is personal",
    "chat": "A message is kept, once",
    "contact": "The conversation is the contact's",
    "transcript": "The transcript is on the contact",
    "routing": "The conversation is routed",
    "forged": "A forged token proves nothing",
    "sign-out": "Signing out ends it",
    "anonymous": "Nobody is known after that",
    "apart": "The next person sees nothing of it",
    "clean-up": "Nothing is left behind",
}
"""The steps in their order, with what holds when they pass."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: how a step went for an account, and what to do where it failed."""

    step: str
    account: Which
    level: Level
    message: str
    remedy: str = ""


def nobody_hears(line: Line) -> None:
    """Drop *line*, where nobody reads along."""
    del line


@dataclass(slots=True)
class Report:
    """The lines so far; *hear* is told each as it comes."""

    hear: Callable[[Line], None] = nobody_hears
    lines: list[Line] = field(default_factory=list[Line])

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(line.level is not Level.FAIL for line in self.lines)

    def ok(self, step: str, message: str, account: Which = "") -> None:
        """Say that a step went as it should."""
        self._add(Line(step, account, Level.OK, message))

    def warn(self, step: str, message: str, remedy: str, account: Which = "") -> None:
        """Say that a step told nothing, or that something could be better."""
        self._add(Line(step, account, Level.WARN, message, remedy))

    def fail(self, step: str, message: str, remedy: str, account: Which = "") -> None:
        """Say that a step went wrong, and what to do."""
        self._add(Line(step, account, Level.FAIL, message, remedy))

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        self.hear(line)
