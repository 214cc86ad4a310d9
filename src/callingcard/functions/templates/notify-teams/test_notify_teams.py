"""What Microsoft Teams is told, and how often; `callingcard functions test` runs this."""

import pytest


def begun(chat: str, evidence: str = "anonymous") -> dict[str, str]:
    """Return what the event of a new chat says."""
    return {
        "conversation_id": chat,
        "inbox_id": "8",
        "contact_id": "9",
        "evidence": evidence,
    }


def test_a_chat_is_told_of_once(run_function):
    """The same event again posts nothing."""
    run_function(data=begun("1"))
    assert [call.operation for call in run_function.calls] == [
        "lease",
        "send_message",
        "lease_put",
    ]
    run_function(data=begun("1"))
    assert [call.operation for call in run_function.calls] == ["lease"]


@pytest.mark.parametrize("evidence", ["signed", "verified"])
def test_it_says_whether_we_know_who_it_is(run_function, evidence):
    """Of this chat there is only a recording of "Somebody whom we know"."""
    run_function(data=begun("2", evidence))


def test_what_was_not_posted_is_tried_again(run_function):
    """A failure leaves nothing behind that keeps the message from being sent."""
    for _ in range(2):
        with pytest.raises(AssertionError, match="answered 503"):
            run_function(data=begun("3"))
        assert "send_message" in [call.operation for call in run_function.calls]
