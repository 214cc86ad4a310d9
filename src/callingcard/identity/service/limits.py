"""How often a page may claim to know who its visitor is, and what looks like abuse.

Where nobody signs in, anybody may type anybody's address. Nothing proves a claim,
so the only brake is its price: each one is counted against the network it comes
from, the address it names, the page and the site. Whoever tries many addresses is
shut out for a while and reported.

Counts are this process's own: with several nodes a source may have as many times
the limit. Invariant: addresses are known here by keyed hash only, and memory is
bounded whatever is asked.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

import structlog

from callingcard.identity.errors import LandingLimited
from callingcard.kit.crypto import derive_key, keyed_hash
from callingcard.kit.pace import Pace, network_of

Incident: TypeAlias = Literal["minted", "limited", "abuse_suspected"]
Alarm: TypeAlias = Callable[[Incident, str], None]
"""Told what happened and on which site: for counters and alerts."""

_HOUR: Final = timedelta(hours=1)
_SOURCES: Final = 5_000
_ADDRESSES: Final = 50_000
_NAME: Final = 32
"""Hex digits that are kept of a hash: enough to tell everybody apart."""

log = structlog.get_logger("callingcard.landing")


@dataclass(frozen=True, slots=True)
class LandingLimits:
    """How many claims are let through in every *window*, and what counts as abuse.

    More than *addresses_per_source* different addresses from one source within an
    hour are abuse; the source is then refused for *shut_out*. A source is an IPv4
    address or an IPv6 /64, which may be a whole office.
    """

    per_source: int = 10
    per_address: int = 5
    per_origin: int = 300
    per_site: int = 600
    window: timedelta = timedelta(minutes=10)
    addresses_per_source: int = 20
    shut_out: timedelta = _HOUR


@dataclass(slots=True)
class _Record:
    """What is remembered of one source."""

    seen: dict[str, datetime] = field(default_factory=dict[str, datetime])
    shut_until: datetime | None = None
    told_at: datetime | None = None


class Limiter:
    """Counts the claims made on one site; *secret* keys the names in its log."""

    def __init__(
        self, site: str, limits: LandingLimits, *, secret: bytes, alarm: Alarm
    ) -> None:
        self._site = site
        self._limits = limits
        self._key = derive_key(secret, "landing page names")
        self._alarm = alarm
        window = limits.window
        self._by_source = Pace(limits.per_source, window, capacity=_SOURCES)
        self._by_address = Pace(limits.per_address, window, capacity=_ADDRESSES)
        self._by_origin = Pace(limits.per_origin, window)
        self._by_site = Pace(limits.per_site, window, capacity=1)
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def enter(self, client: str, now: datetime) -> None:
        """Count one claim of *client*, before anything else is looked at.

        First, because one source must not use up what is meant for all of a site.
        Raises LandingLimited.
        """
        source = network_of(client)
        record = self._records.get(source)
        if record is not None and record.shut_until is not None and now < record.shut_until:
            raise self._refusal(min(record.shut_until - now, self._limits.shut_out))
        self._count(self._by_source, source, now)

    def spend(self, client: str, email: str, *, origin: str, now: datetime) -> None:
        """Count one claim to be *email*, made on a page of *origin*; raises LandingLimited."""
        person = self._name(f"address {email}")
        self._note(network_of(client), person, now)
        self._count(self._by_address, person, now)
        self._count(self._by_origin, origin, now)
        self._count(self._by_site, self._site, now)
        self._alarm("minted", self._site)
        log.info(
            "minted for a claimed address",
            audit=True,
            site=self._site,
            person=person,
            source=self._name(f"source {network_of(client)}"),
        )

    def _note(self, source: str, person: str, now: datetime) -> None:
        """Remember whom *source* claimed to be; raises LandingLimited for too many."""
        record = self._records.pop(source, None) or _Record()
        self._records[source] = record
        while len(self._records) > _SOURCES:
            self._records.popitem(last=False)
        record.seen = {who: at for who, at in record.seen.items() if now - at < _HOUR}
        record.seen[person] = now
        if len(record.seen) > self._limits.addresses_per_source:
            record.seen.clear()
            record.shut_until = now + self._limits.shut_out
            self._report(source, record, now)
            raise self._refusal(self._limits.shut_out)

    def _report(self, source: str, record: _Record, now: datetime) -> None:
        """Sound the alarm, once for each source and hour."""
        if record.told_at is not None and now - record.told_at < _HOUR:
            return
        record.told_at = now
        self._alarm("abuse_suspected", self._site)
        log.warning(
            "identity.abuse_suspected",
            site=self._site,
            source=self._name(f"source {source}"),
            addresses=self._limits.addresses_per_source + 1,
            remedy="If this is a large office, raise landing.addresses_per_source.",
        )

    def _count(self, pace: Pace, name: str, now: datetime) -> None:
        wait = pace.wait(name, now)
        if wait is not None:
            raise self._refusal(wait)

    def _refusal(self, wait: timedelta) -> LandingLimited:
        self._alarm("limited", self._site)
        return LandingLimited(wait)

    def _name(self, text: str) -> str:
        return keyed_hash(self._key, f"{self._site} {text}")[:_NAME]
