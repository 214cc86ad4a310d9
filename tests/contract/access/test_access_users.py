"""People: added, recognised by password, limited in their guesses, shut out."""

import asyncio
from datetime import timedelta

import pytest

from callingcard.access.errors import (
    BadCredentials,
    EmailTaken,
    InvalidInput,
    LastOwner,
    SignedOut,
    TooManyTries,
    UserNotFound,
)
from callingcard.access.service.sessions import Sessions
from callingcard.access.service.users import Users
from callingcard.access.store import SqlAccess, ThreadedPasswords
from callingcard.kit.actor import Role
from callingcard.kit.clock import FakeClock
from callingcard.kit.ids import NumericIds

ADA = "ada@example.com"
WORD = "correct horse"
IP = "192.0.2.1"


async def refusal(users: Users, email: str, password: str, ip: str = IP) -> tuple[str, ...]:
    """Try to sign in, expect to fail, and return all that the answer tells."""
    with pytest.raises((BadCredentials, TooManyTries)) as refused:
        await users.authenticate(email, password, ip=ip)
    return refused.value.code, refused.value.message, refused.value.hint


async def test_a_person_signs_in_with_their_password(users: Users):
    """The address may be written in any case; the password is given back to nobody."""
    ada, made = await users.add(" Ada@Example.com", "Ada", role=Role.OPERATOR, password=WORD)
    assert made is None
    assert (ada.email, ada.role) == (ADA, Role.OPERATOR)
    assert ada.id.isdecimal()
    assert ada == await users.authenticate("ADA@example.COM", WORD, ip=IP)
    assert ada == await users.find(ADA)
    assert await users.name_of(ada.id) == "Ada"
    assert await users.name_of("404") is None


async def test_a_password_is_made_up_when_none_is_given(users: Users):
    """It is returned once, is long, and works."""
    ada, made = await users.add(ADA, "Ada")
    assert made is not None
    assert len(made.replace("-", "")) == 24
    assert ada == await users.authenticate(ADA, made, ip=IP)
    assert made not in repr(await users.list())


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("not an address", "Ada", WORD, "email"),
        (ADA, "", WORD, "name"),
        (ADA, "A\0da", WORD, "name"),
        (ADA, "Ada", "short", "password"),
        (ADA, "Ada", "", "password"),
        (ADA, "Ada", "x" * 257, "password"),
    ],
)
async def test_unusable_details_are_refused(
    users: Users, email: str, name: str, password: str, field: str
):
    """The refusal names the field and does not repeat what was in it."""
    with pytest.raises(InvalidInput) as refused:
        await users.add(email, name, password=password)
    assert [field] == list(refused.value.fields)
    assert await users.list() == []


async def test_an_address_belongs_to_one_person(users: Users):
    """The second is refused, and neither the error nor its cause quotes the address."""
    await users.add(ADA, "Ada", password=WORD)
    with pytest.raises(EmailTaken) as refused:
        await users.add("ADA@example.com", "Another")
    assert "ada" not in str(refused.value).lower()
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert [user.email for user in await users.list()] == [ADA]


async def test_every_failed_sign_in_looks_the_same(users: Users, verified: list[str | None]):
    """Wrong, unknown, disabled, malformed: one answer, and a hash is computed for each."""
    await users.add(ADA, "Ada", password=WORD)
    gone, _ = await users.add("gone@example.com", "Gone", password=WORD)
    await users.disable(gone.id)
    answers = {
        await refusal(users, ADA, "wrong"),
        await refusal(users, "nobody@example.com", WORD),
        await refusal(users, "gone@example.com", WORD),
        await refusal(users, "not an address", WORD),
        await refusal(users, "", ""),
    }
    assert len(answers) == 1
    assert len(verified) == 5
    assert [verified[place] is None for place in (1, 3, 4)] == [True, True, True]


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
async def test_guessing_one_address_is_limited_wherever_it_comes_from(
    users: Users, clock: FakeClock, verified: list[str | None], email: str
):
    """Ten tries, then none without computing a hash; known or not makes no difference."""
    await users.add(ADA, "Ada", password=WORD)
    for place in range(10):
        assert (await refusal(users, email, "guess", f"192.0.2.{place}"))[0] == (
            "access.bad_credentials"
        )
    with pytest.raises(TooManyTries) as limited:
        await users.authenticate(email, WORD, ip="198.51.100.1")
    assert timedelta(seconds=30) == limited.value.retry_after
    assert len(verified) == 10
    clock.advance(timedelta(seconds=30))
    assert (await refusal(users, email, "guess", "198.51.100.2"))[
        0
    ] == "access.bad_credentials"
    assert (await refusal(users, email, "guess", "198.51.100.3"))[0] == "access.too_many_tries"


