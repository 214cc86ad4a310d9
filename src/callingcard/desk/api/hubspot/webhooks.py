"""HubSpot's webhooks v3: an app's settings and its subscriptions.

https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide

HubSpot knows an app's secret beforehand. Here an app is made by its first settings, whose
answer carries ``clientSecret``, once; HubSpot's clients pass over a member they do not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

from pydantic import Field, StrictBool, StrictInt, StrictStr
from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.envelope import bad_request, not_found, reply
from callingcard.desk.api.hubspot.schemas import MAX_BATCH, Body
from callingcard.desk.errors import WebhookNotFound
from callingcard.desk.model.webhooks import Endpoint, Subscription
from callingcard.desk.service.webhooks.endpoints import Wanted, WebhookDesk
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.codec import rfc3339

BASES: Final = ("/webhooks/v3/{app}", "/webhooks/2026-03/{app}")
SCOPES: Final = ("developer.webhooks",)


class Throttling(Body):
    """How much is sent at once."""

    max_concurrent_requests: StrictInt


class SettingsInput(Body):
    """Where an app is told of what happens."""

    target_url: StrictStr
    throttling: Throttling


class SubscriptionInput(Body):
    """A kind of event to hear of."""

    event_type: StrictStr
    property_name: StrictStr | None = None
    active: StrictBool = False


class ActiveInput(Body):
    """Whether a subscription is told of anything."""

    active: StrictBool


class ActiveItem(ActiveInput):
    """The same for one subscription of several."""

    id: StrictInt


class ActiveBatch(Body):
    """Several subscriptions to pause or let go on."""

    inputs: Annotated[list[ActiveItem], Field(max_length=MAX_BATCH)]


def webhook_paths(webhooks: WebhookDesk, clock: Clock) -> Paths:
    """Return the operations on webhooks, under the old name of the version and the new."""
    calls = WebhookEndpoints(webhooks, clock)
    table = _operations(calls)
    return {f"{base}{path}": methods for base in BASES for path, methods in table.items()}


def _operations(calls: "WebhookEndpoints") -> Paths:
    """Return the operations by what comes behind the app."""
    return {
        "/settings": {
            "GET": Operation(calls.settings, SCOPES),
            "PUT": Operation(calls.configure, SCOPES),
            "DELETE": Operation(calls.clear, SCOPES),
        },
        "/subscriptions": {
            "GET": Operation(calls.subscriptions, SCOPES),
            "POST": Operation(calls.subscribe, SCOPES),
        },
        "/subscriptions/batch/update": {"POST": Operation(calls.update_all, SCOPES)},
        "/subscriptions/{subscription}": {
            "GET": Operation(calls.subscription, SCOPES),
            "PATCH": Operation(calls.update, SCOPES),
            "DELETE": Operation(calls.unsubscribe, SCOPES),
        },
    }


@dataclass(frozen=True, slots=True)
class WebhookEndpoints:
    """What HubSpot's clients do with an app's webhooks."""

    webhooks: WebhookDesk
    clock: Clock

    async def settings(self, call: Call) -> Response:
        """Return where an app is told."""
        return reply(_settings(await self._app(call)))

    async def configure(self, call: Call) -> Response:
        """Set where an app is told; the first time makes the app."""
        asked = await call.body(SettingsInput)
        wanted = Wanted(asked.target_url, asked.throttling.max_concurrent_requests)
        app = call.path("app")
        try:
            return reply(_settings(await self.webhooks.change(app, wanted)))
        except WebhookNotFound:
            pass
        except Invalid as error:
            raise _refused(error) from error
        try:
            made, secret = await self.webhooks.add(wanted, endpoint_id=app)
        except Invalid as error:
            raise _refused(error) from error
        return reply({**_settings(made), "clientSecret": secret})

    async def clear(self, call: Call) -> Response:
        """Tell an app of nothing any more; what it subscribed to goes too."""
        await self._app(call)
        await self.webhooks.drop(call.path("app"))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def subscriptions(self, call: Call) -> Response:
        """Return what an app hears of."""
        found = await self._subscriptions(call)
        return reply({"results": [_subscription(one) for one in found]})

    async def subscription(self, call: Call) -> Response:
        """Return one subscription."""
        for one in await self._subscriptions(call):
            if one.id == call.path("subscription"):
                return reply(_subscription(one))
        raise not_found()

    async def subscribe(self, call: Call) -> Response:
        """Add a subscription; it is paused unless it says otherwise, as by HubSpot."""
        asked = await call.body(SubscriptionInput)
        await self._app(call)
        try:
            made = await self.webhooks.subscribe(
                call.path("app"),
                asked.event_type,
                property_name=asked.property_name,
                active=asked.active,
            )
        except Invalid as error:
            raise _refused(error) from error
        return reply(_subscription(made), HTTPStatus.CREATED)

    async def update(self, call: Call) -> Response:
        """Pause a subscription or let it go on."""
        asked = await call.body(ActiveInput)
        changed = await self._set(call, call.path("subscription"), active=asked.active)
        return reply(_subscription(changed))

    async def update_all(self, call: Call) -> Response:
        """Do so for several."""
        asked = await call.body(ActiveBatch)
        began = rfc3339(self.clock.now())
        changed = [
            await self._set(call, str(one.id), active=one.active) for one in asked.inputs
        ]
        body = {
            "status": "COMPLETE",
            "results": [_subscription(one) for one in changed],
            "startedAt": began,
            "completedAt": rfc3339(self.clock.now()),
        }
        return reply(body)

    async def unsubscribe(self, call: Call) -> Response:
        """Remove a subscription."""
        try:
            await self.webhooks.unsubscribe(call.path("app"), call.path("subscription"))
        except WebhookNotFound as error:
            raise not_found() from error
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _app(self, call: Call) -> Endpoint:
        try:
            return await self.webhooks.get(call.path("app"))
        except WebhookNotFound as error:
            raise not_found() from error

    async def _subscriptions(self, call: Call) -> Sequence[Subscription]:
        try:
            return await self.webhooks.subscriptions(call.path("app"))
        except WebhookNotFound as error:
            raise not_found() from error

    async def _set(self, call: Call, subscription: str, *, active: bool) -> Subscription:
        try:
            return await self.webhooks.set_active(
                call.path("app"), subscription, active=active
            )
        except WebhookNotFound as error:
            raise not_found() from error


def _refused(error: Invalid) -> Exception:
    """Return HubSpot's fault for settings or a subscription that cannot be kept."""
    reasons = "; ".join(f"{name}: {reason}" for name, reason in error.fields.items())
    return bad_request(f"Invalid input: {reasons or error.message}")


def _settings(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "targetUrl": endpoint.url,
        "throttling": {"maxConcurrentRequests": endpoint.max_concurrent},
        "createdAt": rfc3339(endpoint.created_at),
        "updatedAt": rfc3339(endpoint.updated_at),
    }


def _subscription(one: Subscription) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": one.id,
        "eventType": one.event_type,
        "active": one.active,
        "createdAt": rfc3339(one.created_at),
        "updatedAt": rfc3339(one.updated_at),
    }
    if one.property_name is not None:
        shown["propertyName"] = one.property_name
    return shown
