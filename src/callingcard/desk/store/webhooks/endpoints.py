"""Endpoints and subscriptions in the database, the endpoints' secrets sealed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.webhooks import Endpoint, Subscription
from callingcard.desk.store.webhooks.tables import deliveries, endpoints, subscriptions
from callingcard.kit.crypto import Sealer

_BY_ID: Final = select(endpoints).where(endpoints.c.id == bindparam("wanted"))
_BY_ID_LOCKED: Final = _BY_ID.with_for_update()
_ALL: Final = select(endpoints).order_by(endpoints.c.created_at, endpoints.c.id)
_SAVE: Final = update(endpoints).where(endpoints.c.id == bindparam("key"))
_SUBSCRIBE: Final = update(subscriptions).where(subscriptions.c.id == bindparam("key"))
_SUBSCRIPTIONS: Final = select(subscriptions).order_by(
    subscriptions.c.created_at, subscriptions.c.id
)


class SqlEndpoints:
    """Keeps ``ports.Endpoints`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def save(self, endpoint: Endpoint) -> None:
        """Keep a new or changed endpoint."""
        values = {
            "id": endpoint.id,
            "url": endpoint.url,
            "sealed_secret": self._sealer.seal(
                endpoint.secret.encode(), place=_place(endpoint.id)
            ),
            "max_concurrent": endpoint.max_concurrent,
            "signature": endpoint.signature,
            "failing_since": endpoint.failing_since,
            "disabled_at": endpoint.disabled_at,
            "created_at": endpoint.created_at,
            "updated_at": endpoint.updated_at,
        }
        changed = await self._connection.execute(_SAVE, {"key": endpoint.id, **values})
        if changed.rowcount == 0:
            await self._connection.execute(insert(endpoints), values)

    async def get(self, endpoint_id: str, *, lock: bool = False) -> Endpoint | None:
        """Return the endpoint; with *lock*, nobody else changes it until we are done."""
        asked = _BY_ID_LOCKED if lock else _BY_ID
        rows = await self._connection.execute(asked, {"wanted": endpoint_id})
        row = rows.mappings().one_or_none()
        return None if row is None else self._endpoint(row)

    async def all(self) -> Sequence[Endpoint]:
        """Return every endpoint, the oldest first."""
        rows = await self._connection.execute(_ALL)
        return [self._endpoint(row) for row in rows.mappings()]

    async def drop(self, endpoint_id: str) -> bool:
        """Delete the endpoint with all that belongs to it; False when there is none."""
        for table in (subscriptions, deliveries):
            await self._connection.execute(
                delete(table).where(table.c.endpoint_id == endpoint_id)
            )
        gone = await self._connection.execute(
            delete(endpoints).where(endpoints.c.id == endpoint_id)
        )
        return gone.rowcount > 0

    async def subscribe(self, subscription: Subscription) -> None:
        """Keep a new or changed subscription."""
        values = {
            "id": subscription.id,
            "endpoint_id": subscription.endpoint_id,
            "event_type": subscription.event_type,
            "property_name": subscription.property_name,
            "active": subscription.active,
            "created_at": subscription.created_at,
            "updated_at": subscription.updated_at,
        }
        changed = await self._connection.execute(
            _SUBSCRIBE, {"key": subscription.id, **values}
        )
        if changed.rowcount == 0:
            await self._connection.execute(insert(subscriptions), values)

    async def subscriptions(self, endpoint_id: str | None = None) -> Sequence[Subscription]:
        """Return the subscriptions of one endpoint, or all, the oldest first."""
        asked = _SUBSCRIPTIONS
        if endpoint_id is not None:
            asked = asked.where(subscriptions.c.endpoint_id == endpoint_id)
        rows = await self._connection.execute(asked)
        return [Subscription(**dict(row)) for row in rows.mappings()]

    async def unsubscribe(self, endpoint_id: str, subscription_id: str) -> bool:
        """Delete a subscription; False when the endpoint has none of this id."""
        gone = await self._connection.execute(
            delete(subscriptions).where(
                subscriptions.c.id == subscription_id,
                subscriptions.c.endpoint_id == endpoint_id,
            )
        )
        return gone.rowcount > 0

    def _endpoint(self, row: Mapping[Any, Any]) -> Endpoint:
        fields = dict(row)
        sealed: bytes = fields.pop("sealed_secret")
        secret = self._sealer.open(sealed, place=_place(fields["id"]))
        return Endpoint(**fields, secret=secret.decode())


def _place(endpoint_id: str) -> str:
    """Return the name of where a secret is kept, to which it is sealed."""
    return f"desk_webhook_endpoints/{endpoint_id}"