async def test_after_five_minutes_the_right_password_works_again(
    users: Users, clock: FakeClock
):
    """A lockout ends by itself."""
    ada, _ = await users.add(ADA, "Ada", password=WORD)
    for place in range(10):
        await refusal(users, ADA, "guess", f"192.0.2.{place}")
    assert (await refusal(users, ADA, WORD))[0] == "access.too_many_tries"
    clock.advance(timedelta(minutes=5))
    assert ada == await users.authenticate(ADA, WORD, ip=IP)


async def test_guessing_from_one_network_is_limited_whoever_it_is_for(users: Users):
    """Ten addresses tried from one IPv6 /64 use up that network, and no other."""
    for place in range(10):
        await refusal(users, f"user{place}@example.com", "guess", f"2001:db8::{place:x}")
    assert (await refusal(users, ADA, "guess", "2001:db8::ffff"))[0] == "access.too_many_tries"
    assert (await refusal(users, ADA, "guess", "2001:db8:0:1::1"))[
        0
    ] == "access.bad_credentials"


async def test_many_guesses_at_once_are_counted_one_by_one(
    users: Users, verified: list[str | None]
):
    """The try is counted before the slow part, so that no burst slips through."""
    await users.add(ADA, "Ada", password=WORD)
    answers = await asyncio.gather(
        *(users.authenticate(ADA, f"guess {n}", ip=IP) for n in range(25)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, BadCredentials) for answer in answers) == 10
    assert sum(isinstance(answer, TooManyTries) for answer in answers) == 15
    assert len(verified) == 10


async def test_signing_in_rightly_uses_up_nothing(users: Users):
    """Somebody who knows their password may use it as often as they like."""
    await users.add(ADA, "Ada", password=WORD)
    for _ in range(30):
        await users.authenticate(ADA, WORD, ip=IP)


async def test_one_right_password_does_not_clear_the_wrong_ones(users: Users):
    """Signing in as oneself in between does not buy more guesses at others."""
    await users.add("eve@example.com", "Eve", password=WORD)
    for place in range(10):
        await users.authenticate("eve@example.com", WORD, ip=IP)
        await refusal(users, f"user{place}@example.com", "guess")
    assert (await refusal(users, ADA, "guess"))[0] == "access.too_many_tries"


async def test_an_old_hash_is_renewed_at_sign_in(
    users: Users, access: SqlAccess, verified: list[str | None]
):
    """The password goes on working; what is stored of it has today's strength."""
    ada, _ = await users.add(ADA, "Ada", password=WORD)
    async with access.writing() as unit:
        await unit.users.set_password(ada.id, f"old:{WORD[::-1]}")
    for _ in range(2):
        await users.authenticate(ADA, WORD, ip=IP)
    assert [f"old:{WORD[::-1]}", f"new:{WORD[::-1]}"] == verified


async def test_a_renewed_hash_never_overwrites_a_newer_password(
    users: Users, access: SqlAccess
):
    """Renewal keeps its hash only when the password is still the one it saw."""
    ada, _ = await users.add(ADA, "Ada", password=WORD)
    async with access.writing() as unit:
        await unit.users.set_password(ada.id, "renewed", was="what it was before")
    assert ada == await users.authenticate(ADA, WORD, ip=IP)


async def test_a_new_password_signs_everybody_out(users: Users, sessions: Sessions):
    """Sessions and sign-in links of the old password end with it; others stay."""
    ada, _ = await users.add(ADA, "Ada", password=WORD)
    eve, _ = await users.add("eve@example.com", "Eve", password=WORD)
    of_ada, of_eve = await sessions.start(ada), await sessions.start(eve)
    ticket = await sessions.ticket(ada.id)
    made = await users.set_password(ada.id)
    assert made is not None
    with pytest.raises(SignedOut):
        await sessions.actor_of(of_ada)
    with pytest.raises(BadCredentials):
        await sessions.redeem(ticket)
    assert eve.id == (await sessions.actor_of(of_eve)).id
    assert (await refusal(users, ADA, WORD))[0] == "access.bad_credentials"
    assert ada == await users.authenticate(ADA, made, ip=IP)
    assert await users.set_password(ada.id, "a chosen one") is None
    assert ada == await users.authenticate(ADA, "a chosen one", ip=IP)


