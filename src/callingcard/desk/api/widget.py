"""The widget's own API, called by the frame that we serve and by nobody else.

There is no CORS here on purpose: the frame is of our origin, and a page that
shows it has no business with the session inside.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.schemas import (
    EntryOut,
    EventsAnswer,
    MarkRead,
    OpenSession,
    PostedAnswer,
    PostMessage,
    SessionAnswer,
)
from callingcard.desk.api.streams import (
    NO_STORE,
    STREAM_DOCS,
    Frame,
    Look,
    Streams,
    cursor,
    polled,
    wants_poll,
)
from callingcard.desk.errors import TooManySessions, WrongOrigin
from callingcard.desk.model.visitors import Session
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.chat.following import Following
from callingcard.desk.service.visitors.sessions import Arrival, SessionDesk
from callingcard.kit.clock import Clock
from callingcard.kit.pace import Pace

SESSIONS_A_MINUTE: Final = 120
_MAX_CURSOR: Final = 2**31 - 1

After = Annotated[int, Query(ge=0, le=_MAX_CURSOR)]
Wait = Annotated[float, Query(ge=0)]


class WidgetRoutes:
    """The routes of the widget protocol over the desk's services."""

    def __init__(
        self,
        sessions: SessionDesk,
        conversations: ConversationDesk,
        *,
        following: Following,
        streams: Streams,
        clock: Clock,
        sessions_a_minute: int = SESSIONS_A_MINUTE,
    ) -> None:
        """Let one address (of IPv6: one network) open *sessions_a_minute*."""
        self._sessions = sessions
        self._conversations = conversations
        self._following = following
        self._streams = streams
        self._clock = clock
        self._arrivals = Pace(sessions_a_minute, timedelta(minutes=1))

    async def open_session(self, inbox: str, request: Request) -> SessionAnswer:
        """Open a session: resumed, raised by a proof, or new. A bad proof is no error."""
        wait = self._arrivals.wait(_network(request), self._clock.now())
        if wait is not None:
            raise TooManySessions("too many sessions from one address", retry_after=wait)
        asked = await read_body(request, OpenSession)
        opened = await self._sessions.open(
            Arrival(
                inbox=inbox,
                browser=asked.browser,
                email=asked.email,
                token=asked.token,
                secret=_bearer(request),
            )
        )
        return SessionAnswer.of(opened)

    async def end_session(self, inbox: str, request: Request) -> Response:
        """Sign the visitor out, in every tab of this browser."""
        await self._sessions.end(await self._session(inbox, request))
        return Response(status_code=204, headers=NO_STORE)

    async def post_message(
        self, inbox: str, request: Request, response: Response
    ) -> PostedAnswer:
        """Post a message: 201, or 200 with the same answer when it was posted before."""
        session = await self._session(inbox, request)
        asked = await read_body(request, PostMessage)
        posted = await self._conversations.post_as_visitor(
            session, text=asked.text, client_message_id=asked.client_message_id
        )
        response.status_code = 200 if posted.repeated else 201
        return PostedAnswer.of(posted)

    async def mark_read(self, inbox: str, request: Request) -> Response:
        """Move the visitor's read mark forward."""
        session = await self._session(inbox, request)
        asked = await read_body(request, MarkRead)
        await self._conversations.read_by_visitor(session, asked.seq)
        return Response(status_code=204, headers=NO_STORE)

    async def events(
        self, inbox: str, request: Request, after: After = 0, wait: Wait = 0
    ) -> Response:
        """Tell what is new in the session's conversation after a ``seq``."""
        session = await self._session(inbox, request)

        async def read(since: int) -> Look:
            news = await self._following.for_visitor(session.id, since)
            frames = [Frame(one.seq, "entry", EntryOut.of(one)) for one in news.entries]
            onward = frames[-1].seq if frames else (news.head if news.reset else since)
            return Look(
                frames,
                head=news.head,
                reset=news.reset,
                cursor=onward,
                more=news.more,
                topics=news.topics,
            )

        if not wants_poll(request):
            return await self._streams.stream(read, cursor(request, after))
        look = await self._streams.poll(read, cursor(request, after), wait)
        entries = [one.data for one in look.frames if isinstance(one.data, EntryOut)]
        answer = EventsAnswer(events=entries, head=look.head, reset=look.reset)
        return polled(answer, look)

    async def _session(self, inbox: str, request: Request) -> Session:
        return await self._sessions.find(inbox, _bearer(request))


def widget_routes(routes: WidgetRoutes, *, own_origin: str) -> APIRouter:
    """Return the widget protocol's router.

    *own_origin* is where browsers find us, such as ``https://chat.example``; a request
    that a page of another origin made is refused. The host that the request itself was
    sent to counts as ours too, so that a laptop may be ``localhost`` or ``127.0.0.1``.
    """

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        origin = request.headers.get("origin")
        asked = f"{request.url.scheme}://{request.headers.get('host')}"
        if origin is not None and origin not in {own_origin, asked}:
            raise WrongOrigin("only the chat's own frame may ask this")

    router = APIRouter(
        prefix="/v1/widget/{inbox}", tags=["widget"], dependencies=[Depends(guard)]
    )
    router.add_api_route(
        "/session",
        routes.open_session,
        methods=["POST"],
        operation_id="openSession",
        openapi_extra=accepts(OpenSession),
    )
    router.add_api_route(
        "/session",
        routes.end_session,
        methods=["DELETE"],
        status_code=204,
        operation_id="endSession",
    )
    router.add_api_route(
        "/messages",
        routes.post_message,
        methods=["POST"],
        status_code=201,
        operation_id="postVisitorMessage",
        openapi_extra=accepts(PostMessage),
    )
    router.add_api_route(
        "/read",
        routes.mark_read,
        methods=["POST"],
        status_code=204,
        operation_id="markReadByVisitor",
        openapi_extra=accepts(MarkRead),
    )
    router.add_api_route(
        "/events",
        routes.events,
        methods=["GET"],
        response_model=EventsAnswer,
        responses=STREAM_DOCS,
        operation_id="followSession",
    )
    return router


def _bearer(request: Request) -> str | None:
    """Return the session's secret from the Authorization header."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def _network(request: Request) -> str:
    """Return who is calling, for a limit: an address, or a household's IPv6 network."""
    host = "" if request.client is None else request.client.host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return address.exploded[:19]
    return host
