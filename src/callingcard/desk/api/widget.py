"""The widget's own API, called by the frame that we serve and by nobody else.

There is no CORS here on purpose: the frame is of our origin, and a page that
shows it has no business with the session inside.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Final

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response
from pydantic import BaseModel

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.pulse import Pulse
from callingcard.desk.api.schemas import (
    EntryOut,
    EventsAnswer,
    MarkRead,
    PostedAnswer,
    PostVisitorMessage,
    QueueOut,
    VisitorLive,
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
from callingcard.desk.api.visitors.sessions import (
    AskForCode,
    CodeSent,
    OpenSession,
    SessionAnswer,
    VerifyCode,
)
from callingcard.desk.errors import CodesOff, TooManySessions, WrongOrigin
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.visitors import Session
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.chat.following import Following, VisitorNews
from callingcard.desk.service.visitors.codes import CodeDesk
from callingcard.desk.service.visitors.sessions import Arrival, Opened, SessionDesk
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
        codes: CodeDesk | None = None,
    ) -> None:
        """Let one address (of IPv6: one network) open so many sessions a minute.

        Without *codes*, nobody can prove an address by a one-time code.
        """
        self._codes = codes
        self._sessions = sessions
        self._conversations = conversations
        self._following = following
        self._streams = streams
        self._clock = clock
        self._pulse = Pulse(following.together)
        self._arrivals = Pace(SESSIONS_A_MINUTE, timedelta(minutes=1))

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
                page=asked.page,
            )
        )
        return self._answer(opened)

    async def send_code(self, inbox: str, request: Request) -> CodeSent:
        """Send a one-time code to an address; the answer is the same for any address."""
        asked = await read_body(request, AskForCode)
        sent = await self._sent_codes().send(
            inbox, _bearer(request), email=asked.email, network=_network(request)
        )
        return CodeSent(expires_at=sent.expires_at)

    async def verify_code(self, inbox: str, request: Request) -> SessionAnswer:
        """Raise the session of whoever brings the code; its secret is a new one."""
        asked = await read_body(request, VerifyCode)
        opened = await self._sent_codes().verify(
            inbox,
            _bearer(request),
            digits=asked.code,
            network=_network(request),
            page=asked.page,
        )
        return self._answer(opened)

    async def end_session(self, inbox: str, request: Request) -> Response:
        """Sign the visitor out, in every tab of this browser."""
        await self._sessions.end(await self.session(inbox, request))
        return Response(status_code=204, headers=NO_STORE)

    async def post_message(
        self, inbox: str, request: Request, response: Response, after: BackgroundTasks
    ) -> PostedAnswer:
        """Post a message: 201, or 200 with the same answer when it was posted before."""
        session = await self._sessions.find(inbox, _bearer(request), to_write=True)
        asked = await read_body(request, PostVisitorMessage)
        posted = await self._conversations.post_as_visitor(
            session,
            text=asked.text,
            client_message_id=asked.client_message_id,
            answer=None if asked.answer is None else asked.answer.kept(),
            page=asked.page,
        )
        if posted.needs_follow_up:
            # The message is kept: nobody waits for what a chatflow calls because of it.
            after.add_task(self._conversations.follow_up, posted.entry.conversation_id)
        response.status_code = 200 if posted.repeated else 201
        return PostedAnswer.of(posted)

    async def mark_read(self, inbox: str, request: Request) -> Response:
        """Move the visitor's read mark forward."""
        session = await self.session(inbox, request)
        asked = await read_body(request, MarkRead)
        await self._conversations.read_by_visitor(session, asked.seq)
        return Response(status_code=204, headers=NO_STORE)

    async def events(
        self,
        inbox: str,
        request: Request,
        after: After = 0,
        wait: Wait = 0,
        conversation: Annotated[str | None, Query(max_length=32)] = None,
        *,
        live: bool = False,
    ) -> Response:
        """Tell what is new in a conversation after a ``seq``: the session's, or this one.

        A stream tells what is live, such as who types; a long poll when asked to.
        """
        session_id = (await self.session(inbox, request)).id
        wanted = None if conversation is None else ConversationId(conversation)
        following: list[str] = []

        async def read(since: int) -> Look:
            news = await self._following.for_visitor(session_id, since, wanted=wanted)
            now = _live(news)
            if now.conversation_id is not None and now.conversation_id not in following:
                changed = bool(following)
                following[:] = [now.conversation_id]
                if changed:  # its numbers begin again
                    return Look((), news.head, True, 0, True, news.topics, now)  # noqa: FBT003
            frames = [Frame(one.seq, "entry", EntryOut.of(one)) for one in news.entries]
            onward = frames[-1].seq if frames else (news.head if news.reset else since)
            return Look(
                frames,
                head=news.head,
                reset=news.reset,
                cursor=onward,
                more=news.more,
                topics=news.topics,
                live=now,
                watched=news.watched,
            )

        if not wants_poll(request):
            return await self._streams.stream(
                read, cursor(request, after), together=self._look_together
            )
        look = await self._streams.poll(read, cursor(request, after), wait)
        entries = [one.data for one in look.frames if isinstance(one.data, EntryOut)]
        answer = EventsAnswer(
            events=entries,
            head=look.head,
            reset=look.reset,
            live=look.live if isinstance(look.live, VisitorLive) else None,
        )
        return polled(answer, look, live=live)

    async def _look_together(self, look: Look) -> Look | None:
        """Look again beside other streams; None when only a look of its own can tell."""
        if look.watched is None:
            return None
        entries = await self._pulse.news_of(look.watched)
        if not entries:
            return look if entries is not None else None
        head = entries[-1].seq
        return replace(
            look,
            frames=[Frame(one.seq, "entry", EntryOut.of(one)) for one in entries],
            head=head,
            cursor=head,
            watched=look.watched._replace(head=head),
        )

    def _answer(self, opened: Opened) -> SessionAnswer:
        offered = self._codes is not None and self._codes.offered(opened.inbox)
        return SessionAnswer.of(opened, codes=offered)

    def _sent_codes(self) -> CodeDesk:
        if self._codes is None:
            raise CodesOff("no one-time codes are sent here")
        return self._codes

    async def session(self, inbox: str, request: Request) -> Session:
        """Return the session of a request; raises SessionEnded."""
        return await self._sessions.find(inbox, _bearer(request))


