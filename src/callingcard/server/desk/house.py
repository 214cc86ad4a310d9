"""The desk's rooms, connected with each other and with the rest of the house."""

from collections.abc import Sequence
from dataclasses import dataclass

from callingcard.access.service.users import Users
from callingcard.backends.jobs import Worker
from callingcard.backends.mail.smtp import SmtpMail
from callingcard.backends.mail.stand_ins import LoggedMail, NoMail
from callingcard.desk.model.conversations import Author, Conversation
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.webhooks import Batch
from callingcard.desk.ports.privacy import Elsewhere
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.chat.following import Following
from callingcard.desk.service.crm.associations import AssociationBelongings
from callingcard.desk.service.visitors.identification import Identification
from callingcard.desk.service.visitors.inboxes import InboxDesk
from callingcard.desk.service.visitors.sessions import SessionDesk
from callingcard.server.desk.around import DeskAround
from callingcard.server.desk.crm import CrmHouse, open_crm
from callingcard.server.desk.flows import FlowsHouse, InvokedFunctions, open_flows
from callingcard.server.desk.mail import open_mail
from callingcard.server.desk.people import PeopleHouse, open_people
from callingcard.server.desk.privacy import PrivacyHouse, open_privacy
from callingcard.server.desk.routing import RoutingHouse, UserDirectory, open_routing
from callingcard.server.desk.webhooks import WebhookHouse, open_webhooks
from callingcard.server.functions.house import FunctionHouse


class Assignments:
    """What conversations ask of routing; implements ``desk.ports.chat.Assigning``."""

    def __init__(self, routing: RoutingHouse) -> None:
        """Hand on to what *routing* opened."""
        self._routing = routing

    async def assign(
        self, conversation_id: ConversationId, agent_id: str, *, by: Author
    ) -> Conversation:
        """Give a conversation to an agent."""
        return await self._routing.assigning.assign(conversation_id, agent_id, by=by)

    async def unassign(self, conversation_id: ConversationId, *, by: Author) -> Conversation:
        """Take a conversation from its agent."""
        return await self._routing.assigning.unassign(conversation_id, by=by)

    async def settle(self) -> object:
        """Give waiting conversations to agents, since there may be room."""
        return await self._routing.assigning.settle()

    async def message_arrived(self, conversation_id: ConversationId) -> object:
        """Take note that a visitor wrote."""
        return await self._routing.attendance.message_arrived(conversation_id)


@dataclass(frozen=True, slots=True)
class DeskHouse:
    """Everything of the desk that is open."""

    around: DeskAround
    crm: CrmHouse
    people: PeopleHouse
    routing: RoutingHouse
    flows: FlowsHouse
    webhooks: WebhookHouse
    privacy: PrivacyHouse
    inboxes: InboxDesk
    conversations: ConversationDesk
    sessions: SessionDesk
    following: Following
    identification: Identification
    assignments: Assignments
    mail: SmtpMail | LoggedMail | NoMail
    worker: Worker[Batch]
    """Tells webhooks, and looks after whoever waits."""

    async def start(self) -> None:
        """Make what must be there, and begin what goes on by itself."""
        await self.inboxes.ensure_default_inbox()
        await self.privacy.sweep()
        if isinstance(self.mail, SmtpMail):
            await self.mail.__aenter__()
        await self.worker.__aenter__()

    async def sweep(self) -> int:
        """Remove what is over; return how many rows went."""
        removed = await self.sessions.sweep() + await self.people.sweep()
        removed += await self.privacy.sweep() + await self.webhooks.sweep()
        return removed + await self.following.trim()

    async def close(self) -> None:
        """Close everything; what was not done is done by another node, or after a restart."""
        await self.worker.__aexit__(None, None, None)
        if isinstance(self.mail, SmtpMail):
            await self.mail.__aexit__(None, None, None)
        await self.webhooks.close()
        await self.flows.close()


def open_desk(
    around: DeskAround,
    users: Users,
    functions: FunctionHouse,
    *,
    owner: bool,
    elsewhere: Sequence[Elsewhere] = (),
) -> DeskHouse:
    """Open everything; nothing of it goes on by itself yet.

    *elsewhere* is what other rooms of the house remember of people.
    """
    units, clock, ids, bus = around.units, around.clock, around.new_id, around.bus
    private = around.settings.desk.private_webhooks
    mail = open_mail(around.settings.mail, clock)
    identification = Identification(around.secrets, clock)
    routing = open_routing(around, UserDirectory(users))
    assignments = Assignments(routing)
    flows = open_flows(
        around,
        InvokedFunctions(functions.running.invoker),
        router=routing.router,
        settling=routing.assigning,
        private=private,
    )
    webhooks = open_webhooks(around, private=private)
    beats = {
        "routing": routing.beat,
        "flows": flows.sweep,
        "webhooks": webhooks.sending.spread,
    }
    return DeskHouse(
        around=around,
        crm=open_crm(around),
        people=open_people(
            around, mail, belongings=[AssociationBelongings(clock)], talks=flows.talk
        ),
        routing=routing,
        flows=flows,
        webhooks=webhooks,
        privacy=open_privacy(around, owner=owner, elsewhere=elsewhere),
        inboxes=InboxDesk(units, clock=clock, ids=ids),
        conversations=ConversationDesk(
            units, clock=clock, ids=ids, news=bus, assigning=assignments, talks=flows.talk
        ),
        sessions=SessionDesk(
            units, identification, clock=clock, ids=ids, news=bus, talks=flows.talk
        ),
        following=Following(units, clock=clock),
        identification=identification,
        assignments=assignments,
        mail=mail,
        worker=Worker(webhooks.sending, beats),
    )
