"""Inboxes, and the keys with which a customer signs its visitors' tokens."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from callingcard.desk.errors import InboxNotFound, TooManyKeys, UnfitKey
from callingcard.desk.model.ids import InboxId
from callingcard.desk.model.visitors import Inbox, SigningKey
from callingcard.desk.ports.units import Unit, Units
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret, weak_secret
from callingcard.kit.ids import random_id

DEFAULT_INBOX: Final = "web"
MAX_KEYS: Final = 5
_KID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_MIN_RSA_BITS: Final = 2048


class InboxDesk:
    """Makes inboxes and their signing keys."""

    def __init__(self, units: Units, *, clock: Clock, ids: Callable[[], str]) -> None:
        self._units = units
        self._clock = clock
        self._new_id = ids

    async def ensure_default_inbox(self) -> Inbox:
        """Return the inbox ``web``, made when it is not there yet."""
        async with self._units.writing() as unit:
            inbox = await unit.inboxes.named(DEFAULT_INBOX)
            if inbox is None:
                inbox = Inbox(
                    id=InboxId(self._new_id()),
                    name=DEFAULT_INBOX,
                    title="Chat",
                    answered_by="We answer as soon as we can",
                    welcome="Hi {first_name}, how can we help?",
                )
                await unit.inboxes.save(inbox)
            return inbox

    async def all(self) -> Sequence[Inbox]:
        """Return every inbox."""
        async with self._units.reading() as unit:
            return await unit.inboxes.all()

    async def get(self, name: str) -> Inbox:
        """Return the inbox with this name; raises InboxNotFound."""
        async with self._units.reading() as unit:
            return await _named(unit, name)

    async def save(self, inbox: Inbox) -> None:
        """Keep a changed inbox."""
        async with self._units.writing() as unit:
            await unit.inboxes.save(inbox)

    async def keys(self, name: str) -> Sequence[SigningKey]:
        """Return the live signing keys of the inbox, newest first."""
        async with self._units.reading() as unit:
            return await unit.inboxes.keys((await _named(unit, name)).id)

    async def create_key(
        self, name: str, *, kid: str | None = None, secret: str | None = None
    ) -> tuple[SigningKey, str]:
        """Return a new HS256 key and its secret, which is never shown again.

        Up to five keys live side by side, so that a new one can be put to use
        before the old one is revoked. Raises TooManyKeys, KeyExists, UnfitKey.
        """
        shown = new_secret() if secret is None else secret
        weakness = weak_secret(shown)
        if weakness is not None:
            raise UnfitKey("this secret must not sign anything", fields={"secret": weakness})
        key = await self._add(name, kid=kid, algorithm="HS256", secret=shown.encode())
        return key, shown

    async def trust_key(
        self, name: str, *, algorithm: str, public_key: str, kid: str | None = None
    ) -> SigningKey:
        """Trust what the holder of a private key signs, with that one algorithm.

        *public_key* is PEM. Raises TooManyKeys, KeyExists, UnfitKey.
        """
        _check_public_key(algorithm, public_key)
        return await self._add(name, kid=kid, algorithm=algorithm, secret=public_key.encode())

    async def revoke_key(self, kid: str) -> bool:
        """Trust a key no more; False when there is none with this *kid*."""
        async with self._units.writing() as unit:
            return await unit.inboxes.revoke_key(kid, self._clock.now())

    async def _add(
        self, name: str, *, kid: str | None, algorithm: str, secret: bytes
    ) -> SigningKey:
        now = self._clock.now()
        if kid is not None and not _KID.match(kid):
            raise UnfitKey(
                "not a name for a key",
                fields={"kid": "letters, digits, dots, dashes; 64 at most"},
            )
        async with self._units.writing() as unit:
            inbox = await _named(unit, name)
            if len(await unit.inboxes.keys(inbox.id)) >= MAX_KEYS:
                raise TooManyKeys(
                    f"an inbox has at most {MAX_KEYS} keys",
                    hint="Revoke one that is not used.",
                )
            key = SigningKey(
                kid=kid or f"{now:%Y-%m}-{random_id()[:6]}",
                inbox_id=inbox.id,
                algorithm=algorithm,
                created_at=now,
                secret=secret,
            )
            await unit.inboxes.add_key(key)
        return key


async def _named(unit: Unit, name: str) -> Inbox:
    inbox = await unit.inboxes.named(name)
    if inbox is None:
        raise InboxNotFound("there is no inbox with this name")
    return inbox


def _check_public_key(algorithm: str, pem: str) -> None:
    """Raise UnfitKey unless *pem* is a public key of *algorithm*'s kind."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnfitKey("not a public key", fields={"publicKey": "PEM is needed"}) from error
    fits = {
        "RS256": isinstance(key, RSAPublicKey) and key.key_size >= _MIN_RSA_BITS,
        "ES256": isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1),
        "EdDSA": isinstance(key, (Ed25519PublicKey, Ed448PublicKey)),
    }
    if not fits.get(algorithm, False):
        raise UnfitKey(
            "the key is not of its algorithm",
            fields={"algorithm": "RS256 (2048 bits or more), ES256 (P-256) or EdDSA"},
        )
