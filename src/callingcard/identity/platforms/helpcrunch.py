r"""HelpCrunch: an MD5 of the user as JSON, and a secret; it never expires.

HelpCrunch writes the user that the page sends as JSON again, with PHP, and compares.
So the JSON is written here as PHP writes it, and handed over as text: parsed by the page
and no more, it keeps its order, and a name like ``Zoë`` or ``a/b`` its escapes on the
other side.

Invariant: what is signed is, byte for byte, what is handed over.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.signing import (
    full_name,
    given,
    proved_email,
    setting,
    subject,
    vendor_secret,
)


@dataclass(frozen=True, slots=True)
class HelpCrunch:
    """Vouch to the widget *app_id* of the HelpCrunch *organization* with its *secret*.

    *organization* is the domain before ``.helpcrunch.com``. ``user_id`` is the user id,
    or without one the proved address: give every visitor an id or none of them.
    https://docs.helpcrunch.com/en/developers/security-signature
    """

    name: ClassVar[str] = "helpcrunch"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = Guide(
        title="HelpCrunch",
        where=(
            "Settings > Developers > Security shows the organisation's secret; the app id"
            " and the organisation's domain are in the widget's code."
        ),
        snippet=(
            "HelpCrunch('init', settings.organization, { appId: settings.appId,\n"
            "  user: JSON.parse(settings.user), signature: settings.signature });"
        ),
        logout="HelpCrunch('logout');",
        refresh="never",
        enforce=(
            "Switch on the security signature under Settings > Developers > Security. All"
            " chats without a valid signature stop working from then on, those of"
            " anonymous visitors and of other pages of yours too."
        ),
        failure="The widget does not open, or no message arrives.",
        docs_url="https://docs.helpcrunch.com/en/developers/security-signature",
        unsure=(
            "What the widget shows at a bad signature. MD5 with the secret behind the message"
            " is HelpCrunch's choice, and a weak one: nothing of value should hang on it"
            " alone."
        ),
    )

    organization: str
    app_id: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse settings that could only fail later, at the first visitor."""
        setting(self.organization, "HelpCrunch's organization")
        setting(self.app_id, "HelpCrunch's app_id")
        vendor_secret(self.secret, "HelpCrunch's secret")

    def secret_material(self) -> bytes:
        """Return the organisation's secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return which widget a signature is for."""
        return {"organization": self.organization, "app_id": self.app_id}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what ``HelpCrunch('init')`` takes; *user* is text, to be parsed only."""
        return {
            "organization": self.organization,
            "appId": self.app_id,
            "user": _user(visitor),
            "signature": token,
        }

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return the signature; *now* is of no use to one that never ends."""
        del now
        signed = (_user(visitor) + self.secret).encode()
        return IdentityToken(hashlib.md5(signed, usedforsecurity=False).hexdigest())


def php_json(members: Mapping[str, str]) -> str:
    r"""Return *members* as PHP's ``json_encode`` writes them without any flag.

    It escapes the slash, and every letter that is not ASCII as UTF-16. No text here may
    have a control character, and a Visitor's has none.

    >>> print(php_json({"name": "Zoë/😀"}))
    {"name":"Zo\u00eb\/\ud83d\ude00"}
    """
    return json.dumps(dict(members), separators=(",", ":")).replace("/", "\\/")


def _user(visitor: Visitor) -> str:
    """Return the visitor as HelpCrunch is told of them, in the order of its own example."""
    return php_json(
        given(
            email=proved_email(visitor),
            name=full_name(visitor),
            user_id=subject(visitor),
        )
    )
