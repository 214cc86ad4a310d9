"""The agents' API: the list of conversations, one conversation, and the live feed."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.feed_schemas import (
    AgentsLive,
    AnyEvent,
    FeedAnswer,
    SignOut,
    feed_event,
)
from callingcard.desk.api.schemas import (
    ChangeConversation,
    ConversationOut,
    ConversationsAnswer,
    EntriesAnswer,
    EntryOut,
    MarkRead,
    PostedAnswer,
    PostMessage,
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
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.privacy import Looks
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.chat.following import Following
from callingcard.desk.service.chat.listing import View
from callingcard.kit.actor import Actor

Agent = Callable[[Request], Awaitable[Actor]]
"""Says which agent makes a request; raises NotAllowed when it is nobody."""

_MAX_CURSOR: Final = 2**31 - 1
After = Annotated[int, Query(ge=0, le=_MAX_CURSOR)]
Limit = Annotated[int, Query(ge=1, le=200)]


class InboxRoutes:
    """The agents' routes over the desk's services."""

    def __init__(
        self,
        conversations: ConversationDesk,
        *,
        following: Following,
        streams: Streams,
        agent: Agent,
        looks: Looks,
    ) -> None:
        """Ask *agent* who is calling, again and again while a stream is open.

        *looks* notes who looked at which conversation.
        """
        self._conversations = conversations
        self._following = following
        self._streams = streams
        self._agent = agent
        self._looks = looks

    async def conversations(
        self,
        status: Literal["open", "closed", "all"] = "open",
        limit: Limit = 50,
        after: Annotated[str | None, Query(max_length=64)] = None,
        *,
        request: Request,
        view: View | None = None,
    ) -> ConversationsAnswer:
        """List conversations, newest activity first: by status, or of an agent's view."""
        seen_by = None if view is None else (view, (await self._agent(request)).id)
        page = await self._following.inbox(status, limit=limit, after=after, seen_by=seen_by)
        return ConversationsAnswer(
            results=[ConversationOut.of(view) for view in page.items],
            next=page.next,
            feed=page.feed,
        )

    async def conversation(self, conversation_id: str, request: Request) -> ConversationOut:
        """Show one conversation."""
        view = await self._conversations.overview(ConversationId(conversation_id))
        await self._looked(request, view.conversation.id)
        return ConversationOut.of(view)

    async def entries(
        self, conversation_id: str, request: Request, after: After = 0, limit: Limit = 200
    ) -> EntriesAnswer:
        """Show what was said after a ``seq``, oldest first."""
        key = ConversationId(conversation_id)
        conversation = await self._conversations.get(key)
        await self._looked(request, conversation.id)
        found = await self._conversations.entries(key, after=after, limit=limit)
        head = max([conversation.head, *(entry.seq for entry in found)])
        return EntriesAnswer(events=[EntryOut.of(entry) for entry in found], head=head)

    async def post_message(
        self, conversation_id: str, request: Request, response: Response
    ) -> PostedAnswer:
        """Answer a visitor: 201, or 200 with the same answer when it was posted before."""
        actor = await self._agent(request)
        asked = await read_body(request, PostMessage)
        posted = await self._conversations.post_as_agent(
            ConversationId(conversation_id),
            actor_id=actor.id,
            name=actor.name,
            text=asked.text,
            client_message_id=asked.client_message_id,
        )
        response.status_code = 200 if posted.repeated else 201
        return PostedAnswer.of(posted)

    async def change(self, conversation_id: str, request: Request) -> ConversationOut:
        """Close a conversation or open it again; put it away or take it out."""
        actor = await self._agent(request)
        asked = await read_body(request, ChangeConversation)
        key = ConversationId(conversation_id)
        author = Author(AuthorKind.AGENT, actor.id, actor.name)
        if asked.archived is not None:
            await self._conversations.shelves.set_archived(key, archived=asked.archived)
        if asked.status is not None:
            await self._conversations.set_status(key, asked.status, actor=author)
        return ConversationOut.of(await self._conversations.overview(key))

    async def mark_read(self, conversation_id: str, request: Request) -> Response:
        """Move the agents' read mark forward."""
        asked = await read_body(request, MarkRead)
        await self._conversations.read_by_agent(ConversationId(conversation_id), asked.seq)
        return Response(status_code=204, headers=NO_STORE)

    async def events(
        self,
        request: Request,
        after: After = 0,
        wait: Annotated[float, Query(ge=0)] = 0,
        *,
        live: bool = False,
    ) -> Response:
        """Tell what happens in any conversation after a feed ``seq``.

        A stream tells what is live, such as who types; a long poll when asked to.
        """

        async def read(since: int) -> Look:
            await self._agent(request)  # who was signed out in the meantime reads no more
            news = await self._following.for_agents(since)
            events = [feed_event(item) for item in news.items]
            return Look(
                [Frame(one.feed_seq, one.event, one) for one in events],
                head=news.head,
                reset=news.reset,
                cursor=news.cursor,
                more=news.more,
                topics=("feed",),
                live=AgentsLive(signs=[SignOut.of(sign) for sign in news.signs]),
            )

        if not wants_poll(request):
            return await self._streams.stream(read, cursor(request, after))
        look = await self._streams.poll(read, cursor(request, after), wait)
        events = [one.data for one in look.frames if isinstance(one.data, AnyEvent)]
        answer = FeedAnswer(
            events=events,
            head=look.head,
            reset=look.reset,
            live=look.live if isinstance(look.live, AgentsLive) else None,
        )
        return polled(answer, look, live=live)

    async def _looked(self, request: Request, conversation_id: ConversationId) -> None:
        actor = await self._agent(request)
        await self._looks.viewed(actor, "conversation", conversation_id)


def inbox_routes(routes: InboxRoutes, agent: Agent) -> APIRouter:
    """Return the agents' router; *agent* guards every route of it."""

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        await agent(request)

    router = APIRouter(prefix="/v1/inbox", tags=["inbox"], dependencies=[Depends(guard)])
    one = "/conversations/{conversation_id}"
    router.add_api_route(
        "/conversations", routes.conversations, operation_id="listConversations"
    )
    router.add_api_route(one, routes.conversation, operation_id="getConversation")
    router.add_api_route(
        one,
        routes.change,
        methods=["PATCH"],
        operation_id="changeConversation",
        openapi_extra=accepts(ChangeConversation),
    )
    router.add_api_route(f"{one}/entries", routes.entries, operation_id="listEntries")
    router.add_api_route(
        f"{one}/messages",
        routes.post_message,
        methods=["POST"],
        status_code=201,
        operation_id="postAgentMessage",
        openapi_extra=accepts(PostMessage),
    )
    router.add_api_route(
        f"{one}/read",
        routes.mark_read,
        methods=["POST"],
        status_code=204,
        operation_id="markReadByAgent",
        openapi_extra=accepts(MarkRead),
    )
    router.add_api_route(
        "/events",
        routes.events,
        response_model=FeedAnswer,
        responses=STREAM_DOCS,
        operation_id="followInbox",
    )
    return router
