"""What caches on another host have in common: limits on waiting, and reads in batches.

Reads that are asked for in one turn of the loop go out as one command, which was
measured several times faster than one command each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

from callingcard.backends.cache.contract import CALL_SECONDS, CacheUnavailable
from callingcard.backends.cache.rest import Rest
from callingcard.kit.clock import stopwatch

BATCH: Final = 500
"""How many keys are read by one command."""

T = TypeVar("T")


class Patience:
    """Limits how long calls wait, and spares those after one that waited in vain.

    *lost* are the driver's errors after which no answer can be expected for a moment,
    *failed* all its errors, those included.
    """

    def __init__(
        self,
        *,
        lost: tuple[type[Exception], ...],
        failed: tuple[type[Exception], ...],
        timer: Callable[[], float] = stopwatch,
    ) -> None:
        self._lost = lost
        self._failed = failed
        self._rest = Rest(timer)

    async def wait(self, ask: Callable[[], Awaitable[T]], *, insist: bool = False) -> T:
        """Return the answer to *ask*; raises CacheUnavailable when there is none in time.

        Who insists is not spared: a sign-out must not fail for what another call met.
        """
        if not insist:
            self._rest.check()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await ask()
        except (TimeoutError, OSError, *self._failed) as error:
            if isinstance(error, (TimeoutError, OSError, *self._lost)):
                self._rest.begin()
            # The driver's words may quote the host or what was asked for.
            raise CacheUnavailable(type(error).__name__) from None


class Reads:
    """Collects the keys that one turn of the loop asks for, and has them *read* at once."""

    def __init__(
        self, read: Callable[[Sequence[str]], Awaitable[Mapping[str, bytes]]]
    ) -> None:
        self._read = read
        self._asked: dict[str, list[asyncio.Future[bytes | None]]] = {}
        self._under_way: set[asyncio.Task[Mapping[str, bytes]]] = set()

    async def get(self, key: str) -> bytes | None:
        """Return what *read* finds under *key*."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[bytes | None] = loop.create_future()
        if not self._asked:
            loop.call_soon(self._send)
        self._asked.setdefault(key, []).append(mine)
        return await mine

    async def close(self) -> None:
        """Give up on what is under way."""
        left = list(self._under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _send(self) -> None:
        """Send off what was collected."""
        asked, self._asked = self._asked, {}
        keys = list(asked)
        for start in range(0, len(keys), BATCH):
            some = {key: asked[key] for key in keys[start : start + BATCH]}
            task = asyncio.ensure_future(self._found(list(some)))
            self._under_way.add(task)
            task.add_done_callback(lambda done, some=some: self._tell(done, some))

    async def _found(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return await self._read(keys)

    def _tell(
        self,
        task: "asyncio.Task[Mapping[str, bytes]]",
        asked: dict[str, "list[asyncio.Future[bytes | None]]"],
    ) -> None:
        """Give everyone who still waits their answer."""
        self._under_way.discard(task)
        error = CacheUnavailable("Closed") if task.cancelled() else task.exception()
        for key, waiting in asked.items():
            for one in waiting:
                if one.done():
                    continue
                if error is None:
                    one.set_result(task.result().get(key))
                else:
                    one.set_exception(error)
