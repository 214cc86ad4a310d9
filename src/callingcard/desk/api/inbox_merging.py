"""The agents' API for merging conversations of one person, and for taking that back."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.inbox import Agent
from callingcard.desk.api.schemas import Ask, ConversationOut, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.privacy import Looks
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.kit.actor import Actor

log = structlog.get_logger("callingcard.desk")


class MergeConversation(Ask):
    """The conversation that the one of the path is to go on in."""

    into: Annotated[str, Field(min_length=1, max_length=32)]


class MergedConversations(Wire):
    """Conversations of the same person."""

    results: list[ConversationOut]


def inbox_merging_routes(
    conversations: ConversationDesk, agent: Agent, *, looks: Looks
) -> APIRouter:
    """Return the routes, which *agent* guards; *looks* notes who looked at what."""

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        await agent(request)

    merging = conversations.merging
    router = APIRouter(
        prefix="/v1/inbox/conversations/{conversation_id}",
        tags=["inbox"],
        dependencies=[Depends(guard)],
    )

    @router.post(
        "/merge",
        operation_id="mergeConversation",
        summary="Let a conversation go on in another one",
        openapi_extra=accepts(MergeConversation),
    )
    async def merge(
        conversation_id: str, request: Request, asker: Annotated[Actor, Depends(agent)]
    ) -> ConversationOut:
        """Answer with the one that goes on; the other is closed, and keeps what was said."""
        asked = await read_body(request, MergeConversation)
        survivor = await merging.merge(
            ConversationId(conversation_id), ConversationId(asked.into), by=asker
        )
        log.info("conversations merged", audit=True, conversation=survivor.id, by=asker.id)
        return ConversationOut.of(await conversations.overview(survivor.id))

    @router.post(
        "/unmerge",
        operation_id="unmergeConversation",
        summary="Let a merged conversation go on by itself again",
    )
    async def unmerge(
        conversation_id: str, asker: Annotated[Actor, Depends(agent)]
    ) -> ConversationOut:
        """Answer with the conversation, which stands as it did before it was merged."""
        parted = await merging.unmerge(ConversationId(conversation_id), by=asker)
        log.info("conversations parted", audit=True, conversation=parted.id, by=asker.id)
        return ConversationOut.of(await conversations.overview(parted.id))

    @router.get(
        "/merged",
        operation_id="listMergedConversations",
        summary="List what was merged into a conversation, the oldest first",
    )
    async def merged(
        conversation_id: str, asker: Annotated[Actor, Depends(agent)]
    ) -> MergedConversations:
        found = await merging.merged(ConversationId(conversation_id))
        await looks.viewed(asker, "conversation", conversation_id)
        return MergedConversations(results=[ConversationOut.of(one) for one in found])

    @router.get(
        "/mergeable",
        operation_id="listMergeableConversations",
        summary="List what a conversation may be merged into, the newest activity first",
    )
    async def mergeable(
        conversation_id: str, asker: Annotated[Actor, Depends(agent)]
    ) -> MergedConversations:
        """Answer with each and its newest message, by which people know it again."""
        found = await merging.candidates(ConversationId(conversation_id))
        await looks.viewed(asker, "conversation", conversation_id)
        return MergedConversations(results=[ConversationOut.of(one) for one in found])

    return router
