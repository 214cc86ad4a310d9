"""API keys: made once, shown once, and known from then on by their hash.

Invariant: a revoked key is refused by the very next request; nothing is cached.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from callingcard.access.errors import BadKey, InvalidInput, KeyNotFound, OriginRefused
from callingcard.access.model import TOUCH_EVERY, ApiKey, KeyId, KeyStyle, origin_problem
from callingcard.access.ports import Units
from callingcard.kit.actor import Actor, Scope
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import new_secret, secret_hash

MAX_SECRET: Final = 200
"""What is longer is no key of ours and is not even hashed."""

_PREFIXES: Final[dict[KeyStyle, str]] = {
    "secret": "cc_sk_",
    "publishable": "cc_pk_",
    "pat": "pat-local-",
}
_ONLY_SCOPE: Final[dict[KeyStyle, Scope]] = {
    "publishable": Scope.TOKENS,
    "pat": Scope.DESK,
}
_HINT: Final = 4
_MAX_NAME: Final = 100


class Keys:
    """Makes, lists, revokes and checks API keys."""

    def __init__(self, units: Units, *, clock: Clock, ids: Callable[[], str]) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids

    async def create(
        self,
        name: str,
        scopes: Iterable[Scope],
        *,
        site: str | None = None,
        origins: Iterable[str] = (),
        functions: Iterable[str] = (),
        style: KeyStyle | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key; return it and its secret, which is never shown again.

        A key with *origins* is publishable: anyone can read it in a page, so it may
        only ask for tokens, for one site, and only on those pages. A key with *functions*
        may call those and no others.
        """
        pages = tuple(dict.fromkeys(origins))
        allowed = frozenset(scopes)
        chosen: KeyStyle = style or ("publishable" if pages else "secret")
        named = tuple(dict.fromkeys(functions))
        wrong = _problems(name, allowed, origins=pages, style=chosen)
        if named and allowed != frozenset({Scope.FUNCTIONS}):
            wrong["functions"] = f"only a key of {Scope.FUNCTIONS.value} alone may name some"
        if chosen == "publishable" and site is None:
            wrong["site"] = "a publishable key needs the site it is for"
        if wrong:
            raise InvalidInput("this key cannot be made", fields=wrong)
        prefix = _PREFIXES[chosen]
        secret = new_secret(prefix)
        key = ApiKey(
            id=KeyId(self._ids()),
            name=name.strip(),
            hint=secret[: len(prefix) + _HINT],
            scopes=allowed,
            site=site,
            origins=pages,
            functions=named,
            created_at=self._clock.now(),
        )
        async with self._units.writing() as unit:
            await unit.keys.add(key, secret_hash=secret_hash(secret))
        return key, secret

    async def list(self) -> Sequence[ApiKey]:
        """Return every key, revoked ones too, newest first."""
        async with self._units.reading() as unit:
            return await unit.keys.all()

    async def revoke(self, key_id: str) -> ApiKey:
        """Revoke a key for good; raises KeyNotFound. Revoking twice changes nothing."""
        async with self._units.writing() as unit:
            await unit.keys.revoke(KeyId(key_id), self._clock.now())
            key = await unit.keys.get(KeyId(key_id))
        if key is None:
            raise KeyNotFound("there is no key with this id", hint="See `keys list`.")
        return key

    async def authenticate(self, secret: str, *, origin: str | None = None) -> Actor:
        """Return who shows us *secret*; raises BadKey.

        *origin* is the page that the request came from, if a browser said so; a
        publishable key is refused without the right one. Looking a hash up takes a
        time that tells nothing about any other key's secret.
        """
        key = await self._find(secret)
        if key is None or key.revoked_at is not None:
            raise BadKey("the API key is not known here, or was revoked")
        if key.publishable and origin not in key.origins:
            raise OriginRefused(
                "this publishable key is not for this page",
                hint="Add the page's origin to the key, or use a secret key on a server.",
            )
        await self._touch(key)
        return key.actor()

    async def _find(self, secret: str) -> ApiKey | None:
        if len(secret) > MAX_SECRET or not secret.isascii():
            return None
        async with self._units.reading() as unit:
            return await unit.keys.by_hash(secret_hash(secret))

    async def _touch(self, key: ApiKey) -> None:
        """Note the use, but not each one: a write for every request would be dear."""
        now = self._clock.now()
        if key.last_used_at is None or now - key.last_used_at >= TOUCH_EVERY:
            async with self._units.writing() as unit:
                await unit.keys.touch(key.id, now)


def _problems(
    name: str, scopes: Collection[Scope], *, origins: Sequence[str], style: KeyStyle
) -> dict[str, str]:
    """Say what is wrong with a key that is to be made, by field."""
    wrong: dict[str, str] = {}
    if not 1 <= len(name.strip()) <= _MAX_NAME or not name.strip().isprintable():
        wrong["name"] = f"use 1 to {_MAX_NAME} printable characters"
    if not scopes:
        wrong["scopes"] = "name at least one"
    only = _ONLY_SCOPE.get(style)
    if only is not None and any(scope is not only for scope in scopes):
        wrong["scopes"] = f"a {style} key may only have {only.value}"
    if style == "publishable" and not origins:
        wrong["origins"] = "a publishable key needs the origins that may use it"
    if style != "publishable" and origins:
        wrong["origins"] = f"a {style} key is for servers, which have no origin"
    for place, origin in enumerate(origins):
        if problem := origin_problem(origin):
            wrong[f"origins.{place}"] = problem
    return wrong
