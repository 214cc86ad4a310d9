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


class BadSearch(Invalid):
    """A search asks for something that the desk cannot look for."""

    code = "desk.bad_search"
