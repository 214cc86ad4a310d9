"""Starts the product with a shop beside it, on two origins as in real life."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn
from rich.console import Console

from callingcard.demo.seed import AGENT_EMAIL, Seeded, seed
from callingcard.demo.shop.app import create_shop
from callingcard.demo.shop.settings import ShopSettings
from callingcard.errors import ConfigError
from callingcard.kit.crypto import new_secret
from callingcard.server.run import Server, log_style, prepare, sweeping, uvicorn_config
from callingcard.server.settings.loading import load
from callingcard.server.settings.model import Settings
from callingcard.server.wiring import Services

HOST: Final = "127.0.0.1"
DATA: Final = Path("callingcard-data", "demo")


class _QuietServer(uvicorn.Server):
    """The shop's server: it leaves the signals to the product's, and stops with it."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture nothing."""
        yield


def demo_settings(port: int) -> Settings:
    """Return the settings of the demo: everything on this machine, in a folder of its own."""
    flags = {
        "data_dir": str(DATA),
        "server": {"host": HOST, "port": port},
        "log": {"level": "warning"},
        "desk": {"origins": [shop_url(port)]},
        "mail": {"to_log": True},
    }
    return load(flags=flags).settings


def shop_url(port: int) -> str:
    """Return the shop's origin: the next port."""
    return f"http://{HOST}:{port + 1}"


async def run_demo(port: int) -> None:
    """Serve the product on *port* and the shop on the next, until told to stop."""
    for needed in (port, port + 1):
        _require_free(needed, port)
    settings = demo_settings(port)
    log_style(settings)
    services = await prepare(settings)
    try:
        seeded = await seed(services)
        shop = _shop_server(services, seeded, port)

        def stop() -> None:
            services.drain()
            shop.should_exit = True

        server = Server(uvicorn_config(services), stop)
        async with sweeping(services):
            shop_task = asyncio.create_task(shop.serve())
            _announce(settings, seeded)
            await server.serve()
            shop.should_exit = True
            await shop_task
    finally:
        await services.close()


def _shop_server(services: Services, seeded: Seeded, port: int) -> _QuietServer:
    """Return the server of the shop."""

    async def agent_link() -> str:
        ticket = await services.agent_sessions.ticket(seeded.agent_id)
        return f"{services.settings.public_url}/app#ticket={ticket}"

    shop = create_shop(
        ShopSettings(
            desk_url=services.settings.public_url,
            access_token=seeded.shop_key,
            session_secret=new_secret(),
            port=port + 1,
            agent_link=agent_link,
        )
    )
    config = uvicorn.Config(
        shop, host=HOST, port=port + 1, log_config=None, access_log=False, server_header=False
    )
    return _QuietServer(config)


def _require_free(port: int, asked: int) -> None:
    """Raise ConfigError when somebody listens on *port* already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise ConfigError(
                f"port {port} is taken", hint=f"Try another pair: make demo PORT={asked + 100}"
            ) from None


def _announce(settings: Settings, seeded: Seeded) -> None:
    """Say where to look."""
    say = Console(highlight=False, soft_wrap=True).print
    say()
    say("  [bold]Callingcard[/bold] is running, with a shop beside it.")
    say("  Nothing leaves this machine.")
    say()
    say(f"  The shop          {shop_url(settings.server.port)}")
    say("                    sign in as Ada, open the chat, say hello")
    say(f"  The agents' app   {shop_url(settings.server.port)}/agent")
    say("                    opens signed in; see who is calling, and answer")
    say(f"  By hand           {settings.public_url}/app")
    say(f"                    {AGENT_EMAIL}  {seeded.agent_password}")
    say()
    say("  Ctrl-C stops everything. What you do here is kept in " + str(settings.data_dir))
    say()
