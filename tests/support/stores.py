"""Servers that tests may kill, freeze and start again."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.with_services import Postgres, Valkey


def family(process: int) -> list[int]:
    """Return *process* and all that it started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(one for child in children for one in family(int(child)))]


@contextmanager
def frozen(service: Postgres | Valkey) -> Iterator[None]:
    """Have a service that accepts connections and says nothing."""
    stopped = family(service.process)
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in reversed(stopped):
            os.kill(process, signal.SIGCONT)
