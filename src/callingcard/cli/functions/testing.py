"""``functions test``: runs ``test_*.py`` beside functions, in the real sandbox.

A test takes the fixture ``run_function``. Calls to connectors are answered from
``recordings/NAME.json``; ``--record`` makes them truly and writes them down.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from callingcard.cli.functions.files import name_of
from callingcard.cli.output import ConfigOption, settings_from
from callingcard.errors import ConfigError

_OPTIONS: Final = (
    "-q",
    "--import-mode=importlib",
    *("-p", "no:cacheprovider"),
    *("-p", "no:asyncio"),  # a bench brings its own loop
    *("-c", os.devnull),  # settings that are above here may be another project's
)


def run_tests(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="One function; all here if absent.")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Call connectors truly, and write it down.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Run the tests of functions."""
    if find_spec("pytest") is None:
        raise ConfigError("The tests run on pytest.", hint="Install it: pip install pytest")
    tests = tests_of(file)
    if not tests:
        where = f"test_{name_of(file).replace('-', '_')}.py" if file else "test_*.py"
        raise ConfigError(f"There is no {where} here.", hint="Write one: functions init does.")
    import pytest

    from callingcard.cli.functions.fixture import FunctionTests

    plugin = FunctionTests(settings_from(config), record=record)
    try:
        ended = pytest.main(
            [*_OPTIONS, "--rootdir", str(Path.cwd()), *map(str, tests)],
            plugins=[plugin],
        )
    finally:
        plugin.close()
    if ended != pytest.ExitCode.OK:
        raise typer.Exit(1)


def tests_of(file: Path | None) -> list[Path]:
    """Return the test files of one function, or of all in this folder."""
    if file is None:
        return sorted([*Path().glob("test_*.py"), *Path("tests").glob("test_*.py")])
    name = f"test_{name_of(file).replace('-', '_')}.py"
    places = (file.parent / name, file.parent / "tests" / name)
    return [place for place in places if place.is_file()]
