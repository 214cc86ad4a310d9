"""Every table of the desk, for migrations and for tests that need an empty database."""

from callingcard.desk.store.chat import tables as chat
from callingcard.desk.store.crm import tables as crm
from callingcard.desk.store.flows import tables as flows
from callingcard.desk.store.merging import tables as merging
from callingcard.desk.store.metadata import metadata
from callingcard.desk.store.privacy import tables as privacy
from callingcard.desk.store.routing import tables as routing
from callingcard.desk.store.visitors import tables as visitors
from callingcard.desk.store.webhooks import tables as webhooks

TABLES_ARE_IN = (chat, crm, flows, merging, privacy, routing, visitors, webhooks)
"""The modules that declare tables on ``metadata``."""

__all__ = ["TABLES_ARE_IN", "metadata"]
