"""Who is told of what happens: endpoints, their secrets and their subscriptions.

Invariant: a secret is returned when it is made and never again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from callingcard.desk.errors import TooManyWebhooks, WebhookNotFound
from callingcard.desk.model.webhooks import (
    EVENT_TYPES,
    Delivery,
    Endpoint,
    Signature,
    Subscription,
)
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.ports.webhooks import WebhookSender
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret

MAX_ENDPOINTS: Final = 20
MAX_SUBSCRIPTIONS: Final = 100
MAX_URL: Final = 2000
MAX_CONCURRENT: Final = 10
_MAX_ID: Final = 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an endpoint is to be; None leaves a member as it is."""

    url: str | None = field(default=None, repr=False)
    max_concurrent: int | None = None
    signature: Signature | None = None
    enabled: bool | None = None


class WebhookDesk:
    """Keeps endpoints and subscriptions, and shows how deliveries went."""

    def __init__(
        self,
        units: Units,
        sender: WebhookSender,
        *,
        clock: Clock,
        ids: Callable[[], str],
    ) -> None:
        """Ask *sender* which URLs may be called."""
        self._units = units
        self._sender = sender
        self._clock = clock
        self._new_id = ids

    async def all(self) -> Sequence[Endpoint]:
        """Return every endpoint, the oldest first."""
        async with self._units.reading() as unit:
            return await unit.webhooks.all()

    async def get(self, endpoint_id: str) -> Endpoint:
        """Return the endpoint; raises WebhookNotFound."""
        async with self._units.reading() as unit:
            return await _found(unit, endpoint_id)

    async def add(
        self, wanted: Wanted, event_types: Sequence[str] = (), *, endpoint_id: str = ""
    ) -> tuple[Endpoint, str]:
        """Return a new endpoint and its secret, which is never shown again.

        Raises Invalid for a URL that may not be called, and TooManyWebhooks.
        """
        if wanted.url is None:
            raise Invalid("an endpoint needs a URL", fields={"url": "required"})
        self._check(wanted)
        if endpoint_id and not (
            endpoint_id.isascii() and endpoint_id.isdecimal() and len(endpoint_id) <= _MAX_ID
        ):
            raise Invalid("not an id", fields={"appId": "a whole number"})
        now = self._clock.now()
        secret = new_secret()
        endpoint = Endpoint(
            id=endpoint_id or self._new_id(),
            url=wanted.url,
            secret=secret,
            created_at=now,
            updated_at=now,
            max_concurrent=wanted.max_concurrent or MAX_CONCURRENT,
            signature=wanted.signature or "v1",
        )
        async with self._units.writing() as unit:
            if len(await unit.webhooks.all()) >= MAX_ENDPOINTS:
                raise TooManyWebhooks(
                    f"there are {MAX_ENDPOINTS} endpoints", hint="Remove one first."
                )
            await unit.webhooks.save(endpoint)
            for event_type in dict.fromkeys(event_types):
                await unit.webhooks.subscribe(self._subscription(endpoint.id, event_type))
        return endpoint, secret

    async def change(self, endpoint_id: str, wanted: Wanted) -> Endpoint:
        """Change an endpoint; enabling one forgets how it failed. Raises WebhookNotFound."""
        self._check(wanted)
        async with self._units.writing() as unit:
            endpoint = await _found(unit, endpoint_id, lock=True)
            now = self._clock.now()
            changed = replace(
                endpoint,
                url=wanted.url or endpoint.url,
                max_concurrent=wanted.max_concurrent or endpoint.max_concurrent,
                signature=wanted.signature or endpoint.signature,
                updated_at=now,
            )
            if wanted.enabled is True:
                changed = replace(changed, disabled_at=None, failing_since=None)
            elif wanted.enabled is False:
                changed = replace(changed, disabled_at=endpoint.disabled_at or now)
            await unit.webhooks.save(changed)
        return changed

    async def renew_secret(self, endpoint_id: str) -> tuple[Endpoint, str]:
        """Return the endpoint with a new secret; the old one signs nothing from now on."""
        secret = new_secret()
        async with self._units.writing() as unit:
            endpoint = await _found(unit, endpoint_id, lock=True)
            changed = replace(endpoint, secret=secret, updated_at=self._clock.now())
            await unit.webhooks.save(changed)
        return changed, secret

    async def drop(self, endpoint_id: str) -> None:
        """Remove an endpoint with what is on its way to it; raises WebhookNotFound."""
        async with self._units.writing() as unit:
            if not await unit.webhooks.drop(endpoint_id):
                raise WebhookNotFound("there is no such endpoint")

    async def subscriptions(self, endpoint_id: str) -> Sequence[Subscription]:
        """Return what an endpoint hears of; raises WebhookNotFound."""
        async with self._units.reading() as unit:
            await _found(unit, endpoint_id)
            return await unit.webhooks.subscriptions(endpoint_id)

    async def subscribe(
        self,
        endpoint_id: str,
        event_type: str,
        *,
        property_name: str | None = None,
        active: bool = False,
    ) -> Subscription:
        """Return a new subscription; raises Invalid, WebhookNotFound, TooManyWebhooks."""
        made = replace(
            self._subscription(endpoint_id, event_type),
            property_name=_checked_property(event_type, property_name),
            active=active,
        )
        async with self._units.writing() as unit:
            await _found(unit, endpoint_id, lock=True)
            if len(await unit.webhooks.subscriptions(endpoint_id)) >= MAX_SUBSCRIPTIONS:
                raise TooManyWebhooks(
                    f"there are {MAX_SUBSCRIPTIONS} subscriptions", hint="Remove one first."
                )
            await unit.webhooks.subscribe(made)
        return made

    async def set_active(
        self, endpoint_id: str, subscription_id: str, *, active: bool
    ) -> Subscription:
        """Pause a subscription or let it go on; raises WebhookNotFound."""
        async with self._units.writing() as unit:
            await _found(unit, endpoint_id, lock=True)
            for one in await unit.webhooks.subscriptions(endpoint_id):
                if one.id == subscription_id:
                    changed = replace(one, active=active, updated_at=self._clock.now())
                    await unit.webhooks.subscribe(changed)
                    return changed
        raise WebhookNotFound("there is no such subscription")

    async def want(self, endpoint_id: str, event_types: Sequence[str]) -> None:
        """Have an endpoint hear of exactly these kinds; raises Invalid, WebhookNotFound."""
        wanted = list(dict.fromkeys(event_types))
        made = {kind: self._subscription(endpoint_id, kind) for kind in wanted}
        async with self._units.writing() as unit:
            await _found(unit, endpoint_id, lock=True)
            for one in await unit.webhooks.subscriptions(endpoint_id):
                keeps = one.event_type in made and one.property_name is None
                if keeps and made.pop(one.event_type):
                    await unit.webhooks.subscribe(replace(one, active=True))
                else:
                    await unit.webhooks.unsubscribe(endpoint_id, one.id)
            for subscription in made.values():
                await unit.webhooks.subscribe(subscription)

    async def unsubscribe(self, endpoint_id: str, subscription_id: str) -> None:
        """Remove a subscription; raises WebhookNotFound."""
        async with self._units.writing() as unit:
            await _found(unit, endpoint_id, lock=True)
            if not await unit.webhooks.unsubscribe(endpoint_id, subscription_id):
                raise WebhookNotFound("there is no such subscription")

    async def deliveries(self, endpoint_id: str, *, limit: int = 100) -> Sequence[Delivery]:
        """Return the newest deliveries to an endpoint; raises WebhookNotFound."""
        async with self._units.reading() as unit:
            await _found(unit, endpoint_id)
            return await unit.delivery_log.newest(endpoint_id, limit=limit)

    async def redeliver(self, endpoint_id: str, delivery_id: str) -> Delivery:
        """Send a delivery again, whatever became of it; raises WebhookNotFound."""
        async with self._units.writing() as unit:
            await _found(unit, endpoint_id)
            log = unit.delivery_log
            await log.revive(endpoint_id, delivery_id, self._clock.now())
            found = await log.newest(endpoint_id, limit=1, delivery_id=delivery_id)
            if not found:
                raise WebhookNotFound("there is no such delivery")
            return found[0]

    def _subscription(self, endpoint_id: str, event_type: str) -> Subscription:
        if event_type not in EVENT_TYPES:
            raise Invalid(
                "no such kind of event",
                fields={"eventType": f"one of {', '.join(EVENT_TYPES)}"},
            )
        now = self._clock.now()
        return Subscription(
            id=self._new_id(),
            endpoint_id=endpoint_id,
            event_type=event_type,
            property_name=None,
            active=True,
            created_at=now,
            updated_at=now,
        )

    def _check(self, wanted: Wanted) -> None:
        """Raise Invalid for what no endpoint can be."""
        fields: dict[str, str] = {}
        if wanted.url is not None:
            long = "it is too long" if len(wanted.url) > MAX_URL else None
            problem = long or self._sender.refusal(wanted.url)
            fields |= {"url": problem} if problem else {}
        most = wanted.max_concurrent
        if most is not None and not 1 <= most <= MAX_CONCURRENT:
            fields["maxConcurrentRequests"] = f"1 to {MAX_CONCURRENT}"
        if fields:
            raise Invalid("this endpoint cannot be kept", fields=fields)


async def _found(unit: Unit, endpoint_id: str, *, lock: bool = False) -> Endpoint:
    endpoint = await unit.webhooks.get(endpoint_id, lock=lock)
    if endpoint is None:
        raise WebhookNotFound("there is no such endpoint")
    return endpoint


def _checked_property(event_type: str, name: str | None) -> str | None:
    """Return the property whose changes are wanted; raises Invalid."""
    if name is None:
        return None
    most = 100
    if not event_type.endswith(".propertyChange"):
        raise Invalid(
            "only changes are of a property", fields={"propertyName": "leave it out"}
        )
    if not (0 < len(name) <= most and name.isprintable()):
        raise Invalid("no property", fields={"propertyName": f"1 to {most} characters"})
    return name
