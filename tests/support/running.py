"""Makes runs until it is killed: ``python -m tests.support.running FOLDER``.

Each run that really ends writes its name into FOLDER/ended, safely on the disk, before
anybody could call it successful.
"""

import asyncio
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from callingcard.backends.choose import open_database
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.functions.service.running.run_calls import Call
from callingcard.kit.clock import FakeClock
from tests.support.run_house import RunHouse, returned, version


async def main(folder: Path) -> None:
    """Work for ever."""
    house = RunHouse(
        open_database("sqlite", folder),
        FakeClock(datetime.now(UTC)),
        node=f"node-{os.getpid()}",
    )
    house.deploy(version())
    await house.desk.start(alone=True)
    with (folder / "ended").open("a") as ended, (folder / "begun").open("a") as begun:

        async def work(task: Task, _broker: Broker) -> Outcome:
            begun.write(f"{task.arguments.get('key', '')}\n")
            begun.flush()
            await asyncio.sleep(random.random() / 20)
            ended.write(f"{task.run}\n")
            ended.flush()
            os.fsync(ended.fileno())
            return returned(None)

        async def caller(number: int) -> None:
            for turn in range(1_000_000):
                key = f"{os.getpid()} {number} {turn}" if number % 2 else ""
                await house.invoker.invoke(
                    Call("greet", {"key": key}, "http", idempotency_key=key)
                )
                (folder / "ready").touch()

        house.sandbox.code = work
        await asyncio.gather(*(caller(number) for number in range(6)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
