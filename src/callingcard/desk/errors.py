"""What can go wrong at the desk, each with its own stable code."""

from collections.abc import Sequence
from dataclasses import dataclass

from callingcard.errors import (
    Conflict,
    Invalid,
    LimitExceeded,
    NotAllowed,
    NotFound,
    RequestError,
)


class SessionEnded(NotAllowed):
    """The widget's session is unknown, over, or was signed out."""

    code = "desk.session_ended"
    reason = "who"


class WrongOrigin(NotAllowed):
    """A page of another origin called what only our own frame may call."""

    code = "desk.origin"


class BodyTooSlow(RequestError):
    """The rest of the request did not arrive in time."""

    code = "desk.body_too_slow"


class InboxNotFound(NotFound):
    """There is no inbox with this name."""

    code = "desk.inbox_not_found"


class ConversationNotFound(NotFound):
    """There is no conversation with this id."""

    code = "desk.conversation_not_found"


class TooManyMessages(LimitExceeded):
    """One session posts faster than a person writes."""

    code = "desk.too_many_messages"


class TooManySessions(LimitExceeded):
    """One address opens sessions faster than people arrive."""

    code = "desk.too_many_sessions"


class InboxExists(Conflict):
    """There is an inbox with this name already."""

    code = "desk.inbox_exists"


class KeyExists(Conflict):
    """A signing key with this kid is there already."""

    code = "desk.key_exists"


class TooManyKeys(Conflict):
    """The inbox has as many live signing keys as it may."""

    code = "desk.too_many_keys"


class UnfitKey(Invalid):
    """The key is too weak to sign, or not of its algorithm."""

    code = "desk.unfit_key"


class ContactExists(Conflict):
    """The address belongs to another contact; *existing_id* says which."""

    code = "desk.contact_exists"

    def __init__(self, existing_id: str) -> None:
        """Name the contact by its number: its address is nobody's business here."""
        super().__init__(
            f"Contact already exists. Existing ID: {existing_id}",
            hint="Update that contact, or give another address.",
        )
        self.existing_id = existing_id


class ContactNotFound(NotFound):
    """There is no contact with this id or address."""

    code = "desk.contact_not_found"


@dataclass(frozen=True, slots=True)
class PropertyProblem:
    """Why one property of a contact cannot be set; *code* is HubSpot's word for it."""

    name: str
    code: str
    reason: str


class InvalidProperties(Invalid):
    """A contact cannot be kept with these properties; *problems* says why, one by one."""

    code = "desk.invalid_properties"

    def __init__(self, problems: Sequence[PropertyProblem]) -> None:
        """Take reasons that do not quote the values: those are personal data."""
        super().__init__(
            "Property values were not valid.",
            fields={problem.name[:100]: problem.reason for problem in problems},
        )
        self.problems = tuple(problems)


class NotIdentified(NotAllowed):
    """Only a visitor who proved who they are may do this."""

    code = "desk.not_identified"


class WebhookNotFound(NotFound):
    """There is no such endpoint, subscription or delivery."""

    code = "desk.webhook_not_found"


class TooManyWebhooks(Conflict):
    """There are as many endpoints or subscriptions as there may be."""

    code = "desk.too_many_webhooks"


class BadSearch(Invalid):
    """A search asks for something that the desk cannot look for."""

    code = "desk.bad_search"


class SameContact(Conflict):
    """A contact cannot be merged with itself."""

    code = "desk.same_contact"


class CannotMerge(Conflict):
    """These two conversations cannot be merged: the hint says what to do instead."""

    code = "desk.cannot_merge"


class ConversationMerged(Conflict):
    """The conversation goes on in another one; *into* says in which."""

    code = "desk.conversation_merged"

    def __init__(self, into: str) -> None:
        """Name the conversation to write into."""
        super().__init__(
            f"This conversation was merged into conversation {into}.",
            hint=f"Go on in conversation {into}, or undo the merge.",
        )
        self.into = into


class MergeNotFound(NotFound):
    """There is no merge with this id."""

    code = "desk.merge_not_found"


class MergeFinal(Conflict):
    """The merge cannot be undone: too old, undone before, or others came after it."""

    code = "desk.merge_final"


class KeyNotFound(NotFound):
    """The inbox has no live signing key with this kid."""

    code = "desk.key_not_found"


class IdentificationRequired(NotAllowed):
    """Only visitors who proved who they are may write into this inbox."""

    code = "desk.identification_required"


class AlreadyKnown(Conflict):
    """The session's visitor proved who they are already."""

    code = "desk.already_known"


class CodesOff(Conflict):
    """No one-time codes are sent here."""

    code = "desk.codes_off"


class TooManyCodes(LimitExceeded):
    """Too many one-time codes were asked for, or tried."""

    code = "desk.too_many_codes"


class WrongCode(NotAllowed):
    """It is not the code that was sent, or that code is good no longer."""

    code = "desk.wrong_code"


class TeamNotFound(NotFound):
    """There is no team with this name."""

    code = "desk.team_not_found"


class TeamInUse(Conflict):
    """The team cannot go: something is still sent to it, or waits for it."""

    code = "desk.team_in_use"


class HoursNotFound(NotFound):
    """There are no office hours with this name."""

    code = "desk.hours_not_found"


class HoursInUse(Conflict):
    """The office hours cannot go: a team keeps them."""

    code = "desk.hours_in_use"


class AgentNotFound(NotFound):
    """There is no agent with this id or address."""

    code = "desk.agent_not_found"


class AlreadyTaken(Conflict):
    """Another agent has taken the conversation."""

    code = "desk.already_taken"


class NobodyNamed(Invalid):
    """A request to export or forget a person does not name exactly one."""

    code = "desk.nobody_named"


class ErasureNotFound(NotFound):
    """There is no erasure with this id."""

    code = "desk.erasure_not_found"


class ObjectNotFound(NotFound):
    """There is no company or deal with this id."""

    code = "desk.object_not_found"


class BadAssociation(Invalid):
    """These two cannot be associated in this way."""

    code = "desk.bad_association"


class PropertyNotFound(NotFound):
    """There is no property with this name."""

    code = "desk.property_not_found"


class PropertyExists(Conflict):
    """A property has this name already."""

    code = "desk.property_exists"


class PropertyBuiltIn(Conflict):
    """The property is built in, and stays."""

    code = "desk.property_built_in"


class BadProperty(Invalid):
    """A property cannot be defined in this way."""

    code = "desk.bad_property"


class SameObject(Conflict):
    """A company or a deal cannot be merged with itself."""

    code = "desk.same_object"


class ChatflowNotFound(NotFound):
    """There is no chatflow with this name, or no such version of it."""

    code = "desk.chatflow_not_found"


class TooManyChatflows(Conflict):
    """There are as many chatflows as there may be."""

    code = "desk.too_many_chatflows"


class BadSpreadsheet(Invalid):
    """A file of contacts cannot be read."""

    code = "desk.bad_spreadsheet"
