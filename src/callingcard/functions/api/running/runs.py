"""``/v1/admin``: runs as people look at them, make them and repeat them.

Invariant: what history shows was redacted; only who makes a run sees its true result.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse

from callingcard.errors import Invalid
from callingcard.functions.api.running.live import LiveStreams
from callingcard.functions.api.running.run_shapes import (
    ReplayGiven,
    RunGiven,
    RunMade,
    RunShown,
    RunsShown,
    VisitorGiven,
    row_shown,
    run_made,
    run_shown,
)
from callingcard.functions.model.runs import RunState, RunVisitor, TriggerKind
from callingcard.functions.ports.runs import RunFilter
from callingcard.functions.service.running.runs import LONGEST_PAGE, RunDesk
from callingcard.kit.actor import Actor

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]

_NAME: Final = Path(pattern="^[a-z][a-z0-9-]{0,62}$", description="The function.")
_RUN: Final = Path(pattern="^[A-Za-z0-9_-]{1,40}$", description="The run.")
_TEXT: Final = Query(max_length=200)
_STREAM_HEADERS: Final = {
    "Cache-Control": "no-store, private",
    "Content-Type": "text/event-stream",  # no charset: it is UTF-8 by definition
    "X-Accel-Buffering": "no",
}

log = structlog.get_logger("callingcard.admin")


def run_routes(desk: RunDesk, streams: LiveStreams, who: WhoCalls) -> APIRouter:
    """Return the routes; *who* finds who asks, or raises NotAllowed."""
    router = APIRouter(prefix="/v1/admin", tags=["runs"], dependencies=[Depends(who)])
    _add_looks(router, desk, streams)
    _add_runs(router, desk, who)
    return router


def _add_looks(router: APIRouter, desk: RunDesk, streams: LiveStreams) -> None:
    """Declare what can be looked at."""

    @router.get("/runs", operation_id="listRuns", summary="List runs, newest first")
    async def all_runs(  # noqa: PLR0913, PLR0917  (each is a filter in the query)
        function: Annotated[str, _TEXT] = "",
        state: RunState | None = None,
        trigger: TriggerKind | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        q: Annotated[str, _TEXT] = "",
        cursor: Annotated[str, _TEXT] = "",
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
    ) -> RunsShown:
        wanted = RunFilter(function, state, trigger, _aware(since), _aware(until), q)
        page = await desk.page(wanted, cursor=cursor, limit=limit)
        return RunsShown(runs=[row_shown(kept) for kept in page.runs], next=page.next or None)

    @router.get("/runs/{id}", operation_id="getRun", summary="Show a run")
    async def one_run(id: Annotated[str, _RUN]) -> RunShown:  # noqa: A002
        return run_shown(await desk.get(id))

    @router.get(
        "/functions/{name}/logs",
        operation_id="followRuns",
        summary="Follow a function's runs and logs as server-sent events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def logs(name: Annotated[str, _NAME]) -> StreamingResponse:
        return StreamingResponse(streams.follow(name), headers=_STREAM_HEADERS)


def _add_runs(router: APIRouter, desk: RunDesk, who: WhoCalls) -> None:
    """Declare what runs something."""

    @router.post(
        "/functions/{name}/run",
        operation_id="runFunction",
        summary="Run a function, or a draft of it, and wait for the result",
    )
    async def run(
        name: Annotated[str, _NAME], given: RunGiven, actor: Annotated[Actor, Depends(who)]
    ) -> RunMade:
        finished = await desk.run(
            name,
            given.source,
            given.arguments,
            by=f"{actor.kind} {actor.id}",
            visitor=_visitor(given.visitor),
            idempotency_key=given.idempotency_key or "",
        )
        return run_made(finished)

    @router.post(
        "/runs/{id}/replay",
        operation_id="replayRun",
        summary="Run the current version with the input of an earlier run",
    )
    async def replay(
        id: Annotated[str, _RUN],  # noqa: A002
        given: ReplayGiven,
        actor: Annotated[Actor, Depends(who)],
    ) -> RunMade:
        by = f"{actor.kind} {actor.id}"
        finished = await desk.replay(id, by=by, idempotency_key=given.idempotency_key or "")
        log.info("run replayed", audit=True, run=id, by=actor.id, kind=actor.kind)
        return run_made(finished)


def _visitor(given: VisitorGiven | None) -> RunVisitor | None:
    """Return whom a trial run plays; an operator vouches for the address."""
    if given is None:
        return None
    return RunVisitor(
        email=given.email,
        email_verified=bool(given.email),
        user_id=given.user_id,
        first_name=given.first_name,
        last_name=given.last_name,
    )


def _aware(moment: datetime | None) -> datetime | None:
    """Read a time without an offset as UTC; raises Invalid for one before or after all."""
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid("No calendar has this time.") from None
