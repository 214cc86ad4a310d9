"""How long somebody who writes a function waits: ``uv run python benchmarks/editing.py``.

Each question goes the whole way: the editor, its worker and back. The first answer is
cold, as a worker starts and reads the standard library's stubs; the figures after it are
the median and the slowest of twenty.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path

from callingcard.functions.editing.editor import Editor
from callingcard.functions.ports.editing import Place

HEAD = """# /// script
# [tool.callingcard]
# connectors = ["hubspot"]
# storage = ["tokens"]
# trigger = { http = "POST", auth = "visitor" }
# ///
import os

from connectors import hubspot
from storage import tokens
import visitor


def main(first_name: str | None = None) -> str:
    lease = tokens.lease(visitor.email)
    if lease.hit:
        return lease.value
    made = hubspot.create_token(email=visitor.email, first_name=first_name)
    return lease.put(made.token, ttl="11h30m")
"""
HUBSPOT = """
class CreateTokenResult:
    token: str

def create_token(*, email: str, first_name: str | None = None) -> CreateTokenResult: ...
"""
WRITTEN = ("made.", "hubspot.create_token(", "visitor.", "lease.", "''.", "os.")


class Known:
    """Knows one connector and no packages."""

    async def stubs(self, names: Collection[str]) -> Mapping[str, str]:
        """Return HubSpot's stub."""
        return dict.fromkeys(names, HUBSPOT)

    async def site_packages(self, function: str) -> Path | None:
        """Return that there are none."""
        return None


async def measured(name: str, ask: Callable[[], Awaitable[object]]) -> None:
    """Ask once, then twenty times, and print how long it took."""
    taken: list[float] = []
    for _ in range(21):
        start = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - start) * 1000)
    first, *rest = taken
    print(f"{name:32} {first:8.0f} {statistics.median(rest):8.1f} {max(rest):8.1f}")


async def main() -> None:
    """Measure every question."""
    known = Known()
    editor = Editor(known, known)
    print(f"{'milliseconds':32} {'first':>8} {'median':>8} {'slowest':>8}")
    try:
        for written in WRITTEN:
            source = f"{HEAD}    {written}"
            place = Place("token", source, source.count("\n") + 1, len(written) + 4)
            await measured(f"complete {written}", lambda at=place: editor.complete(at))
        source = f"{HEAD}    hubspot.create_token("
        place = Place("token", source, source.count("\n") + 1, 25)
        await measured("signature", lambda: editor.signature(place))
        await measured("check, with types", lambda: editor.check("token", HEAD))
    finally:
        await editor.close()


if __name__ == "__main__":
    asyncio.run(main())
