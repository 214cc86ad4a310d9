"""Is it alive, is it ready, and what has it counted."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from callingcard.access.errors import ScopeMissing
from callingcard.kit.actor import Actor, Scope
from callingcard.server.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong with a dependency, or None."""

CHECK_SECONDS: Final = 2.0
"""How long a dependency may take to say that it is well."""


@dataclass(slots=True)
class Readiness:
    """What has to answer before this server should be sent visitors.

    *checks* are what nothing works without. What only a part needs is in *helpers*, and
    in *sites*, which says at once what is wrong with each: a platform that refuses one
    site's key is no reason to turn everybody's visitors away.
    """

    checks: dict[str, Check] = field(default_factory=dict[str, Check])
    helpers: dict[str, Check] = field(default_factory=dict[str, Check])
    sites: Callable[[], Mapping[str, str | None]] = dict[str, str | None]
    facts: dict[str, Callable[[], str]] = field(default_factory=dict[str, Callable[[], str]])
    """What is good to know of a helper that is well, such as how strong the sandbox is."""
    draining: bool = False

    async def report(self) -> dict[str, Any]:
        """Ask every dependency and return what each said."""
        needed = await _asked(self.checks)
        others = await _asked(self.helpers)
        others |= {f"site {name}": wrong for name, wrong in self.sites().items()}
        ready = not self.draining and not any(needed.values())
        return {
            "ready": ready,
            "degraded": any(others.values()),
            "draining": self.draining,
            "dependencies": {
                name: self._told(name, wrong) for name, wrong in (needed | others).items()
            },
        }

    def _told(self, name: str, wrong: str | None) -> dict[str, Any]:
        """Return what is said of one dependency."""
        told: dict[str, Any] = {"ok": wrong is None}
        if wrong:
            told["problem"] = wrong
        if name in self.facts:
            told["detail"] = self.facts[name]()
        return told


async def _asked(checks: Mapping[str, Check]) -> dict[str, str | None]:
    """Ask all of *checks* at once; one that says nothing in time is not well."""
    said = await asyncio.gather(*(_in_time(check) for check in checks.values()))
    return dict(zip(checks, said, strict=True))


async def _in_time(check: Check) -> str | None:
    """Return what *check* says, or that it takes too long."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"


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
