"""``callingcard alerts`` says what failed and whether alerts arrive, and ends accordingly."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from callingcard.cli import alerts
from callingcard.functions.model.alerts import Delivery, Group, GroupState
from callingcard.functions.service.telling.alerts import Overview

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
GROUP = Group(
    "v1-a",
    "function lookup",
    "failure",
    "ValueError: no",
    NOON,
    NOON,
    count=7,
    state=GroupState.ALERTED,
)

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return how the command is run over channels that answer as a test says."""

    def ran(*arguments: str, states: tuple[str, ...] = ()) -> Result:
        went = [
            Delivery(str(n), f"settings-{n}", NOON, "s", "b", "sent", None)
            if state == "sent"
            else Delivery(str(n), f"settings-{n}", NOON, "s", "b", "failed", "it answered 404")
            for n, state in enumerate(states, 1)
        ]

        async def test() -> list[Delivery]:
            return went

        async def reveal() -> None:
            """Nothing is sealed here."""

        async def overview() -> Overview:
            return Overview([GROUP], [], [])

        @asynccontextmanager
        async def services(_: object) -> AsyncIterator[Any]:
            desk = SimpleNamespace(channels=SimpleNamespace(test=test), overview=overview)
            yield SimpleNamespace(alerts=desk, house=SimpleNamespace(reveal=reveal))

        monkeypatch.setattr(alerts, "services", services)
        monkeypatch.setattr(alerts, "settings_from", lambda _: None)
        return CliRunner().invoke(alerts.app, list(arguments))

    return ran


def test_a_test_that_arrives_everywhere_ends_well(run: Run):
    """Each channel is a line, and the exit code is 0."""
    result = run("test", states=("sent", "sent"))
    assert result.exit_code == 0
    assert "settings-2" in result.stdout


@pytest.mark.parametrize("states", [("sent", "failed"), ()])
def test_a_test_that_fails_anywhere_or_has_nowhere_to_go_ends_with_1(
    run: Run, states: tuple[str, ...]
):
    """A channel that failed, or none at all, is a failure: nobody would be told."""
    assert run("test", states=states).exit_code == 1


def test_what_went_wrong_is_there_for_programs(run: Run):
    """With --json each channel has its state and its problem."""
    result = run("test", "--json", states=("failed",))
    assert json.loads(result.stdout) == [
        {"channel": "settings-1", "state": "failed", "problem": "it answered 404"}
    ]


def test_what_failed_is_listed(run: Run):
    """For people as a table, for programs as JSON."""
    assert "ValueError: no" in run("list").stdout
    (group,) = json.loads(run("list", "--json").stdout)
    assert (group["subject"], group["count"], group["state"]) == (
        "function lookup",
        7,
        "alerted",
    )
