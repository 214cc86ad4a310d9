"""Group commit: writers who stand in line one behind the other share a transaction.

A transaction's beginning, and its commit with the way to the disk, cost more than most of
what is written in between. So whoever stands in line when a writer has finished goes on in
the same transaction, behind a savepoint: an exception undoes what its own writer did, and
nothing else. Where nobody stands in line, all is as it would be without this.

Invariant: nobody goes on as if something were kept before it is on the disk.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callingcard.backends.database import DatabaseBusy
from callingcard.backends.sqlite.short_way import ShortWayConnection, Way, driver_of

_MOST: Final = 16
"""How many share a transaction; the first of them waits for the last."""


@dataclass(eq=False, slots=True)
class _Transaction:
    """One that is open; and who has written in it, and waits for its commit."""

    connection: AsyncConnection
    driver: ShortWayConnection
    closing: AsyncExitStack
    waiting: list[asyncio.Future[None]] = field(default_factory=list[asyncio.Future[None]])
    is_lost: bool = False
    """Whether SQLite undid it by itself, as it does when the disk is full."""


@dataclass(eq=False, slots=True)
class GroupCommit:
    """The line of those who write with the one connection of *writer*."""

    writer: AsyncEngine
    patience: float = 20.0
    """How many seconds somebody stands in line."""
    _line: asyncio.Lock = field(default_factory=asyncio.Lock)
    _standing: int = 0
    _open: _Transaction | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """Write when it is one's turn, and return when it is on the disk.

        Raises DatabaseBusy when the turn does not come, or when another lost the
        transaction in which both wrote.
        """
        await self._stand_in_line()
        shared = await self._join()
        try:
            yield shared.connection
        except BaseException as error:
            await self._undo(shared, error)
            raise
        await self._keep(shared)

    async def _stand_in_line(self) -> None:
        self._standing += 1
        try:
            async with asyncio.timeout(self.patience):
                await self._line.acquire()
        except TimeoutError as error:
            raise DatabaseBusy from error
        finally:
            self._standing -= 1
            if self._open is not None and not self._standing and not self._line.locked():
                # Left open for us, who gave up: it is not the last one's fault.
                await self._line.acquire()
                self._commit(self._open)

    async def _join(self) -> _Transaction:
        """Return the transaction to write in; the line moves on when there is none."""
        shared = self._open
        if shared is None:
            return await self._begin()
        try:
            await self._say(shared, "savepoint turn")
        except BaseException:
            self._go_on(shared)
            raise
        if shared.is_lost:
            self._commit(shared)
            raise DatabaseBusy
        return shared

    async def _begin(self) -> _Transaction:
        try:
            async with AsyncExitStack() as beginning:
                connection = await beginning.enter_async_context(self.writer.begin())
                driver = await connection.run_sync(driver_of)
                self._open = _Transaction(connection, driver, beginning.pop_all())
                return self._open
        except BaseException:
            self._line.release()
            raise

    async def _keep(self, shared: _Transaction) -> None:
        """Let the next one write, or commit if nobody comes; return when that is done."""
        if not shared.waiting and not self._standing:
            self._open = None
            try:
                await shared.closing.aclose()
            finally:
                self._line.release()
            return
        kept = asyncio.get_running_loop().create_future()
        shared.waiting.append(kept)
        self._go_on(shared)
        await kept

    async def _undo(self, shared: _Transaction, error: BaseException) -> None:
        """Undo what was done in this turn because of *error*, and let the next one write."""
        if not shared.waiting:
            self._open = None
            try:
                await shared.closing.__aexit__(type(error), error, error.__traceback__)
            finally:
                self._line.release()
            return

        async def undo() -> None:
            await self._say(shared, "rollback to turn")
            self._go_on(shared)

        if shared.driver.is_free:
            await undo()  # which waits for nothing
        else:
            await asyncio.shield(self._task(undo()))

    def _go_on(self, shared: _Transaction) -> None:
        """Let the next one write in the same transaction, unless it is time to commit."""
        if self._standing and len(shared.waiting) < _MOST and not shared.is_lost:
            self._line.release()
        else:
            self._commit(shared)

    def _commit(self, shared: _Transaction) -> None:
        """Commit in the background, where nobody who gives up can disturb it."""
        self._open = None
        self._task(self._end(shared)).add_done_callback(lambda task: _tell(shared, task))

    async def _end(self, shared: _Transaction) -> None:
        try:
            async with shared.closing:
                if shared.is_lost:
                    raise DatabaseBusy
        finally:
            self._line.release()

    async def _say(self, shared: _Transaction, sql: str) -> None:
        """Execute a statement about savepoints, which takes no time."""
        try:
            await shared.driver.do(lambda connection: connection.execute(sql), Way.HERE)
        except (sqlite3.Error, ValueError):  # a ValueError: the connection is closed
            shared.is_lost = True

    def _task(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="group commit")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _tell(shared: _Transaction, ended: asyncio.Task[None]) -> None:
    """Tell everybody who wrote in a transaction how it ended."""
    error = asyncio.CancelledError() if ended.cancelled() else ended.exception()
    for one in shared.waiting:
        if one.done():
            continue
        if error is None:
            one.set_result(None)
        else:
            one.set_exception(error)
