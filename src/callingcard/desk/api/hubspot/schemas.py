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


class ThreadChange(Body):
    """What to change of a thread."""

    status: Literal["OPEN", "CLOSED"] | None = None
    archived: StrictBool | None = None


class QuickReply(Body):
    """A button under a message, and what a press of it says."""

    label: Annotated[StrictStr, Field(min_length=1, max_length=100)]
    value: Annotated[StrictStr, Field(min_length=1, max_length=4000)]
    value_type: Literal["TEXT"] = "TEXT"


class QuickReplies(Body):
    """The buttons under a message."""

    type: Literal["QUICK_REPLIES"]
    quick_replies: Annotated[list[QuickReply], Field(min_length=1, max_length=20)]


class MessageInput(Body):
    """A message to send; everything but the rich text is required, as by HubSpot."""

    type: Literal["MESSAGE"]
    text: StrictStr
    sender_actor_id: StrictStr
    channel_id: StrictStr
    channel_account_id: StrictStr
    recipients: list[dict[str, Any]]
    attachments: Annotated[list[QuickReplies], Field(max_length=1)]
    """Nothing but quick replies: the chat carries no files."""
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
