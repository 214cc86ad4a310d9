"""What is new since a cursor, for visitors and for agents.

A reader holds nothing but its cursor; every look is one short transaction, so a
reader that is slow, gone or back after a day costs the same.

Invariant: the head that is told is never behind the entries that are told with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from callingcard.desk.errors import SessionEnded
from callingcard.desk.model.conversations import Conversation, Entry, FeedEvent
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.search import Filter, Operator, Query, Sort
from callingcard.desk.service.chat.views import Overview, overviews
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

    @property
    def more(self) -> bool:
        """Whether there may be more to read at once."""
        return len(self.entries) == BATCH


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One event for agents: an entry, or the conversation as it is now."""

    seq: int
    entry: Entry | None
    overview: Overview | None = None

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
    """Where to go on; events of what was erased are passed over."""
    more: bool = False


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

    async def for_visitor(self, session_id: str, after: int) -> VisitorNews:
        """Return what the session has not seen since *after*; raises SessionEnded."""
        async with self._units.reading() as unit:
            session = await unit.sessions.get(session_id)
            if session is None or session.expires_at <= self._clock.now():
                raise SessionEnded("this session is over", hint="Open a new session.")
            conversation = await current_conversation(unit, session)
            topics: tuple[str, ...] = (f"session:{session_id}",)
            if conversation is None:
                return VisitorNews((), head=0, reset=after > 0, topics=topics)
            topics = (*topics, f"conversation:{conversation.id}")
            if after > conversation.head:
                return VisitorNews((), head=conversation.head, reset=True, topics=topics)
            entries = await unit.log.entries(conversation.id, after=after, limit=BATCH)
        head = max([conversation.head, *(entry.seq for entry in entries)])
        return VisitorNews(entries, head=head, reset=False, topics=topics)

    async def for_agents(self, after: int) -> FeedNews:
        """Return what happened anywhere since *after*."""
        async with self._units.reading() as unit:
            oldest, head = await unit.log.feed_span()
            if after > head or after + 1 < oldest:
                return FeedNews((), head=head, reset=True, cursor=head)
            events = await unit.log.feed(after=after, limit=BATCH)
            items = await _items(unit, events)
        cursor = events[-1].seq if events else after
        return FeedNews(
            items,
            head=max(head, cursor),
            reset=False,
            cursor=cursor,
            more=len(events) == BATCH,
        )

    async def inbox(
        self, status: Literal["open", "closed", "all"], *, limit: int, after: str | None
    ) -> InboxPage:
        """Return a page of conversations, newest activity first.

        *after* is the ``next`` of the page before. It names the last conversation
        seen and not a count, so that a page does not shift when others become new.
        """
        query = Query(
            groups=_groups(status, after),
            sorts=(Sort("updated_at", descending=True),),
            limit=limit,
        )
        async with self._units.reading() as unit:
            # First the head and then the list: what comes between is told twice, not never.
            _, head = await unit.log.feed_span()
            page = await unit.conversations.search(query)
            items = await overviews(unit, page.items)
        last = page.items[-1] if page.next_offset is not None else None
        return InboxPage(items, next=None if last is None else _cursor(last), feed=head)

    async def trim(self, keep: int = FEED_KEPT) -> int:
        """Forget the feed's oldest events but the newest *keep*; return how many went."""
        async with self._units.writing() as unit:
            return await unit.log.trim_feed(keep)


async def _items(unit: Unit, events: Sequence[FeedEvent]) -> list[FeedItem]:
    """Return *events* with the state of the conversations that changed."""
    changed = {event.conversation_id for event in events if event.entry is None}
    found: list[Conversation] = []
    for conversation_id in sorted(changed):
        conversation = await unit.conversations.get(conversation_id)
        if conversation is not None:
            found.append(conversation)
    seen = {view.conversation.id: view for view in await overviews(unit, found)}
    items = [
        FeedItem(
            event.seq, event.entry, None if event.entry else seen.get(event.conversation_id)
        )
        for event in events
    ]
    return [item for item in items if item.entry or item.overview]


def _cursor(conversation: Conversation) -> str:
    moment = (conversation.updated_at - _EPOCH) // _MICROSECOND
    return f"{moment}.{conversation.id}"


def _groups(status: str, after: str | None) -> tuple[tuple[Filter, ...], ...]:
    """Return the filters of a page: its status, and older than where the last one ended."""
    same = () if status == "all" else (Filter("status", Operator.EQ, (status,)),)
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
