"""Calls written down once and answered from paper ever after, for tests of functions.

A recording is one JSON file a connector, ``recordings/hubspot.json``: a list of calls with
their replies, to be read, edited and kept in version control. Keys never reach it, since a
caller takes them out before; addresses and what looks like a token are taken out here. A
call is found again by its operation and arguments, redacted in the same way.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import CallFailed, ConnectorCalls, ConnectorReply
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.kit.codec import canonical_json
from callingcard.kit.log import REDACTED, redact

_TELLING: Final = re.compile(r"token|secret|password|passwd|api_?key", re.IGNORECASE)


def fit_for_paper(value: Json) -> Json:
    """Return *value* without addresses and tokens, wherever in it they are.

    >>> fit_for_paper({"email": "ada@example.com", "age": 36})
    {'email': '[redacted]', 'age': 36}
    >>> fit_for_paper({"access_token": "abc"})
    {'access_token': '[redacted]'}
    """
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {
            redact(name): REDACTED
            if isinstance(one, str) and _TELLING.search(name)
            else fit_for_paper(one)
            for name, one in value.items()
        }
    if isinstance(value, Sequence):
        return [fit_for_paper(one) for one in value]
    return value


class RecordingCalls:
    """Makes the calls of *inner* and writes them into *folder*."""

    def __init__(self, inner: ConnectorCalls, folder: Path) -> None:
        self._inner = inner
        self._folder = folder

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Make a call; its reply is written down, a refusal too."""
        entry: dict[str, Json] = {
            "operation": operation,
            "arguments": fit_for_paper(arguments),
        }
        try:
            reply = await self._inner.call(name, operation, arguments, function=function)
        except CallFailed as error:
            failure = {"message": redact(error.message), "cause": error.cause}
            self._write(name, {**entry, "status": error.status, "failure": failure})
            raise
        self._write(
            name, {**entry, "status": reply.status, "reply": fit_for_paper(reply.value)}
        )
        return reply

    def _write(self, name: str, entry: Mapping[str, Json]) -> None:
        """Put *entry* into the connector's file, in place of an earlier one of its kind."""
        entries = [one for one in _read(self._folder, name) if _key(one) != _key(entry)]
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps([*entries, entry], indent=2, ensure_ascii=False)
        path = self._folder / f"{name}.json"
        draft = path.with_suffix(".new")
        draft.write_text(f"{text}\n", encoding="utf-8")
        draft.replace(path)


class ReplayingCalls:
    """Answers calls out of *folder*; nothing leaves this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Answer a call as it was answered before; raises AskRefused when it never was."""
        wanted = {"operation": operation, "arguments": fit_for_paper(arguments)}
        for entry in _read(self._folder, name):
            if _key(entry) == _key(wanted):
                return _answer(entry)
        known = sorted({str(one.get("operation")) for one in _read(self._folder, name)})
        raise AskRefused(
            "connector",
            f"no recording of {name}.{operation} with these arguments for {function} "
            f"(recorded: {', '.join(known) or 'nothing'}); record it, "
            f"or write it into {name}.json",
        )


def _answer(entry: Mapping[str, Any]) -> ConnectorReply:
    """Return what an entry answers; raises CallFailed when it is a refusal."""
    status = entry.get("status")
    failure = entry.get("failure")
    if isinstance(failure, Mapping):
        told = cast("Mapping[str, Any]", failure)
        raise CallFailed(
            str(told.get("message", "")), cause=told.get("cause", "status"), status=status
        )
    return ConnectorReply(entry.get("reply"), status if isinstance(status, int) else 200)


def _read(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the entries of a connector's file; raises AskRefused when it is no recording."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(
        isinstance(one, dict) for one in cast("list[Any]", found)
    ):
        raise AskRefused("connector", f"{name}.json is not a list of recorded calls")
    return cast("list[dict[str, Any]]", found)


def _key(entry: Mapping[str, Any]) -> bytes:
    """Return what a call is found by."""
    return canonical_json([entry.get("operation"), entry.get("arguments")])
