"""A caller of connectors whose services are functions, and whose secrets are a dictionary."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from callingcard.backends.guarded import CallStopped, Outgoing
from callingcard.errors import NotFound
from callingcard.functions.connectors.calling import ConnectorCaller
from callingcard.functions.connectors.oauth import Tokens
from callingcard.kit.clock import FakeClock
from callingcard.kit.wire import Reply

Answer = Callable[[Outgoing], Reply | CallStopped]


@dataclass(frozen=True)
class Named:
    """A secret without its value."""

    name: str


@dataclass
class FakeSecrets:
    """The secret store, as far as connectors use it."""

    values: dict[str, str] = field(default_factory=dict[str, str])

    async def reveal(self, name: str) -> str:
        """Return a value; raises NotFound."""
        if name not in self.values:
            raise NotFound(name)
        return self.values[name]

    async def list(self) -> Sequence[Named]:
        """Return the names."""
        return [Named(name) for name in sorted(self.values)]

    async def set(self, name: str, value: str, *, by: str) -> None:
        """Keep a value."""
        assert by
        self.values[name] = value


@dataclass
class FakeClaims:
    """Claims in memory, which several houses may share."""

    held: dict[str, tuple[str, datetime]] = field(
        default_factory=dict[str, tuple[str, datetime]]
    )

    async def claim(self, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take the right, unless somebody has it."""
        if name in self.held and self.held[name][1] > now:
            return False
        self.held[name] = (holder, until)
        return True

    async def release(self, name: str, holder: str) -> None:
        """Give it back."""
        if self.held.get(name, ("",))[0] == holder:
            del self.held[name]


@dataclass
class FakeService:
    """Answers calls, and remembers them; the last answer is given ever after."""

    answers: list[Answer]
    heard: list[Outgoing] = field(default_factory=list[Outgoing])

    async def send(self, call: Outgoing) -> Reply:
        """Answer one call."""
        self.heard.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        said = answer(call)
        if isinstance(said, CallStopped):
            raise said
        return said

    def urls(self) -> list[str]:
        """Return what was called, as ``METHOD path?query``."""
        return [f"{one.method} {one.target.target}" for one in self.heard]


def replying(
    status: int = 200, body: str = "{}", headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer that is always the same."""
    told = {"content-type": "application/json", **(headers or {})}
    return lambda _: Reply(status, told, body.encode())


def stopping(cause: str, *, retryable: bool = False) -> Answer:
    """Return an answer that is none."""
    return lambda _: CallStopped("It stopped.", cause=cause, retryable=retryable)  # type: ignore[arg-type]


class House:
    """A caller with everything around it faked."""

    def __init__(
        self,
        *answers: Answer,
        secrets: FakeSecrets | None = None,
        claims: FakeClaims | None = None,
    ) -> None:
        self.service = FakeService(list(answers) or [replying()])
        self.secrets = secrets or FakeSecrets({"KEY": "sk-canary-key-value"})
        self.clock = FakeClock()
        self.waits: list[float] = []
        self.tokens = Tokens(
            self.service,
            self.secrets,
            claims or FakeClaims(),
            clock=self.clock,
            new_id=iter(f"holder-{n}" for n in range(1000)).__next__,
        )
        self.caller = ConnectorCaller(
            self.service, self.secrets, self.tokens, clock=self.clock, pause=self._pause
        )

    async def _pause(self, seconds: float) -> None:
        """Note a wait instead of waiting."""
        self.waits.append(seconds)
