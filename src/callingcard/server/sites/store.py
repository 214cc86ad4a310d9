"""Sites that were set up or changed in the app: they go before the file's.

A document is a site's whole section, sealed, since it holds the platform's secret.
The generation is a number that grows with every change, so that another node sees
with one cheap look whether it is behind.

Invariant: a document opens only under the name of the site it was written for.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database, Moment, new_metadata
from callingcard.kit.codec import canonical_json
from callingcard.kit.crypto import Sealer, Unsealable
from callingcard.server.settings.sealed import Reveal
from callingcard.server.sites.sections import nothing_sealed

metadata = new_metadata()

overrides = Table(
    "server_sites",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(100), nullable=False),
)

generations = Table(
    "server_generations",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
)

_SITES: Final = "sites"
_GENERATION: Final = select(generations.c.value).where(generations.c.name == _SITES)


class SiteStore:
    """Keeps the documents; *secrets* are the server's own, newest first.

    *reveal* opens the secrets of the sealed store that sites name.
    """

    def __init__(
        self, database: Database, secrets: list[bytes], *, reveal: Reveal = nothing_sealed
    ) -> None:
        self._database = database
        self.reveal: Final = reveal
        self._sealer = Sealer(secrets, "site settings")

    async def all(self) -> tuple[int, dict[str, dict[str, Any] | None]]:
        """Return the generation, and every document by name; None is one nobody can open.

        A database that was not migrated yet holds none: a command may run before the
        first start of the server.
        """
        async with self._database.reading() as connection:
            if not await connection.run_sync(_has_tables):
                return 0, {}
            generation = (await connection.execute(_GENERATION)).scalar()
            rows = (await connection.execute(select(overrides))).mappings().all()
        return generation or 0, {row["name"]: self._opened(dict(row)) for row in rows}

    async def generation(self) -> int:
        """Return the number that grows with every change."""
        async with self._database.reading() as connection:
            return (await connection.execute(_GENERATION)).scalar() or 0

    async def put(
        self, name: str, document: Mapping[str, Any], *, by: str, at: datetime
    ) -> int:
        """Keep *document* as the site's; return the new generation."""
        values = {
            "document": self._sealer.seal(canonical_json(document), place=_place(name)),
            "changed_at": at,
            "changed_by": by[:100],
        }
        async with self._database.writing() as connection:
            same = overrides.c.name == name
            changed = await connection.execute(update(overrides).where(same).values(values))
            if changed.rowcount == 0:
                await connection.execute(insert(overrides).values(name=name, **values))
            return await _grow(connection)

    async def drop(self, name: str) -> int | None:
        """Remove the site's document; return the new generation, None if there was none."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(overrides).where(overrides.c.name == name))
            return await _grow(connection) if gone.rowcount else None

    async def advance(self) -> int:
        """Make every node look anew, though nothing here changed; return the generation."""
        async with self._database.writing() as connection:
            return await _grow(connection)

    def _opened(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """Return the document of *row*."""
        try:
            plain = self._sealer.open(row["document"], place=_place(row["name"]))
        except Unsealable:
            return None
        return cast("dict[str, Any]", json.loads(plain))


async def _grow(connection: AsyncConnection) -> int:
    """Make the generation one larger, and return it."""
    larger = update(generations).where(generations.c.name == _SITES)
    grown = await connection.execute(larger.values(value=generations.c.value + 1))
    if grown.rowcount == 0:
        await connection.execute(insert(generations).values(name=_SITES, value=1))
    return (await connection.execute(_GENERATION)).scalar_one()


def _has_tables(connection: Connection) -> bool:
    """Say whether the step that makes these tables was applied."""
    return inspect(connection).has_table(overrides.name)


def _place(name: str) -> str:
    """Return the name of where a document is kept, to which it is sealed."""
    return f"{overrides.name}/{name}"
