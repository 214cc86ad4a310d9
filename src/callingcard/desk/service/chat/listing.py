"""Agents' views of the inbox, and finding conversations by what was said in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Conversation, Entry, Note
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.search import Filter, Operator, Query, Sort, tokens
from callingcard.desk.service.chat.views import Overview, overviews
from callingcard.errors import Invalid

MAX_QUERY: Final = 200
_MAX_WORDS: Final = 8
_LOOKED_AT: Final = 200
"""How many of the newest lines are looked at for one page of what was found."""

Filters: TypeAlias = tuple[Filter, ...]


class View(StrEnum):
    """Which conversations an agent wants to see."""

    MINE = "mine"
    TEAM = "team"
    """Those of the teams that the agent is in."""
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    """Those whose visitor waits for an answer."""
    CLOSED = "closed"
    ALL = "all"
    """Every open one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that was found, and the newest line that has the words.

    *line* is None when they are in the name or address of its contact.
    """

    overview: Overview
    line: Entry | Note | None


class Listing:
    """Counts views and finds conversations."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def counts(self, agent_id: str) -> Mapping[View, int]:
        """Return how many conversations are in each view of this agent."""
        async with self._units.reading() as unit:
            teams = await teams_of(unit, agent_id)
            found: dict[View, int] = {}
            for view in View:
                query = Query((filters_of(view, agent_id, teams),), limit=1)
                found[view] = (await unit.conversations.search(query)).total
            return found

    async def find(self, text: str, *, limit: int) -> Sequence[Hit]:
        """Return conversations in which every word of *text* is found, newest find first.

        A word is found by its beginning. Conversations of contacts who are called so come
        behind those in which it was said. Raises Invalid for what has no word.
        """
        words = tokens(text[: MAX_QUERY + 1]).split()
        if not words or len(text) > MAX_QUERY or len(words) > _MAX_WORDS:
            reason = f"one to {_MAX_WORDS} words, of {MAX_QUERY} characters at most"
            raise Invalid("nothing to look for", fields={"q": reason})
        patterns = [f"% {word}%" for word in words]
        async with self._units.reading() as unit:
            said: list[Entry | Note] = [
                *await unit.finds.entries(patterns, _LOOKED_AT),
                *await unit.finds.notes(patterns, _LOOKED_AT),
            ]
            lines: dict[ConversationId, Entry | Note | None] = {}
            for line in sorted(said, key=lambda one: one.created_at, reverse=True):
                lines.setdefault(line.conversation_id, line)
            for conversation in await _of_contacts(unit, text, limit):
                lines.setdefault(conversation.id, None)
            chosen = dict(list(lines.items())[:limit])
            views = await overviews(unit, await _in_order(unit, list(chosen)))
        return [Hit(view, chosen[view.conversation.id]) for view in views]


async def teams_of(unit: Unit, agent_id: str) -> Sequence[str]:
    """Return the names of the teams that an agent is in."""
    teams = await unit.routing.teams()
    return sorted(name for name, team in teams.items() if agent_id in team.agents)


def filters_of(view: View, agent_id: str, teams: Sequence[str]) -> Filters:
    """Return what holds of the conversations of *view*."""
    is_open = Filter("status", Operator.EQ, ("open",))
    match view:
        case View.MINE:
            return (is_open, Filter("assigned_to", Operator.EQ, (agent_id,)))
        case View.TEAM:
            return (is_open, Filter("team", Operator.IN, tuple(teams)))
        case View.UNASSIGNED:
            return (is_open, Filter("assigned_to", Operator.NOT_HAS_PROPERTY))
        case View.WAITING:
            return (is_open, Filter("waiting_since", Operator.HAS_PROPERTY))
        case View.CLOSED:
            return (Filter("status", Operator.EQ, ("closed",)),)
        case View.ALL:
            return (is_open,)


async def _of_contacts(unit: Unit, text: str, limit: int) -> Sequence[Conversation]:
    """Return the conversations of contacts whom *text* names."""
    contacts: Sequence[Contact] = (
        await unit.contacts.search(Query(text=text, limit=limit))
    ).items
    if not contacts:
        return ()
    ids = tuple(contact.id for contact in contacts)
    query = Query(
        ((Filter("contact_id", Operator.IN, ids),),),
        (Sort("updated_at", descending=True),),
        limit=limit,
    )
    return (await unit.conversations.search(query)).items


async def _in_order(unit: Unit, ids: Sequence[ConversationId]) -> list[Conversation]:
    found = [await unit.conversations.get(one) for one in ids]
    return [conversation for conversation in found if conversation is not None]
