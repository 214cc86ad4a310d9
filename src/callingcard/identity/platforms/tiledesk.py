"""Tiledesk: a JWT that signs the visitor in to one project.

The audience is an address at tiledesk.com even where the server is one's own: it names
the project and is never called.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

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


@dataclass(frozen=True, slots=True)
class Tiledesk:
    """Vouch to the Tiledesk project *project_id* with its shared *secret*.

    ``_id`` ends with the user id, or without one with the address: give every visitor an
    id or none of them. *prefix* stands before the token that the page hands over: the
    widget sends what it is given as the whole Authorization header, and the server reads
    the scheme JWT there. *lifetime* is in seconds.
    https://developer.tiledesk.com/apis/authentication
    """

    name: ClassVar[str] = "tiledesk"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = Guide(
        title="Tiledesk",
        where=(
            "Project Settings > Visitor Authentication > Generate shows the shared secret"
            " once; the project id is in the widget's code."
        ),
        snippet=(
            "window.tiledeskSettings = { projectid: settings.projectId, autoStart: false };\n"
            "// once the widget has loaded:\n"
            "window.Tiledesk('signInWithCustomToken', settings.jwt);"
        ),
        logout="window.Tiledesk('logout');",
        refresh="push",
        enforce=(
            "There is no switch: with autoStart false the widget opens only for whom it is"
            " started, and a page that starts it without a token gets an anonymous visitor."
        ),
        failure="The sign-in request answers 401 and the widget does not open.",
        docs_url="https://developer.tiledesk.com/apis/authentication",
        unsure=(
            "Whether the page must write 'JWT ' before the token: we do (prefix). How long a"
            " token may live: an hour (lifetime). The name of the logout call."
        ),
    )

    project_id: str
    secret: str = field(repr=False)
    prefix: str = "JWT "
    lifetime: int = LIFETIME

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.project_id, "Tiledesk's project_id")
        vendor_secret(self.secret, "Tiledesk's secret")
        lifetime(self.lifetime, "Tiledesk's lifetime")

    def secret_material(self) -> bytes:
        """Return the shared secret of the project."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which project a token is for."""
        return {"project_id": self.project_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``signInWithCustomToken`` takes, and for which project."""
        del visitor
        return {"projectId": self.project_id, "jwt": self.prefix + token}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a token made at *now*."""
        born = whole_seconds(now)
        expires_at = born + lifetime(self.lifetime, "Tiledesk's lifetime")
        email = needed(visitor, "email")
        claims = given(
            _id=f"{self.project_id}_{subject(visitor, claims=True)}",
            sub="userexternal",
            aud=f"https://tiledesk.com/projects/{self.project_id}",
            email=email,
            firstname=visitor.first_name,
            lastname=visitor.last_name,
            attributes=dict(visitor.properties) or None,
            iat=int(born.timestamp()),
            exp=int(expires_at.timestamp()),
        )
        return IdentityToken(sign_hs256(claims, self.secret), expires_at=expires_at)
