"""Readiness tells what nothing works without from what only a part needs."""

import asyncio

import pytest

from callingcard.server import health
from callingcard.server.health import Readiness


async def well() -> None:
    """Say that all is well."""


async def down() -> str:
    """Say that it is not."""
    return "OperationalError"


async def stuck() -> None:
    """Say nothing."""
    await asyncio.Event().wait()


async def test_without_the_database_nobody_is_sent_here():
    """What everything needs decides."""
    report = await Readiness({"database": down}, {"cache": well}).report()
    assert (report["ready"], report["degraded"]) == (False, False)


async def test_a_cache_or_a_site_that_fails_degrades_only():
    """Tokens of the other sites and anonymous chat still work."""
    sites = {"shop": None, "crm": "HubSpot does not know the access token."}
    report = await Readiness({"database": well}, {"cache": down}, lambda: sites).report()
    assert (report["ready"], report["degraded"]) == (True, True)
    assert report["dependencies"] == {
        "database": {"ok": True},
        "cache": {"ok": False, "problem": "OperationalError"},
        "site shop": {"ok": True},
        "site crm": {"ok": False, "problem": "HubSpot does not know the access token."},
    }


async def test_a_dependency_that_says_nothing_is_not_well(monkeypatch: pytest.MonkeyPatch):
    """Whoever asks is not kept waiting by a store that hangs."""
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    report = await Readiness({"database": stuck}).report()
    assert report["ready"] is False
    assert "no answer" in report["dependencies"]["database"]["problem"]
