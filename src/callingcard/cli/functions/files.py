"""What the commands have in common: a function's file, and how errors of it are shown."""

from pathlib import Path

from callingcard.errors import ConfigError
from callingcard.functions.service.deploying.deploy import function_name


def source_of(file: Path) -> str:
    """Return the text of a function's file; raises ConfigError."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            f"{file} cannot be read.", hint="A function is one Python file in UTF-8."
        ) from None


def folder_of(file: Path) -> Path:
    """Return the folder that *file* is in, as an absolute path."""
    return file.absolute().parent


def name_of(file: Path) -> str:
    """Return the name of the function in *file*; raises Invalid.

    >>> name_of(Path("functions/lookup_order.py"))
    'lookup-order'
    """
    return function_name(file.stem.replace("_", "-").lower())
