"""What the desk needs from the rest of the house.

``Units`` gives transactions; within one, a ``Unit`` holds the stores. Everything
read or written inside one ``writing()`` block is kept together or not at all.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from callingcard.desk.ports.chat import (
    ConversationMerges,
    Conversations,
    Events,
    Finds,
    Log,
    Notes,
    Signs,
)
from callingcard.desk.ports.crm import Associations, Contacts, Objects, Properties
from callingcard.desk.ports.flows import FlowRuns, Flows
from callingcard.desk.ports.merging import Merges
from callingcard.desk.ports.privacy import Audit, Erasures, Forgetting, Retention
from callingcard.desk.ports.routing import Decisions, Presences, Queue, Routings
from callingcard.desk.ports.visitors import Codes, Inboxes, Sessions
from callingcard.desk.ports.webhooks import Deliveries, DeliveryLog, Endpoints


class Unit(Protocol):
    """One transaction over everything the desk keeps."""

    @property
    def contacts(self) -> Contacts: ...  # noqa: D102
    @property
    def companies(self) -> Objects: ...  # noqa: D102
    @property
    def deals(self) -> Objects: ...  # noqa: D102
    @property
    def associations(self) -> Associations: ...  # noqa: D102
    @property
    def properties(self) -> Properties: ...  # noqa: D102
    @property
    def conversations(self) -> Conversations: ...  # noqa: D102
    @property
    def conversation_merges(self) -> ConversationMerges: ...  # noqa: D102
    @property
    def log(self) -> Log: ...  # noqa: D102
    @property
    def sessions(self) -> Sessions: ...  # noqa: D102
    @property
    def merges(self) -> Merges: ...  # noqa: D102
    @property
    def codes(self) -> Codes: ...  # noqa: D102
    @property
    def inboxes(self) -> Inboxes: ...  # noqa: D102
    @property
    def events(self) -> Events: ...  # noqa: D102
    @property
    def notes(self) -> Notes: ...  # noqa: D102
    @property
    def signs(self) -> Signs: ...  # noqa: D102
    @property
    def finds(self) -> Finds: ...  # noqa: D102
    @property
    def webhooks(self) -> Endpoints: ...  # noqa: D102
    @property
    def deliveries(self) -> Deliveries: ...  # noqa: D102
    @property
    def delivery_log(self) -> DeliveryLog: ...  # noqa: D102
    @property
    def flows(self) -> Flows: ...  # noqa: D102
    @property
    def flow_runs(self) -> FlowRuns: ...  # noqa: D102
    @property
    def routing(self) -> Routings: ...  # noqa: D102
    @property
    def queue(self) -> Queue: ...  # noqa: D102
    @property
    def presences(self) -> Presences: ...  # noqa: D102
    @property
    def decisions(self) -> Decisions: ...  # noqa: D102
    @property
    def audit(self) -> Audit: ...  # noqa: D102
    @property
    def forgetting(self) -> Forgetting: ...  # noqa: D102
    @property
    def erasures(self) -> Erasures: ...  # noqa: D102
    @property
    def retention(self) -> Retention: ...  # noqa: D102


class Units(Protocol):
    """Makes transactions."""

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that is kept at its end, or undone by an exception."""
        ...


class News(Protocol):
    """Tells whoever waits that there is something new to read."""

    def notify(self, topic: str) -> None:
        """Wake who waits on *topic*: ``conversation:ID``, ``session:ID`` or ``feed``."""
        ...


class People(Protocol):
    """The agents, whom another room of the house knows."""

    async def name_of(self, user_id: str) -> str | None:
        """Return the name of the agent with this id, or None when there is none."""
        ...
