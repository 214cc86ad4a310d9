"""Every error has a name of its own, documented, and says nothing it should not."""

import importlib
import pkgutil
from pathlib import Path

import callingcard
from callingcard.errors import CallingcardError

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"


def every_error() -> list[type[CallingcardError]]:
    """Return every error class of the product."""
    for module in pkgutil.walk_packages(callingcard.__path__, "callingcard."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[CallingcardError]] = []
    todo = [CallingcardError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("callingcard")]


def test_no_two_errors_share_a_code():
    """A code names one error."""
    codes = [kind.code for kind in every_error()]
    assert sorted(codes) == sorted(set(codes))


def test_every_code_is_documented():
    """The page of errors names every code."""
    page = PAGE.read_text(encoding="utf-8")
    assert [kind.code for kind in every_error() if f"`{kind.code}`" not in page] == []
