"""What each site has been doing for a day, by the minute, and how it is now.

In memory and of a bounded size: a page for people and the counters of ``/metrics`` are
made of it. Who restarts the server starts counting anew, as Prometheus expects.

Invariant: nothing here names a visitor, and no message quotes one.
"""

from bisect import bisect_left
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

import structlog

from callingcard.errors import CallingcardError
from callingcard.identity.service.happenings import (
    Called,
    Happening,
    Issued,
    Recovered,
    StoreFailed,
    Tripped,
)
from callingcard.kit.clock import Clock

_log = structlog.get_logger("callingcard.sites")

MINUTES: Final = 24 * 60
"""For how long the buckets are kept."""

FAILURES: Final = 20
"""How many different failures are kept, the last ones."""

BOUNDS_MS: Final = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
"""The upper ends of the latency histogram's boxes; one more box is for what is slower."""

State: TypeAlias = Literal["ok", "trouble", "unknown"]


@dataclass(frozen=True, slots=True)
class Health:
    """How a site is, and since when; *error* says why when it is in trouble."""

    state: State = "unknown"
    since: datetime | None = None
    error: CallingcardError | None = None


@dataclass(slots=True)
class Failure:
    """One kind of failure: when it was last, and how often it has been."""

    at: datetime
    code: str
    message: str
    remedy: str
    count: int = 1


SiteEvent: TypeAlias = Literal["site.tripped", "site.recovered", "abuse.suspected"]
Tell: TypeAlias = Callable[[SiteEvent, str, str], None]
"""Is told at once what happened to which site, and a word on it."""


def _nobody(_kind: SiteEvent, _site: str, _detail: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Bucket:
    """What happened in one minute."""

    minute: int
    sources: Counter[str] = field(default_factory=Counter[str])
    refused: int = 0
    calls: int = 0
    errors: int = 0
    latency: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))

    @property
    def at(self) -> datetime:
        """When the minute began."""
        return datetime.fromtimestamp(self.minute * 60, UTC)


@dataclass(slots=True)
class Totals:
    """What happened since the start, as ``/metrics`` tells it."""

    sources: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    abuse: Counter[str] = field(default_factory=Counter[str])
    latency: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    seconds: float = 0.0


class SiteActivity:
    """Keeps account of one site; fed by its issuer and by the door."""

    def __init__(self, clock: Clock, site: str = "", tell: Tell = _nobody) -> None:
        """Keep account of *site*, and *tell* at once of what needs somebody."""
        self._clock = clock
        self._tell = tell
        self._site = site
        self._buckets: deque[Bucket] = deque(maxlen=MINUTES)
        self._next = datetime.min.replace(tzinfo=UTC)  # when the next bucket begins
        self._failures: OrderedDict[tuple[str, str], Failure] = OrderedDict()
        self.totals = Totals()
        self.health = Health()

    def observe(self, happening: Happening) -> None:
        """Note what the issuer tells."""
        if isinstance(happening, Issued):  # ahead of all else: it is there for every token
            self._bucket().sources[happening.source] += 1
            self.totals.sources[happening.source] += 1
            if self.health.state == "unknown":
                self._becomes("ok")
            return
        match happening:
            case Called(seconds=seconds, error=error):
                self._called(seconds, error)
            case Tripped(error=error):
                self._becomes("trouble", error)
                _log.error(
                    "identity.site_tripped",
                    site=self._site,
                    code=error.code,
                    problem=error.message,
                    remedy=error.hint,
                )
                self._tell("site.tripped", self._site, error.message)
            case Recovered():
                self._becomes("ok")
                _log.info("identity.site_recovered", site=self._site)
                self._tell("site.recovered", self._site, "tokens are issued again")
            case StoreFailed(error=error):
                self._failed(error)

    def refused(self, error: CallingcardError) -> None:
        """Note that the door turned a request away, or that a token could not be had."""
        self._bucket().refused += 1
        self.totals.refused[error.code] += 1
        self._failed(error)

    def abuse(self, kind: str) -> None:
        """Note what a landing page's guard tells."""
        self.totals.abuse[kind] += 1
        self._tell("abuse.suspected", self._site, kind)

    def renewed(self) -> None:
        """Forget how the site was: it was set up anew."""
        self.health = Health()

    def since(self, minutes: int) -> list[Bucket]:
        """Return the buckets of the last *minutes*, oldest first, quiet minutes left out."""
        first = self._minute() - minutes + 1
        return [bucket for bucket in self._buckets if bucket.minute >= first]

    def failures(self) -> list[Failure]:
        """Return the last failures, the latest first."""
        return list(reversed(self._failures.values()))

    def _called(self, seconds: float, error: CallingcardError | None) -> None:
        """Count a call to the platform."""
        bucket, box = self._bucket(), bisect_left(BOUNDS_MS, seconds * 1000)
        bucket.calls += 1
        bucket.latency[box] += 1
        self.totals.latency[box] += 1
        self.totals.seconds += seconds
        if error is None:
            if self.health.state == "unknown":
                self._becomes("ok")
            return
        bucket.errors += 1
        self.totals.errors[error.code] += 1
        self._failed(error)

    def _failed(self, error: CallingcardError) -> None:
        """Keep *error* among the last ones, counted with those like it."""
        key, now = (error.code, error.message), self._clock.now()
        known = self._failures.pop(key, None)
        count = known.count + 1 if known else 1
        self._failures[key] = Failure(now, error.code, error.message, error.hint, count)
        if len(self._failures) > FAILURES:
            self._failures.popitem(last=False)

    def _becomes(self, state: State, error: CallingcardError | None = None) -> None:
        """Note how the site is from now on."""
        since = self.health.since if state == self.health.state else self._clock.now()
        self.health = Health(state, since, error)

    def _bucket(self) -> Bucket:
        """Return the bucket of this minute; a clock set back counts into the last one."""
        if self._clock.now() >= self._next:
            bucket = Bucket(self._minute())
            self._buckets.append(bucket)
            self._next = bucket.at + timedelta(minutes=1)
        return self._buckets[-1]

    def _minute(self) -> int:
        return int(self._clock.now().timestamp()) // 60


def quantile(latency: Sequence[int], share: float) -> float | None:
    """Return the milliseconds that *share* of the calls took at most; None without calls.

    As exact as the boxes are: within one, calls are taken to be spread evenly.

    >>> quantile([0, 0, 0, 4] + [0] * 8, 0.5)
    37.5
    >>> quantile([0] * 12, 0.5) is None
    True
    """
    total = sum(latency)
    if not total:
        return None
    wanted, passed = total * share, 0
    for box, count in enumerate(latency):
        if count and passed + count >= wanted:
            low = BOUNDS_MS[box - 1] if box else 0
            high = BOUNDS_MS[box] if box < len(BOUNDS_MS) else BOUNDS_MS[-1]
            return low + (high - low) * (wanted - passed) / count
        passed += count
    return float(BOUNDS_MS[-1])
