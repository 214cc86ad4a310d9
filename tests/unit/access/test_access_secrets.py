"""What cannot be a secret of ours is refused before the store is asked."""

from contextlib import AbstractAsyncContextManager

import pytest

from callingcard.access.errors import BadCredentials, BadKey, SignedOut
from callingcard.access.ports import Unit
from callingcard.access.service.keys import Keys
from callingcard.access.service.sessions import Sessions
from callingcard.kit.clock import FakeClock


class Untouchable:
    """A store that must not be asked anything."""

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """Fail the test."""
        raise AssertionError("the store was read")

    def writing(self) -> AbstractAsyncContextManager[Unit]:
        """Fail the test."""
        raise AssertionError("the store was written")


@pytest.mark.parametrize("secret", ["a" * 201, "a" * 1_000_000, "\u00e9", "\ud800"])
async def test_a_text_that_no_key_can_be_costs_nothing(secret: str):
    """An endless or foreign key is neither hashed nor looked up."""
    keys = Keys(Untouchable(), clock=FakeClock(), ids=lambda: "1")
    with pytest.raises(BadKey):
        await keys.authenticate(secret)


async def test_an_endless_session_costs_nothing():
    """Ending a session that cannot be is done without the store."""
    sessions = Sessions(Untouchable(), clock=FakeClock())
    await sessions.end("a" * 201)


@pytest.mark.parametrize("secret", ["a" * 201, "\u00e9", "\ud800"])
async def test_a_text_that_no_session_can_be_costs_nothing(secret: str):
    """A cookie or ticket that cannot be ours is refused without the store."""
    sessions = Sessions(Untouchable(), clock=FakeClock())
    with pytest.raises(SignedOut):
        await sessions.actor_of(secret)
    with pytest.raises(BadCredentials):
        await sessions.redeem(secret)
