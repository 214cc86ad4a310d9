"""What functions share with the rest of the house, and what the settings allow them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from callingcard.backends.bus import Bus
from callingcard.backends.database import Database
from callingcard.functions.model.manifest import MIB
from callingcard.functions.model.storage import Quota
from callingcard.functions.service.deploying.manifests import Ceilings
from callingcard.functions.service.running.runs import Bounds
from callingcard.kit.clock import Clock
from callingcard.server.settings.model import Settings

_EACH_PROCESSOR: Final = 8


@dataclass(frozen=True, slots=True)
class Around:
    """What is there before functions are."""

    settings: Settings
    database: Database
    bus: Bus
    clock: Clock
    secrets: Sequence[bytes]
    """The server's secrets, newest first."""
    node: str
    """The name of this process, a new one at each start."""

    @property
    def at_once(self) -> int:
        """How many runs go on at the same time."""
        return self.settings.functions.at_once or _EACH_PROCESSOR * (os.cpu_count() or 1)

    @property
    def quota(self) -> Quota:
        """How much a function may keep in a namespace."""
        return Quota(size=self.settings.functions.storage_mib * MIB)

    @property
    def ceilings(self) -> Ceilings:
        """The most that a manifest may ask for."""
        return Ceilings(
            wall=timedelta(seconds=self.settings.functions.max_seconds),
            memory_bytes=self.settings.functions.max_memory_mib * MIB,
        )

    @property
    def bounds(self) -> Bounds:
        """How far history goes back."""
        section = self.settings.functions
        return Bounds(timedelta(days=section.history_days), section.history_runs)
