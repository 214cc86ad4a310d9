"""Argon2id: what is stored, what matches, and that a stranger costs the same."""

import statistics
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters

from callingcard.access import passwords
from callingcard.access.passwords import (
    hash_password,
    new_password,
    outdated,
    password_problem,
    verify_password,
)
from callingcard.kit.clock import stopwatch

WORD = "Pässwörter sind lang"


def seconds_to_verify(stored: str | None) -> float:
    """Return the median time of a few failed verifications."""
    taken = []
    for _ in range(7):
        start = stopwatch()
        assert not verify_password("wrong", stored)
        taken.append(stopwatch() - start)
    return statistics.median(taken)


def test_a_password_matches_its_hash_only():
    """Other passwords do not match, and no two hashes are alike."""
    stored = hash_password(WORD)
    assert stored != hash_password(WORD)
    assert WORD not in stored
    assert verify_password(WORD, stored)
    for other in (WORD + " ", WORD.upper(), "", WORD[:-1]):
        assert not verify_password(other, stored)


def test_a_password_is_the_same_on_every_keyboard():
    """An ä made of two characters is an ä; text that is no Unicode is no crash."""
    stored = hash_password(unicodedata.normalize("NFD", WORD))
    assert verify_password(unicodedata.normalize("NFC", WORD), stored)
    assert not verify_password("\ud800", stored)


def test_the_parameters_are_those_that_are_named():
    """A hash carries its parameters, and today's need no renewal."""
    stored = hash_password(WORD)
    found = extract_parameters(stored)
    assert (
        found.time_cost,
        found.memory_cost,
        found.parallelism,
    ) == (passwords.TIME_COST, passwords.MEMORY_KIB, passwords.PARALLELISM)
    assert stored.startswith("$argon2id$v=19$")
    assert not outdated(stored)


@pytest.mark.parametrize("weaker", [{"time_cost": 1}, {"memory_cost": 1024}, {"hash_len": 16}])
def test_a_weaker_hash_still_matches_and_is_outdated(weaker: dict[str, int]):
    """People who signed up long ago can sign in, and are renewed then."""
    stored = PasswordHasher(**weaker).hash(WORD.encode())
    assert verify_password(WORD, stored)
    assert outdated(stored)


def test_nobody_has_the_parameters_of_somebody():
    """The hash for strangers is a real one of today's cost, so that it takes as long."""
    nobody, somebody = passwords._NOBODY, hash_password(WORD)
    assert extract_parameters(somebody) == extract_parameters(nobody)
    assert not verify_password("", None)
    assert not verify_password(WORD, None)


@pytest.mark.slow
def test_a_stranger_takes_as_long_as_somebody():
    """Not a proof of equal time, but a stranger who cost nothing would fail it."""
    known, unknown = seconds_to_verify(hash_password(WORD)), seconds_to_verify(None)
    assert 0.4 < unknown / known < 2.5


def test_a_damaged_hash_matches_nothing():
    """What is not a hash lets nobody in."""
    for stored in ("", "plain", "$argon2id$v=19$", hash_password(WORD)[:-4]):
        assert not verify_password(WORD, stored)


@pytest.mark.parametrize(
    ("password", "fine"),
    [("x" * 7, False), ("x" * 8, True), ("x" * 256, True), ("x" * 257, False)],
)
def test_a_password_has_a_length(*, password: str, fine: bool):
    """Eight to 256 characters, and no other rule."""
    assert fine is (password_problem(password) is None)


def test_a_made_up_password_is_long_and_typeable():
    """It is new each time, and in groups of letters and digits that are hard to mix up."""
    one, other = new_password(), new_password()
    assert one != other
    assert [len(group) for group in one.split("-")] == [6, 6, 6, 6]
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyz234567-")
    assert password_problem(one) is None
