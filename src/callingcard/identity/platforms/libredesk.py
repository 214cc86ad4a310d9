"""LibreDesk: a JWT that its widget exchanges for a session of LibreDesk's own.

That session outlives the token and slides on while it is used, so signing out has to
be said to the widget too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.signing import (
    LIFETIME,
    given,
    lifetime,
    needed,
    setting,
    sign_hs256,
    subject,
    vendor_secret,
    whole_seconds,
)
from callingcard.kit.urls import checked_base_url

_MAX_BYTES: Final = 128  # of an id and of a name: cmd/chat.go refuses longer ones


@dataclass(frozen=True, slots=True)
class LibreDesk:
    """Vouch to the live chat *inbox_id* of the LibreDesk at *base_url* with its *secret*.

    ``external_user_id`` is the user id, or without one the address: give every visitor
    an id or none of them. LibreDesk insists on a first name; one who gave none is called
    by what stands before the @. *lifetime* is in seconds.
    https://github.com/abhinavxd/libredesk
    """

    name: ClassVar[str] = "libredesk"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="LibreDesk",
        where=(
            "Admin > Inboxes > your live chat inbox: the inbox id is in its installation"
            " code, the secret under Security. base_url is where your LibreDesk runs."
        ),
        snippet=(
            "window.LibredeskSettings = { baseURL: settings.baseUrl,"
            " inboxID: settings.inboxId };\n"
            "// once widget.js has loaded:\n"
            "Libredesk.setUser(settings.jwt);"
        ),
        logout="Libredesk.logout();",
        refresh="push",
        enforce=(
            "Switch off conversations for visitors in the inbox's settings: then only those"
            " with a token can write. Anonymous visitors lose the chat."
        ),
        failure=(
            "The exchange answers 401 for a bad or expired token and 400 for a missing"
            " claim; the widget stays anonymous."
        ),
        docs_url="https://docs.libredesk.io",
        unsure="How long a token may live: an hour (lifetime); it is exchanged at once.",
    )

    inbox_id: str
    secret: str = field(repr=False)
    base_url: str
    lifetime: int = LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.inbox_id, "LibreDesk's inbox_id")
        vendor_secret(self.secret, "LibreDesk's secret")
        lifetime(self.lifetime, "LibreDesk's lifetime")
        try:
            object.__setattr__(self, "base_url", checked_base_url(self.base_url))
        except ValueError as error:
            raise ConfigError(f"LibreDesk's base_url cannot be used: {error}.") from None

    def secret_material(self) -> bytes:
        """Return the secret of the inbox."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which inbox of which LibreDesk a token is for."""
        return {"base_url": self.base_url, "inbox_id": self.inbox_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return where the widget is and what ``Libredesk.setUser`` takes."""
        del visitor
        return {"baseUrl": self.base_url, "inboxId": self.inbox_id, "jwt": token}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; raises InvalidVisitor for one LibreDesk refuses."""
        born = whole_seconds(now)
        expires_at = born + lifetime(self.lifetime, "LibreDesk's lifetime")
        email = needed(visitor, "email")
        claims = given(
            external_user_id=_person(subject(visitor, claims=True)),
            email=email,
            first_name=_name(visitor.first_name or email.partition("@")[0]),
            last_name=_name(visitor.last_name),
            contact_custom_attributes=dict(visitor.properties) or None,
            iat=int(born.timestamp()),
            exp=int(expires_at.timestamp()),
        )
        return IdentityToken(sign_hs256(claims, self.secret), expires_at=expires_at)


def _person(external_user_id: str) -> str:
    """Return the id; raises InvalidVisitor, since cut short it could be another's."""
    if len(external_user_id.encode()) > _MAX_BYTES:
        raise InvalidVisitor(
            "LibreDesk takes no user id as long as this.",
            fields={"user_id": f"longer than {_MAX_BYTES} bytes"},
        )
    return external_user_id


def _name(text: str) -> str:
    """Return as much of a name as LibreDesk takes: it is for people to read only."""
    return text.encode()[:_MAX_BYTES].decode(errors="ignore")
