"""Every route of the desk, over what the house has open."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.types import ASGIApp

from callingcard.access.api import Door, WhoCalls, bearer_key, current_agent
from callingcard.access.errors import ScopeMissing
from callingcard.desk.api.chatflows import chatflow_routes
from callingcard.desk.api.colleagues import ColleagueRoutes, colleague_routes
from callingcard.desk.api.crm.contact_records import contact_record_routes
from callingcard.desk.api.crm.contact_transfers import transfer_routes
from callingcard.desk.api.crm.contacts import contact_routes
from callingcard.desk.api.hubspot.app import HubSpotServices, hubspot_app
from callingcard.desk.api.hubspot.crm.paths import CrmServices, Things, crm_paths
from callingcard.desk.api.inbox import InboxRoutes, inbox_routes
from callingcard.desk.api.inbox_merging import inbox_merging_routes
from callingcard.desk.api.inbox_notes import inbox_note_routes
from callingcard.desk.api.privacy.audit import audit_routes
from callingcard.desk.api.privacy.people import people_routes
from callingcard.desk.api.privacy.retention import retention_routes
from callingcard.desk.api.routing.routes import (
    attendance_routes,
    decision_routes,
    routing_routes,
)
from callingcard.desk.api.streams import Streams
from callingcard.desk.api.visitors.inboxes import inbox_setting_routes
from callingcard.desk.api.visitors.merging import merging_routes
from callingcard.desk.api.webhooks import webhook_routes
from callingcard.desk.api.widget import WidgetRoutes, own_frame, widget_routes
from callingcard.desk.api.widget_conversations import widget_conversation_routes
from callingcard.desk.model.audit import who_of
from callingcard.desk.model.ids import ContactId
from callingcard.desk.service.privacy.erasing import ErasingDesk
from callingcard.desk.service.transfers.contacts import ContactTransfers
from callingcard.kit.actor import Actor, Role, Scope
from callingcard.server.check.routes import check_routes
from callingcard.server.desk.crm import UserOwners
from callingcard.server.wiring import Services


def visitor_routes(services: Services) -> list[APIRouter]:
    """Return what the widget's frame calls."""
    desk, own_origin = services.desk, services.settings.public_url
    widget = WidgetRoutes(
        desk.sessions,
        desk.conversations,
        following=desk.following,
        streams=Streams(services.bus),
        clock=services.clock,
        codes=desk.people.codes,
    )
    return [
        widget_routes(widget, own_origin=own_origin),
        widget_conversation_routes(desk.conversations, widget.session, own_frame(own_origin)),
    ]


def agent_routes(services: Services, door: Door) -> list[APIRouter]:
    """Return what those call who answer visitors, and who look after the desk."""
    agent = current_agent(services.agent_sessions, door=door)
    return [*_talking(services, agent), *_people(services, door), *_caring(services, door)]


def _talking(services: Services, agent: WhoCalls) -> list[APIRouter]:
    """Return the routes of the inbox, for *agent* alone."""
    desk, audit = services.desk, services.desk.privacy.audit
    inbox = InboxRoutes(
        desk.conversations,
        following=desk.following,
        streams=Streams(services.bus),
        agent=agent,
        looks=audit,
    )
    routing = desk.routing
    colleagues = ColleagueRoutes(
        desk.conversations,
        UserOwners(services.users),
        routing=routing.desk,
        assigning=routing.assigning,
        attendance=routing.attendance,
    )
    return [
        inbox_routes(inbox, agent),
        colleague_routes(colleagues, agent),
        inbox_note_routes(desk.conversations, agent, desk.assignments, looks=audit),
        inbox_merging_routes(desk.conversations, agent, looks=audit),
        attendance_routes(routing.attendance, agent),
    ]


def _people(services: Services, door: Door) -> list[APIRouter]:
    """Return the routes about contacts; programs with a key of the desk may merge too."""
    desk, crm, audit = services.desk, services.desk.crm, services.desk.privacy.audit
    agent = current_agent(services.agent_sessions, door=door)
    transfers = ContactTransfers(
        desk.around.units, services.clock, contacts=crm.contacts, batches=crm.batches
    )
    return [
        # Ahead of what is under a contact's id: `import`, `export` and `properties` are none.
        transfer_routes(transfers, _keepers(services, door)),
        contact_record_routes(crm.contacts, crm.relations, agent, looks=audit),
        contact_routes(crm.contacts, desk.conversations, agent, looks=audit),
        merging_routes(
            desk.people.merging,
            desk.sessions,
            _keepers(services, door, Role.AGENT),
            looks=audit,
        ),
    ]


def _caring(services: Services, door: Door) -> list[APIRouter]:
    """Return the routes of those who look after the desk."""
    desk, who = services.desk, _keepers(services, door)
    privacy = desk.privacy
    return [
        chatflow_routes(desk.flows.flows, desk.flows.imagining, who),
        routing_routes(desk.routing.desk, who),
        decision_routes(desk.routing.assigning, _keepers(services, door, Role.AGENT)),
        inbox_setting_routes(desk.inboxes, who),
        webhook_routes(desk.webhooks.desk, who),
        people_routes(privacy.exporting, privacy.erasing, who),
        retention_routes(privacy.retention, who),
        audit_routes(privacy.audit, who),
        check_routes(services.keys, who, clock=services.clock),
    ]


def _keepers(services: Services, door: Door, role: Role = Role.OPERATOR) -> WhoCalls:
    """Return what finds somebody of this *role*, or a program with a key of the desk.

    A key of scope ``desk`` reaches the same people and conversations through HubSpot's
    API; one that is for a single site does not.
    """
    person = current_agent(services.agent_sessions, door=door, role=role)
    key = bearer_key(services.keys)

    async def who(request: Request) -> Actor:
        if "authorization" not in request.headers:
            return await person(request)
        actor = await key(request)
        if not actor.may(Scope.DESK):
            raise ScopeMissing(
                "this API key is not for this",
                hint="Make one with the scope desk, and without a site.",
            )
        return actor

    return who


class _Eraser:
    """Erases for HubSpot's calls; implements ``desk.ports.crm.Eraser``."""

    def __init__(self, erasing: ErasingDesk) -> None:
        self._erasing = erasing

    async def erase(self, contact_id: ContactId, by: Actor) -> object:
        """Erase the contact; raises ContactNotFound."""
        return await self._erasing.erase(contact_id=contact_id, by=who_of(by))


def hubspot_routes(services: Services) -> ASGIApp:
    """Return the application that answers as HubSpot does."""
    desk, crm = services.desk, services.desk.crm
    people = CrmServices(
        contacts=crm.contacts,
        batches=crm.batches,
        companies=Things(crm.companies, crm.company_batches),
        deals=Things(crm.deals, crm.deal_batches),
        properties=crm.properties,
        associations=crm.associations,
        owners=UserOwners(services.users),
        merger=desk.people.merging,
        eraser=_Eraser(desk.privacy.erasing),
        clock=services.clock,
    )
    return hubspot_app(
        HubSpotServices(
            contacts=crm.contacts,
            conversations=desk.conversations,
            people=services.users,
            inboxes=desk.inboxes.all,
            mint=desk.identification.mint,
            clock=services.clock,
            more=crm_paths(people),
            assigning=desk.assignments,
            webhooks=desk.webhooks.desk,
        ),
        bearer_key(services.keys),
    )
