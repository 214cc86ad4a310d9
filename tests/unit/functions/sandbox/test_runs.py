"""A run is told its task when its process is there for certain, and not before."""

import asyncio
import os
import sys
from typing import NoReturn, cast

import pytest
from tests.sandbox.house import NotingBroker

from callingcard.functions.model.values import RunId
from callingcard.functions.ports.sandbox import Task
from callingcard.functions.sandbox.runs import run_in
from callingcard.functions.sandbox.zygotes import Order, Zygote, ZygoteGone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="functions run on Linux")


class DyingZygote:
    """Dies when it is asked for a run, maybe after it forked one."""

    turns = asyncio.Lock()

    async def fork(self, order: Order, line: int, log: int) -> NoReturn:
        """Look whether there is a task on the run's end of the *line*, and be gone."""
        del order, log
        await asyncio.sleep(0.01)
        os.set_blocking(line, False)
        with pytest.raises(BlockingIOError):
            os.read(line, 1)
        raise ZygoteGone("it ended instead of forking")


async def test_a_run_that_may_be_tried_again_has_not_begun():
    """Whoever is told that the zygote is gone runs the function anew, and so only once."""
    task = Task(RunId("r"), "add", "def main(): pass", {})
    with pytest.raises(ZygoteGone):
        await run_in(cast("Zygote", DyingZygote()), task, NotingBroker())
