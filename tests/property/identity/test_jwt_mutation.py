"""No change to a genuine proof, however small, is accepted."""

import string

import jwt
from hypothesis import given, settings
from hypothesis import strategies as st

from callingcard.identity.errors import ProofInvalid
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.clock import FakeClock

NOON = FakeClock().now()
SECRET = "0123456789abcdef0123456789abcdefXYZ"
PROOF = JwtProof([JwtKey("k1", SECRET)], audience="callingcard", issuer="shop")
TIMES = {"iat": int(NOON.timestamp()), "exp": int(NOON.timestamp()) + 300}
GENUINE = jwt.encode(
    {"iss": "shop", "aud": "callingcard", "email": "ada@example.com", **TIMES},
    SECRET,
    algorithm="HS256",
    headers={"kid": "k1"},
)
LETTERS = string.ascii_letters + string.digits + "-_.=+/ \n\x00é"


def accepted(token: str) -> bool:
    """Say whether *token* passes; any error but the refusal is a failure of the test."""
    try:
        PROOF.verify(token, NOON)
    except ProofInvalid:
        return False
    return True


def test_the_genuine_one_passes():
    """Otherwise the rest of this file would prove nothing."""
    assert accepted(GENUINE)


def test_no_single_letter_can_be_exchanged():
    """Every place, every letter: also those whose bits base64 throws away."""
    changed = (
        GENUINE[:i] + c + GENUINE[i + 1 :]
        for i in range(len(GENUINE))
        for c in LETTERS
        if c != GENUINE[i]
    )
    assert [token for token in changed if accepted(token)] == []


@settings(max_examples=2000, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(GENUINE)), st.integers(0, 12), st.text(LETTERS, max_size=12)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_cut_and_paste_is_accepted(edits: list[tuple[int, int, str]]):
    """Pieces taken out, put in, or both, in several places."""
    token = GENUINE
    for start, length, text in edits:
        token = token[:start] + text + token[start + length :]
    assert token == GENUINE or not accepted(token)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_no_nonsense_breaks_it(one: str, two: str, three: str):
    """Whatever is sent, the answer is a refusal."""
    assert not accepted(f"{one}.{two}.{three}")
