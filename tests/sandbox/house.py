"""A sandbox to attack: tasks with small limits, a broker that notes what it is asked."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from callingcard.functions.model.manifest import MIB, Limits
from callingcard.functions.model.runs import RunVisitor
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import Ask, AskRefused, Outcome, Task
from callingcard.functions.sandbox.levels import Level, probe
from callingcard.functions.sandbox.sandboxes import ForkSandbox

LEVELS = ("namespaces", pytest.param("landlock", marks=pytest.mark.slow))
"""The better level first; ``make check`` attacks both."""

SMALL = Limits(
    wall=timedelta(seconds=1),
    memory_bytes=64 * MIB,
    output_bytes=64 * 1024,
    log_bytes=16 * 1024,
)

PRELUDE = Path(__file__).with_name("prelude.txt").read_text(encoding="utf-8")
"""What hostile functions use: system calls by name, and a list of what succeeded."""


@dataclass
class NotingBroker:
    """Answers with what it was asked, and keeps it."""

    asks: list[Ask] = field(default_factory=list[Ask])
    closed: int = 0
    waits: bool = False
    """Never answer."""

    async def answer(self, ask: Ask) -> Json:
        """Answer *ask*; the operation ``refuse`` is refused."""
        self.asks.append(ask)
        if self.waits:
            await asyncio.Event().wait()
        if ask.operation == "refuse":
            raise AskRefused("connector", "not today", status=418)
        return {"operation": ask.operation, "arguments": dict(ask.arguments)}

    async def close(self) -> None:
        """Count how often it is closed."""
        self.closed += 1


_found: list[Level] = []


async def level_here() -> Level:
    """Return what this machine allows, found out once."""
    if not _found:
        _found.append(await probe())
    return _found[0]


async def need(level: str) -> None:
    """Skip, or fail where nothing may be skipped, when *level* cannot be had here."""
    if sys.platform != "linux":
        pytest.skip("functions run on Linux")
    here = await level_here()
    if here.name == level or (level == "landlock" and here.name == "namespaces"):
        return
    why = f"this machine does not allow {level}: {'; '.join(here.reasons)}"
    if os.environ.get("CALLINGCARD_REQUIRE_ALL"):
        pytest.fail(why)
    pytest.skip(why)


def a_task(source: str, arguments: Mapping[str, Json] | None = None, **more: object) -> Task:
    """Return a task with small limits for *source*."""
    given: dict[str, object] = {
        "run": RunId("r1"),
        "function": "hostile",
        "source": source,
        "arguments": arguments or {},
        "limits": SMALL,
        **more,
    }
    return Task(**given)  # pyright: ignore[reportArgumentType]


async def run(
    sandbox: ForkSandbox,
    source: str,
    arguments: Mapping[str, Json] | None = None,
    **more: object,
) -> Outcome:
    """Run *source* with a broker of its own."""
    return await sandbox.run(a_task(source, arguments, **more), NotingBroker())


ADA = RunVisitor("ada@example.com", email_verified=True, user_id="7", first_name="Ada")
