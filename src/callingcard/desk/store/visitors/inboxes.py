"""Inboxes and their signing keys in the database, the keys' secrets sealed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.errors import InboxExists, KeyExists
from callingcard.desk.model.ids import InboxId
from callingcard.desk.model.visitors import Identify, Inbox, SigningKey
from callingcard.desk.store.visitors.tables import inboxes, signing_keys
from callingcard.kit.crypto import Sealer

_ALL: Final = select(inboxes).order_by(inboxes.c.name)
_NAMED: Final = select(inboxes).where(inboxes.c.name == bindparam("wanted"))
_NAMED_LOCKED: Final = _NAMED.with_for_update()
_SAVE: Final = update(inboxes).where(inboxes.c.id == bindparam("key"))
_KEYS: Final = (
    select(signing_keys)
    .where(
        signing_keys.c.inbox_id == bindparam("inbox"),
        signing_keys.c.revoked_at.is_(None),
    )
    .order_by(signing_keys.c.created_at.desc(), signing_keys.c.kid.desc())
)
_REVOKE: Final = (
    update(signing_keys)
    .where(signing_keys.c.kid == bindparam("wanted"), signing_keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_NOTED_EVERY: Final = timedelta(minutes=1)
_USED: Final = (
    update(signing_keys)
    .where(
        signing_keys.c.kid == bindparam("wanted"),
        or_(
            signing_keys.c.last_used_at.is_(None),
            signing_keys.c.last_used_at <= bindparam("before"),
        ),
    )
    .values(last_used_at=bindparam("at"))
)


class SqlInboxes:
    """Keeps ``ports.Inboxes`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def all(self) -> Sequence[Inbox]:
        """Return every inbox."""
        rows = await self._connection.execute(_ALL)
        return [_inbox(row) for row in rows.mappings()]

    async def named(self, name: str, *, lock: bool = False) -> Inbox | None:
        """Return the inbox with this name; with *lock*, kept as it is until we are done."""
        statement = _NAMED_LOCKED if lock else _NAMED
        rows = await self._connection.execute(statement, {"wanted": name})
        row = rows.mappings().one_or_none()
        return None if row is None else _inbox(row)

    async def save(self, inbox: Inbox) -> None:
        """Keep a new or changed inbox; raises InboxExists when another has its name."""
        values = {
            "id": inbox.id,
            "name": inbox.name,
            "title": inbox.title,
            "answered_by": inbox.answered_by,
            "welcome": inbox.welcome,
            "identification": inbox.identification.value,
            "enforced": inbox.enforced,
            "props": None if inbox.props is None else list(inbox.props),
        }
        changed = await self._connection.execute(_SAVE, {"key": inbox.id, **values})
        if changed.rowcount > 0:
            return
        try:
            await self._connection.execute(insert(inboxes), values)
        except IntegrityError as error:
            raise InboxExists(
                "there is an inbox with this name", hint="Change that one."
            ) from error

    async def keys(self, inbox_id: InboxId) -> Sequence[SigningKey]:
        """Return the inbox's keys that are not revoked, newest first."""
        rows = await self._connection.execute(_KEYS, {"inbox": inbox_id})
        return [self._key(row) for row in rows.mappings()]

    async def add_key(self, key: SigningKey) -> None:
        """Keep a new signing key, its secret sealed; raises KeyExists."""
        values = {
            "kid": key.kid,
            "inbox_id": key.inbox_id,
            "algorithm": key.algorithm,
            "sealed_secret": self._sealer.seal(key.secret, place=_place(key.kid)),
            "created_at": key.created_at,
            "revoked_at": key.revoked_at,
        }
        try:
            await self._connection.execute(insert(signing_keys), values)
        except IntegrityError as error:
            raise KeyExists("a signing key with this kid is there already") from error

    async def revoke_key(self, kid: str, at: datetime) -> bool:
        """Revoke a key; False when there is none with this *kid*."""
        changed = await self._connection.execute(_REVOKE, {"wanted": kid, "at": at})
        return changed.rowcount > 0

    async def used_key(self, kid: str, at: datetime) -> None:
        """Note that a key signed a visitor in, unless that was noted within a minute."""
        noted = {"wanted": kid, "at": at, "before": at - _NOTED_EVERY}
        await self._connection.execute(_USED, noted)

    def _key(self, row: Mapping[Any, Any]) -> SigningKey:
        fields = dict(row)
        sealed: bytes = fields.pop("sealed_secret")
        secret = self._sealer.open(sealed, place=_place(fields["kid"]))
        return SigningKey(**fields, secret=secret)


def _place(kid: str) -> str:
    """Return the name of where a key's secret is kept, to which it is sealed."""
    return f"desk_signing_keys/{kid}"


def _inbox(row: Mapping[Any, Any]) -> Inbox:
    """Return the inbox that a row holds."""
    fields: dict[str, Any] = dict(row)
    fields["identification"] = Identify(fields["identification"])
    fields["props"] = None if fields["props"] is None else tuple(fields["props"])
    return Inbox(**fields)
