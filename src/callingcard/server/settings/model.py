"""Every setting there is: its type, its default, and one line about it.

Weakest first: defaults, ``callingcard.toml``, ``CALLINGCARD_SECTION__FIELD``, flags.
A secret may be text, ``{ env = "NAME" }`` or ``{ file = "PATH" }``, and every field has
a ``…_FILE`` twin in the environment.

Invariant: this is the only file that reads the environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from callingcard.kit.crypto import weak_secret

Proof = Literal["jwt", "key"]

ENV_PREFIX = "CALLINGCARD_"
SectionTree = dict[str, Any]
"""Settings before they are checked: sections within sections."""

_SECRET_WORDS = ("secret", "token", "key", "password")


def environment() -> Mapping[str, str]:
    """Return the environment, for the loader and for ``{ env = "NAME" }``."""
    return os.environ  # noqa: TID251  (the one place)


def sounds_secret(name: str) -> bool:
    """Say whether a setting of this *name* holds a secret, as platforms' arguments do.

    >>> sounds_secret("access_token"), sounds_secret("base_url"), sounds_secret("key_id")
    (True, False, False)
    """
    return any(word in name for word in _SECRET_WORDS) and not name.endswith("_id")


class Section(BaseModel):
    """A part of the settings: frozen, and strict about names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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

    url: str = Field(default="memory", description="memory or sqlite:///FILE.")


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


class JwtKeySection(Section):
    """One key of a shop's own backend."""

    kid: str = Field(description="The key's name, as in the token's head.")
    secret: SecretStr = Field(description="At least 32 bytes, shared with the backend.")
    algorithm: Literal["HS256"] = Field(
        default="HS256", description="The only one that it signs with."
    )


class JwtSection(Section):
    """A token that the site's own backend signs."""

    keys: tuple[JwtKeySection, ...] = Field(description="The keys that count, newest first.")
    audience: str = Field(default="callingcard", description="What aud must be.")
    issuer: str = Field(description="What iss must be.")


class SiteSection(BaseModel):
    """A site whose visitors we vouch for, and the platform that is told.

    The platform's own arguments stand in a section named like the platform, such as
    ``[sites.shop.hubspot]``.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    platform: str = Field(description="The chat platform's name.")
    origins: tuple[str, ...] = Field(
        default=(), description="Pages that may ask, exactly as sent."
    )
    proof: Proof = Field(default="jwt", description="jwt, or key for a server key only.")
    unverified: Literal["refuse"] = Field(
        default="refuse", description="What happens to an address that nobody proved."
    )
    jwt: JwtSection | None = Field(default=None, description="How the proof is checked.")

    @model_validator(mode="before")
    @classmethod
    def _hide_secrets(cls, value: Any) -> Any:
        """Wrap a platform's secrets, so that no repr shows them."""
        if not isinstance(value, dict):
            return value
        tree = cast("SectionTree", value)
        platform = str(tree.get("platform"))
        arguments = tree.get(platform)
        if not isinstance(arguments, dict):
            return tree
        hidden = {
            name: SecretStr(item) if isinstance(item, str) and sounds_secret(name) else item
            for name, item in cast("SectionTree", arguments).items()
        }
        return {**tree, platform: hidden}

    @model_validator(mode="after")
    def _whole(self) -> "SiteSection":
        """Refuse names that are nobody's, and a proof that could not be checked."""
        for name, value in (self.__pydantic_extra__ or {}).items():
            if name != self.platform or not isinstance(value, dict):
                raise ValueError(
                    f"unknown setting {name!r}; the platform is {self.platform!r}"
                )
        if self.proof == "jwt" and self.jwt is None:
            raise ValueError('proof = "jwt" needs a [sites.NAME.jwt] section')
        return self

    @property
    def platform_settings(self) -> dict[str, Any]:
        """The arguments for the platform, secrets in plain."""
        given: dict[str, Any] = (self.__pydantic_extra__ or {}).get(self.platform, {})
        return {
            name: item.get_secret_value() if isinstance(item, SecretStr) else item
            for name, item in given.items()
        }


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
    sites: dict[str, SiteSection] = Field(default_factory=dict)

    @property
    def public_url(self) -> str:
        """The address that browsers use."""
        return self.server.public_url or f"http://{self.server.host}:{self.server.port}"

    @property
    def is_local(self) -> bool:
        """Whether the public address is this very machine: a laptop, not a service."""
        return urlsplit(self.public_url).hostname in {"127.0.0.1", "localhost", "::1"}
