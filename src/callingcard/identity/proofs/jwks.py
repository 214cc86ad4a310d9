"""A token of an identity provider, checked with the keys that the provider publishes.

What is taken from which provider is data: a ``Provider``, as ``presets`` makes them. The
keys come from a ``KeySource``; until one is found nothing of the token is believed, and
nothing in it says where to look.

Invariant: secrets play no part. HMAC and ``none`` are refused before any key is looked up,
and so is a header whose own claims could not pass, whoever signed it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, cast

from callingcard.identity.errors import ProofInvalid
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.proofs.jws import (
    Jws,
    check_algorithm,
    check_header,
    claims_of,
    kid_of,
    read,
)
from callingcard.identity.proofs.keys import (
    KeyLocation,
    KeySource,
    PublicAlgorithm,
    VerifyingKey,
)
from callingcard.identity.proofs.places import Place
from callingcard.identity.proofs.rules import (
    Rules,
    check_audience,
    check_issuer,
    check_kind,
    check_times,
    is_late,
)
from callingcard.kit.codec import parse_json_object

_PROJECT: Final = re.compile(r"\Asecuretoken\.google\.com/[^/:]+:")
_TYPES: Final = (None, "JWT", "jwt", "at+jwt", "application/at+jwt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One identity provider: where its tokens stand, who signs them, what they must say."""

    name: str
    places: tuple[Place, ...]
    location: KeyLocation
    algorithms: tuple[PublicAlgorithm, ...]
    rules: Rules
    padded: bool = False
    """Whether the parts of a token carry padding, as AWS writes them."""
    from_header: Mapping[str, str] = field(default_factory=dict[str, str])
    """Claims that this provider writes into the header, with the names they have there."""
    external: str = ""
    """The claim in which Google keeps what it knows of an external identity."""


class JwksProof:
    """Says who a token of *provider* proves, checked with its *keys*."""

    kind: ClassVar[str] = "jwks"

    def __init__(self, provider: Provider, keys: KeySource) -> None:
        self.provider = provider
        self.rules = provider.rules
        self.places = provider.places
        self._keys = keys

    async def visitor(self, given: Presented, now: datetime) -> Visitor | None:
        """Return whom *given* proves at *now*, None when no token stands in any place.

        Raises ProofInvalid, ProofExpired or KeysUnavailable.
        """
        for place in self.places:
            token = place.token(given)
            if token is not None:
                return await self.verify(token, now)
        return None

    async def verify(self, token: str, now: datetime) -> Visitor:
        """Return whom *token* proves at *now*."""
        jws = self.read(token)
        self._check_early(jws.header, now)
        key = await self.key(jws.header)
        return self.rules.visitor(self.claims(jws, key), now)

    def read(self, token: str) -> Jws:
        """Return *token* taken apart, and of a kind that is taken here."""
        jws = read(token, padded=self.provider.padded)
        check_header(jws.header, _TYPES)
        return jws

    async def key(self, header: Mapping[str, Any]) -> VerifyingKey:
        """Return the key that must have signed under *header*."""
        if header.get("alg") not in self.provider.algorithms:
            raise ProofInvalid("the algorithm is none that this provider signs with")
        key = await self._keys.find(kid_of(header))
        if key is None:
            raise ProofInvalid("the key is not known")
        check_algorithm(header, key)
        return key

    def claims(self, jws: Jws, key: VerifyingKey) -> Mapping[str, Any]:
        """Return what *jws* says; where this provider uses the header, that alone counts."""
        claims = claims_of(jws, key)
        for name, there in self.provider.from_header.items():
            claims[name] = jws.header.get(there)
        if claims.get(self.provider.external) is not None:
            claims |= _external(claims, claims[self.provider.external])
        return claims

    def _check_early(self, header: Mapping[str, Any], now: datetime) -> None:
        """Raise ProofInvalid when claims in the header say that no key is worth asking for.

        AWS's keys are asked for one by one, under names that anybody can make up. Not even
        a late token is told that it is late: nobody knows yet whether it is genuine.
        """
        names = self.provider.from_header
        if not names:
            return
        claims, at = (
            {name: header.get(there) for name, there in names.items()},
            now.timestamp(),
        )
        for check in (check_issuer, check_audience, check_kind, check_times):
            check(claims, self.rules, at)
        if is_late(claims, at):
            raise ProofInvalid("the header says that the token has expired")


def _external(claims: Mapping[str, Any], known: object) -> dict[str, Any]:
    """Return the claims of a visitor whom Google's proxy let in for somebody else.

    Around the proxy's own ``email`` and ``sub`` stands the project, and nothing there says
    whether the address is confirmed; *known* does, as an object or as the text of one. A
    tenant's users keep the whole id, since two tenants may have the same one. See
    https://cloud.google.com/iap/docs/signed-headers-howto.
    """
    if isinstance(known, str):
        try:
            known = parse_json_object(known)
        except ValueError:
            known = None
    if not isinstance(known, dict):
        raise ProofInvalid("the external identity is no object")
    person = cast("dict[str, Any]", known)
    user_id = claims.get("sub")
    return {
        "email": person.get("email"),
        "email_verified": person.get("email_verified", False),
        "sub": _PROJECT.sub("", user_id) if isinstance(user_id, str) else user_id,
    }
