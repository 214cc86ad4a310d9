"""What is secret never comes into history, wherever it hides."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.functions.model.runs import Failure, Frame
from callingcard.functions.service.running.masks import SHORTEST, Mask
from callingcard.functions.service.running.redaction import Redactor
from callingcard.kit.clock import stopwatch

BARE = "Zx-9opaque"
"""Looks like nothing: only its name, or where it came from, tells that it is secret."""
SHAPED = (
    "cc_sk_AbCdEfGhIjKlMnOp",
    "pat-eu1-1234abcd-12ab-34cd-56ef-1234567890ab",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "canary@example.com",
    "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "xoxb-123456789012-abcdefGHIJKL",
)
NAMES = ("token", "accessToken", "api_key", "clientSecret", "Authorization", "pass_word_hint")
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20))


def nested(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return JSON with *leaf* somewhere in it, up to ten levels down."""
    around = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(lambda a, b: [a, b], PLAIN, inner),
            st.builds(lambda name, a: {name: a, "other": 1}, st.text(max_size=8), inner),
        ),
        max_leaves=10,
    )
    return st.builds(lambda one: {"value": one}, around)


@given(value=nested(st.sampled_from(SHAPED)), before=st.text(max_size=5))
def test_what_looks_like_a_secret_is_gone(value: Any, before: str):
    """Keys, tokens and addresses are masked under any name and any nesting."""
    redactor = Redactor()
    kept = json.dumps(redactor.value(value)) + redactor.text(f"{before} {json.dumps(value)}")
    assert [secret for secret in SHAPED if secret in kept] == []


@given(
    value=nested(st.builds(lambda name: {name: [BARE]}, st.sampled_from(NAMES[:-1]))),
    around=st.text(max_size=30),
)
def test_what_is_called_a_secret_is_gone_everywhere(value: Any, around: str):
    """A value under a secret's name is masked there, in the log, in errors and in frames."""
    redactor = Redactor()
    kept = json.dumps(redactor.value(value))
    failure = redactor.failure(
        Failure("ValueError", f"bad {BARE}", (Frame("main", 3, f"x = '{BARE}'"),))
    )
    assert BARE not in kept + redactor.text(f"{around}{BARE}{around}") + repr(failure)


@given(value=nested(st.just(BARE)))
def test_what_a_connector_called_a_secret_is_gone_from_the_result(value: Any):
    """A function that returns a bare token of a connector leaves none in history."""
    redactor = Redactor()
    redactor.learn({"made": {"token": BARE}})
    assert BARE not in json.dumps(redactor.value(value))


@given(value=nested(st.just(BARE)))
def test_what_storage_gave_is_gone_from_the_result(value: Any):
    """A function that returns a cached token leaves none in history."""
    redactor = Redactor()
    redactor.learn_stored(BARE)
    assert BARE not in json.dumps(redactor.value(value))


@given(value=nested(st.builds(lambda x: {"order": x}, st.just(BARE))))
def test_what_the_function_declares_is_gone(value: Any):
    """A declared name counts like one that everybody knows."""
    redactor = Redactor(["Order"])
    kept = json.dumps(redactor.value(value)) + redactor.text(f"see {BARE}")
    assert BARE not in kept


def test_a_secret_in_a_path_is_gone():
    """A webhook's secret is a part of its path."""
    url = "https://hooks.example.com/services/T0ABCDEF/B0ABCDEF/aB3dE6gH9jK2mN5pQ8sT1vW4"
    assert Redactor().text(url).startswith("https://hooks.")
    assert "aB3dE6gH9jK2" not in Redactor().text(url)


def test_ordinary_things_stay():
    """History is of use: names, numbers, times and sentences are kept."""
    value = {
        "name": "Ada",
        "n": 7,
        "at": "2030-01-01T12:00:00.000Z",
        "said": "Where is my order?",
        "ok": True,
        "nothing": None,
    }
    assert Redactor().value(value) == value


def test_a_secret_is_masked_before_a_text_is_cut():
    """No half of a token is left at the end of a long text."""
    text = "x " * 1995 + "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    assert "eyJ" not in json.dumps(Redactor().value(text))


def test_size_and_depth_are_bounded():
    """A result of any size leaves a row of a bounded one."""
    deep: Any = "end"
    for _ in range(500):
        deep = [deep]
    assert "too deep" in json.dumps(Redactor().value(deep))
    wide = Redactor().value([["some words"] * 300] * 300)
    assert len(json.dumps(wide)) < 33_000


@pytest.mark.parametrize(
    "piece", ["a", "a1", "@", "a@", "a@a.", "-eyJ", "eyJaaaaaaaa.", "/a", "pat-a-", "=a", "x."]
)
def test_no_output_makes_redaction_slow(piece: str):
    """No print holds everybody up: the work grows with the length, not with its square."""
    text = piece * (256 * 1024 // len(piece))
    began = stopwatch()
    Redactor().text(text)
    assert stopwatch() - began < 2  # milliseconds; the square of the length would be minutes


@pytest.mark.parametrize("alike", [True, False])
def test_no_secrets_make_redaction_slow(*, alike: bool):
    """However many long secrets a function returns, and however alike, nobody waits long."""
    start = "a" * 5_000
    tokens: list[Any] = [start[n:] + f"b{n}" if alike else f"{n}b{start}" for n in range(200)]
    redactor = Redactor()
    began = stopwatch()
    kept = redactor.value({"token": tokens, "x": start * 20, "many": [["a"] * 99] * 99})
    said = redactor.text(start * 13)
    assert stopwatch() - began < 2  # the letters times the secrets' letters would be minutes
    assert "aaaaaaaaaaaa" not in said + json.dumps(kept)


def test_more_secrets_than_can_be_known_leave_no_text():
    """A run that drowns us in secrets shows nothing, and not the ones that came last."""
    redactor = Redactor()
    redactor.learn({"token": [f"{n:07}" for n in range(60_000)]})
    assert redactor.text("was 0059999 here") == (
        "[not kept: there were too many secrets to look for]"
    )


@given(
    secret=st.text("abAB01-_", min_size=SHORTEST, max_size=90),
    before=st.text("abAB01-_ ", max_size=30),
    after=st.text("abAB01-_ ", max_size=30),
)
def test_a_secret_of_any_length_is_masked_whole(secret: str, before: str, after: str):
    """No tail of a long secret is left, and what stands around it is."""
    mask = Mask()
    mask.add(secret)
    shown = mask.over(f"{before}{secret}{after}")
    assert secret not in shown
    assert mask.over(f"é{secret}é{secret}{secret}é") == "é[redacted]é[redacted]é"
    assert Mask().over(before) == before


def test_names_of_errors_and_of_functions_are_redacted():
    """A class or a function that is named after a secret is not kept under its name."""
    redactor = Redactor()
    redactor.learn({"token": BARE})
    kept = redactor.failure(Failure(BARE, "", (Frame(BARE, 1), Frame(SHAPED[1], 2))))
    assert BARE not in repr(kept)
    assert SHAPED[1] not in repr(kept)


def test_an_address_in_any_sentence_is_gone():
    """Punctuation around an address hides it from nobody."""
    said = "mail <ada@example.com>, (bob@example.co.uk); x=eve@example.com: ok a@b"
    assert Redactor().text(said) == ("mail <[redacted]>, ([redacted]); x=[redacted]: ok a@b")
