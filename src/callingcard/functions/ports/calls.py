"""What a run's broker forwards to, beside the connectors of ``ports.connectors``."""

from collections.abc import Collection, Mapping
from typing import Protocol

from callingcard.functions.model.values import Json, RunId


class StorageCalls(Protocol):
    """Does what functions ask of their storage."""

    async def call(
        self,
        function: str,
        namespace: str,
        operation: str,
        arguments: Mapping[str, Json],
        *,
        run: RunId,
    ) -> Json:
        """Do one operation on the function's own namespace; raises AskRefused."""
        ...

    async def release(self, run: RunId) -> None:
        """Give back every lease that *run* holds."""
        ...

    async def beat(self, runs: Collection[RunId]) -> None:
        """Keep the leases of these runs, which still live."""
        ...
