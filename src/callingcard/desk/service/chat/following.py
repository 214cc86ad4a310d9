"""What is new since a cursor, for visitors and for agents.

A reader holds nothing but its cursor; every look is one short transaction, so a
reader that is slow, gone or back after a day costs the same.

Invariant: the head that is told is never behind the entries that are told with it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from callingcard.desk.model.conversations import (
    AuthorKind,
    Conversation,
    Entry,
    FeedEvent,
    Note,
)
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.signs import Sign, SignKind
from callingcard.desk.model.visitors import Watched
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.search import Filter, Operator, Query, Sort
from callingcard.desk.service.chat.beginning import alive
from callingcard.desk.service.chat.choosing import readable
from callingcard.desk.service.chat.listing import Filters, View, filters_of, teams_of
from callingcard.desk.service.chat.views import Overview, overviews
from callingcard.desk.service.merged import merged_into
from callingcard.desk.service.queueing import Place, place_of
from callingcard.desk.service.visitors.joining import current_conversation
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.codec import parse_rfc3339

FEED_KEPT: Final = 50_000
BATCH: Final = 200
_EPOCH: Final = parse_rfc3339("1970-01-01T00:00:00Z")
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class VisitorNews:
    """What a session has not seen; *reset* when its cursor names nothing that is kept."""

    entries: Sequence[Entry]
    head: int
    reset: bool
    topics: tuple[str, ...]
    """What to listen to for more."""
    conversation: Conversation | None = None
    """Whose entries they are; a session may go on in another one at any time."""
    typing: tuple[str, ...] = ()
    """The names of the agents who type."""
    place: Place | None = None
    """Where the conversation waits for an agent; None when it waits in no queue."""
    merged: tuple[ConversationId, ...] = ()
    """What was merged into the conversation, the oldest first."""
    watched: Watched | None = None
    """What to ask ``together`` about; None when only another look can tell."""

    @property
    def more(self) -> bool:
        """Whether there may be more to read at once."""
        return len(self.entries) == BATCH


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One event for agents: an entry, a note, or what has become of the conversation."""

    seq: int
    entry: Entry | None
    overview: Overview | None = None
    note: Note | None = None
    gone: ConversationId | None = None
    """A conversation that was erased or removed, of which only this is told."""

    @property
    def changed(self) -> Overview:
        """The conversation as it is now, of an event without an entry."""
        if self.overview is None:
            raise LookupError("an event with an entry shows no conversation")
        return self.overview


@dataclass(frozen=True, slots=True)
class FeedNews:
    """What the agents' app has not seen, as VisitorNews."""

    items: Sequence[FeedItem]
    head: int
    reset: bool
    cursor: int
    """Where to go on."""
    more: bool = False
    signs: Sequence[Sign] = ()
    """Who types and who looks, anywhere."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of conversations, and the feed's head to go on from."""

    items: Sequence[Overview]
    next: str | None
    feed: int


