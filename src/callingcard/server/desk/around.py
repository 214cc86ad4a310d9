"""What the desk's rooms share with each other, and with the rest of the house."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callingcard.backends.bus import Bus
from callingcard.backends.database import Database
from callingcard.backends.fetch import AsyncFetch
from callingcard.desk.ports.units import People
from callingcard.desk.store.units import SqlUnits
from callingcard.kit.clock import Clock
from callingcard.server.settings.model import Settings


@dataclass(frozen=True, slots=True)
class DeskAround:
    """What is there before the desk is."""

    settings: Settings
    database: Database
    units: SqlUnits
    bus: Bus
    fetch: AsyncFetch
    clock: Clock
    new_id: Callable[[], str]
    people: People
    """The agents."""
    secrets: Sequence[bytes]
    """The server's secrets, newest first."""
    node: str
    """The name of this process, a new one at each start."""
