"""Every table of functions, for migrations and for tests that need an empty database."""

from callingcard.functions.store import (
    alerts,
    connectors,
    payloads,
    secrets,
    storage,
    triggers,
    versions,
)
from callingcard.functions.store.metadata import metadata
from callingcard.functions.store.running import runs

TABLES_ARE_IN = (alerts, connectors, payloads, runs, secrets, storage, triggers, versions)
"""The modules that declare tables on ``metadata``."""

__all__ = ["TABLES_ARE_IN", "metadata"]
