"""Fetches the keys of identity providers, and keeps them.

One set is kept for each place that keys are published at, shared by all the sites that
look there. A set is good for an hour, or less if the provider says so. While a provider
is down its last keys serve for up to a day, since chat should outlive an outage; after
that nobody is proved. A set that came whole always counts, were it empty: that is how keys
are withdrawn. A key that is not in the set makes it be fetched anew, once in half a minute
at most, whoever asks and however often; only who asks for that very key waits for it.

Invariant: no URL comes from a token. The one exception, AWS's key for each kid, takes a
kid of letters, digits and hyphens. Invariant: one fetch at a time for each place, or for
each kid where keys are published one by one, and a request that is given up does not end
it for the others. Invariant: nobody waits longer than FIND_SECONDS.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from callingcard.errors import UpstreamError
from callingcard.identity.errors import KeysUnavailable
from callingcard.identity.ports import AsyncUpstream
from callingcard.identity.proofs.keys import (
    KeyLocation,
    KeySource,
    VerifyingKey,
    checked_key_url,
    is_inward,
    key_of_pem,
    keys_of_certificates,
    keys_of_jwks,
)
from callingcard.kit.clock import Clock
from callingcard.kit.codec import parse_json_object
from callingcard.kit.wire import Reply, Request

FRESH: Final = timedelta(hours=1)
"""How long a set is believed without asking again; a provider may ask for less."""
FRESH_AT_LEAST: Final = timedelta(minutes=5)
STALE: Final = timedelta(hours=24)
"""How long a set serves while its provider does not answer."""
COOLDOWN: Final = timedelta(seconds=30)
"""How long to wait between two fetches from one place."""
MAX_SINGLE_KEYS: Final = 32
"""How many keys are kept of a provider that publishes them one by one."""
MAX_NEW_SINGLE_KEYS: Final = 60
"""How many kids that are not kept are asked about within one COOLDOWN, half at once."""
MAX_SINGLE_CALLS: Final = 8
"""How many keys are fetched from one provider at a time."""
FIND_SECONDS: Final = 10.0
"""How long a fetch may take in all, also when discovery makes it two calls."""

_EARLY: Final = 0.75  # of its life: from then on a set is renewed while it still serves
_OK: Final = 200
_GONE: Final = frozenset({403, 404, 410})
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})(?:$|[\s,;])", re.IGNORECASE)
_SINGLE_KID: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")


class KeySets:
    """Every set of keys of this process; make one and keep it while settings change.

    *upstream* makes the calls and stays open. All use is on one event loop.
    """

    def __init__(self, upstream: AsyncUpstream, clock: Clock) -> None:
        self._upstream = upstream
        self._clock = clock
        self._sources: dict[KeyLocation, _KeptKeys | _SingleKeys] = {}

    def source(self, location: KeyLocation) -> KeySource:
        """Return what finds the keys published at *location*; the same for the same place."""
        return self._source(location)

    async def usable(self, location: KeyLocation) -> Mapping[str, str]:
        """Return the kids at *location*, each with its algorithm, fetched now if need be.

        Nothing where keys are published one by one. Raises KeysUnavailable.
        """
        source = self._source(location)
        return await source.algorithms() if isinstance(source, _KeptKeys) else {}

    async def close(self) -> None:
        """Give up the fetches under way."""
        for source in self._sources.values():
            await source.close()

    def _source(self, location: KeyLocation) -> "_KeptKeys | _SingleKeys":
        """Return what is kept of *location*, made at first use."""
        found = self._sources.get(location)
        if found is None:
            reader = _Reader(self._upstream, location)
            if location.form == "pem":
                found = _SingleKeys(self._clock, reader)
            else:
                found = _KeptKeys(self._clock, reader.all)
            self._sources[location] = found
        return found


class _Answer(NamedTuple):
    """What a provider published, and how long to believe it."""

    keys: Mapping[str, VerifyingKey]
    fresh_for: timedelta


_Read: TypeAlias = Callable[[], Awaitable[_Answer]]


class _KeptKeys:
    """The keys that *read* brings, and what was last heard."""

    def __init__(self, clock: Clock, read: _Read) -> None:
        self._clock = clock
        self._read = read
        self._keys: Mapping[str, VerifyingKey] = {}
        self._read_at: datetime | None = None
        self._fresh_for = FRESH
        self._asked_at: datetime | None = None
        self._asked_for = ""
        self._trouble = ""
        self._flight: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> VerifyingKey | None:
        """Return the key *kid*, None when the provider has none; raises KeysUnavailable."""
        now = self._clock.now()
        age = self._age(now)
        serves = age < self._fresh_for or (self._trouble != "" and age < STALE)
        key = self._keys.get(kid)
        if key is not None and serves:
            if age >= self._fresh_for * _EARLY:
                self._renewal(now)
            return key
        # Made-up kids must not pile up behind a provider that is slow.
        if not serves or kid == self._asked_for or self.is_due(now):
            await self._renewed(now, kid)
            key = self._keys.get(kid)
        if self._age(now) >= STALE or (key is None and self._trouble):
            raise self._unavailable(now)
        return key

    async def algorithms(self) -> Mapping[str, str]:
        """Return what is there; raises KeysUnavailable when that cannot be seen."""
        now = self._clock.now()
        if self._trouble or self._age(now) >= self._fresh_for:
            await self._renewed(now)
        if self._trouble:
            raise self._unavailable(now)
        return {kid: key.algorithm for kid, key in self._keys.items()}

    def is_due(self, now: datetime) -> bool:
        """Say whether a fetch may begin: the last one began long enough ago."""
        return self._asked_at is None or abs(now - self._asked_at) >= COOLDOWN

    async def close(self) -> None:
        """Give up the fetch under way."""
        flight = self._flight
        if flight is not None:
            flight.cancel()
            await asyncio.wait([flight])

    def _age(self, now: datetime) -> timedelta:
        """Return how old the set is; one that was never read is older than any."""
        return timedelta.max if self._read_at is None else abs(now - self._read_at)

    async def _renewed(self, now: datetime, kid: str = "") -> None:
        """Wait for the fetch that is under way, or due; none is within the cooldown."""
        flight = self._renewal(now, kid)
        if flight is not None:
            await asyncio.shield(flight)

    def _renewal(self, now: datetime, kid: str = "") -> asyncio.Task[None] | None:
        """Return the fetch under way, begun now for *kid* unless the last was only just."""
        if self._flight is None:
            if not self.is_due(now):
                return None
            self._asked_at, self._asked_for = now, kid
            self._flight = asyncio.create_task(self._fetch(now))
            self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, _flight: asyncio.Task[None]) -> None:
        """Let the next fetch begin."""
        self._flight = None

    async def _fetch(self, now: datetime) -> None:
        """Read the set, or remember why not; what was there before stays."""
        try:
            async with asyncio.timeout(FIND_SECONDS):
                answer = await self._read()
        except (UpstreamError, TimeoutError):
            self._trouble = "the provider of the keys does not answer"
        except ValueError as error:
            self._trouble = f"the provider's answer cannot be used: {error}"
        else:
            self._keys, self._fresh_for = answer
            self._read_at, self._trouble = now, ""

    def _unavailable(self, now: datetime) -> KeysUnavailable:
        """Return the error that says so, and when asking again may help."""
        left = COOLDOWN - abs(now - (self._asked_at or now))
        return KeysUnavailable(self._trouble, retry_after=max(left, timedelta(seconds=1)))


class _SingleKeys:
    """The keys of a place where each has a URL of its own, as AWS's load balancers have.

    A kid that is not kept is asked about within a budget, and an answer that there is no
    such key holds for a COOLDOWN. Who makes up kids can delay a new key while they go on,
    by taking its turn, and pushes out none in use: only a key that was found is kept. A
    token whose header names another signer never gets here.
    """

    def __init__(self, clock: Clock, reader: "_Reader") -> None:
        self._clock = clock
        self._reader = reader
        self._kept: OrderedDict[str, _KeptKeys] = OrderedDict()
        self._new: dict[str, _KeptKeys] = {}
        self._budget = _Budget()
        self._calls = asyncio.Semaphore(MAX_SINGLE_CALLS)

    async def find(self, kid: str) -> VerifyingKey | None:
        """Return the key *kid*, None when there is none; raises KeysUnavailable."""
        if not _SINGLE_KID.match(kid):
            return None
        found = self._kept.get(kid) or self._try(kid)
        key = await found.find(kid)
        if key is not None:
            self._keep(kid, found)
        return key

    async def close(self) -> None:
        """Give up the fetches under way."""
        for each in [*self._kept.values(), *self._new.values()]:
            await each.close()

    def _try(self, kid: str) -> _KeptKeys:
        """Return what asks for a key that is not kept; raises KeysUnavailable."""
        now = self._clock.now()
        for name in [name for name, each in self._new.items() if each.is_due(now)]:
            del self._new[name]
        if kid not in self._new:
            self._budget.spend(now)
            self._new[kid] = _KeptKeys(self._clock, partial(self._one, kid))
        return self._new[kid]

    def _keep(self, kid: str, found: _KeptKeys) -> None:
        """Keep what has a key, in the place of the one that was not used for longest."""
        self._new.pop(kid, None)
        self._kept[kid] = found
        self._kept.move_to_end(kid)
        while len(self._kept) > MAX_SINGLE_KEYS:
            self._kept.popitem(last=False)

    async def _one(self, kid: str) -> _Answer:
        """Read one key, when it is its turn."""
        async with self._calls:
            return await self._reader.one(kid)


class _Budget:
    """How many new kids may still be asked about; it fills up again evenly.

    Not by the half minute: a flood would use up each at its very beginning.
    """

    def __init__(self) -> None:
        self._left = self._most = MAX_NEW_SINGLE_KEYS / 2
        self._counted_at: datetime | None = None

    def spend(self, now: datetime) -> None:
        """Take one; raises KeysUnavailable when there is none."""
        every = COOLDOWN / self._most
        gained = abs(now - (self._counted_at or now)) / every
        self._left, self._counted_at = min(self._most, self._left + gained), now
        if self._left < 1:
            raise KeysUnavailable("too many unknown kids were asked for", retry_after=every)
        self._left -= 1


class _Reader:
    """Asks the provider at one place; raises UpstreamError, or ValueError for nonsense."""

    def __init__(self, upstream: AsyncUpstream, location: KeyLocation) -> None:
        self._upstream = upstream
        self._location = location

    async def all(self) -> _Answer:
        """Return every key there is."""
        url = self._location.url
        if self._location.form == "discovery":
            url = await self._discovered()
        reply = await self._get(url)
        form = keys_of_certificates if self._location.form == "x509" else keys_of_jwks
        return _Answer(form(_body(reply)), _fresh_for(reply))

    async def one(self, kid: str) -> _Answer:
        """Return the key *kid* alone, or nothing when the provider has none such."""
        reply = await self._get(self._location.url.replace("{kid}", kid))
        if reply.status in _GONE:
            return _Answer({}, FRESH)
        return _Answer({kid: key_of_pem(_body(reply).decode())}, _fresh_for(reply))

    async def _discovered(self) -> str:
        """Return the URL of the keys, which a document of the issuer names."""
        document = parse_json_object(_body(await self._get(self._location.url)))
        if document.get("issuer") != self._location.issuer:
            raise ValueError("the discovery document names another issuer")
        url = str(document.get("jwks_uri"))
        # Keys named over TLS must come over TLS.
        if urlsplit(url).scheme != urlsplit(self._location.url).scheme:
            raise ValueError("the discovery document's jwks_uri begins differently")
        # An address of our own network is for the operator to name. What a name leads to is
        # not looked at: whoever answers there still has to speak TLS under that name.
        ours = any(is_inward(each) for each in (self._location.url, self._location.issuer))
        if is_inward(url) and not ours:
            raise ValueError(
                "the discovery document's jwks_uri is an address inside a network"
            )
        return checked_key_url(url)

    async def _get(self, url: str) -> Reply:
        """Make the call."""
        return await self._upstream.send(Request("GET", url, {"Accept": "application/json"}))


def _body(reply: Reply) -> bytes:
    """Return the body of a good answer; raises ValueError for any other."""
    if reply.status != _OK:
        raise ValueError(f"it has status {reply.status}")
    return reply.body


def _fresh_for(reply: Reply) -> timedelta:
    """Return how long the answer may be believed."""
    found = _MAX_AGE.search(reply.headers.get("cache-control", ""))
    if found is None:
        return FRESH
    return min(max(timedelta(seconds=int(found[1])), FRESH_AT_LEAST), FRESH)
