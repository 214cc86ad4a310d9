"""Whatever happens, nobody is handed a token that is spent, forgotten or another's.

And none is minted while there is a good one, nor withheld while the platform is down.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from callingcard.backends.cache import MemoryCache
from callingcard.identity.errors import PlatformRefused, PlatformUnavailable
from callingcard.identity.issuer import AsyncIssuer, Issuer
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.kit.clock import FakeClock
from callingcard.kit.wire import Reply, Request

VISITORS = [Visitor(f"{name}@example.com", email_verified=True) for name in ("ada", "grace")]
MODES = ["up", "down", "slow", "busy", "forbidden"]
LIFE = timedelta(hours=12)
MARGIN = timedelta(minutes=5)
A_MINUTE = timedelta(seconds=61)


class Platform:
    """A HubSpot without a network, that is up, down, slow, busy or has locked us out."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.mode = "up"
        self.minted: list[str] = []
        self.failed_at: datetime | None = None

    def answer(self, request: Request) -> Reply:
        """Return a new token, or what the mode has instead."""
        if self.mode == "slow":
            self.clock.advance(timedelta(seconds=3))
        failure = {"down": 503, "busy": 429, "forbidden": 403}.get(self.mode)
        if failure is not None:
            self.failed_at = self.clock.now()
            return Reply(failure, {"retry-after": "7"} if failure == 429 else {})
        self.minted.append(json.loads(request.body)["email"])
        return Reply(200, {}, f'{{"token": "t{len(self.minted)}"}}'.encode())


class Waiting(Platform):
    """The platform as issuers call it."""

    async def send(self, request: Request) -> Reply:
        """Answer on the next turn of the loop."""
        await asyncio.sleep(0)
        return self.answer(request)

    async def close(self) -> None:
        """Hold nothing, so let go of nothing."""


@dataclass
class Good:
    """A token that a visitor should be handed again, and when it was minted."""

    minted_at: datetime
    latest_seen: datetime
    """The latest time since: what had ended once stays ended when a clock is set back."""

    @property
    def serves(self) -> bool:
        """Whether it must still be handed out while the platform is down."""
        return self.latest_seen <= self.minted_at + LIFE - MARGIN - timedelta(seconds=6)

    @property
    def is_young(self) -> bool:
        """Whether nothing may be minted in its place."""
        return self.latest_seen < self.minted_at + LIFE * 0.75 - timedelta(seconds=6)


