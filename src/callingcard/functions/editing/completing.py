"""Completions and signatures, worked out by jedi; used in the worker's process only.

jedi reads sources and stubs and runs none of them. It would import extension modules of
a function's packages, which is running them, so it is given only the standard library to
import from. https://jedi.readthedocs.io/en/latest/docs/api.html
"""

import re
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import jedi
from jedi.api.environment import InterpreterEnvironment

from callingcard.kit.clock import stopwatch

_MOST: Final = 200
_DESCRIBED: Final = 10
"""How many are described however long it takes; more are, as long as there is time."""
_DESCRIBING_SECONDS: Final = 0.01
_DESCRIBING_ONCE_SECONDS: Final = 0.4
_MOST_DETAIL: Final = 300
_MOST_TEXT: Final = 4000
_WORD: Final = re.compile(r"\w*\Z")
_MEMBER: Final = re.compile(r"(?<![\w.])([^\W\d]\w*)\.(\w*)\Z")
"""A plain name with a dot, and what of a member's name is written."""
_QUOTED: Final = re.compile(r"[\"'#]")
"""What may make the rest of a line something else than a name; jedi knows better then."""
_MOST_MODULES: Final = 50
_RELATIVE: Final = re.compile(r"\s*from\s+\.")
_KINDS: Final = {"param": "parameter", "statement": "value", "instance": "value"}


_STUBS: Final = str(Path(jedi.__file__).parent / "third_party/typeshed/stdlib")
_LIBRARY: Final = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


def standard_library() -> list[str]:
    """Return the folders of the standard library, without what is installed beside it."""
    named = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    return [*sorted(named), *(str(Path(path, "lib-dynload")) for path in sorted(named))]


class Completer:
    """Answers for sources that are read together with the stubs of one workspace."""

    def __init__(self, cache: Path) -> None:
        jedi.settings.cache_directory = str(cache)
        jedi.settings.auto_import_modules = []
        self._library = standard_library()
        self._environment = InterpreterEnvironment()
        sys.path[:] = self._library  # what jedi may import from; we have all that we need
        self._modules: dict[str, list[dict[str, Any]]] = {}

    def complete(self, script: Any, line: int, column: int, text: str) -> list[dict[str, Any]]:
        """Return how to go on at a place; *text* is its line up to there."""
        if _RELATIVE.match(text):  # nothing is beside a function, and a workspace is no answer
            return []
        known = self._of_the_library(script, line, text)
        if known is not None:
            return known
        found: Sequence[Any] = script.complete(line, column)
        if found and found[-1].type == "path":  # a text may hold a path, but no such file
            return []
        word = _WORD.search(text)
        if not (word and word[0].startswith("_")):
            found = [item for item in found if not item.name.startswith("_")]
        there = (item for item in found if not _only_a_type(item))
        ranked = sorted(there, key=lambda item: not item.name_with_symbols.endswith("="))
        return _listed(ranked[:_MOST], _DESCRIBING_SECONDS)

    def _of_the_library(
        self, script: Any, line: int, text: str
    ) -> list[dict[str, Any]] | None:
        """Return the members of a module of the standard library; None of anything else.

        They are the same for every source, and jedi takes a tenth of a second to find out
        which of them a large module has on this platform.
        """
        member = _MEMBER.search(text)
        if member is None or member[2].startswith("_") or _QUOTED.search(text):
            return None
        named: Sequence[Any] = script.infer(line, member.start(1))
        if len(named) != 1 or named[0].type != "module" or not _is_library(named[0]):
            return None
        name = str(named[0].full_name)
        if name not in self._modules and len(self._modules) < _MOST_MODULES:
            members: Sequence[Any] = script.complete(line, member.start(2))
            public = [item for item in members if not item.name.startswith("_")]
            self._modules[name] = _listed(public, _DESCRIBING_ONCE_SECONDS)
        begun = member[2].lower()
        known = self._modules.get(name)
        if not known:
            return None
        return [one for one in known if one["label"].lower().startswith(begun)][:_MOST]

    def signature(self, script: Any, line: int, column: int) -> dict[str, Any] | None:
        """Return the call around a place."""
        found: Sequence[Any] = script.get_signatures(line, column)
        if not found:
            return None
        call = found[0]
        return {
            "label": call.to_string()[:_MOST_DETAIL],
            "documentation": call.docstring(raw=True)[:_MOST_TEXT],
            "parameters": [parameter.to_string() for parameter in call.params],
            "active": call.index,
        }

    def script(self, source: str, workspace: str, packages: str | None) -> Any:
        """Return *source* as jedi knows it, beside the stubs in *workspace*."""
        installed = [packages] if packages else []
        project = jedi.Project(
            workspace,
            sys_path=[workspace, *self._library, *installed],
            smart_sys_path=False,
        )
        return jedi.Script(source, project=project, environment=self._environment)

    def warm(self, workspace: str) -> None:
        """Read what almost every completion needs, so that the first one is quick."""
        source = "import json\n\n\ndef main(name: str) -> str:\n    return name."
        self.complete(self.script(source, workspace, None), 5, 16, "    return name.")


def _is_library(module: Any) -> bool:
    """Say whether *module* is one of Python's own, as jedi's stubs or its sources tell."""
    path = str(module.module_path or "")
    return path.startswith(_STUBS) or (
        path.startswith(_LIBRARY) and "site-packages" not in path
    )


def _only_a_type(item: Any) -> bool:
    """Say whether *item* is a class of our stubs, which a function cannot name."""
    name: str = item.name
    is_ours = str(item.full_name or "").startswith(("connectors.", "storage."))
    return is_ours and item.type == "class" and not name.endswith("Error")


def _listed(items: Sequence[Any], seconds: float) -> list[dict[str, Any]]:
    """Return *items* as they are told, described as far as *seconds* last."""
    start = stopwatch()
    return [
        _described(item)
        if number < _DESCRIBED or stopwatch() - start < seconds
        else _named(item)
        for number, item in enumerate(items)
    ]


def _named(item: Any) -> dict[str, Any]:
    name: str = item.name_with_symbols
    return {"label": name, "kind": "", "detail": "", "documentation": "", "insert": name}


def _described(item: Any) -> dict[str, Any]:
    return {
        **_named(item),
        "kind": _KINDS.get(item.type, item.type),
        "detail": _detail(item)[:_MOST_DETAIL],
        "documentation": item.docstring(raw=True)[:_MOST_TEXT],
    }


def _detail(item: Any) -> str:
    if item.type in {"function", "class"} and (signatures := item.get_signatures()):
        return signatures[0].to_string()
    return "" if item.type in {"keyword", "module"} else item.description
