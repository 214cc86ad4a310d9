"""The bodies that HubSpot's clients send.

Members that HubSpot has and we have no use for are ignored, as HubSpot does with
members it does not know.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)
from pydantic.alias_generators import to_camel

MAX_BATCH = 100
Scalar = StrictStr | StrictBool | StrictInt | StrictFloat
Properties = dict[StrictStr, Scalar | None]


class Body(BaseModel):
    """A JSON object in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class IdentificationInput(Body):
    """Whom an identification token is for."""

    email: StrictStr
    first_name: StrictStr | None = None
    last_name: StrictStr | None = None
    hs_customer_agent_context: dict[StrictStr, StrictStr] | None = None
    """Context for HubSpot's own agent software; taken and not used."""


class ContactInput(Body):
    """A new contact, or changes to one; null clears a property."""

    properties: Properties
    associations: Annotated[list[Any], Field(max_length=0)] = []
    """Must be empty: there is nothing yet that a contact could be associated with."""


class KeyInput(Body):
    """A contact by its id, or by what ``idProperty`` beside it names."""

    id: StrictStr


class ChangeInput(Body):
    """Changes to the contact with this id, or with this value of *id_property*."""

    id: StrictStr
    properties: Properties
    id_property: StrictStr | None = None


class ReadBatch(Body):
    """Which contacts to read, and which of their properties."""

    inputs: Annotated[list[KeyInput], Field(max_length=MAX_BATCH)]
    properties: list[StrictStr] = []
    id_property: StrictStr | None = None


class KeyBatch(Body):
    """Some contacts."""

    inputs: Annotated[list[KeyInput], Field(max_length=MAX_BATCH)]


class CreateBatch(Body):
    """Some new contacts."""

    inputs: Annotated[list[ContactInput], Field(max_length=MAX_BATCH)]


class ChangeBatch(Body):
    """Some changes, each to a contact of its own."""

    inputs: Annotated[list[ChangeInput], Field(max_length=MAX_BATCH)]


class ThreadChange(Body):
    """What to change of a thread."""

    status: Literal["OPEN", "CLOSED"] | None = None
    archived: StrictBool | None = None


class MessageInput(Body):
    """A message to send; everything but the rich text is required, as by HubSpot."""

    type: Literal["MESSAGE"]
    text: StrictStr
    sender_actor_id: StrictStr
    channel_id: StrictStr
    channel_account_id: StrictStr
    recipients: list[dict[str, Any]]
    attachments: Annotated[list[Any], Field(max_length=0)]
    """Must be empty: the chat carries text only."""
    rich_text: StrictStr | None = None


class ActorBatch(Body):
    """Which actors to read."""

    inputs: Annotated[list[StrictStr], Field(max_length=MAX_BATCH)]


def as_text(properties: Properties) -> dict[str, str]:
    """Return property values as HubSpot keeps them: text, empty where there is none.

    >>> as_text({"plan": None, "company": "Ink", "zip": 10115, "website": True})
    {'plan': '', 'company': 'Ink', 'zip': '10115', 'website': 'true'}
    """
    return {name: _as_text(value) for name, value in properties.items()}


def _as_text(value: Scalar | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
