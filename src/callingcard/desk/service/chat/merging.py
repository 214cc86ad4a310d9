"""Merging conversations of one person, and taking that back.

The one that is merged is closed and points to the survivor; nothing is copied. Whoever
waited in it waits in the survivor. Each log says what was done, and so does the audit log.

Invariant: merges of one person's conversations are made one after the other, under the
lock of their contact; of two conversations the merged one is locked first, as posting
does that follows the pointer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from callingcard.desk.errors import CannotMerge, ConversationNotFound
from callingcard.desk.model.audit import Deed, who_of
from callingcard.desk.model.conversations import (
    Author,
    AuthorKind,
    Conversation,
    Entry,
    Unmerging,
)
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.chat import Assigning
from callingcard.desk.ports.talks import Talks
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.routing.waiting import closed, standing, standing_as, taking_over
from callingcard.desk.search import Filter, Operator, Query, Sort
from callingcard.desk.service.chat.messages import status_line
from callingcard.desk.service.chat.notes import note_assignment
from callingcard.desk.service.chat.views import Overview, overviews
from callingcard.desk.service.events import tell_entry, tell_merged
from callingcard.desk.service.merged import merged_into, survivor_of
from callingcard.kit.actor import Actor
from callingcard.kit.clock import Clock

MOST: Final = 50
"""How many conversations are offered to be merged into, the newest first."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who merges or parts, and when."""

    actor: Actor
    at: datetime

    @property
    def author(self) -> Author:
        """Who it was, as the log names them."""
        return Author(AuthorKind.AGENT, self.actor.id, self.actor.name)


class ConversationMerging:
    """Merges and parts conversations; each method is one transaction."""

    def __init__(
        self,
        units: Units,
        *,
        clock: Clock,
        news: News,
        assigning: Assigning | None,
        talks: Talks | None,
    ) -> None:
        """Let *talks* fall silent in what is merged, and *assigning* fill the queues."""
        self._units = units
        self._clock = clock
        self._news = news
        self._assigning = assigning
        self._talks = talks

    async def merge(
        self, conversation_id: ConversationId, into: ConversationId, *, by: Actor
    ) -> Conversation:
        """Let a conversation go on in another one of its person; return the survivor.

        Nothing is done when it does so already. Raises ConversationNotFound and CannotMerge.
        """
        async with self._units.writing() as unit:
            merged = await _held(unit, conversation_id)
            survivor = await _end(unit, await _found(unit, into))
            if merged.merged_into is not None:
                if (await _end(unit, merged)).id == survivor.id:
                    return survivor
                raise CannotMerge(
                    "this conversation was merged into another one",
                    hint="Undo that merge first.",
                )
            _require_alike(merged, survivor)
            merged = await _found(unit, merged.id, lock=True)
            survivor = await _found(unit, survivor.id, lock=True)
            if self._talks is not None:
                await self._talks.stop(unit, merged.id)
            survivor = await _join(unit, merged, survivor, Act(by, self._clock.now()))
        await self._tell(merged.id, survivor.id)
        return survivor

    async def unmerge(self, conversation_id: ConversationId, *, by: Actor) -> Conversation:
        """Let a merged conversation go on by itself again, as it stood before.

        The survivor stands as before, too, unless something happened in it since: then it
        stays as it is. What was said in it stays there. Nothing is done with one that is
        not merged. Raises ConversationNotFound.
        """
        async with self._units.writing() as unit:
            await _held(unit, conversation_id)
            merged = await _found(unit, conversation_id, lock=True)
            if merged.merged_into is None:
                return merged
            survivor = await unit.conversations.get(merged.merged_into, lock=True)
            parted = await _part(unit, merged, survivor, Act(by, self._clock.now()))
        await self._tell(merged.id, merged.merged_into)
        return parted

    async def merged(self, conversation_id: ConversationId) -> Sequence[Overview]:
        """Return what was merged into a conversation, the oldest first."""
        async with self._units.reading() as unit:
            conversation = await _found(unit, conversation_id)
            return await overviews(unit, await merged_into(unit, conversation))

    async def candidates(self, conversation_id: ConversationId) -> Sequence[Overview]:
        """Return what a conversation may be merged into, the newest activity first.

        Each with what was said last in it, by which people know it again, and not with
        who closed it.
        """
        async with self._units.reading() as unit:
            conversation = await _found(unit, conversation_id)
            if conversation.contact_id is None:
                return ()
            alike = (
                Filter("contact_id", Operator.EQ, (conversation.contact_id,)),
                Filter("inbox_id", Operator.EQ, (conversation.inbox_id,)),
                Filter("merged_into", Operator.NOT_HAS_PROPERTY),
                Filter("id", Operator.NEQ, (conversation.id,)),
            )
            order = (Sort("updated_at", descending=True),)
            page = await unit.conversations.search(Query((alike,), order, limit=MOST))
            said = await unit.log.said_last([one.id for one in page.items])
            return [
                replace(view, last_entry=said.get(view.conversation.id))
                for view in await overviews(unit, page.items)
            ]

    async def _tell(self, *conversations: ConversationId) -> None:
        for one in conversations:
            self._news.notify(f"conversation:{one}")
        self._news.notify("feed")
        if self._assigning is not None:
            await self._assigning.settle()


