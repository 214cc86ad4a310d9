"""Keys that are published one by one are asked for by name, within a budget."""

import asyncio
from typing import Any

import pytest
from tests.support.identity_provider import ARN, CASES, NOON
from tests.support.key_house import (
    PEMS,
    SECOND,
    House,
    one_by_one,
    settle,
)

from callingcard.identity.errors import KeysUnavailable, ProofInvalid
from callingcard.identity.keysets import (
    COOLDOWN,
    FRESH,
    MAX_NEW_SINGLE_KEYS,
    MAX_SINGLE_CALLS,
    MAX_SINGLE_KEYS,
)
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.kit.wire import Reply


async def test_single_keys_are_fetched_by_name_and_kept(house: House):
    """Each once."""
    house.answer = one_by_one
    for _ in range(3):
        assert await house.finds("real-1", PEMS)
        assert await house.finds("real-2", PEMS)
    assert house.asked == ["https://keys.example/real-1", "https://keys.example/real-2"]
    assert await house.sets.usable(PEMS) == {}


@pytest.mark.parametrize(
    "kid", ["", "../real-1", "real-1/", "real-1?x", "real_1", "real-1\n", "r" * 65, "é"]
)
async def test_a_kid_becomes_part_of_a_url_only_if_it_is_plain(house: House, kid: str):
    """Anything else is no key, and no call."""
    house.answer = one_by_one
    assert await house.finds(kid, PEMS) is False
    assert house.asked == []


async def test_made_up_kids_neither_cause_calls_nor_push_out_keys(house: House):
    """Of a thousand a few are asked about; the keys in use are not forgotten for them."""
    house.answer = one_by_one
    assert await house.finds("real-1", PEMS)
    for number in range(1000):
        assert await house.finds(f"fake-{number}", PEMS) in {False, None}
        assert await house.finds("real-1", PEMS)
        house.clock.advance(SECOND * 0.06)
    assert len(house.asked) <= 1 + 2 * MAX_NEW_SINGLE_KEYS


async def test_a_new_key_is_found_soon_after_a_flood_of_made_up_kids(house: House):
    """The budget fills up evenly, so that a moment is enough, and says how long it is."""
    house.answer = one_by_one
    for number in range(1000):
        assert await house.finds(f"fake-{number}", PEMS) in {False, None}
    assert len(house.asked) == MAX_NEW_SINGLE_KEYS / 2
    with pytest.raises(KeysUnavailable) as caught:
        await house.sets.source(PEMS).find("real-1")
    assert caught.value.retry_after == SECOND
    house.clock.advance(SECOND)
    assert await house.finds("real-1", PEMS)


async def test_a_new_key_is_found_during_a_flood_that_is_not_too_fast(house: House):
    """Half a hundred kids in half a minute, all made up, leave room."""
    house.answer = one_by_one
    for number in range(200):
        assert await house.finds(f"fake-{number}", PEMS) is False
        house.clock.advance(SECOND * 1.5)
        if number % 10 == 0:
            assert await house.finds(f"real-{number}", PEMS)


async def test_no_flood_without_the_balancer_s_own_arn_reaches_the_budget(house: House):
    """Its genuine token is taken at the next moment, with a key never seen before."""
    house.answer = one_by_one
    case = CASES["aws-alb"]
    proof = JwksProof(case.provider, house.sets.source(case.provider.location))
    for number in range(1000):
        token = case.token(header={"kid": f"fake-{number}", "signer": ARN + "0"})
        with pytest.raises(ProofInvalid):
            await proof.verify(token, NOON)
    assert house.asked == []
    visitor = await proof.verify(case.token(header={"kid": "real-1"}), NOON)
    assert visitor.email == case.email


async def test_a_kid_without_a_key_is_remembered_for_a_while(house: House):
    """Whoever asks again within it makes no call; after it, one."""
    house.answer = one_by_one
    for number in range(5):
        for _ in range(50):
            assert await house.finds(f"fake-{number}", PEMS) is False
    assert len(house.asked) == 5
    house.clock.advance(COOLDOWN)
    assert await house.finds("fake-0", PEMS) is False
    assert len(house.asked) == 6
    source: Any = house.sets.source(PEMS)
    assert len(source._new) == 1


async def test_a_budget_is_spent_for_each_call(house: House):
    """Also for kids that were asked about before, an outage or not."""
    house.down()
    for _ in range(200):
        for number in range(40):
            assert await house.finds(f"real-{number}", PEMS) is None
        house.clock.advance(SECOND)
    assert len(house.asked) <= MAX_NEW_SINGLE_KEYS / 2 + 200


async def test_only_so_many_single_keys_are_fetched_at_a_time(house: House):
    """The others wait for their turn."""
    house.answer = one_by_one
    house.hold.clear()
    crowd = [asyncio.create_task(house.finds(f"real-{n}", PEMS)) for n in range(20)]
    await settle()
    assert len(house.asked) == MAX_SINGLE_CALLS
    house.hold.set()
    assert set(await asyncio.gather(*crowd)) == {True}
    assert len(house.asked) == 20


async def test_only_so_many_single_keys_are_kept(house: House):
    """Those that nobody used for longest go first."""
    house.answer = one_by_one
    for number in range(MAX_SINGLE_KEYS + 8):
        assert await house.finds(f"real-{number}", PEMS)
        assert await house.finds("real-0", PEMS)
        house.clock.advance(COOLDOWN / 2)
    source: Any = house.sets.source(PEMS)
    assert len(source._kept) == MAX_SINGLE_KEYS
    assert house.asked.count("https://keys.example/real-0") == 1


async def test_a_single_key_that_is_gone_is_forgotten(house: House):
    """Within the hour, as in a set."""
    house.answer = one_by_one
    assert await house.finds("real-1", PEMS)
    house.answer = lambda _: Reply(404, {}, b"")
    house.clock.advance(FRESH)
    assert await house.finds("real-1", PEMS) is False
