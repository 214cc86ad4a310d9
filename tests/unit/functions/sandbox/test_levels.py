"""Levels are ordered, and what this machine allows is found by trying."""

import sys

import pytest

from callingcard.functions.sandbox import levels
from callingcard.functions.sandbox.levels import is_below, probe
from callingcard.functions.sandbox.zygotes import ZygoteGone


def test_levels_are_ordered():
    """From none at all to namespaces."""
    order = ("none", "landlock", "namespaces")
    below = [(a, b) for a in order for b in order if is_below(a, b)]
    assert below == [("none", "landlock"), ("none", "namespaces"), ("landlock", "namespaces")]


async def test_where_nothing_works_each_reason_is_told(monkeypatch: pytest.MonkeyPatch):
    """With a remedy for each."""

    async def fail(birth: levels.Birth):
        raise ZygoteGone(f"no {birth.level} here")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(levels, "start_zygote", fail)
    found = await probe()
    assert found.name == "none"
    assert found.reasons == (
        "namespaces: no namespaces here",
        "landlock: no landlock here",
    )
    assert len(found.remedies) == 2


async def test_elsewhere_nothing_is_tried(monkeypatch: pytest.MonkeyPatch):
    """MacOS has no such kernel."""
    monkeypatch.setattr(sys, "platform", "darwin")
    found = await probe()
    assert (found.name, "darwin" in found.reasons[0]) == ("none", True)


@pytest.mark.skipif(sys.platform != "linux", reason="functions run on Linux")
async def test_this_machine_holds():
    """A function that tries to break out is really run, and gets nowhere."""
    assert (await probe()).name in {"landlock", "namespaces"}
