"""Jobs that outlive the process that promised them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callingcard.functions.model.jobs import Job, NewJob


class Jobs(Protocol):
    """Keeps jobs, and lends each to one worker at a time.

    A worker that dies does not give its job back; another takes it up when the loan is
    over. So a job is done at least once, and its handler must bear a second time.
    """

    async def add(self, new: Sequence[NewJob], *, now: datetime) -> int:
        """Keep *jobs* unless one of their id was ever added; return how many are new."""
        ...

    async def waiting(self, now: datetime) -> bool:
        """Say whether there may be a job to take, at the cost of a look."""
        ...

    async def take(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Job]:
        """Lend jobs that are due, each to nobody else before *until*."""
        ...

    async def renew(self, job: Job, until: datetime) -> bool:
        """Lend *job* for longer; False when it is not ours any more."""
        ...

    async def end(self, job: Job, *, now: datetime) -> bool:
        """Note that *job* is done, or given up; False when it was not ours any more."""
        ...

    async def again(self, job: Job, due_at: datetime) -> bool:
        """Give *job* back, to be tried again from *due_at*; False when it is not ours."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Forget jobs that ended before then; return how many."""
        ...

    async def forget(self, lines: Sequence[str]) -> int:
        """Delete the jobs of these lines, whoever is told of them; return how many."""
        ...
