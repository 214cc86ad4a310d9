"""How commands speak: data on standard output, everything else on standard error.

The server's parts are imported when a command runs and not before: ``--help`` should
not wait for a database toolkit.
"""

import asyncio
import gc
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from callingcard.errors import CallingcardError, ConfigError, Invalid
from callingcard.kit import log
from callingcard.server.settings.loading import load
from callingcard.server.settings.model import Settings

if TYPE_CHECKING:
    from callingcard.server.wiring import Services

T = TypeVar("T")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The settings file; callingcard.toml if absent."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

stdout = Console()
stderr = Console(stderr=True)


def settings_from(config: Path | None) -> Settings:
    """Read the settings and keep the libraries' log lines out of the way."""
    settings = load(config).settings
    log.configure(level="warning", style="text")
    return settings


_FIRST_STEP = "0001"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one command's work to its end, on the faster loop where there is one."""
    gc.freeze()
    gc.enable()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes uvloop's loops; None where it cannot be installed, as on Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


@asynccontextmanager
async def services(settings: Settings) -> "AsyncGenerator[Services]":
    """Open the product beside a server that may be running on the same data.

    A database that nobody has used yet is set up; one of another version is left alone.
    """
    from callingcard.server.migrate import migrate, pending
    from callingcard.server.wiring import open_services

    opened = await open_services(settings, owner=False)
    try:
        missing = await pending(opened.database)
        if missing and missing[0] != _FIRST_STEP:
            raise ConfigError(
                "The database is of an earlier version.", hint="Run callingcard migrate."
            )
        await migrate(opened.database)
        yield opened
    finally:
        await opened.close()


def show_json(data: Any) -> None:
    """Print *data* as JSON, for programs."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False, default=str))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print rows for people, or say what to do when there are none."""
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*row)
    if table.row_count:
        stdout.print(table)
    else:
        stderr.print(empty)


def show(data: Mapping[str, Any], *, as_json: bool, text: str) -> None:
    """Print one thing: as JSON for programs, or as *text* for people."""
    if as_json:
        show_json(data)
    else:
        typer.echo(text)


def fail(error: CallingcardError) -> None:
    """Tell an error, and what to do about it."""
    stderr.print(f"[red]error[/red] {error.code}: {escape(error.message)}", highlight=False)
    if error.hint:
        stderr.print(f"      {escape(error.hint)}", highlight=False)
    if isinstance(error, Invalid):
        for name, why in error.fields.items():
            stderr.print(f"      {escape(name)}: {escape(why)}", highlight=False)
