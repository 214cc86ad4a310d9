"""One mailbox has one name, and no two mailboxes share one."""

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.kit.email import NotAnAddress, canonical_email

TURNCOATS = "".join(
    letter
    for letter in map(chr, range(0x80, 0x30000))
    if unicodedata.normalize("NFC", letter).isascii()
)
"""Letters that composing turns into plain ones: the Kelvin sign is a K, a varia a `."""
LOCAL = st.text(
    st.sampled_from("abckXYZK019.+-_'`é") | st.sampled_from(TURNCOATS),
    min_size=1,
    max_size=20,
)
DOMAIN = st.sampled_from(["example.com", "EXAMPLE.com", "bücher.example", "a-b.co.uk"])


def composed(text: str) -> str:
    """Return *text* in Unicode's composed form."""
    return unicodedata.normalize("NFC", text)


@given(LOCAL, DOMAIN)
def test_writing_an_address_twice_changes_nothing_more(local: str, domain: str):
    """The canonical form of a canonical form is itself."""
    with suppress(NotAnAddress):
        once = canonical_email(f"{local}@{domain}")
        assert canonical_email(once) == once


@given(st.tuples(LOCAL, LOCAL) | LOCAL.map(lambda one: (one, composed(one))))
def test_different_local_parts_stay_different(pair: tuple[str, str]):
    """Only the case of ASCII letters is folded: dots and +tags can be other mailboxes."""
    one, other = pair
    with suppress(NotAnAddress):
        same = canonical_email(f"{one}@example.com") == canonical_email(f"{other}@example.com")
        fold = lambda text: "".join(c.lower() if c.isascii() else c for c in text)  # noqa: E731
        assert same == (fold(one) == fold(other))


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_is_refused(text: str):
    """Nothing but NotAnAddress comes out of any input."""
    with suppress(NotAnAddress):
        assert canonical_email(text).count("@") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "ada@example.com.",
        "ada@exa mple.com",
        "a\x00da@example.com",
        "ada\u202e@example.com",
        "ada@straße.de",
        "ada＠example.com",
        "\u212aarl@example.com",
        "karl@\u212aarl.example",
        "ada\u1fef@example.com",
        "ada\u2000@example.com",
        ".ada@example.com",
        "a..da@example.com",
        "ada@-example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 260 + ".com",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: str):
    """Tricks with letters, dots and directions are no addresses."""
    with pytest.raises(NotAnAddress):
        canonical_email(text)
