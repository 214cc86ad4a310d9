"""LiveChat (text.com): a customer access token, from its Accounts API.

The grant is ``agent_token``: an agent's access token lets us speak for a customer, whom
LiveChat knows by an entity id of its own making. It has no field for ours, so whoever
runs the site keeps the two together: the visitor's property ``livechat_entity_id`` says
which customer a visitor is. Without it LiveChat makes a new customer with every new
token, and what was said before is not shown again.

Invariant: the entity id comes with what proves the visitor and never from a page: it
decides whose conversations are shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Final

from callingcard.identity.calling import MAX_TOKEN, Refusals, bearer_token, endpoint, post
from callingcard.identity.errors import InvalidVisitor, PlatformUnavailable
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.signing import setting
from callingcard.kit.codec import canonical_json, parse_json_object
from callingcard.kit.wire import Reply, Request

PROPERTY: Final = "livechat_entity_id"
"""The visitor's property that says which customer of LiveChat's they are."""

_MAX_LIFE: Final = 31 * 86_400
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_REMEDIES: Final[Mapping[int, tuple[str, str]]] = {
    HTTPStatus.BAD_REQUEST: (
        "LiveChat did not accept the request.",
        "Check client_id, organization_id and that the livechat_entity_id exists.",
    ),
    HTTPStatus.UNAUTHORIZED: (
        "LiveChat does not know the access token.",
        "Make a new agent access token: they expire, and a personal one is no use here.",
    ),
    HTTPStatus.FORBIDDEN: (
        "LiveChat does not let this access token speak for customers.",
        "Give it the scope customers:own, for the app of this client_id.",
    ),
    HTTPStatus.NOT_FOUND: (
        "LiveChat has no such address.",
        "Check base_url and path.",
    ),
}
_REFUSALS: Final = Refusals("LiveChat", _REMEDIES, "The organisation's limit")


@dataclass(frozen=True, slots=True)
class LiveChat:
    """Vouch to LiveChat's widget with the agent *access_token* of the app *client_id*.

    *license_id* is the number the widget's code has; the documentation lists it among
    the members of a token, so pass it if the widget asks for it. *base_url*, *path* and
    *grant_type* are as documented and can be changed if LiveChat moves.
    https://platform.text.com/docs/authorization/customer-authorization
    """

    name: ClassVar[str] = "livechat"
    needs_email: ClassVar[bool] = False
    quota: ClassVar[tuple[int, timedelta]] = (20, timedelta(seconds=10))
    guide: ClassVar[Guide] = Guide(
        title="LiveChat (text.com)",
        where=(
            "Developer Console > your app > Authorization: the client id, with the scope"
            " customers:own; sign an agent in to it for the access token (a personal access"
            " token does not work). The organization id is in the console's account page."
        ),
        snippet=(
            "// before the widget's code; endpoint is your token endpoint:\n"
            "const getToken = async () => {\n"
            "  const answer = await fetch(endpoint, { method: 'POST' });\n"
            "  return (await answer.json()).settings.customerToken;\n"
            "};\n"
            "const invalidate = () => fetch(endpoint, { method: 'DELETE' });\n"
            "window.__lc = window.__lc || {};\n"
            "window.__lc.custom_identity_provider = () => ({\n"
            "  getToken,\n"
            "  getFreshToken: async () => {\n"
            "    await invalidate();  // else the answer may be one that is kept\n"
            "    return getToken();\n"
            "  },\n"
            "  hasToken: async () => true,\n"
            "  invalidate,\n"
            "});"
        ),
        logout="LiveChatWidget.call('destroy');  // and load it again without a provider",
        refresh="pull",
        enforce=(
            "There is nothing to switch on: without a provider each browser is a customer of"
            " its own. With one, all of the widget's traffic counts as API usage."
        ),
        failure="The widget does not connect, or opens as a new customer.",
        docs_url="https://platform.text.com/docs/extending-chat-widget/custom-identity-provider",
        unsure=(
            "How often LiveChat may be called: 20 times in 10 seconds. That destroying the"
            " widget is enough to sign out."
            " Keep settings.customerToken.entityId of the first answer with your user and"
            " give it back as the property livechat_entity_id: else each new token is a new"
            " customer."
        ),
    )

    client_id: str
    access_token: str = field(repr=False)
    organization_id: str
    license_id: int | None = None
    base_url: str = "https://accounts.livechat.com"
    path: str = "/v2/customer/token"
    grant_type: str = "agent_token"

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        for name in ("client_id", "organization_id", "grant_type"):
            setting(getattr(self, name), f"LiveChat's {name}")
        bearer_token(self.access_token, "LiveChat", "Copy it again, whole.")
        base_url = endpoint(self.base_url, self.path, "LiveChat")
        object.__setattr__(self, "base_url", base_url)

    def secret_material(self) -> bytes:
        """Return the agent's access token: who changes it empties the cache."""
        return self.access_token.encode()

    def version(self) -> Mapping[str, str]:
        """Return where tokens come from, and for which app."""
        return {
            "base_url": self.base_url,
            "path": self.path,
            "client_id": self.client_id,
            "organization_id": self.organization_id,
        }

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what the page's identity provider needs; *token* is one of ``read``'s."""
        del visitor
        customer = parse_json_object(token)
        if self.license_id is not None:
            customer["licenseId"] = self.license_id
        return {
            "organizationId": self.organization_id,
            "clientId": self.client_id,
            "customerToken": customer,
        }

    def request(self, visitor: Visitor) -> Request:
        """Return the call that makes a token for *visitor*, and a customer if need be."""
        body = {
            "grant_type": self.grant_type,
            "response_type": "token",
            "client_id": self.client_id,
            "organization_id": self.organization_id,
            **_entity(visitor),
        }
        return post(self.base_url + self.path, self.access_token, body)

    def read(self, reply: Reply, *, asked_at: datetime) -> IdentityToken:
        """Return the token in *reply*, its end counted from before the call was made.

        The value is the object that the widget wants, as JSON: its entity id and times
        are needed again when it comes out of the cache.
        """
        if reply.status != HTTPStatus.OK:
            _REFUSALS.refuse(reply, asked_at)
        try:
            answer = parse_json_object(reply.body)
        except ValueError:
            answer = {}
        access_token = answer.get("access_token")
        entity_id, seconds = answer.get("entity_id"), answer.get("expires_in")
        if not isinstance(access_token, str) or not 0 < len(access_token) <= MAX_TOKEN:
            raise PlatformUnavailable("LiveChat's answer held no token.")
        if not isinstance(entity_id, str) or not _UUID.match(entity_id):
            raise PlatformUnavailable("LiveChat's answer did not say for which customer.")
        if type(seconds) is not int or not 0 < seconds <= _MAX_LIFE:
            raise PlatformUnavailable("LiveChat's answer did not say how long it is good for.")
        customer = {
            "accessToken": access_token,
            "entityId": entity_id,
            "expiresIn": seconds * 1000,  # the widget counts in milliseconds
            "tokenType": "Bearer",
            "creationDate": int(asked_at.timestamp() * 1000),
        }
        return IdentityToken(
            canonical_json(customer).decode(), expires_at=asked_at + timedelta(seconds=seconds)
        )


def _entity(visitor: Visitor) -> dict[str, str]:
    """Return the customer whom *visitor* is, if the site says so."""
    found = visitor.properties.get(PROPERTY)
    if found is None:
        return {}
    if not isinstance(found, str) or not _UUID.match(found):
        raise InvalidVisitor(
            "LiveChat knows no customer of this id.",
            fields={f"properties.{PROPERTY}": "must be an entity id of LiveChat's"},
        )
    return {"entity_id": found}
