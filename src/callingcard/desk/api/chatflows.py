"""``/v1/chatflows``: documents, versions, and what a visitor would see.

A document goes in and out word for word, so that a file on disk and what is served are
the same thing.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from callingcard.desk.api.chatflow_shapes import (
    EnableGiven,
    FlowDetail,
    FlowListed,
    FlowsAnswer,
    FlowVersionShown,
    PropertiesAnswer,
    PropertyShown,
    RollBackGiven,
    SimulateGiven,
    SimulationShown,
    VersionsAnswer,
)
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.chatflows.parsing import MAX_DOCUMENT
from callingcard.desk.service.flows.chatflows import ChatflowDesk
from callingcard.desk.service.flows.imagining import ImaginingDesk
from callingcard.errors import Invalid, TooLarge
from callingcard.kit.actor import Actor
from callingcard.kit.codec import parse_json_object

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]
Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="The chatflow.")]

Draft = Annotated[bool, Query(description="Save it, and publish nothing.")]

_DOCUMENT: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "A chatflow; see docs/desk/chatflows.md.",
                }
            }
        },
    }
}

log = structlog.get_logger("callingcard.desk.flows")


def chatflow_routes(flows: ChatflowDesk, imagining: ImaginingDesk, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds who asks, or raises NotAllowed."""

    def private(response: Response) -> None:
        response.headers.update(NO_STORE)

    whole = APIRouter(tags=["chatflows"], dependencies=[Depends(who), Depends(private)])
    router = APIRouter(prefix="/v1/chatflows")
    _add_looks(router, flows)
    _add_changes(router, flows, who)
    _add_versions(router, flows, who)
    _add_trial(router, imagining)
    _add_properties(whole, flows)
    whole.include_router(router)
    return whole


def _add_properties(router: APIRouter, flows: ChatflowDesk) -> None:
    """Declare what conditions and texts are made of."""

    @router.get(
        "/v1/properties",
        operation_id="listProperties",
        summary="List what conditions may ask about and texts may quote",
    )
    async def list_properties() -> PropertiesAnswer:
        known = await flows.properties()
        return PropertiesAnswer(results=[PropertyShown.of(info) for info in known])


def _add_looks(router: APIRouter, flows: ChatflowDesk) -> None:
    """Declare what can be looked at."""

    @router.get("", operation_id="listChatflows", summary="List the chatflows")
    async def list_chatflows() -> FlowsAnswer:
        known, runs = await flows.all(), await flows.runs()
        return FlowsAnswer(
            results=[FlowListed.counted(flow, runs.get(flow.name, 0)) for flow in known]
        )

    @router.get("/{name}", operation_id="getChatflow", summary="Show a chatflow")
    async def get_chatflow(name: Name) -> FlowDetail:
        return FlowDetail.of(await flows.get(name))


def _add_changes(router: APIRouter, flows: ChatflowDesk, who: WhoCalls) -> None:
    """Declare how chatflows change."""

    @router.put(
        "/{name}",
        operation_id="putChatflow",
        summary="Publish a document, or save it as the draft",
        openapi_extra=_DOCUMENT,
    )
    async def put_chatflow(
        name: Name,
        request: Request,
        actor: Annotated[Actor, Depends(who)],
        draft: Draft = False,  # noqa: FBT002
    ) -> FlowDetail:
        kept = await flows.put(name, await _document(request), by=_by(actor), draft=draft)
        what = "chatflow drafted" if draft else "chatflow published"
        log.info(what, audit=True, flow=name, by=actor.id, kind=actor.kind)
        return FlowDetail.of(kept.flow, kept.warnings)

    @router.post(
        "/{name}/publish", operation_id="publishChatflow", summary="Publish the draft"
    )
    async def publish(name: Name, actor: Annotated[Actor, Depends(who)]) -> FlowDetail:
        kept = await flows.publish(name, by=_by(actor))
        log.info("chatflow published", audit=True, flow=name, by=actor.id, kind=actor.kind)
        return FlowDetail.of(kept.flow, kept.warnings)

    @router.post(
        "/{name}/enabled", operation_id="enableChatflow", summary="Switch a chatflow on or off"
    )
    async def enable(
        name: Name, given: EnableGiven, actor: Annotated[Actor, Depends(who)]
    ) -> FlowDetail:
        kept = await flows.enable(name, enabled=given.enabled, by=_by(actor))
        log.info("chatflow switched", audit=True, flow=name, by=actor.id, kind=actor.kind)
        return FlowDetail.of(kept.flow, kept.warnings)

    @router.delete(
        "/{name}",
        operation_id="deleteChatflow",
        summary="Delete a chatflow and its versions",
        status_code=204,
    )
    async def delete(name: Name, actor: Annotated[Actor, Depends(who)]) -> None:
        await flows.delete(name)
        log.info("chatflow deleted", audit=True, flow=name, by=actor.id, kind=actor.kind)


def _add_versions(router: APIRouter, flows: ChatflowDesk, who: WhoCalls) -> None:
    """Declare what was published, and the way back."""

    @router.get(
        "/{name}/versions",
        operation_id="listChatflowVersions",
        summary="List what was published, newest first",
    )
    async def versions(name: Name) -> VersionsAnswer:
        found = await flows.versions(name)
        return VersionsAnswer(results=[FlowVersionShown.of(version) for version in found])

    @router.post(
        "/{name}/rollback",
        operation_id="rollBackChatflow",
        summary="Publish an earlier version again",
    )
    async def roll_back(
        name: Name, given: RollBackGiven, actor: Annotated[Actor, Depends(who)]
    ) -> FlowDetail:
        kept = await flows.roll_back(name, given.version, by=_by(actor))
        log.info("chatflow rolled back", audit=True, flow=name, by=actor.id, kind=actor.kind)
        return FlowDetail.of(kept.flow, kept.warnings)


def _add_trial(router: APIRouter, imagining: ImaginingDesk) -> None:
    """Declare how a chatflow is tried."""

    @router.post(
        "/{name}/simulate",
        operation_id="simulateChatflow",
        summary="Show what a visitor would see, and why; nothing is kept or called",
    )
    async def simulate(name: Name, given: SimulateGiven) -> SimulationShown:
        found = await imagining.imagine(
            name, given.somebody(), document=given.document, draft=given.draft
        )
        return SimulationShown.of(found)


def _by(actor: Actor) -> str:
    return f"{actor.kind} {actor.id}"


async def _document(request: Request) -> dict[str, Any]:
    """Return the body, a JSON object that is not too large."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_DOCUMENT:
            raise TooLarge("the chatflow is too large", hint=f"At most {MAX_DOCUMENT} bytes.")
    try:
        return parse_json_object(bytes(raw))
    except ValueError as error:
        raise Invalid(
            "the body is no JSON object", fields={"body": str(error)[:200]}
        ) from error
