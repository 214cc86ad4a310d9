"""Sending mail to visitors."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, in plain text."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Mails(Protocol):
    """Takes letters and sends them by and by."""

    @property
    def ready(self) -> bool:
        """Whether there is a server that letters can be handed to."""
        ...

    def post(self, letter: Letter) -> None:
        """Take a letter without waiting for it to be sent; raises LimitExceeded when full.

        Nobody learns here whether it arrives: how long that takes, and how it fails, would
        tell a stranger which addresses there are.
        """
        ...