async def test_disabling_works_at_once_and_can_be_undone(users: Users, sessions: Sessions):
    """A disabled person is signed out; enabled again, their password works."""
    ada, _ = await users.add(ADA, "Ada", password=WORD)
    secret = await sessions.start(ada)
    disabled = await users.disable(ada.id)
    assert disabled.disabled_at is not None
    assert [disabled] == list(await users.list())
    with pytest.raises(SignedOut):
        await sessions.actor_of(secret)
    with pytest.raises(UserNotFound):
        await sessions.ticket(ada.id)
    assert ada == await users.enable(ada.id)
    assert ada == await users.authenticate(ADA, WORD, ip=IP)
    with pytest.raises(SignedOut):
        await sessions.actor_of(secret)


async def test_a_new_role_counts_in_running_sessions(users: Users, sessions: Sessions):
    """A role is looked up with each request."""
    ada, _ = await users.add(ADA, "Ada", password=WORD)
    secret = await sessions.start(ada)
    await users.set_role(ada.id, Role.OPERATOR)
    assert (await sessions.actor_of(secret)).role == Role.OPERATOR


async def test_the_last_owner_stays(users: Users):
    """They cannot be disabled or made less; a disabled owner does not count."""
    ada, _ = await users.add(ADA, "Ada", role=Role.OWNER, password=WORD)
    eve, _ = await users.add("eve@example.com", "Eve", role=Role.OWNER, password=WORD)
    await users.add("bob@example.com", "Bob", role=Role.OPERATOR, password=WORD)
    await users.disable(eve.id)
    with pytest.raises(LastOwner):
        await users.disable(ada.id)
    with pytest.raises(LastOwner):
        await users.set_role(ada.id, Role.AGENT)
    assert (await users.set_role(ada.id, Role.OWNER)).role == Role.OWNER
    await users.enable(eve.id)
    assert (await users.set_role(ada.id, Role.AGENT)).role == Role.AGENT


async def test_two_owners_cannot_dismiss_each_other_at_once(users: Users):
    """Of two demotions at the same moment one is refused, on every engine."""
    ada, _ = await users.add(ADA, "Ada", role=Role.OWNER, password=WORD)
    for attempt in range(5):
        eve, _ = await users.add(f"eve{attempt}@example.com", "E", role=Role.OWNER)
        answers = await asyncio.gather(
            users.set_role(ada.id, Role.AGENT), users.disable(eve.id), return_exceptions=True
        )
        assert sum(isinstance(answer, LastOwner) for answer in answers) == 1
        everybody = await users.list()
        left = [user for user in everybody if user.role is Role.OWNER and not user.disabled_at]
        assert len(left) == 1
        await users.set_role(ada.id, Role.OWNER)
        if left[0].id == eve.id:
            await users.disable(eve.id)


async def test_somebody_who_is_not_there_cannot_be_changed(users: Users):
    """Each change tells that the person is unknown."""
    with pytest.raises(UserNotFound):
        await users.set_role("404", Role.OWNER)
    with pytest.raises(UserNotFound):
        await users.disable("404")
    with pytest.raises(UserNotFound):
        await users.enable("404")
    with pytest.raises(UserNotFound):
        await users.set_password("404", WORD)
    for email in (ADA, "not an address"):
        with pytest.raises(UserNotFound):
            await users.find(email)


async def test_real_hashing_works_end_to_end(
    access: SqlAccess, clock: FakeClock, ids: NumericIds
):
    """With Argon2id in its threads a person signs in, and a stranger does not."""
    users = Users(access, ThreadedPasswords(), clock=clock, ids=ids)
    ada, _ = await users.add(ADA, "Ada", password=WORD)
    async with access.reading() as unit:
        found = await unit.users.by_email(ADA)
    assert found is not None
    assert str(found.password_hash).startswith("$argon2id$")
    assert str(found.password_hash) not in repr(found)
    assert ada == await users.authenticate(ADA, WORD, ip=IP)
    await refusal(users, ADA, WORD + " ")
    await refusal(users, "nobody@example.com", WORD)
