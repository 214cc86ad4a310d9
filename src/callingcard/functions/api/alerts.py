"""``/v1/admin/alerts``: what failed, where that is told, and what could not be told.

Invariant: a channel's URL comes in here and never goes out.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Final, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field, SecretStr

from callingcard.functions.api.shapes import Given, Shape, TimeGiven
from callingcard.functions.model.alerts import (
    Channel,
    Delivery,
    DeliveryState,
    Group,
    GroupKind,
    GroupState,
)
from callingcard.functions.service.telling.alerts import AlertDesk
from callingcard.functions.service.telling.channels import MAX_NAME, MAX_URL
from callingcard.kit.actor import Actor

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]

_FINGERPRINT: Final = Path(pattern=r"^[a-z0-9-]{1,100}$", description="The group.")
_CHANNEL: Final = Path(pattern=r"^[a-z0-9_-]{1,64}$", description="The channel.")

log = structlog.get_logger("callingcard.admin")


class GroupShown(Shape):
    """Failures that are probably one and the same fault."""

    fingerprint: str
    function: str | None
    """None for a fault of a site or of a channel, which *subject* names."""
    subject: str
    title: str
    count: int
    first_at: datetime
    last_at: datetime
    state: GroupState
    muted_until: datetime | None
    last_run_id: str | None
    kind: GroupKind


class ChannelShown(Shape):
    """Somewhere that alerts go."""

    id: str
    name: str
    kind: str
    from_settings: bool
    last_at: datetime | None
    last_problem: str | None


class DeliveryShown(Shape):
    """One message to one channel."""

    id: str
    at: datetime
    channel: str
    subject: str
    state: DeliveryState
    problem: str | None
    attempts: int


class AlertsShown(Shape):
    """Everything on the page of alerts."""

    groups: list[GroupShown]
    channels: list[ChannelShown]
    deliveries: list[DeliveryShown]


class DeliveriesShown(Shape):
    """How a test went, channel by channel."""

    deliveries: list[DeliveryShown]


class MuteGiven(Given):
    """Until when a group is muted; null is until it is resolved."""

    until: TimeGiven | None = None


class ChannelGiven(Given):
    """A channel to add; *url* is in Apprise's form and is not shown again."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    url: SecretStr = Field(min_length=1, max_length=MAX_URL)


def alert_routes(alerts: AlertDesk, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds who asks, or raises NotAllowed."""

    def private(response: Response) -> None:
        response.headers["Cache-Control"] = "no-store, private"

    router = APIRouter(
        prefix="/v1/admin/alerts",
        tags=["alerts"],
        dependencies=[Depends(who), Depends(private)],
    )
    _add_groups(router, alerts, who)
    _add_channels(router, alerts, who)
    return router


def _add_groups(router: APIRouter, alerts: AlertDesk, who: WhoCalls) -> None:
    """Declare what can be seen of failures, and said about them."""

    @router.get("", operation_id="listAlerts", summary="Show what failed and who was told")
    async def overview() -> AlertsShown:
        found = await alerts.overview()
        return AlertsShown(
            groups=[_group_shown(group) for group in found.groups],
            channels=[_channel_shown(channel) for channel in found.channels],
            deliveries=[_delivery_shown(delivery) for delivery in found.deliveries],
        )

    @router.post(
        "/groups/{fingerprint}/mute",
        operation_id="muteAlert",
        summary="Say nothing of a group",
    )
    async def mute(
        fingerprint: Annotated[str, _FINGERPRINT],
        given: MuteGiven,
        actor: Annotated[Actor, Depends(who)],
    ) -> GroupShown:
        group = await alerts.mute(fingerprint, given.until)
        log.info("alert muted", audit=True, group=fingerprint, by=actor.id, kind=actor.kind)
        return _group_shown(group)

    @router.delete(
        "/groups/{fingerprint}/mute",
        operation_id="unmuteAlert",
        summary="Say something of a group again",
    )
    async def unmute(
        fingerprint: Annotated[str, _FINGERPRINT], actor: Annotated[Actor, Depends(who)]
    ) -> GroupShown:
        group = await alerts.unmute(fingerprint)
        log.info("alert unmuted", audit=True, group=fingerprint, by=actor.id, kind=actor.kind)
        return _group_shown(group)

    @router.post(
        "/groups/{fingerprint}/resolve",
        operation_id="resolveAlert",
        summary="Call a group's fault over",
    )
    async def resolve(
        fingerprint: Annotated[str, _FINGERPRINT], actor: Annotated[Actor, Depends(who)]
    ) -> GroupShown:
        group = await alerts.resolve(fingerprint)
        log.info("alert resolved", audit=True, group=fingerprint, by=actor.id, kind=actor.kind)
        return _group_shown(group)


def _add_channels(router: APIRouter, alerts: AlertDesk, who: WhoCalls) -> None:
    """Declare how channels come, go and are tried."""

    @router.post("/test", operation_id="testAlerts", summary="Send a test to every channel")
    async def test() -> DeliveriesShown:
        went = await alerts.channels.test()
        return DeliveriesShown(deliveries=[_delivery_shown(delivery) for delivery in went])

    @router.post(
        "/channels",
        operation_id="addAlertChannel",
        summary="Add somewhere that alerts go",
        status_code=201,
    )
    async def add(given: ChannelGiven, actor: Annotated[Actor, Depends(who)]) -> ChannelShown:
        channel = await alerts.channels.add(given.name, given.url.get_secret_value())
        log.info(
            "alert channel added", audit=True, channel=channel.id, by=actor.id, kind=actor.kind
        )
        return _channel_shown(channel)

    @router.delete(
        "/channels/{channel}",
        operation_id="dropAlertChannel",
        summary="Remove a channel that was added here",
        status_code=204,
    )
    async def drop(
        channel: Annotated[str, _CHANNEL], actor: Annotated[Actor, Depends(who)]
    ) -> None:
        await alerts.channels.drop(channel)
        log.info(
            "alert channel removed", audit=True, channel=channel, by=actor.id, kind=actor.kind
        )


def _group_shown(group: Group) -> GroupShown:
    return GroupShown(
        fingerprint=group.fingerprint,
        function=group.function,
        subject=group.subject,
        title=group.title,
        count=group.count,
        first_at=group.first_at,
        last_at=group.last_at,
        state=group.state,
        muted_until=group.muted_until,
        last_run_id=group.last_run,
        kind=group.kind,
    )


def _channel_shown(channel: Channel) -> ChannelShown:
    return ChannelShown(
        id=channel.id,
        name=channel.name,
        kind=channel.kind,
        from_settings=channel.from_settings,
        last_at=channel.last_at,
        last_problem=channel.last_problem,
    )


def _delivery_shown(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown(
        id=delivery.id,
        at=delivery.at,
        channel=delivery.channel,
        subject=delivery.subject,
        state=delivery.state,
        problem=delivery.problem,
        attempts=delivery.attempts,
    )
