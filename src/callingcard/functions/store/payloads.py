"""Inputs that somebody saved to run a function with again.

They may hold personal data that somebody typed, so they are sealed, each bound to the
function that it is for.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import Column, LargeBinary, String, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from callingcard.backends.database import Database, Engine
from callingcard.functions.ports.versions import Payload, PayloadVisitor
from callingcard.functions.store.metadata import metadata
from callingcard.kit.crypto import Sealer, Unsealable

payloads: Final = Table(
    "functions_payloads",
    metadata,
    Column("function", String(63), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)


class SqlPayloads:
    """The payloads of each function, in one sealed row; implements ``Payloads``."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def of(self, function: str) -> Sequence[Payload]:
        """Return a function's payloads in the order they were saved in.

        Ones that were sealed under a key that is no longer here are as good as gone.
        """
        wanted = select(payloads.c.sealed).where(payloads.c.function == function)
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).first()
        if row is None:
            return []
        try:
            plain = self._sealer.open(row.sealed, place=_place(function))
        except Unsealable:
            return []
        return [
            Payload(
                name=item["name"],
                arguments=item["arguments"],
                visitor=PayloadVisitor(**item["visitor"]) if item["visitor"] else None,
            )
            for item in json.loads(plain)
        ]

    async def replace(self, function: str, given: Sequence[Payload]) -> None:
        """Keep these payloads in place of all there were."""
        async with self._database.writing() as connection:
            if not given:
                await connection.execute(
                    delete(payloads).where(payloads.c.function == function)
                )
                return
            plain = json.dumps([asdict(payload) for payload in given]).encode()
            sealed = self._sealer.seal(plain, place=_place(function))
            dialect = sqlite if self._database.engine is Engine.SQLITE else postgresql
            saving = dialect.insert(payloads).values(function=function, sealed=sealed)
            await connection.execute(
                saving.on_conflict_do_update(
                    index_elements=["function"], set_={"sealed": sealed}
                )
            )


def _place(function: str) -> str:
    return f"functions_payloads:{function}"
