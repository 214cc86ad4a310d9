"""What is kept of a token, and under which name: sealed, and traceable to nobody.

Invariant: a key holds no address in plain, and no value can be read without the
platform's own secret.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from callingcard.identity.errors import PlatformRefused
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import Platform
from callingcard.kit.codec import canonical_json, parse_json_object, parse_rfc3339
from callingcard.kit.crypto import Sealer, Unsealable, derive_key, keyed_hash


@dataclass(frozen=True, slots=True)
class Refusal:
    """That the platform does not accept one visitor, remembered until *until*."""

    message: str
    hint: str
    until: datetime

    def error(self) -> PlatformRefused:
        """Return what the visitor's request is told."""
        return PlatformRefused(self.message, hint=self.hint)


Kept: TypeAlias = IdentityToken | Refusal


class Vault:
    """Names and seals what is cached for one platform on one site.

    The keys are derived from the platform's own secret, so that whoever copies the
    cache has neither tokens nor addresses, and a changed secret starts afresh.
    """

    def __init__(self, platform: Platform, site: str) -> None:
        secret = platform.secret_material()
        self._names = derive_key(secret, "token cache names")
        self._sealer = Sealer([secret], "token cache")
        self._scope = [site, platform.name, dict(platform.version())]

    def person(self, visitor: Visitor) -> str:
        """Return a name for whoever *visitor* is, whatever their names and properties."""
        return self.people(visitor)[0]

    def people(self, visitor: Visitor) -> list[str]:
        """Return every name that *visitor* can be stored under: by address, by user id."""
        whos = [("email", visitor.email), ("user", visitor.user_id)]
        names = [self._name([*self._scope, kind, who])[:32] for kind, who in whos if who]
        return names or [self._name([*self._scope])[:32]]

    def key(self, visitor: Visitor) -> str:
        """Return the name of *visitor*'s token: ``PERSON.DETAIL``, of every field there is."""
        detail = {
            "email": visitor.email,
            "email_verified": visitor.email_verified,
            "user_id": visitor.user_id,
            "first_name": visitor.first_name,
            "last_name": visitor.last_name,
            "properties": dict(visitor.properties),
        }
        return f"{self.person(visitor)}.{self._name([*self._scope, detail])}"

    def seal(self, kept: Kept, key: str) -> bytes:
        """Return *kept* as it is stored under *key*."""
        return self._sealer.seal(canonical_json(_written(kept)), place=key)

    def open(self, sealed: bytes, key: str) -> Kept | None:
        """Return what is stored under *key*; None when it is not ours to read.

        A cache is allowed to lose or spoil what it holds: the platform is asked again.
        """
        try:
            return _read(parse_json_object(self._sealer.open(sealed, place=key)))
        except (Unsealable, ValueError, KeyError, IndexError, TypeError):
            return None

    def _name(self, parts: list[Any]) -> str:
        """Return the keyed hash of *parts*."""
        return keyed_hash(self._names, canonical_json(parts).decode())


def _written(kept: Kept) -> dict[str, Any]:
    """Return *kept* as JSON members."""
    if isinstance(kept, Refusal):
        refused = [kept.message, kept.hint, kept.until.isoformat()]
        return {"v": 1, "refused": refused}
    times = [t.isoformat() if t else None for t in (kept.expires_at, kept.refresh_at)]
    return {"v": 1, "token": kept.value, "times": times}


def _read(found: dict[str, Any]) -> Kept:
    """Return what ``_written`` wrote; raises what a damaged value raises."""
    if "refused" in found:
        message, hint, until = found["refused"]
        return Refusal(str(message), str(hint), parse_rfc3339(until))
    times = [parse_rfc3339(t) if t else None for t in found["times"]]
    return IdentityToken(str(found["token"]), times[0], times[1])
