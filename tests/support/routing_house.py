"""Routing over a real database, for tests: its services, agents, and visitors who come."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from callingcard.backends.database import Database
from callingcard.desk.errors import ConversationNotFound
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation, Entry
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId
from callingcard.desk.model.routing import Target, Team
from callingcard.desk.ports.router import Routed
from callingcard.desk.routing.waiting import closed, reopened
from callingcard.desk.service.routing.assigning import AssigningDesk
from callingcard.desk.service.routing.attendance import AttendanceDesk
from callingcard.desk.service.routing.planning import RoutingDesk
from callingcard.desk.service.routing.routing import QueueRouter
from callingcard.desk.service.routing.steps import Steps
from callingcard.desk.store.chat.events import SqlOutbox
from callingcard.desk.store.units import SqlUnits
from callingcard.kit.clock import FakeClock
from callingcard.kit.conditions import Facts
from callingcard.kit.crypto import Sealer
from callingcard.kit.ids import NumericIds, random_id

BOSS = Author(AuthorKind.AGENT, "1", "Boss")


@dataclass
class KnownAgents:
    """Agents whose ids are numbers, some with addresses."""

    addresses: Mapping[str, str] = field(
        default_factory=lambda: {"ada@example.com": "1", "bob@example.com": "2"}
    )

    async def find(self, who: str) -> str | None:
        """Return the id of the agent with this id or address; None when there is none."""
        return who if who.isdigit() else self.addresses.get(who)


@dataclass
class HeardNews:
    """Remembers what was told."""

    topics: list[str] = field(default_factory=list[str])

    def notify(self, topic: str) -> None:
        """Remember *topic*."""
        self.topics.append(topic)


class RoutingHouse:
    """One server's routing; several over one database are several servers."""

    def __init__(
        self, database: Database, clock: FakeClock, ids: NumericIds | None = None
    ) -> None:
        """Wire the services as the server does."""
        self.clock = clock
        self.ids = ids or NumericIds(clock)
        self.outbox = SqlOutbox(database)
        self.units = SqlUnits(
            database, Sealer([b"a secret of enough bytes, 32 or more"], "desk")
        )
        self.news = HeardNews()
        steps = Steps(self.ids)
        self.agents = KnownAgents()
        self.router = QueueRouter(clock, steps)
        self.assigning = AssigningDesk(
            self.units, clock, agents=self.agents, steps=steps, news=self.news
        )
        self.attendance = AttendanceDesk(
            self.units, clock, assigning=self.assigning, steps=steps, news=self.news
        )
        self.desk = RoutingDesk(self.units, agents=self.agents, assigning=self.assigning)

    async def support(self, *agents: str, **changes: Any) -> Team:
        """Make the team ``support``, to which everything goes."""
        team = await self.team("support", *agents, **changes)
        await self.desk.put_plan(replace(await self.desk.plan(), fallback=Target("support")))
        return team

    async def team(self, name: str, *agents: str, **changes: Any) -> Team:
        """Make a team."""
        return await self.desk.put_team(Team(name, tuple(agents), **changes))

    async def here(self, *agents: str) -> None:
        """Let agents come."""
        for agent in agents:
            await self.attendance.report(agent, is_online=True)

    async def away(self, *agents: str) -> None:
        """Let agents go."""
        for agent in agents:
            await self.attendance.report(agent, is_online=False)

    async def contact(self, **properties: str) -> ContactId:
        """Return a new contact."""
        now = self.clock.now()
        made = Contact(
            id=ContactId(self.ids()),
            properties=properties,
            evidence=Evidence.SIGNED,
            created_at=now,
            updated_at=now,
        )
        async with self.units.writing() as unit:
            await unit.contacts.add(made)
        return made.id

    async def begun(self, contact_id: ContactId | None = None) -> Conversation:
        """Return a new conversation, in which the visitor waits for an answer."""
        now = self.clock.now()
        conversation = Conversation(
            id=ConversationId(self.ids()),
            inbox_id=InboxId("1"),
            visitor_id=self.ids(),
            contact_id=contact_id,
            evidence=Evidence.ANONYMOUS,
            signed_by=None,
            signed_until=None,
            status="open",
            head=0,
            agent_read_seq=0,
            visitor_read_seq=0,
            waiting_since=now,
            created_at=now,
            updated_at=now,
        )
        async with self.units.writing() as unit:
            await unit.conversations.add(conversation)
        return conversation

    async def routed(
        self,
        facts: Facts | None = None,
        *,
        contact_id: ContactId | None = None,
        team: str | None = None,
        settle: bool = True,
    ) -> Routed:
        """Let a visitor come and be routed."""
        begun = await self.begun(contact_id)
        async with self.units.writing() as unit:
            found = await unit.conversations.get(begun.id, lock=True)
            assert found is not None
            routed = await self.router.route(unit, found, facts or {}, team=team)
        if settle:
            await self.assigning.settle()
        return routed

    async def come(self, **how: Any) -> ConversationId:
        """Let a visitor come and be routed; return their conversation's id."""
        return (await self.routed(**how)).conversation.id

    async def get(self, conversation_id: ConversationId) -> Conversation:
        """Return the conversation as it is now."""
        async with self.units.reading() as unit:
            found = await unit.conversations.get(conversation_id)
        if found is None:
            raise ConversationNotFound("there is no conversation with this id")
        return found

    async def agent_of(self, conversation_id: ConversationId) -> str | None:
        """Return whose conversation it is."""
        return (await self.get(conversation_id)).assigned_to

    async def answer(self, conversation_id: ConversationId, agent: str) -> None:
        """Let *agent* write an answer."""
        now = self.clock.now()
        async with self.units.writing() as unit:
            found = await unit.conversations.get(conversation_id, lock=True)
            assert found is not None
            await unit.conversations.save(replace(found, waiting_since=None))
            await unit.log.append(
                Entry(
                    conversation_id=conversation_id,
                    seq=0,
                    id=random_id("m_"),
                    type="message",
                    author=Author(AuthorKind.AGENT, agent, "An agent"),
                    text="Hello",
                    created_at=now,
                )
            )

    async def close(self, conversation_id: ConversationId) -> None:
        """Let the conversation end, as the desk does."""
        async with self.units.writing() as unit:
            found = await unit.conversations.get(conversation_id, lock=True)
            assert found is not None
            ended = closed(replace(found, status="closed", waiting_since=None))
            await unit.conversations.save(ended)
        await self.assigning.settle()

    async def write_again(self, conversation_id: ConversationId) -> None:
        """Let the visitor write, which reopens what was closed."""
        now = self.clock.now()
        async with self.units.writing() as unit:
            found = await unit.conversations.get(conversation_id, lock=True)
            assert found is not None
            waits = replace(found, waiting_since=found.waiting_since or now)
            if found.status == "closed":
                waits = reopened(replace(waits, status="open"), now)
            await unit.conversations.save(waits)
        await self.attendance.message_arrived(conversation_id)

    async def steps_of(self, conversation_id: ConversationId) -> list[str]:
        """Return the conversation's way, in words."""
        return [
            f"{one.step}:{one.by}" for one in await self.assigning.decisions(conversation_id)
        ]

    async def told(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the events that were told, in their order."""
        return [(event.kind, event.data) for event in await self.outbox.waiting(1000)]
