"""Writing down who looked, forgetting whom we must, and keeping no longer than agreed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from callingcard.desk.model.audit import AuditFilter, AuditRow, Deed, Head
from callingcard.desk.model.ids import ConversationId, InboxId
from callingcard.desk.model.privacy import Erasure, Name, RetentionRule, Storage, Subject
from callingcard.kit.actor import Actor


class Audit(Protocol):
    """The chain of deeds."""

    async def append(self, deed: Deed) -> AuditRow:
        """Write *deed* at the end of the chain; nobody else appends until we are done.

        Make it the last thing of a transaction, since others wait from then on.
        """
        ...

    async def append_unless_since(self, deed: Deed, since: datetime) -> AuditRow | None:
        """Write *deed* unless the same was done to the same thing after *since*."""
        ...

    async def page(
        self, wanted: AuditFilter, *, before: int | None, limit: int
    ) -> Sequence[AuditRow]:
        """Return rows, the newest first, that come before the row numbered *before*."""
        ...

    async def chain(self, *, after: int, limit: int) -> Sequence[AuditRow]:
        """Return the rows after the one numbered *after*, in their order."""
        ...

    async def head(self) -> Head:
        """Return where the chain ends."""
        ...


class Looks(Protocol):
    """Takes note of who looks at whom."""

    async def viewed(
        self, actor: Actor, kind: Literal["contact", "conversation"], thing_id: str
    ) -> None:
        """Write it down, before it is shown; raises when that cannot be done."""
        ...


class Forgetting(Protocol):
    """Everything the desk keeps of a person, to be told to them or to be forgotten."""

    @property
    def sections(self) -> Sequence[str]:
        """The names of what is kept, as an export shows them."""
        ...

    async def gather(self, subject: Subject, *, lock: bool = False) -> Subject:
        """Return *subject* with every other name that rows lead to.

        With *lock*, nobody else changes those rows until we are done.
        """
        ...

    async def rows(
        self, section: str, subject: Subject, *, at: int, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        """Return rows about them from the place *at* on, without what is secret."""
        ...

    async def forget(self, subject: Subject) -> Mapping[str, int]:
        """Delete every row about them; return how many went, by section."""
        ...

    async def spend_tokens(self, subject: Subject, *, lock: bool) -> None:
        """Let no token that they showed be used again.

        With *lock*, nobody opens a session with one until we are done: as whoever opens
        one does, take these locks before any other.
        """
        ...

    async def bury(self, erasure_id: str, subject: Subject, at: datetime) -> None:
        """Remember that what has these ids was erased."""
        ...

    async def buried(self, erasure_id: str) -> Subject:
        """Return the ids of what was erased then."""
        ...

    async def erasure_of(self, name: Name, wanted: str) -> str | None:
        """Return the erasure that took the thing with this id, or None."""
        ...


class Erasures(Protocol):
    """The orders to forget somebody."""

    async def save(self, erasure: Erasure) -> None:
        """Keep a new or changed order, whom it is about sealed."""
        ...

    async def get(self, erasure_id: str) -> Erasure | None:
        """Return the order with this id; raises Unsealable when its key is gone."""
        ...

    async def unfinished(self, untouched_since: datetime) -> Sequence[str]:
        """Return the ids of orders that nobody has worked on since then, oldest first."""
        ...


class Retention(Protocol):
    """How long each inbox keeps what was said in it."""

    async def rules(self) -> Sequence[RetentionRule]:
        """Return the rules there are; an inbox without one keeps everything."""
        ...

    async def save(self, rule: RetentionRule) -> None:
        """Keep a new or changed rule."""
        ...

    async def outlived(
        self, inbox_id: InboxId, before: datetime, limit: int
    ) -> Sequence[ConversationId]:
        """Return closed conversations that nothing happened in since, locked."""
        ...

    async def silent(self, inbox_id: InboxId, before: datetime, limit: int) -> Sequence[str]:
        """Return sessions begun before then by visitors who never wrote, locked."""
        ...


class Elsewhere(Protocol):
    """Something outside of the desk that remembers people: storage, history, tokens."""

    @property
    def name(self) -> str:
        """What it is, in one word; the name of its step and of its part of an export."""
        ...

    async def forget(self, subject: Subject) -> int:
        """Forget them, by address, user id and lines; return how many things went."""
        ...

    async def told(self, subject: Subject) -> Sequence[Mapping[str, Any]]:
        """Return what is remembered of them, as JSON."""
        ...


class Scrubber(Protocol):
    """Looks after what a database's files still hold of rows that are gone."""

    async def scrub(self) -> Storage | None:
        """Overwrite it; None when that cannot be done now and we must come again."""
        ...
