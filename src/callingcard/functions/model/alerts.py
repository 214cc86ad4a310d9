"""What alerts are made of: groups of like failures, channels, and deliveries.

Invariant: nothing here holds an input, an output, or the URL of a channel.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

GroupKind = Literal["failure", "silent", "missed"]


class GroupState(StrEnum):
    """Where a group of failures stands."""

    NEW = "new"
    """It was counted, and nobody was told."""
    ALERTED = "alerted"
    MUTED = "muted"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Group:
    """Failures that are probably one and the same fault."""

    fingerprint: str
    subject: str
    """``function NAME``, ``site NAME`` or ``channel ID``: who is failing."""
    kind: GroupKind
    title: str
    first_at: datetime
    last_at: datetime
    count: int = 0
    streak: int = 0
    """How many since it was new, or came back."""
    state: GroupState = GroupState.NEW
    muted_until: datetime | None = None
    """None while muted means until somebody says otherwise."""
    last_run: str | None = None
    last_version: str | None = None
    """The version that failed last."""

    @property
    def function(self) -> str | None:
        """The function that fails, when it is one."""
        kind, _, name = self.subject.partition(" ")
        return name if kind == "function" else None


@dataclass(frozen=True, slots=True)
class Failing:
    """One time, or a few alike, that something went wrong."""

    fingerprint: str
    subject: str
    kind: GroupKind
    title: str
    at: datetime
    run: str | None = None
    version: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Channel:
    """Somewhere that alerts go; its URL is sealed and comes out for sending only."""

    id: str
    name: str
    kind: str
    """The service, as its URL names it: ``discord``, ``mailto`` …"""
    from_settings: bool
    last_at: datetime | None = None
    """When something last went out."""
    last_problem: str | None = None
    """What was wrong with the newest delivery; None when it arrived."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads, for the one who sends."""

    url: str = field(repr=False)
    trusted: bool
    """Whether the operator wrote it into the settings, and so may name hosts of their own."""


DeliveryState = Literal["waiting", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one channel."""

    id: str
    channel: str
    at: datetime
    subject: str
    body: str = field(repr=False)
    state: DeliveryState = "waiting"
    problem: str | None = None
    attempts: int = 0
    digest: bool = False
    """Whether it gathers what would have been too many messages."""
    lines: int = 1
    about_channel: bool = False
    """Whether it tells of a channel that fails; its own failing is told to nobody."""
