"""Keeping chatflows, and what their talks need from the rest of the house."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from callingcard.desk.model.chatflows import FlowRun, FlowVersion, StoredFlow
from callingcard.desk.model.ids import ConversationId


class Flows(Protocol):
    """The chatflows and their versions."""

    async def all(self) -> Sequence[StoredFlow]:
        """Return every chatflow: the highest priority first, then by name."""
        ...

    async def get(self, name: str, *, lock: bool = False) -> StoredFlow | None:
        """Return the chatflow; with *lock*, nobody else changes it until we are done."""
        ...

    async def save(self, flow: StoredFlow) -> None:
        """Keep a new or changed chatflow."""
        ...

    async def add_version(self, version: FlowVersion) -> None:
        """Keep what was published."""
        ...

    async def version(self, name: str, version: int) -> FlowVersion | None:
        """Return what was published as this version."""
        ...

    async def versions(self, name: str, *, limit: int) -> Sequence[FlowVersion]:
        """Return what was published, newest first."""
        ...

    async def delete(self, name: str) -> bool:
        """Delete the chatflow and its versions; False when there is none."""
        ...


class FlowRuns(Protocol):
    """Where each conversation's talk stands."""

    async def get(
        self, conversation_id: ConversationId, *, lock: bool = False
    ) -> FlowRun | None:
        """Return the talk; with *lock*, nobody else changes it until we are done."""
        ...

    async def save(self, run: FlowRun) -> None:
        """Keep a new or changed talk."""
        ...

    async def due(self, now: datetime, *, limit: int) -> Sequence[ConversationId]:
        """Return conversations whose talk somebody must see to by *now*, oldest first."""
        ...

    async def claim(self, run: FlowRun, until: datetime) -> bool:
        """Take up what *run* waits for until then; False when another did, or it went on."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """Return in how many conversations each chatflow has talked."""
        ...

    async def forget(self, conversation_ids: Sequence[ConversationId]) -> int:
        """Delete the talks of these conversations; return how many there were."""
        ...


class FunctionCaller(Protocol):
    """Calls the customer's functions, which another room of the house runs."""

    async def call(self, name: str, arguments: Mapping[str, Any], /, *, once: str) -> Any:
        """Return what the function returns, as JSON; raises a CallingcardError.

        *once* names this call: it is the same when a call is repeated after a crash.
        """
        ...


class BotWebhooks(Protocol):
    """Calls the customer's bot webhooks."""

    async def call(
        self, url: str, event: Mapping[str, Any], /, *, once: str
    ) -> Mapping[str, Any]:
        """Return the reply, a JSON object; raises a CallingcardError."""
        ...