async def _join(
    unit: Unit, merged: Conversation, survivor: Conversation, act: Act
) -> Conversation:
    """Let *merged*, which is locked, go on in *survivor*; return the survivor."""
    ended = replace(
        closed(merged),
        status="closed",
        waiting_since=None,
        merged_into=survivor.id,
        merged_at=act.at,
        updated_at=act.at,
    )
    heir = replace(taking_over(survivor, merged), merged_at=act.at, updated_at=act.at)
    undo = Unmerging(merged=standing(merged), survivor=standing(survivor))
    await unit.conversation_merges.remember(merged.id, undo)
    into = "Merged into another conversation"
    ended = await _turned(unit, merged, ended, act, (into, {"into": survivor.id}))
    taken = "Another conversation was merged into this one"
    heir = await _turned(unit, survivor, heir, act, (taken, {"from": merged.id}))
    await note_assignment(unit, survivor, heir, by=act.author, at=act.at)
    await tell_merged(unit, ended, heir, act.at)
    await _write_down(unit, "merged", ended.id, heir.id, act)
    return heir


async def _part(
    unit: Unit, merged: Conversation, survivor: Conversation | None, act: Act
) -> Conversation:
    """Let *merged* go on by itself; both are locked."""
    undo = await unit.conversation_merges.remembered(merged.id)
    before = standing(merged) if undo is None else undo.merged
    parted = replace(standing_as(merged, before), merged_into=None, updated_at=act.at)
    words = "The merge was undone"
    said = {"undone": merged.merged_into}
    parted = await _turned(unit, merged, parted, act, (words, said))
    if survivor is None:
        return parted
    left = replace(survivor, updated_at=act.at)
    if undo is not None and survivor.updated_at == merged.merged_at:
        left = standing_as(left, undo.survivor)
    left = await _turned(unit, survivor, left, act, (words, {"undone": merged.id}))
    await note_assignment(unit, survivor, left, by=act.author, at=act.at)
    await tell_merged(unit, parted, left, act.at)
    await _write_down(unit, "unmerged", merged.id, survivor.id, act)
    return parted


async def _turned(
    unit: Unit,
    before: Conversation,
    after: Conversation,
    act: Act,
    said: tuple[str, Mapping[str, Any]],
) -> Conversation:
    """Keep *after*, with a line in its log that says why it is no longer as *before*."""
    text, merge = said
    await unit.conversations.save(after)
    line = status_line(after.id, act.author, after.status, act.at)
    entry: Entry = await unit.log.append(replace(line, text=text, data={"merge": merge}))
    after = replace(after, head=entry.seq)
    if before.status != after.status:
        await tell_entry(unit, after, entry)
    await unit.log.tell(after.id, act.at)
    return after


async def _write_down(
    unit: Unit, action: str, merged: ConversationId, survivor: ConversationId, act: Act
) -> None:
    """Note in the audit log who did it."""
    who = who_of(act.actor)
    detail = {"other": merged}
    await unit.audit.append(Deed(who, action, "conversation", survivor, act.at, detail))


async def _held(unit: Unit, conversation_id: ConversationId) -> Conversation:
    """Let nobody else merge conversations of the same contact until we are done."""
    conversation = await _found(unit, conversation_id)
    if conversation.contact_id is not None:
        await unit.contacts.get(conversation.contact_id, lock=True)
    held = await _found(unit, conversation_id)
    if held.contact_id != conversation.contact_id:
        raise CannotMerge("the contact was merged in this moment", hint="Try again.")
    return held


def _require_alike(merged: Conversation, survivor: Conversation) -> None:
    """Raise CannotMerge unless both are of one person and one inbox, and there to be seen."""
    if merged.id == survivor.id:
        raise CannotMerge("a conversation cannot be merged with itself", hint="Name another.")
    if merged.inbox_id != survivor.inbox_id:
        raise CannotMerge(
            "the two conversations are in different inboxes",
            hint="Choose one of the same inbox.",
        )
    if merged.contact_id is None or survivor.contact_id is None:
        raise CannotMerge(
            "nobody knows whose conversation it is",
            hint="They can be merged once the visitor has proved who they are.",
        )
    if merged.contact_id != survivor.contact_id:
        raise CannotMerge(
            "the two conversations are of different people",
            hint="If both are one person, merge the contacts first.",
        )
    if survivor.archived_at is not None:
        raise CannotMerge(
            "the conversation to merge into was put away", hint="Take it out first."
        )


async def _end(unit: Unit, conversation: Conversation) -> Conversation:
    """Return where the conversation goes on; raises ConversationNotFound."""
    found = await survivor_of(unit, conversation)
    if found is None:
        raise ConversationNotFound("there is no conversation with this id")
    return found


async def _found(
    unit: Unit, conversation_id: ConversationId, *, lock: bool = False
) -> Conversation:
    conversation = await unit.conversations.get(conversation_id, lock=lock)
    if conversation is None:
        raise ConversationNotFound("there is no conversation with this id")
    return conversation