def _live(news: VisitorNews) -> VisitorLive:
    """Return what is so now in the conversation that *news* are of."""
    if news.conversation is None:
        return VisitorLive()
    return VisitorLive(
        conversation_id=news.conversation.id,
        typing=list(news.typing),
        agent_read_seq=news.conversation.agent_read_seq,
        queue=None
        if news.place is None
        else QueueOut(position=news.place.position, opens_at=news.place.opens_at),
        merged=list(news.merged),
    )


def own_frame(own_origin: str) -> Callable[[Request, Response], Awaitable[None]]:
    """Return what refuses a request that a page of another origin made."""

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        origin = request.headers.get("origin")
        if origin is None or origin == own_origin:
            return
        if origin != f"{request.url.scheme}://{request.headers.get('host')}":
            raise WrongOrigin("only the chat's own frame may ask this")

    return guard


def widget_routes(routes: WidgetRoutes, *, own_origin: str) -> APIRouter:
    """Return the widget protocol's router.

    *own_origin* is where browsers find us, such as ``https://chat.example``; a request
    that a page of another origin made is refused. The host that the request itself was
    sent to counts as ours too, so that a laptop may be ``localhost`` or ``127.0.0.1``.
    """
    guard = own_frame(own_origin)
    router = APIRouter(
        prefix="/v1/widget/{inbox}", tags=["widget"], dependencies=[Depends(guard)]
    )
    _add_session(router, routes)
    _add_post(
        router,
        "/messages",
        routes.post_message,
        PostVisitorMessage,
        name="postVisitorMessage",
        status=201,
    )
    _add_post(
        router, "/read", routes.mark_read, MarkRead, name="markReadByVisitor", status=204
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


def _add_session(router: APIRouter, routes: WidgetRoutes) -> None:
    """Declare how a visitor comes, proves who they are, and goes."""
    _add_post(router, "/session", routes.open_session, OpenSession, name="openSession")
    router.add_api_route(
        "/session",
        routes.end_session,
        methods=["DELETE"],
        status_code=204,
        operation_id="endSession",
    )
    _add_post(
        router, "/session/code", routes.send_code, AskForCode, name="sendCode", status=202
    )
    _add_post(router, "/session/verify", routes.verify_code, VerifyCode, name="verifyCode")


def _add_post(
    router: APIRouter,
    path: str,
    endpoint: Callable[..., object],
    body: type[BaseModel],
    *,
    name: str,
    status: int = 200,
) -> None:
    """Declare a route that takes a *body*."""
    router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        status_code=status,
        operation_id=name,
        openapi_extra=accepts(body),
    )


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
