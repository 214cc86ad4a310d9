"""A desk on loopback for a client's whole list of calls, and what the calls need.

The server lives as long as a test file; each call is made in a ten seconds of its own,
so that their number does not matter to the limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, Final

from callingcard.kit.clock import FakeClock

KEY: Final = "pat-local-desk"
NAMING: Final = {"contacts": "email", "companies": "name", "deals": "dealname"}
"""What each kind of record cannot be without."""


@dataclass
class Desk:
    """A served desk: where it is, and the time it thinks it is."""

    address: str
    clock: FakeClock
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def pass_ten_seconds(self) -> None:
        """Let the next window of the limit begin."""
        self.clock.advance(timedelta(seconds=10))

    def number(self) -> int:
        """Return a number that was not used before."""
        return next(self.numbers)

    def properties(self, kind: str) -> dict[str, str]:
        """Return what a record of *kind* needs, unlike that of any other."""
        number = self.number()
        value = f"n{number}@example.com" if kind == "contacts" else f"n{number}"
        return {NAMING[kind]: value}


def default_tie(end: Any, number: int = 279) -> list[dict[str, Any]]:
    """Return an association of a new record with *end*, as clients write it."""
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]
    return [{"to": {"id": str(end)}, "types": types}]
