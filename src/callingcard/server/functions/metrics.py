"""What is counted of functions, in Prometheus's form; a function's name is a label.

Names are deployed by operators and a server has few of them, so labels are bounded.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from callingcard.functions.model.runs import Run

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

_IN_EDITOR = "(editor)"
"""What stands for every function that somebody tries out."""


class FunctionMetrics(Collector):
    """Counts runs that ended; hears of them as a ``functions.ports.runs.RunSink``."""

    def __init__(self, waiting: Callable[[], Mapping[str, int]]) -> None:
        """Ask *waiting*, when somebody looks, how many calls wait for each function."""
        self._waiting = waiting
        self._runs = Counter(
            "callingcard_function_runs",
            "Runs by how they ended",
            ["function", "state"],
            registry=None,
        )
        self._seconds = Histogram(
            "callingcard_function_seconds",
            "How long runs took",
            ["function"],
            registry=None,
            buckets=_SECONDS,
        )
        self._starts = Counter(
            "callingcard_function_starts",
            "Runs by whether a prepared process was at hand",
            ["start"],
            registry=None,
        )
        self._connectors = Histogram(
            "callingcard_connector_seconds",
            "Calls of connectors",
            ["connector"],
            registry=None,
            buckets=_SECONDS,
        )

    async def run_finished(self, run: Run) -> None:
        """Count a run."""
        # Drafts have whatever name somebody thinks of; what is deployed has few.
        name = _IN_EDITOR if run.trigger == "editor" else run.function
        self._runs.labels(name, run.state.value).inc()
        self._starts.labels(run.start).inc()
        if run.duration is not None:
            self._seconds.labels(name).observe(run.duration / timedelta(seconds=1))
        for call in run.calls:
            if call.kind == "connector" and call.error != "unknown":
                self._connectors.labels(call.name).observe(call.duration_ms / 1000)

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield everything counted."""
        waiting = GaugeMetricFamily(
            "callingcard_function_waiting", "Calls that wait for a run", labels=["function"]
        )
        for name, count in self._waiting().items():
            waiting.add_metric([name], count)
        yield waiting
        for counted in (self._runs, self._seconds, self._starts, self._connectors):
            yield from counted.collect()
