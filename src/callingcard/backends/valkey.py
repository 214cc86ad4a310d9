"""Valkey, or Redis: a client with limits, and the bus that reaches other processes.

Invariant: nothing here quotes a URL, which may hold a password.
"""

import asyncio
import logging
import random
import secrets
from typing import Any, Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TooSlow

from callingcard.backends.bus import Bus, Listener
from callingcard.errors import ConfigError

LOST: Final = (LostConnection, TooSlow)
"""The errors after which no answer can be expected for a moment."""

FAILED: Final = (RedisError,)
"""Every error of the driver's."""

_CONNECTIONS: Final = 8
_SECONDS: Final = 1.0
_CHANNEL: Final = "callingcard:hints"
_QUIET_SECONDS: Final = 2.0
_MAX_WAIT: Final = 2.0
_RECANCEL_SECONDS: Final = 0.1
_MAX_TOPICS: Final = 1_000

_log = logging.getLogger("callingcard.bus")


def open_client(url: str) -> "redis.asyncio.Redis":
    """Return a client of ``redis://``, ``rediss://``, ``valkey://`` or ``valkeys://``.

    It connects at its first use. Callers wait for a connection instead of failing when
    all are in use. Only what a connection was lost under is tried once more: it may have
    lain idle while the server restarted. Raises ConfigError.
    """
    spoken = "redis" + url.removeprefix("valkey").removeprefix("redis")
    try:
        pools: Any = redis.asyncio.BlockingConnectionPool
        pool = pools.from_url(
            spoken,
            max_connections=_CONNECTIONS,
            timeout=_SECONDS,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(LostConnection,)),
        )
        pool.make_connection()  # makes the object only, but sees options that are unknown
    except (ValueError, TypeError, RedisError):
        raise ConfigError(
            "The cache's URL is not one that Valkey understands.",
            hint="Write it like redis://user:password@host:6379/0.",
        ) from None
    return redis.asyncio.Redis.from_pool(pool)


class ValkeyBus(Bus):
    """A Bus whose hints reach the other processes too, at best effort.

    Local readers wake up at once, whatever Valkey does. Hints that cannot be sent are
    dropped: every reader looks by itself now and then.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._client: Any = open_client(url)  # its own types are partly unknown
        self._me = secrets.token_hex(8)
        self._untold: set[str] = set()
        self._told = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._connected = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether hints of other processes reach us now."""
        return self._connected.is_set()

    def notify(self, topic: str) -> None:
        """Wake everyone who waits on *topic*, here at once and elsewhere soon."""
        super().notify(topic)
        if not self.closed and len(self._untold) < _MAX_TOPICS:
            self._untold.add(topic)
            self._told.set()
            self._start()

    def listen(self, *topics: str) -> Listener:
        """Start listening; news from now on are not missed, even between two waits."""
        self._start()
        return super().listen(*topics)

    def close(self) -> None:
        """Wake everyone for the last time, and stop hearing from others."""
        super().close()
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Return once the connections are closed."""
        while left := [task for task in self._tasks if not task.done()]:
            for task in left:
                task.cancel()  # again: Python 3.11 loses one that meets the end of a wait_for
            await asyncio.wait(left, timeout=_RECANCEL_SECONDS)
        await self._client.aclose()

    def _start(self) -> None:
        """Begin to talk to Valkey: not before somebody listens or has news."""
        if not self._tasks and not self.closed:
            self._tasks = [
                asyncio.create_task(self._tell()),
                asyncio.create_task(self._hear()),
            ]

    async def _tell(self) -> None:
        """Send on what is new; what comes up meanwhile goes together."""
        while not self.closed:
            await self._told.wait()
            self._told.clear()
            topics, self._untold = self._untold, set()
            try:
                async with asyncio.timeout(_SECONDS):
                    await self._client.publish(_CHANNEL, "\n".join([self._me, *topics]))
            except (TimeoutError, OSError, RedisError) as error:
                _log.debug("hints were not sent (%s)", type(error).__name__)

    async def _hear(self) -> None:
        """Listen to others for as long as the bus is open, with pauses while it fails."""
        wait = 0.0
        while not self.closed:
            try:
                async with self._client.pubsub() as ear:
                    async with asyncio.timeout(_SECONDS):
                        await ear.subscribe(_CHANNEL)
                    await self._follow(ear)
            except (TimeoutError, OSError, RedisError) as error:
                if self.connected or not wait:
                    _log.warning(
                        "hints of other processes are not heard (%s)", type(error).__name__
                    )
                wait = 0.1 if self.connected else min(_MAX_WAIT, 2 * wait + 0.1)
                self._connected.clear()
            # Not all at the same moment, when Valkey comes back.
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311

    async def _follow(self, ear: Any) -> None:
        """Pass hints on; raises TimeoutError when Valkey says nothing, though asked."""
        asked = False
        while True:
            heard = await ear.get_message(timeout=_QUIET_SECONDS)
            if heard is None:
                if asked:
                    raise TimeoutError
                await ear.ping()
                asked = True
                continue
            asked = False
            if not self.connected:
                self._connected.set()
                _log.info("hints of other processes are heard")
            if heard["type"] == "message":
                sender, *topics = bytes(heard["data"]).decode(errors="replace").split("\n")
                for topic in topics if sender != self._me else ():
                    super().notify(topic)
