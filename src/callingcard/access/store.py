"""What access keeps in the database, and the threads in which passwords are hashed.

Rows become the model's dataclasses here; nothing above sees a table.

Invariant: the database holds hashes of secrets, never secrets.
Invariant: a ticket is taken by one ``delete … returning``, so the database, and
not the order of two requests, decides who gets it.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.access.errors import EmailTaken
from callingcard.access.model import (
    SESSION_IDLE,
    ApiKey,
    Credentials,
    KeyId,
    Session,
    User,
    UserId,
)
from callingcard.access.passwords import hash_password, outdated, verify_password
from callingcard.backends.database import Database, Moment, new_metadata
from callingcard.kit.actor import Role, Scope

metadata = new_metadata()

_keys = Table(
    "access_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("hint", String(32), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("site", Text),
    Column("origins", JSON, nullable=False),
    Column("functions", JSON, nullable=False, server_default="[]"),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

_users = Table(
    "access_users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("password_hash", Text),
    Column("role", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

_sessions = Table(
    "access_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(32), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
)

_tickets = Table(
    "access_tickets",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("user_id", String(32), nullable=False, index=True),
    Column("expires_at", Moment, nullable=False),
)

_KEY_BY_HASH = select(_keys).where(_keys.c.hash == bindparam("wanted"))
_SESSION_BY_ID = (
    select(
        _users,
        _sessions.c.id.label("session_id"),
        _sessions.c.created_at.label("started_at"),
        _sessions.c.expires_at,
        _sessions.c.last_seen_at,
    )
    .join_from(_sessions, _users, _sessions.c.user_id == _users.c.id)
    .where(_sessions.c.id == bindparam("wanted"))
)

_HASHING_THREADS: Final = 2
"""How many passwords are hashed at once: each takes 64 MiB while it is."""


class SqlAccess:
    """Access's transactions on a SQL database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["SqlUnit"]:
        """Open a transaction that only reads."""
        async with self._database.reading() as connection:
            yield SqlUnit(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator["SqlUnit"]:
        """Open a transaction that is kept at its end, or undone by an exception."""
        async with self._database.writing() as connection:
            yield SqlUnit(connection)


class SqlUnit:
    """One transaction over everything that access keeps."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.keys = SqlKeys(connection)
        self.users = SqlUsers(connection)
        self.sessions = SqlSessions(connection)
        self.tickets = SqlTickets(connection)


class SqlKeys:
    """The API keys, as rows."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, key: ApiKey, *, secret_hash: str) -> None:
        """Keep a new *key*."""
        row = {
            "id": key.id,
            "name": key.name,
            "hash": secret_hash,
            "hint": key.hint,
            "scopes": sorted(scope.value for scope in key.scopes),
            "site": key.site,
            "origins": list(key.origins),
            "functions": list(key.functions),
            "created_at": key.created_at,
        }
        await self._connection.execute(insert(_keys).values(row))

    async def by_hash(self, secret_hash: str) -> ApiKey | None:
        """Return the key with this hash, a revoked one too."""
        row = (await self._connection.execute(_KEY_BY_HASH, {"wanted": secret_hash})).first()
        return None if row is None else _key(row)

    async def get(self, key_id: KeyId) -> ApiKey | None:
        """Return the key with this id, a revoked one too."""
        wanted = select(_keys).where(_keys.c.id == key_id)
        row = (await self._connection.execute(wanted)).first()
        return None if row is None else _key(row)

    async def all(self) -> Sequence[ApiKey]:
        """Return every key, newest first."""
        newest = select(_keys).order_by(_keys.c.created_at.desc(), _keys.c.id.desc())
        return [_key(row) for row in await self._connection.execute(newest)]

    async def touch(self, key_id: KeyId, at: datetime) -> None:
        """Note that the key was used."""
        used = update(_keys).where(_keys.c.id == key_id).values(last_used_at=at)
        await self._connection.execute(used)

    async def revoke(self, key_id: KeyId, at: datetime) -> None:
        """Revoke the key; one that is revoked already keeps its time."""
        good = update(_keys).where(_keys.c.id == key_id, _keys.c.revoked_at.is_(None))
        await self._connection.execute(good.values(revoked_at=at))


class SqlUsers:
    """The people, as rows."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, user: User, *, password_hash: str | None) -> None:
        """Keep a new *user*; raises EmailTaken when the address is taken."""
        row = {
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "password_hash": password_hash,
            "role": user.role.value,
            "created_at": user.created_at,
        }
        try:
            await self._connection.execute(insert(_users).values(row))
        except IntegrityError as error:
            if "email" not in str(error.orig):
                raise
            # `from None`: the database's own words quote the address and the hash.
            raise EmailTaken("somebody with this address is there already") from None

    async def get(self, user_id: UserId) -> User | None:
        """Return the person with this id, a disabled one too."""
        wanted = select(_users).where(_users.c.id == user_id)
        row = (await self._connection.execute(wanted)).first()
        return None if row is None else _user(row)

    async def by_email(self, email: str) -> Credentials | None:
        """Return the person with this canonical address, a disabled one too."""
        wanted = select(_users).where(_users.c.email == email)
        row = (await self._connection.execute(wanted)).first()
        return None if row is None else Credentials(_user(row), row.password_hash)

    async def all(self) -> Sequence[User]:
        """Return everybody, disabled people too, oldest first."""
        oldest = select(_users).order_by(_users.c.created_at, _users.c.id)
        return [_user(row) for row in await self._connection.execute(oldest)]

    async def lock_owners(self) -> Sequence[UserId]:
        """Return the owners who can sign in; until we are done nobody changes them.

        Ordered, so that two who lock at the same moment do so in the same order.
        """
        owners = (
            select(_users.c.id)
            .where(_users.c.role == Role.OWNER.value, _users.c.disabled_at.is_(None))
            .order_by(_users.c.id)
            .with_for_update()
        )
        return [UserId(row.id) for row in await self._connection.execute(owners)]

    async def set_role(self, user_id: UserId, role: Role) -> None:
        """Change what the person may do."""
        change = update(_users).where(_users.c.id == user_id)
        await self._connection.execute(change.values(role=role.value))

    async def set_disabled_at(self, user_id: UserId, at: datetime | None) -> None:
        """Shut the person out from *at*, or let them in again with None."""
        change = update(_users).where(_users.c.id == user_id)
        await self._connection.execute(change.values(disabled_at=at))

    async def set_password(
        self, user_id: UserId, password_hash: str, *, was: str | None = None
    ) -> None:
        """Change the person's password; with *was*, only if it still is that one."""
        change = update(_users).where(_users.c.id == user_id)
        if was is not None:
            change = change.where(_users.c.password_hash == was)
        await self._connection.execute(change.values(password_hash=password_hash))


class SqlSessions:
    """The sessions, as rows."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        await self._connection.execute(insert(_sessions).values(asdict(session)))

    async def get(self, session_id: str) -> tuple[Session, User] | None:
        """Return the session and whose it is; the caller looks at its expiry."""
        row = (await self._connection.execute(_SESSION_BY_ID, {"wanted": session_id})).first()
        if row is None:
            return None
        user = _user(row)
        session = Session(
            id=row.session_id,
            user_id=user.id,
            created_at=row.started_at,
            expires_at=row.expires_at,
            last_seen_at=row.last_seen_at,
        )
        return session, user

    async def touch(self, session_id: str, at: datetime) -> None:
        """Note that the session was used."""
        await self._connection.execute(
            update(_sessions).where(_sessions.c.id == session_id).values(last_seen_at=at)
        )

    async def end(self, session_id: str) -> None:
        """End the session, if there is one."""
        await self._connection.execute(delete(_sessions).where(_sessions.c.id == session_id))

    async def end_all_of(self, user_id: UserId) -> None:
        """End every session of the person."""
        await self._connection.execute(delete(_sessions).where(_sessions.c.user_id == user_id))

    async def sweep(self, now: datetime) -> int:
        """Delete what is no longer alive at *now*; return how many rows went."""
        over = or_(
            _sessions.c.expires_at <= now, _sessions.c.last_seen_at <= now - SESSION_IDLE
        )
        return (await self._connection.execute(delete(_sessions).where(over))).rowcount


class SqlTickets:
    """The sign-in links, as rows."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, ticket_id: str, *, user_id: UserId, expires_at: datetime) -> None:
        """Keep a new ticket, known by its hash."""
        row = {"id": ticket_id, "user_id": user_id, "expires_at": expires_at}
        await self._connection.execute(insert(_tickets).values(row))

    async def known(self, ticket_id: str, now: datetime) -> bool:
        """Say whether the ticket could be redeemed at *now*."""
        wanted = select(_tickets.c.id).where(
            _tickets.c.id == ticket_id, _tickets.c.expires_at > now
        )
        return (await self._connection.execute(wanted)).first() is not None

    async def redeem(self, ticket_id: str, now: datetime) -> User | None:
        """Take the ticket away and return whose it was; only one caller ever gets it."""
        taking = (
            delete(_tickets)
            .where(_tickets.c.id == ticket_id, _tickets.c.expires_at > now)
            .returning(_tickets.c.user_id)
        )
        taken = (await self._connection.execute(taking)).first()
        return None if taken is None else await SqlUsers(self._connection).get(taken.user_id)

    async def drop_all_of(self, user_id: UserId) -> None:
        """Take every ticket of the person away."""
        await self._connection.execute(delete(_tickets).where(_tickets.c.user_id == user_id))

    async def sweep(self, now: datetime) -> int:
        """Delete what expired before *now*; return how many rows went."""
        over = delete(_tickets).where(_tickets.c.expires_at <= now)
        return (await self._connection.execute(over)).rowcount


class ThreadedPasswords:
    """Hashes passwords in a few threads of its own, so that nobody else waits.

    Its own, because a thread goes on when the request that asked for it is gone:
    the number of threads is then the only true limit on memory.
    """

    def __init__(self, threads: int = _HASHING_THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")

    async def hash(self, password: str) -> str:
        """Return what is stored of *password*."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, hash_password, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Say whether *password* is the *stored* one; None stands for nobody's."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, verify_password, password, stored)

    def outdated(self, stored: str) -> bool:
        """Say whether *stored* was made with other parameters than today's."""
        return outdated(stored)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=KeyId(row.id),
        name=row.name,
        hint=row.hint,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        site=row.site,
        origins=tuple(row.origins),
        functions=tuple(row.functions),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


def _user(row: Row[Any]) -> User:
    return User(
        id=UserId(row.id),
        email=row.email,
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )
