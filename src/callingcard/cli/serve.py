"""``callingcard serve``: the server."""

from functools import partial
from typing import Annotated, Any

import typer

from callingcard.cli.output import ConfigOption, run
from callingcard.errors import ConfigError
from callingcard.server.settings.loading import load, read


def serve(
    config: ConfigOption = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
    workers: Annotated[int, typer.Option(help="How many processes; one for now.")] = 1,
) -> None:
    """Bring the database up to date, then serve everything until told to stop."""
    if workers != 1:
        raise ConfigError(
            "this version serves from one process",
            hint="Leave --workers out. Several nodes need PostgreSQL and Valkey.",
        )
    from callingcard.server.run import serve as serve_all

    given: dict[str, Any] = {"host": host, "port": port}
    server = {name: value for name, value in given.items() if value is not None}
    flags = {"server": server} if server else None
    settings = load(config, flags=flags).settings
    run(serve_all(settings, reread=partial(read, config, flags=flags)))
