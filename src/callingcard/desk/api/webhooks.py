"""``/v1/webhooks``: who is told of what happens at the desk, and how that went.

Invariant: a secret goes out in the answer that made it and in no other.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Final, Literal, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.schemas import Ask, Moment, Wire
from callingcard.desk.model.webhooks import (
    Delivery,
    DeliveryState,
    Endpoint,
    Signature,
    Subscription,
)
from callingcard.desk.service.webhooks.endpoints import Wanted, WebhookDesk
from callingcard.kit.actor import Actor

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]

_ID: Final = Path(pattern=r"^[0-9]{1,32}$", description="The endpoint.")
_DELIVERY: Final = Path(pattern=r"^[0-9-]{1,64}$", description="The delivery.")

log = structlog.get_logger("callingcard.desk")


class NewWebhook(Ask):
    """An endpoint to add, and the kinds of event it is to hear of."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    events: Annotated[list[str], Field(min_length=1, max_length=20)]
    max_concurrent_requests: Annotated[int, Field(ge=1, le=10)] = 10
    signature: Signature = "v1"


class ChangeWebhook(Ask):
    """What to change of an endpoint; what is absent stays."""

    url: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    events: Annotated[list[str], Field(max_length=20)] | None = None
    max_concurrent_requests: Annotated[int, Field(ge=1, le=10)] | None = None
    signature: Signature | None = None
    enabled: bool | None = None


class SubscriptionOut(Wire):
    """A kind of event that an endpoint hears of."""

    id: str
    event_type: str
    property_name: str | None
    active: bool


