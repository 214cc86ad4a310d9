"""Reads the templates that ship with the product: a folder for each.

In a folder are ``template.toml`` (title, description), ``NAME.py`` (the function) and
``README.md``.
"""

import tomllib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from callingcard.functions.service.templates import Template

_HERE: Final = Path(__file__).parent


class Gallery:
    """The templates below a folder, by default our own; implements ``Templates``."""

    def __init__(self, folder: Path = _HERE) -> None:
        self._folder = folder

    def all(self) -> Sequence[Template]:
        """Return every template, by name."""
        return self._templates

    @cached_property
    def _templates(self) -> tuple[Template, ...]:
        found = sorted(self._folder.glob("*/template.toml"))
        return tuple(_read(path.parent) for path in found)


def _read(folder: Path) -> Template:
    """Return the template in *folder*."""
    about = tomllib.loads((folder / "template.toml").read_text(encoding="utf-8"))
    readme = folder / "README.md"
    return Template(
        name=folder.name,
        title=about["title"],
        description=about["description"],
        source=(folder / f"{folder.name}.py").read_text(encoding="utf-8"),
        readme=readme.read_text(encoding="utf-8") if readme.exists() else "",
    )
