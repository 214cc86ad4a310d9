"""A request's body is read for so long, and no longer; whoever leaves is no fault of ours."""

import asyncio
from typing import Any

import pytest
from fastapi import Request

from callingcard.desk.api.bodies import read_body
from callingcard.desk.api.schemas import MarkRead
from callingcard.desk.errors import BodyTooSlow


async def never() -> dict[str, Any]:
    """Send nothing, as a slow or dead sender does."""
    await asyncio.Event().wait()
    raise AssertionError


async def gone() -> dict[str, Any]:
    """Tell that the sender hung up."""
    return {"type": "http.disconnect"}


@pytest.mark.parametrize("receive", [never, gone])
async def test_a_body_that_does_not_come_is_the_senders_fault(receive: Any):
    """It is a 408 that nobody may read, and not a failure in our log."""
    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(BodyTooSlow):
        await read_body(request, MarkRead, deadline=0.01)
