"""Transactions over everything the desk keeps: six stores on one connection."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database
from callingcard.desk.store.chat.conversations import SqlConversations
from callingcard.desk.store.chat.events import SqlEvents
from callingcard.desk.store.chat.log import SqlLog
from callingcard.desk.store.crm.contacts import SqlContacts
from callingcard.desk.store.visitors.inboxes import SqlInboxes
from callingcard.desk.store.visitors.sessions import SqlSessions
from callingcard.kit.crypto import Sealer


@dataclass(frozen=True, slots=True)
class SqlUnit:
    """One transaction; implements ``ports.Unit``."""

    contacts: SqlContacts
    conversations: SqlConversations
    log: SqlLog
    sessions: SqlSessions
    inboxes: SqlInboxes
    events: SqlEvents


class SqlUnits:
    """Makes transactions; implements ``ports.Units``."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Keep signing secrets in *database*, sealed by *sealer*."""
        self._database = database
        self._sealer = sealer

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[SqlUnit]:
        """Open a transaction that only reads."""
        async with self._database.reading() as connection:
            yield self._unit(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[SqlUnit]:
        """Open a transaction that is kept at its end, or undone by an exception."""
        async with self._database.writing() as connection:
            yield self._unit(connection)

    def _unit(self, connection: AsyncConnection) -> SqlUnit:
        return SqlUnit(
            contacts=SqlContacts(connection),
            conversations=SqlConversations(connection),
            log=SqlLog(connection),
            sessions=SqlSessions(connection),
            inboxes=SqlInboxes(connection, self._sealer),
            events=SqlEvents(connection),
        )
