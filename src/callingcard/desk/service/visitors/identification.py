"""Who a token says the visitor is: minting the desk's own, checking any.

Invariant: a visitor never sees an error from here. A token that is wrong in any
way proves nothing, and its bearer is anonymous.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import jwt

from callingcard.desk.model.visitors import Identify, Inbox, Proof, SigningKey
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.visitors.tokens import (
    LIFETIME,
    PROPERTIES,
    BadToken,
    FindKey,
    Header,
    Key,
    clean,
    fingerprint,
    read_token,
)
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import derive_key
from callingcard.kit.email import NotAnAddress, canonical_email
from callingcard.kit.ids import random_id

MINTED_TYPE: Final = "callingcard-visitor+jwt"
_ISSUER: Final = "callingcard-desk"
_AUDIENCE: Final = "desk"
_MAX_NAME: Final = 200


class Identification:
    """Mints the desk's own tokens, as HubSpot would, and checks what visitors bring."""

    def __init__(self, secrets: Sequence[bytes], clock: Clock) -> None:
        """Sign with a key of the first of *secrets* and trust keys of them all."""
        keys = [derive_key(secret, "desk identification") for secret in secrets]
        self._ring = {hashlib.sha256(key).hexdigest()[:16]: key for key in keys}
        self._signing_kid = next(iter(self._ring))
        self._clock = clock

    def mint(self, email: str, first_name: str = "", last_name: str = "") -> str:
        """Return a new token for the visitor with this address; raises Invalid.

        It lives for 12 hours and is new at every call, as HubSpot's are. Whoever
        calls has proved to us that they may vouch for the address.
        """
        try:
            address = canonical_email(email)
        except NotAnAddress as error:
            raise Invalid("not an e-mail address", fields={"email": str(error)}) from error
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "email": address,
            "given_name": clean(first_name, _MAX_NAME),
            "family_name": clean(last_name, _MAX_NAME),
            "iat": now,
            "exp": now + int(LIFETIME.total_seconds()),
            "jti": random_id(),
        }
        return jwt.encode(
            {name: value for name, value in claims.items() if value != ""},
            self._ring[self._signing_kid],
            algorithm="HS256",
            headers={"typ": MINTED_TYPE, "kid": self._signing_kid},
        )

    async def check(
        self, unit: Unit, token: str, *, email: str | None, inbox: Inbox
    ) -> Proof | None:
        """Return what *token* proves in *inbox*, or None when it proves nothing.

        *email* is what the page claims; a token for anybody else proves nothing. A token
        whose issuer says that nobody proved the address gives a ``claimed`` Proof, which
        lets its bearer see no more than an anonymous visitor.
        """
        if inbox.identification is Identify.OFF:
            return None
        find_key = self._finder(inbox, await unit.inboxes.keys(inbox.id))
        try:
            proof = read_token(token, find_key, self._clock.now())
            if email and canonical_email(email) != proof.person.email:
                return None
        except (BadToken, NotAnAddress):
            return None
        return None if await unit.sessions.spent(fingerprint(token)) else proof

    def _finder(self, inbox: Inbox, keys: Sequence[SigningKey]) -> FindKey:
        """Return how a token's header leads to the key it must be signed with.

        The type decides whose keys count: a token made for another use has another
        type and finds none.
        """
        props = PROPERTIES if inbox.props is None else inbox.props

        def find(header: Header) -> Key | None:
            if header.type == MINTED_TYPE:
                secret = self._ring.get(header.kid)
                if secret is None:
                    return None
                return Key(secret, "HS256", _AUDIENCE, "the desk", issuer=_ISSUER, props=props)
            if header.type is not None and header.type.upper() != "JWT":
                return None
            for key in keys:
                if key.kid == header.kid:
                    return Key(
                        key.secret,
                        key.algorithm,
                        inbox.name,
                        f"key {key.kid}",
                        kid=key.kid,
                        props=props,
                    )
            return None

        return find
