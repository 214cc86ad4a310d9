"""PostgreSQL as the database, for when one machine is not enough."""

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from callingcard.backends.database import Database, Engine

_CONNECTIONS = 10


def open_postgres(url: str) -> Database:
    """Open *url*, such as ``postgresql://user@host/db``, with a pool of connections."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_async_engine(parsed, pool_size=_CONNECTIONS, pool_pre_ping=True)
    where = f"{parsed.host or 'localhost'}/{parsed.database}"
    return Database(engine=Engine.POSTGRES, reader=engine, writer=engine, where=where)
