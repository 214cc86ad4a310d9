"""``/v1/inboxes/NAME/retention``: how long an inbox keeps what was said in it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.privacy.people import WhoAsks, private
from callingcard.desk.api.schemas import Ask, Wire
from callingcard.desk.model.audit import who_of
from callingcard.desk.service.privacy.retention import RetentionDesk
from callingcard.kit.actor import Actor


class RetentionOut(Wire):
    """How long an inbox keeps what was said in it."""

    keep_closed_days: int | None
    store_silent_visitors: bool


class RetentionGiven(Ask):
    """The rule that an inbox shall have."""

    keep_closed_days: int | None
    store_silent_visitors: bool


def retention_routes(retention: RetentionDesk, who: WhoAsks) -> APIRouter:
    """Return the routes about how long inboxes keep things."""
    router = APIRouter(
        prefix="/v1/inboxes/{name}/retention",
        tags=["privacy"],
        dependencies=[Depends(who), Depends(private)],
    )

    @router.get("", operation_id="getRetention", summary="Show how long an inbox keeps things")
    async def show(name: str) -> RetentionOut:
        """Show how long an inbox keeps closed conversations; null is for good."""
        rule = await retention.rule(name)
        return RetentionOut(
            keep_closed_days=rule.keep_closed_days,
            store_silent_visitors=rule.store_silent_visitors,
        )

    @router.put(
        "",
        operation_id="putRetention",
        summary="Set how long an inbox keeps things",
        openapi_extra=accepts(RetentionGiven),
    )
    async def change(
        name: str, request: Request, actor: Annotated[Actor, Depends(who)]
    ) -> RetentionOut:
        """Set the rule; what it says is removed within minutes, and cannot come back."""
        asked = await read_body(request, RetentionGiven)
        rule = await retention.set_rule(
            name,
            keep_closed_days=asked.keep_closed_days,
            store_silent_visitors=asked.store_silent_visitors,
            by=who_of(actor),
        )
        return RetentionOut(
            keep_closed_days=rule.keep_closed_days,
            store_silent_visitors=rule.store_silent_visitors,
        )

    return router
