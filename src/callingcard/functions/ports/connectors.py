"""What connectors need: where they are kept, their secrets, and somebody who makes calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from callingcard.functions.model.connectors import Checked, Connector, Drift, Stored
from callingcard.functions.model.values import Json
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.sandbox import AskRefused

Cause: TypeAlias = Literal[
    "name",
    "address",
    "connection",
    "tls",
    "late",
    "large",
    "status",
    "secret",
    "redirect",
    "reply",
]
"""What went wrong with a call, for the remedy that is told to an operator."""


class CallFailed(AskRefused):
    """A call to a connector that did not succeed; *cause* says at which step."""

    def __init__(self, message: str, *, cause: Cause, status: int | None = None) -> None:
        super().__init__("connector", message, status=status)
        self.cause: Cause = cause


@dataclass(frozen=True, slots=True)
class ConnectorReply:
    """What a service answered, and with which status; None when nobody was called."""

    value: Json = field(repr=False)
    status: int | None


class ConnectorCalls(Protocol):
    """Calls connectors for functions; what the broker of a run is given."""

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Call *operation* of the connector *name*; raises AskRefused.

        *function* is who asks, for the log. Whether it declared the connector is the
        broker's to check.
        """
        ...


class Caller(Protocol):
    """Makes the calls of connectors: the one who sees their secrets."""

    async def call(
        self, connector: Connector, operation: str, arguments: Mapping[str, Json]
    ) -> ConnectorReply:
        """Call *operation*; raises AskRefused, CallFailed among them."""
        ...

    async def probe(self, connector: Connector) -> ConnectorReply:
        """Make the call that tells whether the connector works; raises AskRefused."""
        ...


class Workshop(Protocol):
    """Makes connectors of what was written down; it may take seconds, so nobody waits."""

    async def make(
        self, name: str, definition: Mapping[str, Json], document: str | None
    ) -> Connector:
        """Return the connector; raises DefinitionRefused, DocumentRefused."""
        ...

    async def stub(self, connector: Connector) -> str:
        """Return its ``.pyi``, which completion and checks read."""
        ...

    async def changes(self, old: Connector, new: Connector) -> Sequence[str]:
        """Say in sentences what *new* does otherwise than *old*."""
        ...

    def built_in(self) -> Mapping[str, Mapping[str, Json]]:
        """Return the definitions that come with the product, by name."""
        ...


class Connectors(Protocol):
    """Where connectors are kept."""

    async def get(self, name: str) -> Stored | None:
        """Return one, or None."""
        ...

    async def changed_at(self, name: str) -> datetime | None:
        """Return when it was last set up, or None; cheap, to see that nothing changed."""
        ...

    async def all(self) -> Sequence[Stored]:
        """Return every one, by name."""
        ...

    async def put(self, stored: Stored) -> None:
        """Keep it under its name, in place of what is there."""
        ...

    async def delete(self, name: str) -> bool:
        """Forget it; False when there is none."""
        ...

    async def note_check(self, name: str, checked: Checked) -> None:
        """Keep how a check went."""
        ...

    async def note_drift(self, name: str, drift: Drift | None) -> None:
        """Keep what a newer document would change."""
        ...


class Claims(Protocol):
    """The right to do something for a connector while no other node does it."""

    async def claim(self, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take the right until *until*; False when somebody else has it."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Give the right back, if it is still *holder*'s."""
        ...


class NamedSecret(Protocol):
    """A secret as it may be shown."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...


class ConnectorSecrets(Protocol):
    """The secret store, as far as connectors use it."""

    async def reveal(self, name: str) -> str:
        """Return the value of a secret; raises NotFound."""
        ...

    async def list(self) -> "Sequence[NamedSecret]":
        """Return the secrets there are, without their values."""
        ...

    async def set(self, name: str, value: str, *, by: str) -> None:
        """Keep a value, in place of the one there is."""
        ...


class Dependents(Protocol):
    """Knows which functions use a connector."""

    async def functions_using(self, connector: str) -> Sequence[Version]:
        """Return the current versions that declare *connector*."""
        ...


class Checks(Protocol):
    """Checks a function's source against stubs, as an editor would."""

    async def findings(
        self, source: str, stubs: Mapping[str, str]
    ) -> Sequence[tuple[int, str]]:
        """Return the line and the message of each error; *stubs* are by connector."""
        ...
