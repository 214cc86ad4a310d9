"""A connector: one outside service that functions may call, without ever seeing its key.

``connectors.definition`` reads these from ``connectors/NAME.toml``; operations come from
there, or from an OpenAPI document.

Invariant: a connector names secrets and never holds one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from callingcard.functions.model.values import Json

MAX_REPLY_BYTES: Final = 1024 * 1024
"""The longest reply that a function is given, unless its connector says less or more."""

DEFAULT_TIMEOUT: Final = timedelta(seconds=10)

GENERIC: Final = ("get", "post", "put", "patch", "delete")
"""What every connector can do besides its operations: call a path with a method."""


@dataclass(frozen=True, slots=True)
class SecretName:
    """A value that is in the secret store under *name*."""

    name: str


Value: TypeAlias = str | SecretName
"""A public value written down, or the name of a secret one."""


class Grant(StrEnum):
    """How an OAuth2 token is asked for."""

    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105  (the name of a grant)


@dataclass(frozen=True, slots=True)
class Bearer:
    """``Authorization: Bearer …``."""

    secret: SecretName


@dataclass(frozen=True, slots=True)
class HeaderKey:
    """A key in a header of its own; *prefix* goes before it, as in ``Token …``."""

    name: str
    secret: SecretName
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class QueryKey:
    """A key in the query, for services that know no better."""

    name: str
    secret: SecretName


@dataclass(frozen=True, slots=True)
class Basic:
    """A user name and a password."""

    username: Value
    password: Value


@dataclass(frozen=True, slots=True)
class OAuth2:
    """A token that is fetched, kept and renewed; see ``connectors.oauth``."""

    grant: Grant
    token_url: str
    client_id: Value
    client_secret: SecretName | None = None
    refresh_token: SecretName | None = None
    scope: str = ""
    audience: str = ""
    in_body: bool = True
    """Whether the client shows its secret in the body, or in a header as Basic."""


@dataclass(frozen=True, slots=True)
class SecretUrl:
    """The whole URL is the secret, as with webhooks; its host is one of *hosts*.

    ``*.`` before a host stands for one or more labels.
    """

    secret: SecretName
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A key that signs, and leads nowhere: ``connectors.signing`` does it, on our side."""

    secret: SecretName


Auth: TypeAlias = Bearer | HeaderKey | QueryKey | Basic | OAuth2 | SecretUrl | Signature

Place: TypeAlias = Literal["path", "query", "header", "body", "whole"]
"""Where an argument goes; ``body`` is one member of a JSON object, ``whole`` all of it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One keyword argument of an operation."""

    name: str
    """As a function writes it: ``first_name``."""
    wire: str
    """As the service calls it: ``firstName``."""
    place: Place
    annotation: str
    """Its type, in Python's own notation."""
    required: bool
    summary: str = ""
    default: Json = None
    """Sent when a function does not say; None sends nothing."""
    explode: bool = True
    """How a list is written in a query: ``a=1&a=2``, or ``a=1,2``."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a result; *required* when the service promises that it is there."""

    name: str
    annotation: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class ResultClass:
    """What an object in a reply looks like."""

    name: str
    members: tuple[Member, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a service does."""

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    result: str = "Any"
    """The type of what comes back; names of ``Connector.classes`` may be in it."""
    summary: str = ""
    idempotent: bool = False
    """Whether it may be called again when nobody knows if the first call arrived."""
    constants: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Members of the body that are always the same."""
    encoding: Literal["json", "form"] = "json"
    """How the body is written."""


@dataclass(frozen=True, slots=True)
class Connector:
    """An outside service, as it was set up."""

    name: str
    base_url: str
    """Without a final slash; empty with SecretUrl and Signature."""
    title: str = ""
    description: str = ""
    auth: Auth | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Sent with every call, such as a version of the API; never a secret."""
    operations: Mapping[str, Operation] = field(default_factory=dict[str, Operation])
    classes: tuple[ResultClass, ...] = ()
    allow: tuple[str, ...] = ()
    """Names of operations, and ``METHOD /path/*``; empty allows everything."""
    timeout: timedelta = DEFAULT_TIMEOUT
    max_reply_bytes: int = MAX_REPLY_BYTES
    private: bool = False
    """Whether it may be at an address inside one's own network."""
    check: str = ""
    """What tells that it works: the name of an operation, or a path to GET."""
    success: str = ""
    """A member of every reply that must be true, for services that fail with status 200."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of every secret that it needs, sorted."""
        if self.auth is None:
            return ()
        values = (getattr(self.auth, name) for name in self.auth.__slots__)
        return tuple(sorted({v.name for v in values if isinstance(v, SecretName)}))


Source: TypeAlias = Literal["built-in", "file", "app"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of calling a connector's health operation."""

    at: datetime
    ok: bool
    status: int | None
    ms: float
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """How a newer document differs from the one that counts."""

    at: datetime
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A connector as it is kept: what it was made of, and how it has been."""

    name: str
    definition: Mapping[str, Json]
    """``connectors/NAME.toml`` as JSON."""
    document: str | None = field(repr=False)
    """The OpenAPI document, as text."""
    source: Source
    changed_at: datetime
    changed_by: str
    last_check: Checked | None = None
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class Breakage:
    """A line of a function that no longer fits a connector."""

    function: str
    line: int
    message: str
