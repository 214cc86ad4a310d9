"""Which failures are one and the same fault: equal fingerprints.

The algorithm has a version, which the fingerprint begins with: a better one will not
mix its groups with those that people have muted. ``v1`` looks at the function, the kind
of exception, the functions (not the lines) of the customer's own file that it passed,
and the connector's operation with the class of its status when the failure came from
there. Only a failure that names no place is told apart by its message, without what
changes each time: addresses, ids, numbers.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from callingcard.functions.model.runs import CallRecord, Failure, Run

_OWN: Final = "main"
_CHANGING: Final = (
    (re.compile(r"[^\s\"'<>:=,;()]+@[^\s\"'<>:=,;()]+\.[A-Za-z]{2,}"), "<address>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\d+(?:\.\d+)?"), "<number>"),
    (re.compile(r"\s+"), " "),
)
_LONGEST: Final = 1000


def fingerprint(function: str, failure: Failure, calls: Sequence[CallRecord] = ()) -> str:
    """Return the fingerprint of a *failure* of *function*.

    >>> one = fingerprint("f", Failure("ValueError", "no order 17"))
    >>> one == fingerprint("f", Failure("ValueError", "no order 4711"))
    True
    >>> one == fingerprint("f", Failure("ValueError", "no customer 17"))
    False
    """
    own = [frame.function for frame in failure.frames if frame.module == _OWN]
    called = _failed_call(failure, calls)
    told = [] if own or called else [normalised(failure.message)]
    return named("v1", "function", function, failure.type, *own, "|", *called, "|", *told)


def fingerprint_of(run: Run) -> str:
    """Return the fingerprint of a run that failed; empty for one that did not."""
    if run.failure is None:
        return ""
    return fingerprint(run.function, run.failure, run.calls)


def named(version: str, *parts: str) -> str:
    """Return a fingerprint of *parts*, which cannot run into each other."""
    mixed = "\0".join(part.replace("\0", "") for part in parts)
    return f"{version}-{hashlib.sha256(mixed.encode(errors='replace')).hexdigest()[:32]}"


def normalised(message: str) -> str:
    """Return *message* without what changes from one time to the next.

    >>> normalised("no order 17 for ada@example.com  (req 5f0c9a7e12)")
    'no order <number> for <address> (req <hex>)'
    """
    text = message[:_LONGEST]
    for pattern, replacement in _CHANGING:
        text = pattern.sub(replacement, text)
    return text.strip()


def _failed_call(failure: Failure, calls: Sequence[CallRecord]) -> list[str]:
    """Return the call that the failure came from, if its exception says that it is one."""
    if failure.type.rpartition(".")[2] not in {"ConnectorError", "StorageError"}:
        return []
    failed = next((call for call in reversed(calls) if call.error), None)
    if failed is None:
        return []
    status = f"{failed.status // 100}xx" if failed.status else "none"
    return [failed.kind, failed.name, failed.operation, status]
