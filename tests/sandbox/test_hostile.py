"""Hostile functions achieve nothing, are reported for what they did, and leave no trace."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callingcard.functions.model.runs import RunState
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from tests.sandbox.cases import ENDINGS, FILES, NETWORK, PROCESSES, RESOURCES, Case
from tests.sandbox.house import LEVELS, PRELUDE, SMALL, need, run

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = [*PROCESSES, *NETWORK, *FILES, *RESOURCES, *ENDINGS]

NEXT = """
import json, os, sys, threading
def main():
    try:
        own = os.listdir(os.environ["TMPDIR"])
    except KeyError:
        own = []
    return {
        "own": own,
        "threads": threading.active_count(),
        "environ": sorted(set(os.environ) - {"TMPDIR", "HOME"}),
        "json": json.dumps([1]),
        "limit": sys.getrecursionlimit(),
        "print": callable(print),
    }
"""
FINE = {
    "own": [],
    "threads": 1,
    "environ": [],
    "json": "[1]",
    "limit": 1000,
    "print": True,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=LEVELS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[ForkSandbox]:
    """Open a sandbox on each level in turn; all its runs come from one zygote."""
    await need(request.param)
    opened = ForkSandbox(level=request.param)
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def a_secret_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a canary in the server's environment."""
    monkeypatch.setenv("CALLINGCARD_CANARY", "canary-of-the-server")


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
async def test_it_achieves_nothing(sandbox: ForkSandbox, case: Case):
    """The run ends as it should, within its limits, and the next one notices nothing."""
    arguments = {"server": __file__} if "server: str" in case.source else {}
    outcome = await run(sandbox, PRELUDE + case.source, arguments)
    assert outcome.state in case.states, (outcome.state, outcome.failure, outcome.value)
    if outcome.state is RunState.SUCCEEDED:
        assert outcome.value == list(case.value)  # pyright: ignore[reportArgumentType]
    else:
        assert outcome.failure is not None
        assert case.says in outcome.failure.message
        assert len(outcome.failure.message) <= 2048
    assert len(outcome.log) <= SMALL.log_bytes + 100
    assert outcome.duration < SMALL.wall * 1.5
    after = await run(sandbox, NEXT)
    assert (after.state, after.value) == (RunState.SUCCEEDED, FINE)
