"""Drafts: sources that somebody is writing and has not deployed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from callingcard.backends.database import Database, Engine
from callingcard.functions.model.values import FunctionName
from callingcard.functions.ports.versions import Draft
from callingcard.functions.store.versions import drafts, functions


class SqlDrafts:
    """The drafts, as rows; implements ``Drafts``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Draft | None:
        """Return the draft of this name."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(drafts).where(drafts.c.name == name))
            ).first()
        return None if row is None else _draft(row)

    async def save(self, draft: Draft) -> None:
        """Keep *draft* in place of the one there was."""
        dialect = sqlite if self._database.engine is Engine.SQLITE else postgresql
        row = {"name": draft.name, "source": draft.source, "saved_at": draft.saved_at}
        saving = dialect.insert(drafts).values(row)
        async with self._database.writing() as connection:
            await connection.execute(
                saving.on_conflict_do_update(index_elements=["name"], set_=row)
            )

    async def add(self, draft: Draft) -> bool:
        """Keep the draft of a new function; False when the name is taken."""
        row = {"name": draft.name, "source": draft.source, "saved_at": draft.saved_at}
        taken = select(functions.c.name).where(functions.c.name == draft.name)
        try:
            async with self._database.writing() as connection:
                if (await connection.execute(taken)).first() is not None:
                    return False
                await connection.execute(insert(drafts).values(row))
        except IntegrityError:
            return False
        return True

    async def drop(self, name: str) -> bool:
        """Forget the draft; say whether there was one."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(drafts).where(drafts.c.name == name))
        return gone.rowcount > 0

    async def all(self) -> Sequence[Draft]:
        """Return every draft, by name."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(drafts).order_by(drafts.c.name))
            return [_draft(row) for row in rows]


def _draft(row: Row[Any]) -> Draft:
    return Draft(FunctionName(row.name), row.source, row.saved_at)
