"""What agents do with one contact: its properties, and what it belongs to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.crm.contacts import ContactOut
from callingcard.desk.api.inbox import Agent
from callingcard.desk.api.schemas import Ask, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.properties import Property, PropertyType
from callingcard.desk.ports.privacy import Looks
from callingcard.desk.service.crm.contacts import ContactDesk, Key
from callingcard.desk.service.crm.relations import RelationDesk, Relations
from callingcard.kit.actor import Actor


class ChangeContact(Ask):
    """What to change of a contact; what is absent stays, and an empty text clears."""

    properties: Annotated[dict[str, str], Field(max_length=200)]


class ChoiceOut(Wire):
    """One of the values that a property allows."""

    value: str
    label: str


class KnownPropertyOut(Wire):
    """A property that contacts can have."""

    name: str
    label: str
    type: PropertyType
    many: bool
    """Whether a value is several options, separated by semicolons."""
    read_only: bool
    options: list[ChoiceOut]

    @classmethod
    def of(cls, known: Property) -> "KnownPropertyOut":
        """Write *known* down."""
        return cls(
            name=known.name,
            label=known.label,
            type=known.type,
            many=known.many,
            read_only=known.read_only,
            options=[
                ChoiceOut(value=one.value, label=one.label)
                for one in known.options
                if not one.hidden
            ],
        )


class KnownPropertiesAnswer(Wire):
    """The properties that contacts can have, in the order of forms."""

    properties: list[KnownPropertyOut]


class RelatedCompany(Wire):
    """A company of a contact."""

    id: str
    name: str
    domain: str
    primary: bool


class RelatedDeal(Wire):
    """A deal of a contact; *open* is one that is neither won nor lost."""

    id: str
    name: str
    amount: str
    stage: str
    open: bool


class RelatedAnswer(Wire):
    """What a contact belongs to."""

    companies: list[RelatedCompany]
    deals: list[RelatedDeal]

    @classmethod
    def of(cls, found: Relations) -> "RelatedAnswer":
        """Write *found* down."""
        return cls(
            companies=[
                RelatedCompany(
                    id=one.id,
                    name=one.properties.get("name", ""),
                    domain=one.properties.get("domain", ""),
                    primary=one.id == found.primary,
                )
                for one in found.companies
            ],
            deals=[
                RelatedDeal(
                    id=deal.id,
                    name=deal.properties.get("dealname", ""),
                    amount=deal.properties.get("amount", ""),
                    stage=found.stage_of(deal),
                    open=found.is_open(deal),
                )
                for deal in found.deals
            ],
        )


def contact_record_routes(
    contacts: ContactDesk, relations: RelationDesk, agent: Agent, *, looks: Looks
) -> APIRouter:
    """Return the router, which *agent* guards; *looks* notes who looked at whom.

    It comes before that of one contact, whose path would take ``properties`` for an id.
    """

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        await agent(request)

    router = APIRouter(prefix="/v1/contacts", tags=["contacts"], dependencies=[Depends(guard)])

    @router.get("/properties", operation_id="listContactProperties")
    async def known() -> KnownPropertiesAnswer:
        """List the properties that contacts can have, without those that forms hide."""
        found = await contacts.properties()
        shown = [one for one in found.values() if not one.hidden]
        return KnownPropertiesAnswer(properties=[KnownPropertyOut.of(one) for one in shown])

    @router.patch(
        "/{contact_id}",
        operation_id="changeContact",
        openapi_extra=accepts(ChangeContact),
    )
    async def change(contact_id: str, request: Request) -> ContactOut:
        """Change some properties of a contact; what was proved of them stays proved."""
        asked = await read_body(request, ChangeContact)
        return ContactOut.of(await contacts.update(Key(contact_id), asked.properties))

    @router.get("/{contact_id}/related", operation_id="listRelated")
    async def related(
        contact_id: str, actor: Annotated[Actor, Depends(agent)]
    ) -> RelatedAnswer:
        """Show the companies and deals of a contact."""
        contact = await contacts.get(Key(contact_id))
        await looks.viewed(actor, "contact", contact.id)
        return RelatedAnswer.of(await relations.of_contact(contact.id))

    return router