class Machine(RuleBasedStateMachine):
    """Get, advance, fail, restart, rotate and forget in any order; drivers fill in how."""

    stored = True
    """Whether there is a store that outlives the issuer."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.cache = MemoryCache(clock=self.clock) if self.stored else "memory"
        self.platform = Waiting(self.clock)
        self.key = 0
        self.forgotten: set[str] = set()
        self.values: dict[int, set[str]] = {0: set(), 1: set()}
        self.good: dict[int, Good | None] = {0: None, 1: None}
        self.open()

    @property
    def hubspot(self) -> HubSpot:
        """HubSpot with the key of the day."""
        return HubSpot(access_token=f"pat-{self.key}")

    def open(self) -> None:
        """Make the issuer."""
        raise NotImplementedError

    def issue(self, visitor: Visitor):
        """Issue a token and let early renewals end."""
        raise NotImplementedError

    def drop(self, visitor: Visitor) -> None:
        """Forget *visitor*."""
        raise NotImplementedError

    def shut(self) -> None:
        """Close the issuer."""
        raise NotImplementedError

    @rule(who=st.integers(0, 1))
    def get(self, who: int) -> None:
        """Ask for a token: it is good, or there is none for a reason."""
        before, good, minted = self.clock.now(), self.good[who], len(self.platform.minted)
        try:
            token = self.issue(VISITORS[who])
        except (PlatformUnavailable, PlatformRefused):
            failed_at = self.platform.failed_at
            assert failed_at is not None
            assert good is None or not good.serves
            assert self.platform.mode != "up" or abs(before - failed_at) <= A_MINUTE
            return
        finally:
            new = self.platform.minted[minted:]
            assert set(new) <= {VISITORS[who].email}
            assert len(new) <= 1
            if new:
                assert good is None or not good.is_young
                self.good[who] = Good(self.clock.now(), self.clock.now())
        assert token.expires_at - before >= MARGIN
        assert token.refresh_at > before
        assert token.value not in self.forgotten
        assert token.value not in self.values[1 - who]
        self.values[who].add(token.value)

    @rule(
        minutes=st.integers(-60, 14 * 60)
        | st.integers(500, 722)
        | st.integers(714, 722)
        | st.integers(-6, 6)
    )
    def advance(self, minutes: int) -> None:
        """Let time pass, or set the clock back."""
        self.clock.advance(timedelta(minutes=minutes))
        for good in self.good.values():
            if good is not None:
                good.latest_seen = max(good.latest_seen, self.clock.now())

    @rule(mode=st.sampled_from(MODES))
    def platform_goes(self, mode: str) -> None:
        """Change how the platform answers."""
        self.platform.mode = mode

    @rule(who=st.integers(0, 1))
    def forget(self, who: int) -> None:
        """Sign out: what was handed out before is never handed out again."""
        self.drop(VISITORS[who])
        self.forgotten |= self.values[who]
        self.good[who] = None

    @rule()
    def restart(self) -> None:
        """Start anew, on the same cache if there is one."""
        self.shut()
        self.open()
        if not self.stored:
            self.good = {0: None, 1: None}

    @rule()
    def rotate(self) -> None:
        """Change the key: nothing of the old one is handed out again."""
        self.key += 1
        self.forgotten |= self.values[0] | self.values[1]
        self.good = {0: None, 1: None}
        self.restart()

    def teardown(self) -> None:
        """Close what is open."""
        self.shut()


class AsyncMachine(Machine):
    """The machine for AsyncIssuer."""

    def open(self) -> None:
        """Make a loop and an issuer on it."""
        self.loop = asyncio.new_event_loop()
        self.issuer = AsyncIssuer(
            self.hubspot, cache=self.cache, clock=self.clock, upstream=self.platform
        )

    def issue(self, visitor: Visitor):
        """Issue, and give early renewals a few turns."""

        async def steps():
            token = await self.issuer.issue(visitor)
            while self.issuer._running:  # noqa: ASYNC110  (turns of the loop, not time)
                await asyncio.sleep(0)
            return token

        return self.loop.run_until_complete(steps())

    def drop(self, visitor: Visitor) -> None:
        """Forget *visitor*."""
        self.loop.run_until_complete(self.issuer.forget(visitor))

    def shut(self) -> None:
        """Close issuer and loop."""
        self.loop.run_until_complete(self.issuer.close())
        self.loop.close()


class SyncMachine(Machine):
    """The machine for Issuer."""

    def open(self) -> None:
        """Make an issuer."""
        self.issuer = Issuer(
            self.hubspot, cache=self.cache, clock=self.clock, upstream=self.platform
        )

    def issue(self, visitor: Visitor):
        """Issue, and wait for early renewals."""
        token = self.issuer.issue(visitor)
        while self.issuer._inner.get()._running:
            time.sleep(0.0005)
        return token

    def drop(self, visitor: Visitor) -> None:
        """Forget *visitor*."""
        self.issuer.forget(visitor)

    def shut(self) -> None:
        """Close the issuer."""
        self.issuer.close()


class AsyncMemoryMachine(AsyncMachine):
    """The machine for AsyncIssuer without a store."""

    stored = False


class SyncMemoryMachine(SyncMachine):
    """The machine for Issuer without a store."""

    stored = False


@pytest.mark.parametrize(
    "machine",
    [
        *(AsyncMachine, AsyncMemoryMachine),
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in (SyncMachine, SyncMemoryMachine)
        ),
    ],
)
def test_nobody_is_handed_a_spent_forgotten_or_foreign_token(machine: type[Machine]):
    """Run the machine of each driver through random histories."""
    from hypothesis.stateful import run_state_machine_as_test

    checks = list(HealthCheck)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=100,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=checks,
        ),
    )
