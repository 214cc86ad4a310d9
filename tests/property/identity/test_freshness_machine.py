"""Whatever happens, nobody is handed a token with less than five minutes to live."""

import asyncio
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from callingcard.backends.cache import MemoryCache
from callingcard.identity.errors import PlatformUnavailable
from callingcard.identity.issuer import AsyncIssuer, Issuer
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.kit.clock import FakeClock
from callingcard.kit.wire import Reply, Request

VISITORS = [Visitor(f"{name}@example.com", email_verified=True) for name in ("ada", "grace")]
HUBSPOT = HubSpot(access_token="pat-one")


class Platform:
    """A HubSpot without a network, that is up or down."""

    def __init__(self) -> None:
        self.up = True
        self.made = 0

    def answer(self, request: Request) -> Reply:
        """Return a new token, or the failure of a server."""
        if not self.up or not request.body:
            return Reply(503)
        self.made += 1
        return Reply(200, {}, f'{{"token": "t{self.made}"}}'.encode())


class Waiting(Platform):
    """The platform as AsyncIssuer calls it."""

    async def send(self, request: Request) -> Reply:
        """Answer on the next turn of the loop."""
        await asyncio.sleep(0)
        return self.answer(request)

    async def close(self) -> None:
        """Hold nothing, so let go of nothing."""


class Blocking(Platform):
    """The platform as Issuer calls it."""

    def send(self, request: Request) -> Reply:
        """Answer at once."""
        return self.answer(request)

    def close(self) -> None:
        """Hold nothing, so let go of nothing."""


class Machine(RuleBasedStateMachine):
    """Get, advance, fail, restart and forget in any order; drivers fill in how."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.cache = MemoryCache(clock=self.clock)
        self.forgotten: set[str] = set()
        self.values: dict[int, set[str]] = {0: set(), 1: set()}
        self.open()

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

    platform: Platform

    @rule(who=st.integers(0, 1))
    def get(self, who: int) -> None:
        """Ask for a token: it is good, or there is none because the platform is down."""
        try:
            token = self.issue(VISITORS[who])
        except PlatformUnavailable:
            assert not self.platform.up
            return
        assert token.expires_at - self.clock.now() >= timedelta(minutes=5)
        assert token.refresh_at > self.clock.now()
        assert token.value not in self.forgotten
        assert token.value not in self.values[1 - who]
        self.values[who].add(token.value)

    @rule(minutes=st.integers(0, 14 * 60) | st.integers(714, 722) | st.integers(0, 6))
    def advance(self, minutes: int) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(minutes=minutes))

    @rule(up=st.booleans())
    def platform_goes(self, *, up: bool) -> None:
        """Turn the platform on or off."""
        self.platform.up = up

    @rule(who=st.integers(0, 1))
    def forget(self, who: int) -> None:
        """Sign out: what was handed out before is never handed out again."""
        self.drop(VISITORS[who])
        self.forgotten |= self.values[who]

    @rule()
    def restart(self) -> None:
        """Start anew on the same cache."""
        up = self.platform.up
        self.shut()
        self.open()
        self.platform.up = up

    def teardown(self) -> None:
        """Close what is open."""
        self.shut()


class AsyncMachine(Machine):
    """The machine for AsyncIssuer."""

    def open(self) -> None:
        """Make a loop and an issuer on it."""
        made = self.platform.made if hasattr(self, "platform") else 0
        self.loop = asyncio.new_event_loop()
        self.platform = upstream = Waiting()
        upstream.made = made
        self.issuer = AsyncIssuer(
            HUBSPOT, cache=self.cache, clock=self.clock, upstream=upstream
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
        made = self.platform.made if hasattr(self, "platform") else 0
        self.platform = upstream = Blocking()
        upstream.made = made
        self.issuer = Issuer(HUBSPOT, cache=self.cache, clock=self.clock, upstream=upstream)

    def issue(self, visitor: Visitor):
        """Issue, and wait for early renewals."""
        token = self.issuer.issue(visitor)
        while self.issuer._running:
            time.sleep(0.0005)
        return token

    def drop(self, visitor: Visitor) -> None:
        """Forget *visitor*."""
        self.issuer.forget(visitor)

    def shut(self) -> None:
        """Close the issuer."""
        self.issuer.close()


@pytest.mark.parametrize("machine", [AsyncMachine, SyncMachine])
def test_no_spent_or_forgotten_token_is_ever_handed_out(machine: type[Machine]):
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
