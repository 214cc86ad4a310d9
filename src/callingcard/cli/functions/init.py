"""``functions init``: a function to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from callingcard.cli.output import stderr
from callingcard.errors import ConfigError
from callingcard.functions.service.deploying.deploy import function_name
from callingcard.functions.service.deploying.starters import starter, starter_test


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as lookup-order.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write NAME.py and a test of it; nothing that is there is replaced."""
    function_name(name)
    written = {
        folder / f"{name}.py": starter(name),
        folder / f"test_{name.replace('-', '_')}.py": starter_test(name),
    }
    for path in written:
        if path.exists():
            raise ConfigError(f"{path} is there already.", hint="Choose another name.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
        stderr.print(f"Wrote {path}", highlight=False)
    file = folder / f"{name}.py"
    stderr.print(f"Try it: callingcard functions run {file} --param name=Ada", highlight=False)
