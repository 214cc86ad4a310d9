"""The program that answers an editor: ``python -I -m callingcard.functions.editing.worker``.

It reads sources that nobody has checked, with a library that is large; so it runs in a
process of its own, with a fence around it and limits on what it may use, and the server
takes it down when it is slow. Its arguments are a folder of its own and the seconds after
which, unasked, it ends. It writes a line when it is ready, and one for each that it reads.
"""

import json
import os
import resource
import select
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

import jedi
import parso

from callingcard.functions.editing.completing import Completer, standard_library
from callingcard.functions.editing.fence import Fence
from callingcard.functions.service.editing import Declared, look
from callingcard.functions.service.usage import lines_of

_MOST_MEMORY_BYTES: Final = 2 * 1024**3
_MOST_FILE_BYTES: Final = 64 * 1024**2


class Answers:
    """Answers questions about sources; each is a mapping with ``do`` and its arguments."""

    def __init__(self, folder: Path) -> None:
        (cache := folder / "cache").mkdir(exist_ok=True)
        self._fence = Fence([folder, *_libraries()], cache)
        self._completer = Completer(cache)
        (empty := folder / "empty").mkdir(exist_ok=True)
        self._completer.warm(str(empty))
        self._verbs: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "complete": self._complete,
            "signature": self._signature,
            "look": self._look,
        }
        self._fence.stand()

    def answer(self, question: Mapping[str, Any]) -> Any:
        """Answer *question*; raises what goes wrong."""
        if packages := question.get("packages"):
            self._fence.admit(Path(packages))
        return self._verbs[question["do"]](question)

    def _complete(self, question: Mapping[str, Any]) -> Any:
        line, column = int(question["line"]), int(question["column"])
        text = lines_of(str(question["source"]))[line - 1][:column]
        return self._completer.complete(self._script(question), line, column, text)

    def _signature(self, question: Mapping[str, Any]) -> Any:
        return self._completer.signature(
            self._script(question), question["line"], question["column"]
        )

    def _script(self, question: Mapping[str, Any]) -> Any:
        return self._completer.script(
            question["source"], question["workspace"], question["packages"]
        )

    def _look(self, question: Mapping[str, Any]) -> Any:
        declared = None
        if (given := question["declared"]) is not None:
            known = given["known_connectors"]
            declared = Declared(
                connectors=frozenset(given["connectors"]),
                storage=frozenset(given["storage"]),
                dependencies=tuple(given["dependencies"]),
                has_visitor=given["has_visitor"],
                known_connectors=None if known is None else frozenset(known),
                installed=_modules_in(question["packages"]),
            )
        return [asdict(found) for found in look(question["source"], declared)]


def _libraries() -> list[Path]:
    """Return what is read to answer: the standard library, jedi and its stubs, parso."""
    ours = [Path(module.__file__).parent for module in (jedi, parso) if module.__file__]
    return [*map(Path, standard_library()), *ours]


def _modules_in(packages: str | None) -> frozenset[str]:
    """Return the top modules of a folder of packages."""
    if packages is None:
        return frozenset()
    return frozenset(path.name.partition(".")[0] for path in Path(packages).iterdir())


def serve(answers: Answers, asked: BinaryIO, told: BinaryIO, *, idle_seconds: float) -> None:
    """Answer line by line, until there are no more or none came for long."""
    while select.select([asked], [], [], idle_seconds)[0]:
        line = asked.readline()
        if not line:
            return
        try:
            reply = {"answer": answers.answer(json.loads(line))}
        except Exception as error:  # noqa: BLE001  (the edge of this process: the next may go well)
            reply = {"problem": type(error).__name__}
        told.write(json.dumps(reply).encode() + b"\n")
        told.flush()


def main(folder: str, idle_seconds: str) -> None:
    """Limit this process, get ready, and serve."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_FILE_BYTES, _MOST_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    answers = Answers(Path(folder))
    told.write(b"{}\n")
    told.flush()
    serve(answers, sys.stdin.buffer, told, idle_seconds=float(idle_seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
