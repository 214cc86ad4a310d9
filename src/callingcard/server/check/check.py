"""Walks the article's last step with two accounts, and cleans up behind itself.

``callingcard desk check`` and the page in the app are this one check. It calls the
running server over HTTP like a shop's backend and a visitor's browser; of the house it
needs only a key, which is made for it and revoked after it.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from callingcard.access.service.keys import Keys
from callingcard.backends.fetch import AsyncFetch, Unreachable
from callingcard.kit.actor import Scope
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id
from callingcard.server.check.accounts import Guest, account, clean_up
from callingcard.server.check.calling import Caller, Sends
from callingcard.server.check.leaving import Leaving
from callingcard.server.check.report import Report
from callingcard.server.check.visiting import Browser
from callingcard.server.check.walk import Visit, Walk

CALL: Final = timedelta(seconds=30)
"""How long one call may take; erasing a test account overwrites its pages on the disk."""

KEY_NAME: Final = "desk check"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to check: an inbox, with contacts there are or with accounts of the check's own."""

    inbox: str
    contacts: Sequence[str] = ()
    """Addresses of contacts, two at most; what is missing is made."""


async def check(base: str, wanted: Wanted, keys: Keys, out: Report, *, fetch: Sends) -> Report:
    """Check the chat of the server at *base*; every line goes to *out*."""
    try:
        async with _key(keys) as secret:
            await _Check(Caller(fetch, base, secret), wanted, out).run()
    except Unreachable as error:
        remedy = "Start it with `callingcard serve`, or name its address with --url."
        out.fail("server", f"{base} does not answer: {error.message}", remedy)
    return out


@asynccontextmanager
async def fetching(clock: Clock) -> AsyncGenerator[AsyncFetch]:
    """Open what makes the calls of a check."""
    fetch = AsyncFetch(clock=clock, call_seconds=CALL.total_seconds())
    try:
        yield fetch
    finally:
        await fetch.close()


@asynccontextmanager
async def _key(keys: Keys) -> AsyncGenerator[str]:
    """Make a key for the time of a check; return its secret."""
    key, secret = await keys.create(KEY_NAME, [Scope.DESK])
    try:
        yield secret
    finally:
        await keys.revoke(key.id)


@dataclass(frozen=True, slots=True)
class _Check:
    """One check, under way."""

    shop: Caller
    wanted: Wanted
    out: Report

    async def run(self) -> None:
        """Check everything; what was begun is cleaned up, whatever happens."""
        if not await self._is_served():
            return
        accounts: list[Guest] = []
        try:
            await self._walk(accounts)
        finally:
            for one in accounts:
                await clean_up(self.shop, one, self.out)

    async def _is_served(self) -> bool:
        """Say whether there is a server, and the inbox's chat on it."""
        anybody = self.shop.by("")
        alive = await anybody.get("/livez")
        if not alive.done:
            remedy = "Name the address of a Callingcard server with --url."
            self.out.fail("server", f"something else answers ({alive.said})", remedy)
            return False
        self.out.ok("server", f"{self.shop.base} answers")
        browser = Browser(anybody, self.wanted.inbox)
        opened = await browser.arrive()
        if not opened.done:
            remedy = "Name an inbox that is there; `web` is from the start."
            self.out.fail("inbox", f"no chat for {self.wanted.inbox} ({opened.said})", remedy)
            return False
        await browser.leave()
        self.out.ok("inbox", f"the chat {self.wanted.inbox} opens for anybody, anonymously")
        return True

    async def _walk(self, accounts: list[Guest]) -> None:
        """Walk both accounts through, one after the other, in one browser."""
        mark = random_id("check").lower()
        browser = Browser(self.shop.by(""), self.wanted.inbox)
        first = await self._visit(accounts, browser, mark)
        if first is None:
            return
        leaving = Leaving(self.out)
        await leaving.forged(first)
        await leaving.sign_out(first)
        # The very browser, as on a shared computer, but none of its earlier sessions.
        second = await self._visit(
            accounts, Browser(browser.server, browser.inbox, browser.name), mark
        )
        if second is not None:
            await leaving.apart(first, second)
            await leaving.sign_out(second)

    async def _visit(self, accounts: list[Guest], browser: Browser, mark: str) -> Visit | None:
        """Have the next account come and chat; None when it did not get that far."""
        number = len(accounts)
        given = [*self.wanted.contacts, None, None][number]
        found = await account(
            self.shop, ("first", "second")[number], email=given, mark=mark, out=self.out
        )
        if found is None:
            return None
        accounts.append(found)
        walk = Walk(self.shop, self.wanted.inbox, self.out)
        visit = await walk.sign_in(found, browser)
        if visit is None or not await walk.chat(visit):
            return None
        await walk.found_by_agents(visit)
        await walk.routed(visit)
        return visit
