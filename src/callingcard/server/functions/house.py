"""Everything of functions that is open in this process.

Nothing runs before ``start``: a command beside the server opens the house too, and must
not take up the server's work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.registry import Collector

from callingcard.server.functions.around import Around
from callingcard.server.functions.making import Making, open_making
from callingcard.server.functions.running import Running, open_running
from callingcard.server.functions.sealed import SealedHouse
from callingcard.server.functions.telling import Telling, open_telling
from callingcard.server.settings.sealed import revealed, sealed_in


@dataclass(frozen=True, slots=True)
class FunctionHouse:
    """Functions, in three parts: what makes, what runs, what goes on by itself."""

    around: Around
    sealed: SealedHouse
    making: Making
    running: Running
    telling: Telling

    @property
    def metrics(self) -> Sequence[Collector]:
        """What is counted."""
        return self.running.metrics, self.telling.metrics

    async def reveal(self) -> None:
        """Read the secrets that the settings name; the database is up to date now.

        Raises ConfigError when one is not there.
        """
        given = self.around.settings.alerts
        section = await revealed(given, self.sealed.secrets.reveal, path="alerts")
        self.telling.alerts.channels.use([url.get_secret_value() for url in section.channels])

    async def start(self) -> None:
        """Begin what goes on by itself."""
        await self.sealed.secrets.resume()
        await self.reveal()
        await self.running.start()
        await self.telling.background.start()

    async def sweep(self, now: datetime) -> int:
        """Remove what expired; return how many rows went."""
        await self.sealed.secrets.resume()
        removed = await self.sealed.storage.sweep(now)
        removed += await self.running.desk.sweep(now)
        removed += await self.telling.sweep()
        return removed + await self.making.sweep()

    async def close(self) -> None:
        """Close everything, callers first: what still runs then is cut off."""
        await self.telling.background.stop()
        await self.running.drain()
        await self.making.close()
        await self.running.journal.close()


def open_functions(around: Around, sealed: SealedHouse) -> FunctionHouse:
    """Open everything; nothing of it runs yet."""
    making = open_making(around, sealed)
    sealed.uses.connectors = making.connectors
    sealed.uses.channels = {one.name for one in sealed_in(around.settings.alerts)}
    running = open_running(around, sealed, making)
    telling = open_telling(around, making, running)
    return FunctionHouse(around, sealed, making, running, telling)
