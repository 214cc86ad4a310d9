"""HubSpot: a token from its Visitor Identification API, good for 12 hours.

Switch it on in HubSpot under Settings > Inbox & Help Desk, for the chat channel;
the account needs a Professional or Enterprise plan, and the access token the scope
``conversations.visitor_identification.tokens.create``. HubSpot knows people by
their address alone, so an address that nobody proved is never sent to it.

Invariant: nothing that HubSpot answers but the token reaches a caller or a log.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Final

from callingcard.identity import signing
from callingcard.identity.calling import MAX_TOKEN, Refusals, bearer_token, endpoint, post
from callingcard.identity.errors import PlatformUnavailable
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.kit.codec import parse_json_object
from callingcard.kit.wire import Reply, Request

LIFETIME: Final = timedelta(hours=12)
SCOPE: Final = "conversations.visitor_identification.tokens.create"
_CORRELATION_ID: Final = re.compile(r"[0-9a-fA-F-]{8,64}\Z")
_REMEDIES: Final[Mapping[int, tuple[str, str]]] = {
    HTTPStatus.BAD_REQUEST: (
        "HubSpot did not accept the visitor's address or names.",
        "The request reached HubSpot; the visitor's data is what it refuses.",
    ),
    HTTPStatus.UNAUTHORIZED: (
        "HubSpot does not know the access token.",
        "Check that the token was copied whole, belongs to this account and is not revoked.",
    ),
    HTTPStatus.FORBIDDEN: (
        "HubSpot does not let this access token create visitor tokens.",
        f"Give it the scope {SCOPE}; the account needs a Professional or Enterprise plan.",
    ),
    HTTPStatus.NOT_FOUND: (
        "HubSpot has no such address.",
        "Check base_url and path.",
    ),
}
_MIGRATING: Final = 477  # HubSpot's own: the account is being moved, try later
_REFUSALS: Final = Refusals(
    "HubSpot", _REMEDIES, "The account's limit", passing={HTTPStatus.LOCKED, _MIGRATING}
)


@dataclass(frozen=True, slots=True)
class HubSpot:
    """Vouch to HubSpot's chat widget with the *access_token* of a private app."""

    name: ClassVar[str] = "hubspot"
    needs_email: ClassVar[bool] = True
    quota: ClassVar[tuple[int, timedelta]] = (150, timedelta(seconds=10))
    """HubSpot lets a private app make 190 in ten seconds on the plans that have this API:
    https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines"""
    guide: ClassVar[Guide] = Guide(
        title="HubSpot",
        where=(
            "Settings > Integrations > Private Apps: make an app with the scope"
            f" {SCOPE} and copy its access token from the Auth tab. The account needs a"
            " Professional or Enterprise plan."
        ),
        snippet=(
            "window.hsConversationsSettings = { loadImmediately: false, ...settings };\n"
            "window.HubSpotConversations.widget.load();"
        ),
        logout=(
            "window.hsConversationsSettings.identificationEmail = '';\n"
            "window.hsConversationsSettings.identificationToken = '';\n"
            "window.HubSpotConversations.clear({ resetWidget: true });"
        ),
        refresh="push",
        enforce=(
            "There is nothing to switch on: a visitor without a token is anonymous. A bare"
            " identificationEmail without a token identifies nobody."
        ),
        failure="The widget opens and shows an anonymous conversation.",
        docs_url="https://developers.hubspot.com/docs/api/conversations/visitor-identification",
    )

    access_token: str = field(repr=False)
    base_url: str = "https://api.hubapi.com"
    path: str = "/visitor-identification/v3/tokens/create"

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        bearer_token(
            self.access_token,
            "HubSpot",
            "Copy it from the private app, Auth tab; it begins with pat-.",
        )
        base_url = endpoint(self.base_url, self.path, "HubSpot")
        object.__setattr__(self, "base_url", base_url)

    def secret_material(self) -> bytes:
        """Return the access token: who changes it empties the cache."""
        return self.access_token.encode()

    def version(self) -> Mapping[str, str]:
        """Return where tokens come from."""
        return {"base_url": self.base_url, "path": self.path}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return the two members of ``window.hsConversationsSettings``."""
        return {"identificationEmail": visitor.email or "", "identificationToken": token}

    def request(self, visitor: Visitor) -> Request:
        """Return the call that makes a token for *visitor*."""
        body: dict[str, object] = {"email": signing.needed(visitor, "email")}
        if visitor.first_name:
            body["firstName"] = visitor.first_name
        if visitor.last_name:
            body["lastName"] = visitor.last_name
        if "/2026-03/" in self.path:
            body["hsCustomerAgentContext"] = {}  # this version alone insists on it
        return post(self.base_url + self.path, self.access_token, body)

    def read(self, reply: Reply, *, asked_at: datetime) -> IdentityToken:
        """Return the token in *reply*, its end counted from before the call was made."""
        if reply.status != HTTPStatus.OK:
            _REFUSALS.refuse(reply, asked_at, trace=_trace(reply))
        try:
            token = parse_json_object(reply.body).get("token")
        except ValueError:
            token = None
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN:
            raise PlatformUnavailable("HubSpot's answer held no token.", hint=_trace(reply))
        return IdentityToken(token, expires_at=asked_at + LIFETIME)


def _trace(reply: Reply) -> str:
    """Return what HubSpot's support asks for, when it looks like it."""
    trace = reply.headers.get("x-hubspot-correlation-id", "")
    return f"HubSpot's correlation id: {trace}." if _CORRELATION_ID.match(trace) else ""
