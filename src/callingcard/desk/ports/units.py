"""What the desk needs from the rest of the house.

``Units`` gives transactions; within one, a ``Unit`` holds the stores. Everything
read or written inside one ``writing()`` block is kept together or not at all.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from callingcard.desk.ports.chat import Conversations, Events, Log
from callingcard.desk.ports.crm import Contacts
from callingcard.desk.ports.visitors import Inboxes, Sessions


class Unit(Protocol):
    """One transaction over everything the desk keeps."""

    @property
    def contacts(self) -> Contacts: ...  # noqa: D102
    @property
    def conversations(self) -> Conversations: ...  # noqa: D102
    @property
    def log(self) -> Log: ...  # noqa: D102
    @property
    def sessions(self) -> Sessions: ...  # noqa: D102
    @property
    def inboxes(self) -> Inboxes: ...  # noqa: D102
    @property
    def events(self) -> Events: ...  # noqa: D102


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
