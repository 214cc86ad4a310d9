"""Transactions over everything the desk keeps: its stores on one connection."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.store.chat.conversations import SqlConversations
from callingcard.desk.store.chat.events import SqlEvents
from callingcard.desk.store.chat.finds import SqlFinds
from callingcard.desk.store.chat.log import SqlLog
from callingcard.desk.store.chat.merges import SqlConversationMerges
from callingcard.desk.store.chat.notes import SqlNotes
from callingcard.desk.store.chat.signs import SqlSigns
from callingcard.desk.store.crm.contacts import SqlContacts
from callingcard.desk.store.crm.objects import SqlAssociations, SqlObjects
from callingcard.desk.store.crm.properties import SqlProperties
from callingcard.desk.store.flows.flows import SqlFlows
from callingcard.desk.store.flows.runs import SqlFlowRuns
from callingcard.desk.store.merging.merges import SqlMerges
from callingcard.desk.store.privacy.audit import SqlAudit
from callingcard.desk.store.privacy.erasures import SqlErasures
from callingcard.desk.store.privacy.forgetting import SqlForgetting
from callingcard.desk.store.privacy.retention import SqlRetention
from callingcard.desk.store.routing.decisions import SqlDecisions
from callingcard.desk.store.routing.plans import SqlRoutings
from callingcard.desk.store.routing.presences import SqlPresences
from callingcard.desk.store.routing.queue import SqlQueue
from callingcard.desk.store.visitors.codes import SqlCodes
from callingcard.desk.store.visitors.inboxes import SqlInboxes
from callingcard.desk.store.visitors.sessions import SqlSessions
from callingcard.desk.store.webhooks.deliveries import SqlDeliveries
from callingcard.desk.store.webhooks.endpoints import SqlEndpoints
from callingcard.kit.crypto import Sealer


@dataclass(frozen=True, slots=True)
class SqlUnit:
    """One transaction; implements ``ports.Unit``."""

    contacts: SqlContacts
    companies: SqlObjects
    deals: SqlObjects
    associations: SqlAssociations
    properties: SqlProperties
    conversations: SqlConversations
    conversation_merges: SqlConversationMerges
    log: SqlLog
    sessions: SqlSessions
    merges: SqlMerges
    codes: SqlCodes
    inboxes: SqlInboxes
    events: SqlEvents
    notes: SqlNotes
    signs: SqlSigns
    finds: SqlFinds
    webhooks: SqlEndpoints
    deliveries: SqlDeliveries
    delivery_log: SqlDeliveries
    flows: SqlFlows
    flow_runs: SqlFlowRuns
    routing: SqlRoutings
    queue: SqlQueue
    presences: SqlPresences
    decisions: SqlDecisions
    audit: SqlAudit
    forgetting: SqlForgetting
    erasures: SqlErasures
    retention: SqlRetention


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
            companies=SqlObjects(connection, ObjectType.COMPANIES),
            deals=SqlObjects(connection, ObjectType.DEALS),
            associations=SqlAssociations(connection),
            properties=SqlProperties(connection),
            conversations=SqlConversations(connection),
            conversation_merges=SqlConversationMerges(connection),
            log=SqlLog(connection),
            sessions=SqlSessions(connection),
            merges=SqlMerges(connection),
            codes=SqlCodes(connection),
            inboxes=SqlInboxes(connection, self._sealer),
            events=SqlEvents(connection),
            notes=SqlNotes(connection),
            signs=SqlSigns(connection),
            finds=SqlFinds(connection),
            webhooks=SqlEndpoints(connection, self._sealer),
            deliveries=SqlDeliveries(connection),
            delivery_log=SqlDeliveries(connection),
            flows=SqlFlows(connection),
            flow_runs=SqlFlowRuns(connection),
            routing=SqlRoutings(connection),
            queue=SqlQueue(connection),
            presences=SqlPresences(connection),
            decisions=SqlDecisions(connection),
            audit=SqlAudit(connection),
            forgetting=SqlForgetting(connection),
            erasures=SqlErasures(connection, self._sealer),
            retention=SqlRetention(connection),
        )
