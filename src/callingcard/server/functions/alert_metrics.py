"""What is counted of alerts: whether they arrive."""

from collections.abc import Iterable

from prometheus_client import Counter
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from typing_extensions import override


class AlertMetrics(Collector):
    """Counts deliveries; implements ``functions.ports.alerts.AlertMeter``."""

    def __init__(self) -> None:
        self._deliveries = Counter(
            "callingcard_alert_deliveries",
            "Attempts to deliver an alert, by service and by what came of it",
            ["kind", "state"],
            registry=None,
        )

    def delivery(self, kind: str, state: str) -> None:
        """Count one attempt; *kind* is a service's name, so labels are few."""
        self._deliveries.labels(kind, state).inc()

    @override
    def collect(self) -> Iterable[Metric]:
        """Return what was counted."""
        return self._deliveries.collect()
