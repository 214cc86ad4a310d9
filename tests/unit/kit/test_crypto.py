"""Sealed values open where they were sealed, and nowhere else."""

import pytest

from callingcard.kit.crypto import Sealer, Unsealable, keyed_hash, weak_secret

OLD, NEW = b"o" * 16 + b"ld-secret-of-32+bytes", b"n" * 16 + b"ew-secret-of-32+bytes"


def test_a_sealed_value_opens_in_its_place():
    """What was sealed for a row is read from that row."""
    sealer = Sealer([NEW], "test")
    assert sealer.open(sealer.seal(b"value", place="row 1"), place="row 1") == b"value"


def test_a_value_moved_to_another_row_does_not_open():
    """A ciphertext copied elsewhere fails."""
    sealer = Sealer([NEW], "test")
    with pytest.raises(Unsealable):
        sealer.open(sealer.seal(b"value", place="row 1"), place="row 2")


def test_any_changed_byte_is_noticed():
    """Whichever byte is changed, the value does not open."""
    sealer = Sealer([NEW], "test")
    sealed = sealer.seal(b"value", place="row")
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(Unsealable):
            sealer.open(bytes(changed), place="row")


def test_an_old_key_still_opens_what_it_sealed():
    """After a rotation both keys open, and the new one seals."""
    sealed = Sealer([OLD], "test").seal(b"value", place="row")
    rotated = Sealer([NEW, OLD], "test")
    assert rotated.open(sealed, place="row") == b"value"
    with pytest.raises(Unsealable):
        Sealer([OLD], "test").open(rotated.seal(b"value", place="row"), place="row")


def test_a_key_of_another_purpose_does_not_open():
    """One secret yields different keys for different purposes."""
    sealed = Sealer([NEW], "one").seal(b"value", place="row")
    with pytest.raises(Unsealable):
        Sealer([NEW], "other").open(sealed, place="row")


def test_a_truncated_value_is_refused():
    """Too little to be anything is refused like anything else."""
    sealer = Sealer([NEW], "test")
    for size in range(20):
        with pytest.raises(Unsealable):
            sealer.open(sealer.seal(b"", place="row")[:size], place="row")


def test_a_keyed_hash_differs_by_key():
    """Without the key nobody can tell which address a name stands for."""
    assert keyed_hash(OLD, "ada@example.com") != keyed_hash(NEW, "ada@example.com")


@pytest.mark.parametrize("secret", ["", "short", "a" * 64, "abcabc" * 10])
def test_a_guessable_secret_is_weak(secret: str):
    """Short or repeating secrets must not sign."""
    assert weak_secret(secret)
