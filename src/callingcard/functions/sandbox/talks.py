"""The talk between one run and its broker, from the task to the run's last word."""

import asyncio
import json
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from callingcard.functions.model.values import Json
from callingcard.functions.ports.sandbox import Ask, AskRefused, Broker, Task
from callingcard.functions.sandbox.frames import (
    HEAD,
    MOST_ANSWERED_BYTES,
    Asked,
    Done,
    Failed,
    Said,
    Violation,
    encode,
    longest,
    read,
)

_AT_ONCE: Final = 64
_IN_ALL: Final = 2_000
_BYTES_IN_ALL: Final = 17 << 20
"""A little more than the broker answers, so that it is the first to refuse."""
_LARGE: Final = 16 << 10
"""From here on a frame is read alone, since the whole server waits meanwhile."""


Line = tuple[StreamReader, StreamWriter]
"""What comes from a run, and what goes to it."""


class Talk:
    """What one run may say, and what it is answered.

    Invariant: the broker is asked only for what the function declared, only by asks that
    are numbered as ours would be, and never for a run that only describes itself.
    """

    def __init__(self, task: Task, broker: Broker, line: Line, turns: asyncio.Lock) -> None:
        """Talk on *line*, on which the run was told its task; see ``tell``.

        Those who share *turns* read large frames one after another.
        """
        self._task = task
        self._broker = broker
        self._reader, self._writer = line
        self._turns = turns
        self._bytes = 0
        self._writing = asyncio.Lock()
        self._asked = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def hold(self) -> Done | Failed | Violation | None:
        """Talk until the run has said its last word, or is gone, or breaks the rules.

        What the broker raises by mistake comes out as it is.
        """
        try:
            async with asyncio.TaskGroup() as asks:
                try:
                    return await self._listen(asks)
                except Violation as violation:
                    return violation
                finally:
                    for ask in self._under_way:
                        ask.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _listen(self, asks: asyncio.TaskGroup) -> Done | Failed | None:
        while True:
            said = await self._next()
            if not isinstance(said, Asked):
                return said
            self._count(said)
            ask = asks.create_task(self._answer(said))
            self._under_way.add(ask)
            ask.add_done_callback(self._under_way.discard)

    async def _next(self) -> Said | None:
        output = self._task.limits.output_bytes
        try:
            (size,) = HEAD.unpack(await self._reader.readexactly(HEAD.size))
            if size > longest(output):
                raise Violation("the run announced more than it may write on its line")
            self._bytes += size
            text = await self._reader.readexactly(size)
            if size < _LARGE:
                return read(text, output_bytes=output)
            async with self._turns:
                await asyncio.sleep(0)
                return read(text, output_bytes=output)
        except (IncompleteReadError, ConnectionError):
            return None

    def _count(self, asked: Asked) -> None:
        self._asked += 1
        if asked.number != self._asked:
            raise Violation("the run wrote an ask out of turn on its line to the broker")
        too_much = self._asked > _IN_ALL or self._bytes > _BYTES_IN_ALL
        if too_much or len(self._under_way) >= _AT_ONCE:
            raise Violation("the run wrote more asks than it may on its line to the broker")

    async def _answer(self, asked: Asked) -> None:
        try:
            self._check(asked.ask)
            value = await self._broker.answer(asked.ask)
            frame = _answer(asked.number, value)
        except AskRefused as refused:
            frame = _refusal(asked.number, refused)
        with suppress(ConnectionError):
            # One at a time: a run that asks and does not read holds one answer of ours.
            async with self._writing:
                self._writer.write(frame)
                await self._writer.drain()

    def _check(self, ask: Ask) -> None:
        if self._task.job == "describe":
            raise AskRefused("unknown", "nothing can be asked for outside of main")
        is_connector = ask.subject == "connector"
        declared = self._task.connectors if is_connector else self._task.storage
        if ask.name not in declared:
            raise AskRefused("unknown", f"the function does not declare this {ask.subject}")


def tell(task: Task) -> bytes:
    """Return the frame that tells a run its *task*; raises ValueError when JSON cannot."""
    try:
        return encode(_told(task))
    except (TypeError, RecursionError) as error:
        raise ValueError("the task is not JSON") from error


def _told(task: Task) -> dict[str, Json]:
    visitor = task.visitor
    shown: dict[str, Json] | None = None
    if task.job == "describe":
        # The file may say `import visitor`; main, which would read it, is not called.
        shown = dict.fromkeys(("email", "user_id", "first_name", "last_name"), "")
        shown["email_verified"] = False
    elif visitor is not None:
        shown = {
            "email": visitor.email,
            "email_verified": visitor.email_verified,
            "user_id": visitor.user_id,
            "first_name": visitor.first_name,
            "last_name": visitor.last_name,
        }
    return {
        "kind": "task",
        "function": task.function,
        "source": task.source,
        "job": task.job,
        "arguments": task.arguments,
        "visitor": shown,
        "connectors": task.connectors,
        "storage": task.storage,
        "output_bytes": task.limits.output_bytes,
    }


def _answer(number: int, value: Json) -> bytes:
    """Return the frame with an answer; raises AskRefused when it cannot be one."""
    try:
        frame = encode({"kind": "answer", "id": number, "value": value})
    except (TypeError, ValueError, RecursionError):
        raise AskRefused("invalid", "the answer is not JSON") from None
    if len(frame) > MOST_ANSWERED_BYTES:
        raise AskRefused("limit", f"the answer is larger than {MOST_ANSWERED_BYTES} bytes")
    return frame


def _refusal(number: int, refused: AskRefused) -> bytes:
    told: Mapping[str, Json] = {
        "kind": "refused",
        "id": number,
        "error": refused.kind,
        "message": refused.message,
        "status": refused.status,
    }
    # In ASCII: a message may quote what came from outside, such as half a surrogate pair.
    text = json.dumps(told).encode()
    return HEAD.pack(len(text)) + text
