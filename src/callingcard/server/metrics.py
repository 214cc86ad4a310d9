"""What is counted, in Prometheus's form; labels are few and never personal."""

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


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
        self.streams = Gauge(
            "callingcard_open_streams",
            "Event streams that are open now",
            registry=self._registry,
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(route, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """Return everything counted, as Prometheus reads it."""
        return generate_latest(self._registry)
