"""What a page says beside a proof adds what the platform asks for, and nothing else."""

from typing import Any

import pytest

from callingcard.identity.errors import EmailMismatch, InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.service.beside import check_email, with_page

ADA = Visitor("ada@example.com", email_verified=True, user_id="7", properties={"plan": "pro"})


def test_only_what_is_asked_for_is_taken():
    """A page names its widget; it does not change its plan."""
    said = {"uuid": "u-1", "plan": "vip", "livechat_entity_id": "e"}
    seen = with_page(ADA, said, ("uuid",))
    assert dict(seen.properties) == {"plan": "pro", "uuid": "u-1"}
    assert (seen.email, seen.email_verified, seen.user_id) == ("ada@example.com", True, "7")


@pytest.mark.parametrize("names", [(), ("other",)])
def test_a_platform_that_asks_for_nothing_is_told_nothing(names: tuple[str, ...]):
    """The visitor is the very one that was proved."""
    assert with_page(ADA, {"uuid": "u-1"}, names) is ADA


def test_the_proof_has_the_last_word():
    """A page cannot overrule what was signed."""
    assert dict(with_page(ADA, {"plan": "vip"}, ("plan",)).properties) == {"plan": "pro"}


@pytest.mark.parametrize("value", [7, True, None, 1.5, "x" * 201])
def test_a_page_says_short_texts_only(value: Any):
    """The property is named, its content is not quoted."""
    with pytest.raises(InvalidVisitor) as caught:
        with_page(ADA, {"uuid": value}, ("uuid",))
    assert list(caught.value.fields) == ["properties.uuid"]
    assert "xx" not in str(caught.value.fields)


@pytest.mark.parametrize("said", ["eve@example.com", "", "nobody", "ada@example.com.evil"])
def test_the_page_cannot_name_another_address(said: str):
    """The address is the proof's."""
    with pytest.raises(EmailMismatch):
        check_email(ADA, said)


@pytest.mark.parametrize("said", [None, "ada@example.com", " Ada@EXAMPLE.com "])
def test_the_page_may_repeat_the_proofs_address(said: str | None):
    """However it is written."""
    check_email(ADA, said)
