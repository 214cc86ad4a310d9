"""Keys as they are written: found by prefix exactly as reading them says."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callingcard.functions.model.storage import (
    Key,
    key_range,
    read_key,
    shown_range,
    written_key,
    written_value,
)
from callingcard.functions.model.values import Json

texts = st.text(max_size=12)
numbers = st.integers(-(2**53), 2**53)
lists = st.lists(st.one_of(texts, numbers), min_size=1, max_size=4)
keys: st.SearchStrategy[Key] = st.one_of(texts, lists)


@given(keys, keys)
@example("a/b", ["a", "b"])
@example(["1"], [1])
def test_no_two_keys_are_written_alike(one: Key, other: Key):
    """A key is read as it was written, so two that differ are written differently."""
    assert read_key(written_key(one)) == one
    assert (written_key(one) == written_key(other)) == (one == other)
    assert written_key(one).isascii()


@given(keys, keys)
@example(["a", 12], ["a", 1])
@example("a\x7fb", "a\x7f")
@example("\U0010ffff", "")
def test_a_prefix_finds_what_begins_with_it_and_nothing_else(key: Key, prefix: Key):
    """What the database compares as text is what comparing keys part by part says."""
    if isinstance(key, str) or isinstance(prefix, str):
        begins = isinstance(key, str) and isinstance(prefix, str) and key.startswith(prefix)
    else:
        begins = list(key[: len(prefix)]) == list(prefix)
    assert (key in key_range(prefix)) == begins
    assert key in key_range(None)
    assert (key in key_range([])) == (not isinstance(key, str))


def test_what_somebody_typed_is_text_or_the_json_of_a_list():
    """In the app a prefix may stop within the JSON of a key."""
    assert "abc" in shown_range("ab")
    assert ["a", 12] in shown_range('["a",1')
    assert "abc" in shown_range("")
    assert ["a"] in shown_range("")
    assert ["a"] not in shown_range("a")


@pytest.mark.parametrize("value", [float("inf"), {1, 2}, b"x", "\udc00", {"a": float("nan")}])
def test_what_is_no_json_is_no_value(value: Json):
    """Whatever would not be read back as it was is refused."""
    with pytest.raises(ValueError, match=r"JSON|Unicode"):
        written_value(value)