class WebhookOut(Wire):
    """An endpoint, and how it does."""

    id: str
    url: str
    subscriptions: list[SubscriptionOut]
    max_concurrent_requests: int
    signature: Signature
    state: Literal["working", "failing", "disabled"]
    failing_since: Moment | None
    disabled_at: Moment | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, one: Endpoint, subscriptions: Sequence[Subscription]) -> "WebhookOut":
        """Write *one* down, without its secret."""
        failing: Literal["working", "failing"] = "failing" if one.failing_since else "working"
        return cls(
            id=one.id,
            url=one.url,
            subscriptions=[
                SubscriptionOut(
                    id=sub.id,
                    event_type=sub.event_type,
                    property_name=sub.property_name,
                    active=sub.active,
                )
                for sub in subscriptions
            ],
            max_concurrent_requests=one.max_concurrent,
            signature=one.signature,
            state="disabled" if one.disabled_at else failing,
            failing_since=one.failing_since,
            disabled_at=one.disabled_at,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class MadeWebhook(Wire):
    """An endpoint with its secret, which is shown this once."""

    webhook: WebhookOut
    secret: str


class WebhooksAnswer(Wire):
    """Every endpoint."""

    results: list[WebhookOut]


class DeliveryOut(Wire):
    """One event on its way to one subscription."""

    id: str
    event_type: str
    event: dict[str, Any]
    state: DeliveryState
    attempts: int
    occurred_at: Moment
    due_at: Moment | None
    """When it is tried next; null when it is over."""
    last_status: int | None
    last_problem: str | None
    ended_at: Moment | None

    @classmethod
    def of(cls, one: Delivery) -> "DeliveryOut":
        """Write *one* down."""
        waiting = one.state is DeliveryState.WAITING
        return cls(
            id=one.id,
            event_type=one.event_type,
            event=dict(one.event),
            state=one.state,
            attempts=one.attempts,
            occurred_at=one.occurred_at,
            due_at=one.due_at if waiting else None,
            last_status=one.last_status,
            last_problem=one.last_problem,
            ended_at=one.ended_at,
        )


class DeliveriesAnswer(Wire):
    """The newest deliveries to an endpoint."""

    results: list[DeliveryOut]


def webhook_routes(webhooks: WebhookDesk, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds who asks, or raises NotAllowed."""

    def private(response: Response) -> None:
        response.headers["Cache-Control"] = "no-store, private"

    router = APIRouter(
        prefix="/v1/webhooks",
        tags=["webhooks"],
        dependencies=[Depends(who), Depends(private)],
    )
    _add_endpoints(router, webhooks, who)
    _add_changes(router, webhooks, who)
    _add_deliveries(router, webhooks, who)
    return router


def _add_endpoints(router: APIRouter, webhooks: WebhookDesk, who: WhoCalls) -> None:
    """Declare how endpoints are seen, come and go."""

    @router.get("", operation_id="listWebhooks", summary="List the endpoints")
    async def listed() -> WebhooksAnswer:
        return WebhooksAnswer(
            results=[await _shown(webhooks, one) for one in await webhooks.all()]
        )

    @router.post(
        "",
        operation_id="addWebhook",
        summary="Add an endpoint; its secret is shown once",
        status_code=201,
        openapi_extra=accepts(NewWebhook),
    )
    async def add(request: Request, actor: Annotated[Actor, Depends(who)]) -> MadeWebhook:
        asked = await read_body(request, NewWebhook)
        wanted = Wanted(asked.url, asked.max_concurrent_requests, asked.signature)
        made, secret = await webhooks.add(wanted, asked.events)
        log.info("webhook added", audit=True, webhook=made.id, by=actor.id, kind=actor.kind)
        return MadeWebhook(webhook=await _shown(webhooks, made), secret=secret)

    @router.get("/{webhook}", operation_id="getWebhook", summary="Show an endpoint")
    async def one(webhook: Annotated[str, _ID]) -> WebhookOut:
        return await _shown(webhooks, await webhooks.get(webhook))

    @router.delete(
        "/{webhook}", operation_id="dropWebhook", summary="Remove an endpoint", status_code=204
    )
    async def drop(
        webhook: Annotated[str, _ID], actor: Annotated[Actor, Depends(who)]
    ) -> None:
        await webhooks.drop(webhook)
        log.info("webhook removed", audit=True, webhook=webhook, by=actor.id, kind=actor.kind)


def _add_changes(router: APIRouter, webhooks: WebhookDesk, who: WhoCalls) -> None:
    """Declare what can be changed of an endpoint."""

    @router.patch(
        "/{webhook}",
        operation_id="changeWebhook",
        summary="Change an endpoint, or enable it again",
        openapi_extra=accepts(ChangeWebhook),
    )
    async def change(
        webhook: Annotated[str, _ID], request: Request, actor: Annotated[Actor, Depends(who)]
    ) -> WebhookOut:
        asked = await read_body(request, ChangeWebhook)
        if asked.events is not None:
            await webhooks.want(webhook, asked.events)
        wanted = Wanted(
            asked.url, asked.max_concurrent_requests, asked.signature, asked.enabled
        )
        changed = await webhooks.change(webhook, wanted)
        log.info("webhook changed", audit=True, webhook=webhook, by=actor.id, kind=actor.kind)
        return await _shown(webhooks, changed)

    @router.post(
        "/{webhook}/secret",
        operation_id="renewWebhookSecret",
        summary="Make a new secret, shown once; the old one signs nothing any more",
    )
    async def renew(
        webhook: Annotated[str, _ID], actor: Annotated[Actor, Depends(who)]
    ) -> MadeWebhook:
        changed, secret = await webhooks.renew_secret(webhook)
        log.info(
            "webhook secret renewed", audit=True, webhook=webhook, by=actor.id, kind=actor.kind
        )
        return MadeWebhook(webhook=await _shown(webhooks, changed), secret=secret)


def _add_deliveries(router: APIRouter, webhooks: WebhookDesk, who: WhoCalls) -> None:
    """Declare the log of deliveries."""

    @router.get(
        "/{webhook}/deliveries",
        operation_id="listWebhookDeliveries",
        summary="Show how the newest deliveries went",
    )
    async def deliveries(
        webhook: Annotated[str, _ID], limit: Annotated[int, Query(ge=1, le=200)] = 100
    ) -> DeliveriesAnswer:
        found = await webhooks.deliveries(webhook, limit=limit)
        return DeliveriesAnswer(results=[DeliveryOut.of(one) for one in found])

    @router.post(
        "/{webhook}/deliveries/{delivery}/redeliver",
        operation_id="redeliverWebhook",
        summary="Send a delivery again",
        status_code=202,
    )
    async def redeliver(
        webhook: Annotated[str, _ID],
        delivery: Annotated[str, _DELIVERY],
        actor: Annotated[Actor, Depends(who)],
    ) -> DeliveryOut:
        found = await webhooks.redeliver(webhook, delivery)
        log.info(
            "webhook delivered again",
            audit=True,
            webhook=webhook,
            by=actor.id,
            kind=actor.kind,
        )
        return DeliveryOut.of(found)


async def _shown(webhooks: WebhookDesk, one: Endpoint) -> WebhookOut:
    return WebhookOut.of(one, await webhooks.subscriptions(one.id))
