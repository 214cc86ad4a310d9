"""What the shop is asked, and what a page gets; `callingcard functions test` runs this."""

import pytest


def test_the_latest_order_is_found(run_function):
    """What the page is not to see stays behind."""
    ada = run_function.as_visitor("ada@example.com", user_id="7")
    assert ada() == {"number": "A-2", "state": "sent", "expected": "2026-11-24"}


def test_an_order_without_a_day_is_told_of_too(run_function):
    """The shop need not know when it comes."""
    ada = run_function.as_visitor("ada@example.com", user_id="7")
    assert ada(number="A-1") == {"number": "A-1", "state": "paid", "expected": None}


def test_there_may_be_none(run_function):
    """A number that is not the visitor's is as unknown as one that there is not."""
    assert run_function.as_visitor("ada@example.com", user_id="7")(number="B-9") is None


def test_the_order_of_another_is_never_passed_on(run_function):
    """Not even if the shop answers with it."""
    with pytest.raises(AssertionError, match="of another customer"):
        run_function.as_visitor("ada@example.com", user_id="7")(number="LOST")


def test_nobody_is_asked_for_a_visitor_without_a_number(run_function):
    """An address is not what the shop's customers go by."""
    nobody = run_function.as_visitor("ada@example.com")
    assert nobody() is None
    assert nobody.calls == ()
