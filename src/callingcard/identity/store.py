"""What identity keeps in the database: which invites were used.

Invariant: an invite is used by one insert of its name, so the database, and not the
order of two requests, decides who gets in.
"""

from datetime import datetime

from sqlalchemy import Column, String, Table, delete, insert
from sqlalchemy.exc import IntegrityError

from callingcard.backends.database import Database, Moment, new_metadata

metadata = new_metadata()

_spent_invites = Table(
    "identity_spent_invites",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("attempt", String(64), nullable=False, unique=True),
    Column("until", Moment, nullable=False, index=True),
)


class SqlSpentInvites:
    """Used invites as rows; one that expired is swept, since its end refuses it by then."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, name: str, *, attempt: str, until: datetime) -> bool:
        """Note that *attempt* uses the invite *name*; False when another did before."""
        row = {"name": name, "attempt": attempt, "until": until}
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(_spent_invites).values(row))
        except IntegrityError:
            return False
        return True

    async def restore(self, attempt: str) -> None:
        """Let the invite that *attempt* used be used again; nothing when it used none."""
        theirs = delete(_spent_invites).where(_spent_invites.c.attempt == attempt)
        async with self._database.writing() as connection:
            await connection.execute(theirs)

    async def sweep(self, now: datetime) -> int:
        """Delete what no longer has to be remembered at *now*; return how many rows went."""
        over = delete(_spent_invites).where(_spent_invites.c.until <= now)
        async with self._database.writing() as connection:
            return (await connection.execute(over)).rowcount
