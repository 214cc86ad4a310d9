"""Freshchat (classic) with user authentication: a JWT for one browser's widget.

The widget makes up a uuid and the token must repeat it, so there are two steps: the
page reads the uuid from the widget, then asks for a token and says which uuid it is
for. It reaches us as the visitor's property ``freshchat_uuid``, which the page may say
beside a proof.

Invariant: a uuid is only ever signed together with the person who was proved, as
``reference_id``. Whose browser a uuid names we neither know nor remember: with the uuid
of another's widget the prover can tie that widget to themselves, and has to know it
first. What Freshchat then shows to whom is Freshchat's to decide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.rsa_keys import checked_private_key, sign_rs256
from callingcard.identity.signing import (
    LIFETIME,
    given,
    lifetime,
    proved_email,
    setting,
    subject,
    whole_seconds,
)

PROPERTY: Final = "freshchat_uuid"
"""The visitor's property that carries what the widget calls itself."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


@dataclass(frozen=True, slots=True)
class Freshchat:
    """Vouch to the Freshchat widget *token* with the RSA *private_key* (PEM).

    ``reference_id`` is the user id, or without one the proved address: give every visitor
    an id or none of them. *lifetime* is in seconds. This is the classic widget; the Web
    Chat of 2025 wants HS256 and other claims, which ``GenericJWT`` can be set to.
    https://crmsupport.freshworks.com/support/solutions/articles/50000010263
    """

    name: ClassVar[str] = "freshchat"
    needs_email: ClassVar[bool] = False
    page_properties: ClassVar[tuple[str, ...]] = (PROPERTY,)
    """What the page may say of itself beside a proof: it names a widget, and nobody."""
    guide: ClassVar[Guide] = Guide(
        title="Freshchat (classic)",
        where=(
            "Admin > Configure > User Authentication: generate the key pair there and keep"
            " its private key, or upload the public half of your own. The token and the"
            " host are in the web messenger's code."
        ),
        snippet=(
            "// Two steps: once the widget has loaded,\n"
            "const { data } = await fcWidget.user.getUUID();\n"
            "// ask for a token with { properties: { freshchat_uuid: data.uuid } }, then\n"
            "fcWidget.setExternalId(settings.externalId);\n"
            "fcWidget.authenticate(settings.jwtAuthToken);\n"
            "// and when that one is about to end, with a new one\n"
            "fcWidget.setJWTAuthToken(settings.jwtAuthToken);"
        ),
        logout="fcWidget.user.clear();",
        refresh="push",
        enforce=(
            "Switch on strict mode under User Authentication. From then on nobody chats"
            " without a token, anonymous visitors neither."
        ),
        failure="Strict mode: the widget does not open a conversation.",
        docs_url="https://crmsupport.freshworks.com/support/solutions/articles/50000010263",
        unsure=(
            "Freshchat's own checks are not documented in full. That a uuid is bound to the"
            " reference_id it was first seen with is what we have read of, not what we have"
            " seen. We keep no record of uuids and cannot tell whose browser one is of: we"
            " vouch for the person, and that the page of this person named this uuid. Who"
            " learns another browser's uuid could tie its widget to themselves. How long a"
            " token may live: an hour (lifetime)."
        ),
    )

    token: str
    private_key: str = field(repr=False)
    lifetime: int = LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.token, "Freshchat's token")
        checked_private_key(self.private_key, "Freshchat")
        lifetime(self.lifetime, "Freshchat's lifetime")

    def secret_material(self) -> bytes:
        """Return the private key."""
        return self.private_key.encode()

    def version(self) -> Mapping[str, str]:
        """Return which widget a token is for."""
        return {"token": self.token}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``fcWidget.init`` takes, the id as it was signed."""
        return {
            "token": self.token,
            "externalId": subject(visitor),
            "jwtAuthToken": token,
        }

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*; raises InvalidVisitor without the widget's uuid."""
        born = whole_seconds(now)
        expires_at = born + lifetime(self.lifetime, "Freshchat's lifetime")
        claims = given(
            freshchat_uuid=_uuid(visitor),
            reference_id=subject(visitor),
            first_name=visitor.first_name,
            last_name=visitor.last_name,
            email=proved_email(visitor),
            iat=int(born.timestamp()),
            exp=int(expires_at.timestamp()),
        )
        return IdentityToken(sign_rs256(claims, self.private_key), expires_at=expires_at)


def _uuid(visitor: Visitor) -> str:
    """Return the widget's uuid, letter for letter as the page sent it."""
    found = visitor.properties.get(PROPERTY)
    if not isinstance(found, str) or not _UUID.match(found):
        raise InvalidVisitor(
            "Freshchat's tokens are for one widget, which the page has to name.",
            fields={f"properties.{PROPERTY}": "must be the uuid of the page's widget"},
            hint="Read it with fcWidget.user.getUUID() and send it as a property.",
        )
    return found
