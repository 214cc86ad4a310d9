"""Every setting there is: its type, its default, and one line about it.

Weakest first: defaults, ``callingcard.toml``, ``CALLINGCARD_SECTION__FIELD``, flags.
A secret may be text, ``{ env = "NAME" }`` or ``{ file = "PATH" }``, for sites and alerts
also ``{ secret = "NAME" }``, and every field has a ``…_FILE`` twin in the environment.

Invariant: this is the only file that reads the environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from callingcard.backends.cache.urls import store_of
from callingcard.kit.crypto import weak_secret
from callingcard.server.settings.sealed import MayBeSealed
from callingcard.server.settings.section import Section
from callingcard.server.settings.sites import SiteSection

ENV_PREFIX = "CALLINGCARD_"


def environment() -> Mapping[str, str]:
    """Return the environment, for the loader and for ``{ env = "NAME" }``."""
    return os.environ  # noqa: TID251  (the one place)


class ServerSection(Section):
    """Where the server listens, and what it is called from outside."""

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8400, ge=0, le=65535, description="The port to listen on.")
    public_url: str = Field(
        default="", description="The address browsers use; by default made of host and port."
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(),
        description="Peers whose X-Forwarded-For and -Proto count (addresses or networks).",
    )
    secret_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="Secrets that seal and sign, newest first; by default one is made and kept"
        " in the data directory.",
    )

    @field_validator("public_url")
    @classmethod
    def _bare_origin(cls, value: str) -> str:
        """Refuse a path or a slash at the end: origins are compared exactly."""
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc):
            raise ValueError("write it like https://chat.example.com")
        if value and f"{parts.scheme}://{parts.netloc}" != value:
            raise ValueError("write it without a path, like https://chat.example.com")
        return value

    @field_validator("secret_keys")
    @classmethod
    def _strong(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """Refuse a key that could be guessed."""
        for key in value:
            if reason := weak_secret(key.get_secret_value()):
                raise ValueError(f"a secret key is too weak: {reason}")
        return value


class DatabaseSection(Section):
    """Where everything is kept."""

    url: SecretStr = Field(
        default=SecretStr("sqlite"),
        description="sqlite, sqlite:///FILE or postgresql://user@host/db.",
    )


class CacheSection(Section):
    """Where issued tokens are kept until they expire."""

    url: SecretStr = Field(
        default=SecretStr("memory"),
        description="memory, sqlite:///FILE, redis(s)://host:6379/0, valkey(s)://… or"
        " postgresql://user@host/db. More than one process needs one that they share.",
    )

    @field_validator("url")
    @classmethod
    def _known_store(cls, value: SecretStr) -> SecretStr:
        """Refuse what no cache can be opened with, before anything is started."""
        store_of(value.get_secret_value())
        return value


class LogSection(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least serious line that is written."
    )
    format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto is text on a terminal and JSON elsewhere."
    )


class MetricsSection(Section):
    """Who may read ``/metrics``."""

    public: bool = Field(
        default=False,
        description="Serve /metrics to everybody; otherwise it takes an admin key, except on"
        " a loopback public_url.",
    )


class DeskSection(Section):
    """The receiving side."""

    origins: tuple[str, ...] = Field(
        default=(), description="Sites that may embed the widget; none listed means any."
    )
    private_webhooks: bool = Field(
        default=False,
        description="Whether webhooks may lead to addresses inside your own network.",
    )


class MailSection(Section):
    """The mail server that brings visitors their one-time codes."""

    host: str = Field(default="", description="The SMTP server; none means no mail is sent.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the connection is protected; none is for a relay on this machine.",
    )
    sender: str = Field(default="", description="The address that letters are from.")
    username: str = Field(default="", description="Who signs in; none means nobody does.")
    password: SecretStr = Field(default=SecretStr(""), description="Their password.")
    to_log: bool = Field(
        default=False,
        description="Write letters into the log instead, codes and all: for a demo only.",
    )

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        """Refuse a server without an address that letters are from."""
        if self.host and not self.sender:
            raise ValueError("say in sender which address letters are from")
        return self


class FunctionsSection(Section):
    """Customers' functions: whether they run here, and how much they may use."""

    floor: Literal["namespaces", "landlock", "off"] = Field(
        default="landlock",
        description="The weakest sandbox that functions may run in; off runs none.",
    )
    max_seconds: int = Field(
        default=60, ge=1, le=900, description="The longest a function may ask to run."
    )
    max_memory_mib: int = Field(
        default=512, ge=32, description="The most memory a function may ask for, in MiB."
    )
    at_once: int = Field(
        default=0,
        ge=0,
        description="How many runs go on at the same time; 0 is eight for each processor.",
    )
    queue: int = Field(
        default=1000, ge=0, description="How many calls of one function may wait for a run."
    )
    history_days: int = Field(
        default=30, ge=1, description="How many days the history of runs goes back."
    )
    history_runs: int = Field(
        default=10_000, ge=1, description="How many runs of one function history keeps."
    )
    storage_mib: int = Field(
        default=64, ge=1, description="How much one function may keep in a namespace, in MiB."
    )


class AlertsSection(Section):
    """Who is told when something needs a person."""

    channels: tuple[Annotated[SecretStr, MayBeSealed], ...] = Field(
        default=(), description="Where alerts go: URLs in Apprise's form, such as discord://…"
    )


class Settings(Section):
    """All settings, checked; read them with ``server.settings.loading.load``."""

    data_dir: Path = Field(
        default=Path("callingcard-data"),
        description="Where the database and the key file are.",
    )
    server: ServerSection = ServerSection()
    database: DatabaseSection = DatabaseSection()
    cache: CacheSection = CacheSection()
    log: LogSection = LogSection()
    metrics: MetricsSection = MetricsSection()
    desk: DeskSection = DeskSection()
    functions: FunctionsSection = FunctionsSection()
    alerts: AlertsSection = AlertsSection()
    mail: MailSection = MailSection()
    sites: dict[str, SiteSection] = Field(default_factory=dict)

    @property
    def public_url(self) -> str:
        """The address that browsers use."""
        return self.server.public_url or f"http://{self.server.host}:{self.server.port}"

    @property
    def is_local(self) -> bool:
        """Whether the public address is this very machine: a laptop, not a service."""
        return urlsplit(self.public_url).hostname in {"127.0.0.1", "localhost", "::1"}
