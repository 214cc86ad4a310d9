"""Classes that are chosen by name, ours and those of other packages.

Ours are written in a table; another package adds one with an entry point of
the same group. Nothing is imported before it is asked for by name.

Invariant: another package never replaces one of ours.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any


def names(group: str, built_in: Mapping[str, str]) -> list[str]:
    """Return every name there is in *group*, sorted."""
    return sorted({*built_in, *(point.name for point in entry_points(group=group))})


def load(group: str, name: str, built_in: Mapping[str, str]) -> Any:
    """Return what *name* stands for in *group*; raises LookupError when there is none.

    >>> load("no.group", "path", {"path": "pathlib:PurePath"}).__name__
    'PurePath'
    """
    if name in built_in:
        module, _, attribute = built_in[name].partition(":")
        return getattr(import_module(module), attribute)
    for point in entry_points(group=group, name=name):
        return point.load()
    raise LookupError(name)
