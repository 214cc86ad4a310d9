"""Is it alive, is it ready, and what has it counted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from callingcard.access.errors import ScopeMissing
from callingcard.kit.actor import Actor, Scope
from callingcard.server.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong with a dependency, or None."""


@dataclass(slots=True)
class Readiness:
    """What has to answer before this server should be sent visitors."""

    checks: dict[str, Check] = field(default_factory=dict[str, Check])
    draining: bool = False

    async def report(self) -> dict[str, Any]:
        """Ask every dependency and return what each said."""
        found = {name: await check() for name, check in self.checks.items()}
        ready = not self.draining and not any(found.values())
        return {
            "ready": ready,
            "draining": self.draining,
            "dependencies": {
                name: {"ok": wrong is None, **({"problem": wrong} if wrong else {})}
                for name, wrong in found.items()
            },
        }


def health_routes(
    readiness: Readiness,
    metrics: Metrics,
    *,
    key: Callable[[Request], Awaitable[Actor]],
    metrics_open: bool,
) -> list[BaseRoute]:
    """Return the routes that a machine looks at; *metrics_open* needs no key."""

    async def livez(_request: Request) -> Response:
        return JSONResponse({"alive": True}, headers={"Cache-Control": "no-store"})

    async def readyz(_request: Request) -> Response:
        report = await readiness.report()
        status = HTTPStatus.OK if report["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(report, status, headers={"Cache-Control": "no-store"})

    async def exposition(request: Request) -> Response:
        if not metrics_open:
            actor = await key(request)
            if not actor.may(Scope.ADMIN):
                raise ScopeMissing(
                    "this API key is not for metrics", hint="Use one with the scope admin."
                )
        return Response(metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})

    return [
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", exposition),
    ]
