"""Inboxes, and the keys with which a customer signs its visitors' tokens."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from callingcard.desk.errors import InboxNotFound, TooManyKeys, UnfitKey
from callingcard.desk.model.audit import SYSTEM, Deed, Who
from callingcard.desk.model.ids import InboxId
from callingcard.desk.model.objects import ObjectType
from callingcard.desk.model.visitors import Identify, Inbox, SigningKey
from callingcard.desk.ports.units import Unit, Units
from callingcard.desk.service.crm.registry import known_properties
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret, weak_secret
from callingcard.kit.ids import random_id

DEFAULT_INBOX: Final = "web"
MAX_KEYS: Final = 5
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
_KID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_MIN_RSA_BITS: Final = 2048


_NAMES: Final = frozenset({"email", "firstname", "lastname"})
"""What a token says in claims of their own, and never among its properties."""


@dataclass(frozen=True, slots=True)
class InboxChanges:
    """What is to be changed of an inbox; None leaves it as it is."""

    title: str | None = None
    answered_by: str | None = None
    welcome: str | None = None
    identification: Identify | None = None
    enforced: bool | None = None
    props: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """A key to be added."""

    kid: str | None
    algorithm: str
    secret: bytes = field(repr=False)


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
                inbox = self._new(DEFAULT_INBOX, "Chat")
                await unit.inboxes.save(inbox)
            return inbox

    async def make(self, name: str, title: str, *, by: Who = SYSTEM) -> Inbox:
        """Return a new inbox; raises InboxExists, and Invalid for an unfit *name*."""
        if not _NAME.match(name):
            reason = "letters, digits, - and _; 64 at most"
            raise Invalid("not a name for an inbox", fields={"name": reason})
        async with self._units.writing() as unit:
            inbox = self._new(name, title)
            await unit.inboxes.save(inbox)
            await self._write_down(unit, "settings.changed", ("inbox", inbox.id), by)
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

    async def change(self, name: str, changes: InboxChanges, *, by: Who = SYSTEM) -> Inbox:
        """Change some of an inbox; raises InboxNotFound, and Invalid for unfit *changes*."""
        props = None if changes.props is None else tuple(sorted(set(changes.props)))
        async with self._units.writing() as unit:
            await _check_props(unit, props or ())
            inbox = await _named(unit, name, lock=True)
            given = {
                one.name: getattr(changes, one.name)
                for one in fields(changes)
                if one.name != "props" and getattr(changes, one.name) is not None
            }
            if props is not None:
                given["props"] = props
            changed = replace(inbox, **given)
            await unit.inboxes.save(changed)
            await self._write_down(unit, "settings.changed", ("inbox", inbox.id), by)
        return changed

    async def keys(self, name: str) -> Sequence[SigningKey]:
        """Return the live signing keys of the inbox, newest first."""
        async with self._units.reading() as unit:
            return await unit.inboxes.keys((await _named(unit, name)).id)

    async def create_key(
        self,
        name: str,
        *,
        kid: str | None = None,
        secret: str | None = None,
        by: Who = SYSTEM,
    ) -> tuple[SigningKey, str]:
        """Return a new HS256 key and its secret, which is never shown again.

        Up to five keys live side by side, so that a new one can be put to use
        before the old one is revoked. Raises TooManyKeys, KeyExists, UnfitKey.
        """
        shown = new_secret() if secret is None else secret
        weakness = weak_secret(shown)
        if weakness is not None:
            raise UnfitKey("this secret must not sign anything", fields={"secret": weakness})
        made = _Made(kid, "HS256", shown.encode())
        key = await self._add(name, made, by)
        return key, shown

    async def trust_key(
        self,
        name: str,
        *,
        algorithm: str,
        public_key: str,
        kid: str | None = None,
        by: Who = SYSTEM,
    ) -> SigningKey:
        """Trust what the holder of a private key signs, with that one algorithm.

        *public_key* is PEM. Raises TooManyKeys, KeyExists, UnfitKey.
        """
        _check_public_key(algorithm, public_key)
        return await self._add(name, _Made(kid, algorithm, public_key.encode()), by)

    async def revoke_key(
        self, kid: str, *, inbox: str | None = None, by: Who = SYSTEM
    ) -> bool:
        """Trust a key (of *inbox*) no more; False when there is none with this *kid*."""
        async with self._units.writing() as unit:
            if inbox is not None:
                keys = await unit.inboxes.keys((await _named(unit, inbox)).id)
                if kid not in {key.kid for key in keys}:
                    return False
            revoked = await unit.inboxes.revoke_key(kid, self._clock.now())
            if revoked:
                await self._write_down(unit, "key.revoked", ("signing-key", kid), by)
            return revoked

    def _new(self, name: str, title: str) -> Inbox:
        return Inbox(
            id=InboxId(self._new_id()),
            name=name,
            title=title,
            answered_by="We answer as soon as we can",
            welcome="Hi {first_name}, how can we help?",
        )

    async def _add(self, name: str, made: "_Made", by: Who) -> SigningKey:
        now = self._clock.now()
        if made.kid is not None and not _KID.match(made.kid):
            raise UnfitKey(
                "not a name for a key",
                fields={"kid": "letters, digits, dots, dashes; 64 at most"},
            )
        async with self._units.writing() as unit:
            inbox = await _named(unit, name, lock=True)
            if len(await unit.inboxes.keys(inbox.id)) >= MAX_KEYS:
                raise TooManyKeys(
                    f"an inbox has at most {MAX_KEYS} keys",
                    hint="Revoke one that is not used.",
                )
            key = SigningKey(
                kid=made.kid or f"{now:%Y-%m}-{random_id()[:6]}",
                inbox_id=inbox.id,
                algorithm=made.algorithm,
                created_at=now,
                secret=made.secret,
            )
            await unit.inboxes.add_key(key)
            await self._write_down(unit, "key.created", ("signing-key", key.kid), by)
        return key

    async def _write_down(
        self, unit: Unit, action: str, thing: tuple[str, str], by: Who
    ) -> None:
        """Note in the audit log what *by* did to *thing*, a kind and an id."""
        kind, thing_id = thing
        await unit.audit.append(Deed(by, action, kind, thing_id, self._clock.now()))


async def _check_props(unit: Unit, names: Sequence[str]) -> None:
    """Raise Invalid unless each name is of a property that a token may state."""
    known = await known_properties(unit, ObjectType.CONTACTS)
    fit = {name for name, one in known.items() if not one.read_only} - _NAMES
    unfit = [name for name in names if name not in fit]
    if unfit:
        raise Invalid(
            "tokens cannot state these properties",
            fields={f"props.{name[:100]}": "not a property to write" for name in unfit[:20]},
            hint="Define the property first, or take it off the list.",
        )


async def _named(unit: Unit, name: str, *, lock: bool = False) -> Inbox:
    inbox = await unit.inboxes.named(name, lock=lock)
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
