"""Starts the server, and stops it without cutting anybody off in mid-sentence."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType

import structlog
import uvicorn

from callingcard.kit import log
from callingcard.server.app import create_app
from callingcard.server.edge.protocol import TokenProtocol
from callingcard.server.migrate import migrate
from callingcard.server.settings.loading import Configuration
from callingcard.server.settings.model import Settings
from callingcard.server.sites.registry import Sites
from callingcard.server.sites.reports import tell_log
from callingcard.server.wiring import Services, open_services

DRAIN = timedelta(seconds=10)
"""How long a stopping server waits for what is still being answered."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

SWEEP_EVERY = timedelta(minutes=10)

_GARBAGE = (50_000, 20, 100)
"""How many objects, and then looks at the younger ones, come before each look."""

logger = structlog.get_logger("callingcard.server")


class Server(uvicorn.Server):
    """Uvicorn that ends our open streams when it is told to stop.

    Without this an event stream never ends by itself, and the stop waits for it.
    """

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Take the signals while serving, and do not raise them again afterwards.

        Uvicorn would, and the process would die of the signal before it has closed
        its database.
        """
        before = {sig: signal.signal(sig, self.handle_exit) for sig in STOP_SIGNALS}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell the streams, then stop as uvicorn does."""
        self._on_stop()
        super().handle_exit(sig, frame)


def uvicorn_config(services: Services) -> uvicorn.Config:
    """Return how uvicorn serves the application that *services* make."""
    settings = services.settings
    return uvicorn.Config(
        create_app(services),
        http=TokenProtocol,
        host=settings.server.host,
        port=settings.server.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who the client is, ``edge.client`` finds out
        timeout_graceful_shutdown=int(DRAIN.total_seconds()),
        lifespan="off",
    )


def log_style(settings: Settings) -> None:
    """Write log lines as the settings say: text on a terminal, JSON elsewhere."""
    chosen = settings.log.format
    if chosen == "auto":
        chosen = "text" if sys.stderr.isatty() else "json"
    log.configure(level=settings.log.level, style=chosen)


async def serve(
    settings: Settings, *, reread: Callable[[], Configuration] | None = None
) -> None:
    """Bring the database up to date and serve until a signal says stop.

    *reread* reads the settings again, when SIGHUP or an operator says so.
    """
    log_style(settings)
    services = await prepare(settings, reread=reread)
    _look_for_garbage_rarely()
    try:
        server = Server(uvicorn_config(services), services.drain)
        logger.info("listening", url=settings.public_url, app=f"{settings.public_url}/app")
        if not await services.users.list():
            logger.info(
                "nobody can sign in yet",
                remedy="callingcard users add EMAIL --role owner",
            )
        async with sweeping(services):
            with reloading(services.site_registry):
                await server.serve()
    finally:
        await services.close()


def _look_for_garbage_rarely() -> None:
    """Look for objects that only hold each other after many requests, not during each.

    What is open when we start stays, and thousands of open streams stay for hours: looking
    through them frees nothing, and nobody is answered meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


async def prepare(
    settings: Settings, *, reread: Callable[[], Configuration] | None = None
) -> Services:
    """Open everything and make it ready to be served."""
    services = await open_services(settings, owner=True, reread=reread)
    try:
        await migrate(services.database)
        await services.start()
    except BaseException:
        await services.close()
        raise
    return services


@contextmanager
def reloading(sites: Sites) -> Generator[None]:
    """Reload the sites at every SIGHUP while the block runs, where there is such a signal."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None:
        yield
        return
    loop = asyncio.get_running_loop()
    running: set[asyncio.Task[None]] = set()

    def begin() -> None:
        task = loop.create_task(_reload(sites))
        running.add(task)
        task.add_done_callback(running.discard)

    loop.add_signal_handler(hangup, begin)
    try:
        yield
    finally:
        loop.remove_signal_handler(hangup)


async def _reload(sites: Sites) -> None:
    """Reload, and say what came of it: this is the job edge."""
    try:
        tell_log(await sites.reload())
    except Exception:
        logger.exception("reloading failed")
    else:
        logger.info("reloaded")


class sweeping:  # noqa: N801  (used as `async with sweeping(services)`)
    """Removes what expired, now and then, while the block runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        """Start sweeping."""
        self._task = asyncio.create_task(self._sweep())

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _sweep(self) -> None:
        """Sweep, wait, and go on after a fault: this is the job edge."""
        while True:
            try:
                removed = await self._services.sweep()
                logger.debug("swept", removed=removed)
            except Exception:
                logger.exception("sweeping failed")
            await asyncio.sleep(SWEEP_EVERY.total_seconds())
