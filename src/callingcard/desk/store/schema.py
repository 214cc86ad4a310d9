"""Every table of the desk, for migrations and for tests that need an empty database."""

from callingcard.desk.store.chat import tables as chat
from callingcard.desk.store.crm import tables as crm
from callingcard.desk.store.metadata import metadata
from callingcard.desk.store.visitors import tables as visitors

TABLES_ARE_IN = (chat, crm, visitors)
"""The modules that declare tables on ``metadata``."""

__all__ = ["TABLES_ARE_IN", "metadata"]
