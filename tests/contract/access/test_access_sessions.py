"""Sessions end when they should; a sign-in link works once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from callingcard.access.errors import BadCredentials, SignedOut, UserNotFound
from callingcard.access.model import User
from callingcard.access.service.sessions import Sessions
from callingcard.access.service.users import Users
from callingcard.access.store import SqlAccess
from callingcard.backends.database import Database, Engine
from callingcard.kit.actor import Role
from callingcard.kit.clock import FakeClock

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
async def ada(users: Users) -> User:
    """Add Ada."""
    return (await users.add("ada@example.com", "Ada", role=Role.OPERATOR))[0]


async def test_a_session_says_who_is_signed_in(sessions: Sessions, ada: User):
    """The actor is the person, with their role and no scopes of a key."""
    actor = await sessions.actor_of(await sessions.start(ada))
    assert ("agent", ada.id, "Ada", Role.OPERATOR) == (
        actor.kind,
        actor.id,
        actor.name,
        actor.role,
    )
    assert frozenset() == actor.scopes


@pytest.mark.parametrize("secret", ["", "cc_as_" + "a" * 43, "é", "a" * 201])
async def test_what_is_no_session_is_signed_out(sessions: Sessions, secret: str):
    """Anything unknown gets the one answer; ending it is no error."""
    with pytest.raises(SignedOut):
        await sessions.actor_of(secret)
    await sessions.end(secret)


async def test_an_unused_session_ends_after_seven_days(
    sessions: Sessions, ada: User, clock: FakeClock
):
    """It works up to the last microsecond, and not at the seventh day."""
    secret = await sessions.start(ada)
    clock.advance(7 * DAY - TICK)
    await sessions.actor_of(secret)
    clock.advance(7 * DAY)
    with pytest.raises(SignedOut):
        await sessions.actor_of(secret)


async def test_a_used_session_ends_after_thirty_days(
    sessions: Sessions, ada: User, clock: FakeClock
):
    """Daily use keeps it alive until then, and no longer."""
    secret = await sessions.start(ada)
    for _ in range(29):
        clock.advance(DAY)
        await sessions.actor_of(secret)
    clock.advance(DAY - TICK)
    await sessions.actor_of(secret)
    clock.advance(TICK)
    with pytest.raises(SignedOut):
        await sessions.actor_of(secret)


async def test_an_ended_session_stays_ended(sessions: Sessions, ada: User):
    """Signing out ends this session and no other."""
    one, other = await sessions.start(ada), await sessions.start(ada)
    assert one != other
    await sessions.end(one)
    with pytest.raises(SignedOut):
        await sessions.actor_of(one)
    assert ada.id == (await sessions.actor_of(other)).id


async def test_a_ticket_signs_in_once(sessions: Sessions, ada: User):
    """The second use is refused like a wrong password."""
    ticket = await sessions.ticket(ada.id)
    secret = await sessions.redeem(ticket)
    assert ada == await sessions.user_of(secret)
    with pytest.raises(BadCredentials):
        await sessions.redeem(ticket)
    with pytest.raises(SignedOut):
        await sessions.actor_of(ticket)


async def test_of_many_uses_at_once_one_wins(sessions: Sessions, ada: User):
    """Twenty at the same moment: one session, nineteen refusals."""
    ticket = await sessions.ticket(ada.id)
    answers = await asyncio.gather(
        *(sessions.redeem(ticket) for _ in range(20)), return_exceptions=True
    )
    won = [answer for answer in answers if isinstance(answer, str)]
    assert len(won) == 1
    assert sum(isinstance(answer, BadCredentials) for answer in answers) == 19
    assert ada == await sessions.user_of(won[0])


async def test_the_store_gives_a_ticket_to_one_of_two_transactions(
    sessions: Sessions, access: SqlAccess, ada: User, clock: FakeClock
):
    """The delete itself decides: there is no look before the leap to rely on."""
    await sessions.ticket(ada.id)
    async with access.writing() as unit:
        await unit.tickets.add("t", user_id=ada.id, expires_at=clock.now() + DAY)

    async def take() -> User | None:
        async with access.writing() as unit:
            return await unit.tickets.redeem("t", clock.now())

    answers = await asyncio.gather(*(take() for _ in range(8)))
    assert [ada] == [answer for answer in answers if answer is not None]


async def test_a_ticket_that_expires_between_look_and_leap_is_not_redeemed(
    access: SqlAccess, ada: User, clock: FakeClock
):
    """The store looks at the time once more when it takes the ticket away."""
    async with access.writing() as unit:
        await unit.tickets.add("t", user_id=ada.id, expires_at=clock.now() + DAY)
        assert await unit.tickets.known("t", clock.now())
        assert await unit.tickets.redeem("t", clock.now() + DAY) is None


@pytest.mark.parametrize(("wait", "works"), [(299.999, True), (300, False)])
async def test_a_ticket_lasts_five_minutes(
    sessions: Sessions, ada: User, clock: FakeClock, *, wait: float, works: bool
):
    """It works just before, and not at its end."""
    ticket = await sessions.ticket(ada.id)
    clock.advance(timedelta(seconds=wait))
    if works:
        assert await sessions.redeem(ticket)
    else:
        with pytest.raises(BadCredentials):
            await sessions.redeem(ticket)


@pytest.mark.parametrize("ticket", ["", "cc_at_" + "a" * 43, "é", "a" * 201])
async def test_what_is_no_ticket_signs_nobody_in(sessions: Sessions, ticket: str):
    """Anything unknown gets the one answer."""
    with pytest.raises(BadCredentials):
        await sessions.redeem(ticket)


async def test_a_session_is_no_ticket(sessions: Sessions, ada: User):
    """A secret of one use is worth nothing in another."""
    secret = await sessions.start(ada)
    with pytest.raises(BadCredentials):
        await sessions.redeem(secret)


async def test_a_ticket_is_for_somebody(sessions: Sessions):
    """An unknown person gets none."""
    with pytest.raises(UserNotFound):
        await sessions.ticket("404")


async def test_a_ticket_dies_with_a_person_disabled_behind_our_back(
    sessions: Sessions, access: SqlAccess, ada: User, clock: FakeClock
):
    """Even if the ticket is still there, a disabled person is not signed in."""
    ticket, secret = await sessions.ticket(ada.id), await sessions.start(ada)
    async with access.writing() as unit:
        await unit.users.set_disabled_at(ada.id, clock.now())
    with pytest.raises(BadCredentials):
        await sessions.redeem(ticket)
    with pytest.raises(SignedOut):
        await sessions.user_of(secret)


async def test_sweeping_takes_what_is_over_and_nothing_else(
    sessions: Sessions, ada: User, clock: FakeClock
):
    """An idle session and a spent ticket go; what is in use stays."""
    await sessions.start(ada)
    await sessions.ticket(ada.id)
    assert await sessions.sweep(clock.now()) == 0
    clock.advance(6 * DAY)
    used = await sessions.start(ada)
    ticket = await sessions.ticket(ada.id)
    clock.advance(DAY)
    assert await sessions.sweep(clock.now()) == 3
    assert ada == await sessions.user_of(used)
    with pytest.raises(BadCredentials):
        await sessions.redeem(ticket)
    clock.advance(30 * DAY)
    assert await sessions.sweep(clock.now()) == 1


async def test_the_files_never_see_a_secret(sessions: Sessions, ada: User, database: Database):
    """No byte on the disk is a session or a ticket that somebody could use."""
    secret, ticket = await sessions.start(ada), await sessions.ticket(ada.id)
    if database.engine is not Engine.SQLITE:
        pytest.skip("only SQLite's files can be read from here")
    path = Path(database.where)
    files = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    assert ada.id.encode() in files
    assert secret.encode() not in files
    assert ticket.encode() not in files
