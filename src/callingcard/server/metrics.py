"""What is counted, in Prometheus's form; labels are few and never personal."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from typing_extensions import override

from callingcard.server.sites.activity import BOUNDS_MS, SiteActivity

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MOST_CHILDREN: Final = 2_000


class Metrics:
    """The counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "callingcard_request_seconds",
            "Requests by route and status",
            ["route", "status"],
            registry=self._registry,
        )
        # Looking a child up by its labels costs more than counting does.
        self._children: dict[tuple[str, int], Histogram] = {}
        self.streams = Gauge(
            "callingcard_open_streams",
            "Event streams that are open now",
            registry=self._registry,
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        child = self._children.get((route, status))
        if child is None:
            child = self._requests.labels(route, str(status))
            if len(self._children) < _MOST_CHILDREN:
                self._children[route, status] = child
        child.observe(seconds)

    def watch(self, activities: Callable[[], Mapping[str, SiteActivity]]) -> None:
        """Tell of the sites too; they are asked when somebody looks, and not before."""
        self._registry.register(_OfSites(activities))

    def add(self, collector: Collector) -> None:
        """Tell what *collector* counts too."""
        self._registry.register(collector)

    def exposition(self) -> bytes:
        """Return everything counted, as Prometheus reads it."""
        return generate_latest(self._registry)


class _OfSites(Collector):
    """Reads the sites' accounts; a site's name is in the settings, so labels are bounded."""

    def __init__(self, activities: Callable[[], Mapping[str, SiteActivity]]) -> None:
        self._activities = activities

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield each family with one sample for every site and label."""
        tokens = CounterMetricFamily(
            "callingcard_tokens", "Tokens by where they came from", labels=["site", "source"]
        )
        refusals = CounterMetricFamily(
            "callingcard_refusals", "Requests turned away, by code", labels=["site", "code"]
        )
        errors = CounterMetricFamily(
            "callingcard_upstream_errors", "Failed calls by code", labels=["site", "code"]
        )
        abuse = CounterMetricFamily(
            "callingcard_abuse", "What landing pages' limits saw", labels=["site", "kind"]
        )
        seconds = HistogramMetricFamily(
            "callingcard_upstream_seconds", "Calls to the platform", labels=["site"]
        )
        up = GaugeMetricFamily(
            "callingcard_site_up", "0 while the platform is not asked", labels=["site"]
        )
        for site, activity in self._activities().items():
            totals = activity.totals
            for family, counted in (
                (tokens, totals.sources),
                (refusals, totals.refused),
                (errors, totals.errors),
                (abuse, totals.abuse),
            ):
                for label, count in counted.items():
                    family.add_metric([site, label], count)
            seconds.add_metric([site], _boxes(totals.latency), totals.seconds)
            up.add_metric([site], float(activity.health.state != "trouble"))
        yield from (tokens, refusals, errors, abuse, seconds, up)


def _boxes(latency: list[int]) -> list[tuple[str, float]]:
    """Return *latency* as Prometheus counts: each box with all those below it.

    >>> _boxes([1, 0, 2] + [0] * 9)[:3], _boxes([1] * 12)[-1]
    ([('0.005', 1.0), ('0.01', 1.0), ('0.025', 3.0)], ('+Inf', 12.0))
    """
    ends = [*(str(bound / 1000) for bound in BOUNDS_MS), "+Inf"]
    below, boxes = 0, list[tuple[str, float]]()
    for end, count in zip(ends, latency, strict=True):
        below += count
        boxes.append((end, float(below)))
    return boxes
