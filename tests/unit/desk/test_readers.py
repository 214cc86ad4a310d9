"""Whether a reader is gone is found out without waiting for it."""

import asyncio

import pytest
from starlette.types import Message

from callingcard.desk.api.streams import is_gone


@pytest.mark.parametrize(
    ("kind", "gone"), [("http.disconnect", True), ("http.request", False)]
)
async def test_what_is_received_at_once_tells(kind: str, gone: bool):  # noqa: FBT001
    """A body that comes late is no good-bye."""

    async def receive() -> Message:
        return {"type": kind}

    assert is_gone(receive) is gone


async def test_a_reader_who_stays_is_not_waited_for():
    """And asking a hundred times leaves nothing behind that waits."""
    hung_up = asyncio.Event()
    waiting = 0

    async def receive() -> Message:
        nonlocal waiting
        waiting += 1
        try:
            await hung_up.wait()
        finally:
            waiting -= 1
        return {"type": "http.disconnect"}

    assert not any(is_gone(receive) for _ in range(100))
    assert waiting == 0
    hung_up.set()
    assert is_gone(receive)
