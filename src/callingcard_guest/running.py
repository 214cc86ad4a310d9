"""Runs one task: makes the function's file a module, calls ``main``, and tells how it ended.

Invariant: exactly one frame is sent, whatever the function does, as long as it lets us.
"""

import inspect
import linecache
import logging
import mmap
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any, Final, TextIO

from callingcard_guest.failures import failed, out_of_memory, refused_output
from callingcard_guest.offered import offer
from callingcard_guest.results import NotJson, encode, to_json
from callingcard_guest.shapes import NoShape
from callingcard_guest.signatures import read_signature
from callingcard_guest.wire import Wire

MODULE: Final = "main"
"""The name of the function's own module."""

_RESERVE: Final = mmap.mmap(-1, 4 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
"""Given up when memory is short, so that there is some left to say so.

Nobody writes to it: it takes addresses, which is what is limited, and no page that a fork
would have to copy.
"""

_REHEARSAL: Final = "rehearsal.py"
_NEXT_TO_NOTHING: Final = {
    "job": "call",
    "source": "def main(a: int) -> int:\n    return a\n",
    "arguments": {"a": 1},
    "output_bytes": 10,
}


def run(task: dict[str, Any], wire: Wire, *, own_folder: str) -> None:
    """Run *task* and send how it ended."""
    filename = f"{task['function']}.py"
    _settle(own_folder)
    offer(task, wire.ask)
    try:
        end = _end_of(task, filename)
    except MemoryError as error:
        _RESERVE.close()
        end = out_of_memory(error, filename)
    except BaseException as error:
        end = failed(error, filename)
    for stream in (sys.stdout, sys.stderr):
        with suppress(BaseException):
            stream.flush()
    wire.send_text(end)


def prepare() -> None:
    """Do in the zygote, once, what every run would have to do again.

    Its output must be a pipe by then, since a stream behaves by what it was made on.
    """
    sys.stdout, sys.stderr = _stream(1), _stream(2)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    os.environ.clear()  # noqa: TID251 - to empty it, not to read it
    for name in [name for name in sys.modules if name.startswith("callingcard_guest")]:
        del sys.modules[name]


def rehearse() -> None:
    """Run next to nothing, so that the memory which every run writes to is copied already.

    After a fork the kernel copies each page when it is first written to.
    """
    _end_of(_NEXT_TO_NOTHING, _REHEARSAL)
    del linecache.cache[_REHEARSAL]


def _settle(own_folder: str) -> None:
    """Make this process look like a new one."""
    if own_folder:
        os.environ.update(TMPDIR=own_folder, HOME=own_folder)  # noqa: TID251
        if "tempfile" in sys.modules:
            import tempfile

            tempfile.tempdir = own_folder
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        # Imported before the fork, its generator would give every run the same numbers.
        numpy.random.seed()


def _stream(descriptor: int) -> TextIO:
    """Return a stream into the log that never fails for what is written."""
    return open(
        descriptor,
        "w",
        buffering=1,
        encoding="utf-8",
        errors="backslashreplace",
        closefd=False,
    )


def _end_of(task: dict[str, Any], filename: str) -> bytes:
    main = _load(task["source"], filename)
    signature = read_signature(main)
    if task["job"] == "describe":
        value: Any = {"schema": signature.schema, "returns": signature.returns}
    else:
        value = _call(main, signature.arguments(task["arguments"]))
    try:
        text = encode(to_json(value))
    except NotJson as error:
        return refused_output(str(error))
    if len(text) > task["output_bytes"]:
        most = task["output_bytes"]
        return refused_output(f"the result has {len(text)} bytes; at most {most} are allowed")
    return b'{"kind": "done", "value": ' + text + b"}"


def _load(source: str, filename: str) -> Callable[..., Any]:
    """Run the file as a module of its own and return its ``main``."""
    module = ModuleType(MODULE)
    module.__file__ = filename
    sys.modules[MODULE] = sys.modules["__main__"] = module
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)
    main = module.__dict__.get("main")
    if not callable(main):
        raise NoShape("the file has no function main")
    return main


def _call(main: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    result = main(**arguments)
    if not inspect.isawaitable(result):
        return result

    # Not before: a fork copies what is imported, and most functions do without this.
    import asyncio

    async def awaited() -> Any:
        return await result

    return asyncio.run(awaited())