class Following:
    """Answers "what is new since …?"."""

    def __init__(self, units: Units, *, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def for_visitor(
        self, session_id: str, after: int, *, wanted: ConversationId | None = None
    ) -> VisitorNews:
        """Return what the session has not seen since *after*; raises SessionEnded.

        It is asked of the session's conversation, or of the one that is *wanted*, which
        raises ConversationNotFound unless it is the visitor's.
        """
        async with self._units.reading() as unit:
            session = await alive(unit, session_id, self._clock.now())
            conversation = await (
                current_conversation(unit, session)
                if wanted is None
                else readable(unit, session, wanted)
            )
            topics: tuple[str, ...] = (f"session:{session_id}",)
            if conversation is None:
                none = Watched(session_id, None, 0, 0)
                watched = none if session.proven is None else None
                return VisitorNews((), head=0, reset=after > 0, topics=topics, watched=watched)
            known = VisitorNews(
                (),
                head=conversation.head,
                reset=after > conversation.head,
                topics=(*topics, f"conversation:{conversation.id}"),
                conversation=conversation,
                typing=await self._agents_typing(unit, conversation.id),
                place=await place_of(unit, conversation, self._clock.now()),
                merged=tuple(one.id for one in await merged_into(unit, conversation)),
            )
            if known.reset:
                return known
            entries: Sequence[Entry] = ()
            if after < conversation.head:
                entries = await unit.log.entries(conversation.id, after=after, limit=BATCH)
        head = max([conversation.head, *(entry.seq for entry in entries)])
        news = replace(known, entries=entries, head=head)
        is_plain = not (news.typing or news.merged or news.more) and news.place is None
        if not is_plain or conversation.id != session.conversation_id:
            return news
        told = Watched(session_id, conversation.id, head, conversation.agent_read_seq)
        return replace(news, watched=told)

    async def together(
        self, watched: Collection[Watched]
    ) -> Mapping[Watched, Sequence[Entry]]:
        """Return what is new for each of *watched*, but for those who must look themselves.

        Thousands of streams ask, whenever they are woken and each few seconds, in case
        that a wake-up was lost. One question for many of them costs little more than one
        look of one of them. What it can tell is that there is nothing new, or one entry.
        """
        async with self._units.reading() as unit:
            found = await unit.sessions.watched(
                [one.session_id for one in watched], self._clock.now()
            )
            now = {one.session_id: one for one in found}
            ahead = {one for one in watched if now.get(one.session_id) == one.told_one_more()}
            talks = sorted({one.conversation_id for one in ahead if one.conversation_id})
            newest: Mapping[ConversationId, Entry] = {}
            if talks:
                newest = await unit.log.latest(talks)
        news: dict[Watched, Sequence[Entry]] = {
            one: () for one in watched if now.get(one.session_id) == one
        }
        for one in ahead:
            entry = newest.get(one.conversation_id) if one.conversation_id else None
            if entry is not None and entry.seq == one.head + 1:
                news[one] = (entry,)
        return news

    async def for_agents(self, after: int) -> FeedNews:
        """Return what happened anywhere since *after*."""
        async with self._units.reading() as unit:
            oldest, head = await unit.log.feed_span()
            if after > head or after + 1 < oldest:
                return FeedNews((), head=head, reset=True, cursor=head)
            events = await unit.log.feed(after=after, limit=BATCH)
            items = await _items(unit, events)
            signs = await unit.signs.of(self._clock.now())
        cursor = events[-1].seq if events else after
        return FeedNews(
            items,
            head=max(head, cursor),
            reset=False,
            cursor=cursor,
            more=len(events) == BATCH,
            signs=signs,
        )

    async def inbox(
        self,
        status: Literal["open", "closed", "all"],
        *,
        limit: int,
        after: str | None,
        seen_by: tuple[View, str] | None = None,
    ) -> InboxPage:
        """Return a page of conversations, newest activity first.

        *seen_by* is a view and the agent whose it is; it says by itself which status.

        *after* is the ``next`` of the page before. It names the last conversation
        seen and not a count, so that a page does not shift when others become new.
        """
        async with self._units.reading() as unit:
            same = _of_status(status)
            if seen_by is not None:
                view, agent_id = seen_by
                same = filters_of(view, agent_id, await teams_of(unit, agent_id))
            query = Query(
                groups=_groups(same, after),
                sorts=(Sort("updated_at", descending=True),),
                limit=limit,
            )
            # First the head and then the list: what comes between is told twice, not never.
            _, head = await unit.log.feed_span()
            page = await unit.conversations.search(query)
            items = await overviews(unit, page.items)
        last = page.items[-1] if page.next_offset is not None else None
        return InboxPage(items, next=None if last is None else _cursor(last), feed=head)

    async def _agents_typing(
        self, unit: Unit, conversation_id: ConversationId
    ) -> tuple[str, ...]:
        signs = await unit.signs.of(self._clock.now(), conversation_id)
        return tuple(
            sign.author.name
            for sign in signs
            if sign.kind is SignKind.TYPING and sign.author.kind is AuthorKind.AGENT
        )

    async def trim(self, keep: int = FEED_KEPT) -> int:
        """Forget the feed's oldest events but the newest *keep*; return how many went."""
        async with self._units.writing() as unit:
            gone = await unit.signs.sweep(self._clock.now())
            return gone + await unit.log.trim_feed(keep)


async def _items(unit: Unit, events: Sequence[FeedEvent]) -> list[FeedItem]:
    """Return *events* with what has become of the conversations that changed."""
    changed = {event.conversation_id for event in events if event.entry is None}
    found: list[Conversation] = []
    for conversation_id in sorted(changed):
        conversation = await unit.conversations.get(conversation_id)
        if conversation is not None:
            found.append(conversation)
    seen = {view.conversation.id: view for view in await overviews(unit, found)}
    return [_item(event, seen.get(event.conversation_id)) for event in events]


def _item(event: FeedEvent, overview: Overview | None) -> FeedItem:
    if event.entry is not None:
        return FeedItem(event.seq, event.entry)
    if overview is None:
        return FeedItem(event.seq, None, gone=event.conversation_id)
    return FeedItem(event.seq, None, overview, event.note)


def _cursor(conversation: Conversation) -> str:
    moment = (conversation.updated_at - _EPOCH) // _MICROSECOND
    return f"{moment}.{conversation.id}"


def _of_status(status: str) -> Filters:
    return () if status == "all" else (Filter("status", Operator.EQ, (status,)),)


def _groups(same: Filters, after: str | None) -> tuple[Filters, ...]:
    """Return the filters of a page: *same*, and older than where the last one ended."""
    if after is None:
        return (same,) if same else ()
    moment, dot, conversation_id = after.partition(".")
    most = 20
    if not (dot and moment.isdecimal() and moment.isascii() and len(moment) < most):
        raise Invalid("not a cursor of this list", fields={"after": "use a page's next"})
    return (
        (*same, Filter("updated_at", Operator.LT, (moment,))),
        (
            *same,
            Filter("updated_at", Operator.EQ, (moment,)),
            Filter("id", Operator.LT, (conversation_id,)),
        ),
    )
