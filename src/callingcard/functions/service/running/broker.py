"""What a running function asks for, done for it: the house's side of the wall.

Invariant: a run reaches no connector and no namespace that its version did not declare.
Invariant: what is recorded of a call is that it was made, never what was in it.
"""

import json
from collections.abc import Callable
from typing import Final

from callingcard.functions.model.runs import CallRecord
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.calls import StorageCalls
from callingcard.functions.ports.connectors import ConnectorCalls
from callingcard.functions.ports.sandbox import Ask, AskRefused
from callingcard.functions.service.running.redaction import Redactor
from callingcard.kit.clock import stopwatch

MOST_ASKS: Final = 1_000
MOST_BYTES: Final = 16 * 1024 * 1024
"""How much may cross the wall for one run, both ways together."""
_MOST_RECORDS: Final = 200


class RunBroker:
    """Answers the asks of one run; implements ``ports.sandbox.Broker``."""

    def __init__(
        self,
        run: RunId,
        version: Version,
        *,
        connectors: ConnectorCalls,
        storage: StorageCalls,
        redactor: Redactor,
        timer: Callable[[], float] = stopwatch,
    ) -> None:
        """Let *redactor* learn what is secret in the answers; *timer* gives seconds."""
        self._run = run
        self._version = version
        self._connectors = connectors
        self._storage = storage
        self._redactor = redactor
        self._timer = timer
        self._began = timer()
        self._asks = 0
        self._closed = False
        self._bytes = 0
        self._records: list[CallRecord] = []

    @property
    def records(self) -> tuple[CallRecord, ...]:
        """What was asked for until now, in the order of the ends; the first 200."""
        return tuple(self._records)

    async def answer(self, ask: Ask) -> Json:
        """Do what is asked; raises AskRefused."""
        self._asks += 1
        if self._asks > MOST_ASKS:
            raise AskRefused("limit", f"A run may ask for {MOST_ASKS} things at most.")
        began = self._timer()
        status: int | None = None
        error = ""
        try:
            self._weigh(dict(ask.arguments))
            if ask.subject == "storage":
                value = await self._stored(ask)
            else:
                value, status = await self._called(ask)
            self._weigh(value)
        except AskRefused as refused:
            status, error = refused.status, refused.kind
            raise
        except BaseException:
            error = "ended"  # the run was over first, or what broke is our own
            raise
        else:
            return value
        finally:
            self._record(ask, began, status, error)

    async def close(self) -> None:
        """Give back the leases that the run still holds; a second time does nothing."""
        if self._version.manifest.storage and not self._closed:
            self._closed = True
            await self._storage.release(self._run)

    async def _called(self, ask: Ask) -> tuple[Json, int | None]:
        if ask.name not in self._version.manifest.connectors:
            raise _undeclared("connectors", ask.name)
        reply = await self._connectors.call(
            ask.name, ask.operation, ask.arguments, function=self._version.function
        )
        self._redactor.learn(reply.value)
        return reply.value, reply.status

    async def _stored(self, ask: Ask) -> Json:
        if ask.name not in self._version.manifest.storage:
            raise _undeclared("storage", ask.name)
        value = await self._storage.call(
            self._version.function, ask.name, ask.operation, ask.arguments, run=self._run
        )
        if ask.operation == "get":
            self._redactor.learn_stored(value)
        elif ask.operation == "lease" and isinstance(value, dict):
            self._redactor.learn_stored(value.get("value"))
        elif ask.operation in {"set", "lease_put", "compare_and_set"}:
            self._redactor.learn_stored(ask.arguments.get("value"))
        return value

    def _weigh(self, value: Json) -> None:
        """Count what crosses the wall; raises AskRefused when it is too much."""
        try:
            self._bytes += len(json.dumps(value))
        except (TypeError, ValueError, RecursionError):
            raise AskRefused("invalid", "This is not JSON.") from None
        if self._bytes > MOST_BYTES:
            raise AskRefused("limit", f"A run may move {MOST_BYTES // 1024**2} MiB at most.")

    def _record(self, ask: Ask, began: float, status: int | None, error: str) -> None:
        if len(self._records) >= _MOST_RECORDS:
            return
        now = self._timer()
        self._records.append(
            CallRecord(
                kind=ask.subject,
                name=ask.name[:100],
                operation=ask.operation[:100],
                started_ms=round((began - self._began) * 1000, 2),
                duration_ms=round((now - began) * 1000, 2),
                status=status,
                error=error,
            )
        )


def _undeclared(where: str, name: str) -> AskRefused:
    return AskRefused(
        "unknown", f"This function does not declare {name[:100]!r} in its {where}."
    )
