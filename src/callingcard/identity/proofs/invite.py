"""An invite: a link in a mail that proves the address the mail went to.

It is signed by this server for one site, good for a week at most, and meant to be
used once; that it has been is remembered elsewhere, by its ``jti``.

Invariant: every invite begins with the same header, so that nothing in it is there to
choose; the key is derived for the invites of one site and signs nothing else.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidInvite, ProofInvalid
from callingcard.identity.model import Visitor
from callingcard.identity.proofs.jws import MAX_BYTES, claims_of, read
from callingcard.identity.proofs.keys import shared_key
from callingcard.identity.proofs.rules import ClaimNames, Rules
from callingcard.kit.codec import base64url, canonical_json
from callingcard.kit.crypto import derive_key
from callingcard.kit.ids import random_id

MAX_LIFE: Final = timedelta(days=7)

_ISSUER: Final = "callingcard"
_HEAD: Final = base64url(canonical_json({"alg": "HS256", "typ": "invite+jwt"})) + "."
_NAMES: Final = ClaimNames(properties="props")


class MadeInvite(NamedTuple):
    """A new invite; *token* is a credential."""

    token: str
    jti: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Show no credential."""
        return f"MadeInvite(expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class Invite:
    """What a genuine invite says: for whom, and which one it is."""

    visitor: Visitor
    jti: str = field(repr=False)
    expires_at: datetime


class Invites:
    """Makes and reads the invites of *site*, signed with *secrets*, newest first.

    >>> from callingcard.kit.clock import FakeClock
    >>> now, invites = FakeClock().now(), Invites([b"k" * 32], "shop")
    >>> made = invites.make(Visitor("ada@example.com"), now, timedelta(days=1))
    >>> invites.read(made.token, now).visitor.email
    'ada@example.com'
    """

    def __init__(self, secrets: Sequence[bytes], site: str) -> None:
        if not secrets or not site:
            raise ConfigError("Invites need a secret of the server and a site.")
        keys = [derive_key(secret, f"invites of {site}") for secret in secrets]
        self._newest = keys[0]
        self._keys = [shared_key(key) for key in keys]
        self._rules = Rules(
            issuer=_ISSUER,
            audience=f"invite:{site}",
            alone=True,
            dated=True,
            max_life=MAX_LIFE,
            names=_NAMES,
            trust_email=True,
            strict=True,
        )

    def make(self, visitor: Visitor, now: datetime, life: timedelta) -> MadeInvite:
        """Return an invite for *visitor*, whose address the mail will prove.

        Raises InvalidInvite, with ``fields``, for no address, a *life* that is not between
        a second and MAX_LIFE, or more about the visitor than a link can carry.
        """
        if visitor.email is None:
            raise InvalidInvite(email="is needed: an invite is sent to it")
        seconds = int(life.total_seconds())
        if seconds < 1 or life > MAX_LIFE:
            raise InvalidInvite(life="must be between a second and 7 days")
        issued = int(now.timestamp())
        jti = random_id()
        claims = {
            "iss": self._rules.issuer,
            "aud": self._rules.audience,
            "iat": issued,
            "exp": issued + seconds,
            "jti": jti,
            **_described(visitor),
        }
        signed = _HEAD + base64url(canonical_json(claims))
        signature = hmac.digest(self._newest, signed.encode(), "sha256")
        token = f"{signed}.{base64url(signature)}"
        if len(token) > MAX_BYTES:
            raise InvalidInvite(properties="are more than a link can carry")
        return MadeInvite(token, jti, datetime.fromtimestamp(issued + seconds, UTC))

    def read(self, token: str, now: datetime) -> Invite:
        """Return what *token* says, if it is ours; raises ProofInvalid or ProofExpired.

        Whether it was used before is not known here.
        """
        if not looks_like_invite(token):
            raise ProofInvalid("it is no invite")
        jws = read(token)
        signer = (key for key in self._keys if key.verifies(jws.signed, jws.signature))
        claims = claims_of(jws, next(signer, self._keys[0]))
        visitor = self._rules.visitor(claims, now)
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti or visitor.email is None:
            raise ProofInvalid("the invite has no jti or no address")
        return Invite(visitor, jti, datetime.fromtimestamp(claims["exp"], UTC))


def looks_like_invite(bearer: str) -> bool:
    """Say whether *bearer* is to be read as an invite; it proves nothing.

    >>> looks_like_invite("eyJhbGciOiJIUzI1NiIsInR5cCI6Imludml0ZStqd3QifQ.e30.x")
    True
    """
    return bearer.startswith(_HEAD)


def _described(visitor: Visitor) -> dict[str, Any]:
    """Return the claims that name *visitor*, without those that are empty."""
    claims = {
        _NAMES.email: visitor.email,
        _NAMES.user_id: visitor.user_id,
        _NAMES.first_name: visitor.first_name,
        _NAMES.last_name: visitor.last_name,
        _NAMES.properties: dict(visitor.properties),
    }
    return {name: value for name, value in claims.items() if value}
