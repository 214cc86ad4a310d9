"""A run reaches what it declared, and what it did is recorded without values."""

import pytest
from tests.support.run_house import Connectors, FakeCalls, version

from callingcard.functions.model.manifest import Manifest
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import Ask, AskRefused
from callingcard.functions.service.running.broker import MOST_ASKS, RunBroker
from callingcard.functions.service.running.redaction import Redactor

DECLARED = Manifest(connectors=("shop",), storage=("tokens",))


def broker(calls: FakeCalls, redactor: Redactor | None = None) -> RunBroker:
    """Return the broker of a run that declared one connector and one namespace."""
    ticks = iter(range(10_000_000))
    return RunBroker(
        RunId("run_1"),
        version(manifest=DECLARED),
        connectors=Connectors(calls),
        storage=calls,
        redactor=redactor or Redactor(),
        timer=lambda: next(ticks) / 1000,
    )


@pytest.fixture
def calls() -> FakeCalls:
    """Return connectors and storage that answer."""
    found = FakeCalls()
    found.replies = {"make": {"token": "opaque-canary"}, "get": "cached-canary", "set": None}
    return found


async def test_what_is_declared_is_reached(calls: FakeCalls):
    """An ask goes to its connector or namespace, and its end is recorded."""
    one = broker(calls)
    made = await one.answer(Ask("connector", "shop", "make", {"id": "1"}))
    assert made == {"token": "opaque-canary"}
    assert await one.answer(Ask("storage", "tokens", "get", {"key": "k"})) == "cached-canary"
    assert [(r.kind, r.name, r.operation, r.status, r.error) for r in one.records] == [
        ("connector", "shop", "make", 200, ""),
        ("storage", "tokens", "get", None, ""),
    ]
    assert one.records[0].duration_ms > 0
    assert "canary" not in repr(one.records)


@pytest.mark.parametrize("subject", ["connector", "storage"])
async def test_what_is_not_declared_is_not_there(calls: FakeCalls, subject: str):
    """Another's connector or namespace is refused before anything is asked."""
    one = broker(calls)
    with pytest.raises(AskRefused) as refused:
        await one.answer(Ask(subject, "other", "make", {}))  # pyright: ignore[reportArgumentType]
    assert refused.value.kind == "unknown"
    assert calls.asked == []
    assert [record.error for record in one.records] == ["unknown"]


async def test_secrets_of_the_answers_are_learnt(calls: FakeCalls):
    """What a connector calls a token, and what storage keeps, is masked from then on."""
    redactor = Redactor()
    one = broker(calls, redactor)
    await one.answer(Ask("connector", "shop", "make", {}))
    await one.answer(Ask("storage", "tokens", "get", {}))
    await one.answer(Ask("storage", "tokens", "set", {"key": "k", "value": "stored-canary"}))
    told = redactor.text("opaque-canary cached-canary stored-canary")
    assert told == "[redacted] [redacted] [redacted]"


async def test_a_run_asks_for_so_much_and_no_more(calls: FakeCalls):
    """A loop of asks ends with a refusal."""
    one = broker(calls)
    for _ in range(MOST_ASKS):
        await one.answer(Ask("storage", "tokens", "get", {}))
    with pytest.raises(AskRefused) as refused:
        await one.answer(Ask("storage", "tokens", "get", {}))
    assert refused.value.kind == "limit"
    assert len(one.records) == 200


async def test_a_run_moves_so_much_and_no_more(calls: FakeCalls):
    """What crosses the wall is weighed, both ways together."""
    calls.replies["get"] = "x" * 6_000_000
    one = broker(calls)
    value: Json = "y" * 6_000_000
    await one.answer(Ask("storage", "tokens", "get", {}))
    await one.answer(Ask("storage", "tokens", "set", {"value": value}))
    with pytest.raises(AskRefused) as refused:
        await one.answer(Ask("storage", "tokens", "set", {"value": value}))
    assert refused.value.kind == "limit"


async def test_closing_gives_the_leases_back(calls: FakeCalls):
    """A run that is over holds nothing."""
    await broker(calls).close()
    assert calls.released == [RunId("run_1")]
