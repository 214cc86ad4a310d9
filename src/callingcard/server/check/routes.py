"""``POST /v1/desk/checks``: tests the logged-in experience, from inside the server."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from callingcard.access.api import WhoCalls
from callingcard.access.service.keys import Keys
from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.schemas import Ask, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.kit.clock import Clock
from callingcard.server.check.calling import Sends
from callingcard.server.check.check import Wanted, check, fetching
from callingcard.server.check.report import STEPS, Line, Report, Which
from callingcard.server.doctor.findings import Level

Address = Annotated[str, Field(min_length=3, max_length=254)]


class CheckGiven(Ask):
    """What to check."""

    inbox: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] = "web"
    contacts: Annotated[list[Address], Field(max_length=2, default_factory=list)]
    """Addresses of contacts to come as; test accounts are made for those that are missing."""


class CheckLine(Wire):
    """How one step went."""

    step: str
    title: str
    account: Which
    level: Level
    message: str
    remedy: str

    @classmethod
    def of(cls, line: Line) -> "CheckLine":
        """Write *line* down."""
        return cls(
            step=line.step,
            title=STEPS[line.step],
            account=line.account,
            level=line.level,
            message=line.message,
            remedy=line.remedy,
        )


class CheckAnswer(Wire):
    """What came of a check."""

    passed: bool
    lines: list[CheckLine]

    @classmethod
    def of(cls, report: Report) -> "CheckAnswer":
        """Write *report* down."""
        return cls(passed=report.passed, lines=[CheckLine.of(line) for line in report.lines])


_DOCS: Final[dict[str, Any]] = {
    "operation_id": "runDeskCheck",
    "summary": "Test the logged-in experience with two accounts",
    "openapi_extra": accepts(CheckGiven),
}


def check_routes(
    keys: Keys, who: WhoCalls, *, clock: Clock, fetch: Sends | None = None
) -> APIRouter:
    """Return the route; *fetch* makes the calls instead of a connection of their own."""
    router = APIRouter(prefix="/v1/desk", tags=["desk"], dependencies=[Depends(who)])

    @router.post("/checks", **_DOCS)
    async def run(request: Request, response: Response) -> CheckAnswer:
        """Walk two accounts through the chat of this very server; it takes some seconds."""
        response.headers.update(NO_STORE)
        asked = await read_body(request, CheckGiven)
        wanted, base, out = (
            Wanted(asked.inbox, asked.contacts),
            _own_address(request),
            Report(),
        )
        if fetch is not None:
            return CheckAnswer.of(await check(base, wanted, keys, out, fetch=fetch))
        async with fetching(clock) as own:
            return CheckAnswer.of(await check(base, wanted, keys, out, fetch=own))

    return router


def _own_address(request: Request) -> str:
    """Return where this server listens: the socket that the request came in by.

    Not the public address: a proxy in front may not be reachable from here.
    """
    host, port = request.scope["server"]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port or 80}"
