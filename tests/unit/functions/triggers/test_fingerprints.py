"""Like failures have one fingerprint, and different ones have different ones."""

from callingcard.functions.model.runs import CallRecord, Failure, Frame
from callingcard.functions.service.telling.fingerprints import fingerprint, normalised


def failure(*functions: str, line: int = 3, message: str = "m", kind: str = "E") -> Failure:
    """Return a failure that passed these functions of the customer's own file."""
    frames = [Frame(name, line) for name in functions]
    return Failure(kind, message, (*frames, Frame("get", 9, module="httpx")))


def call(
    status: int | None, *, operation: str = "create", error: str = "status"
) -> CallRecord:
    """Return a call that did not work."""
    return CallRecord("connector", "hubspot", operation, 0, 1, status, error)


def test_lines_and_messages_do_not_matter_where_the_place_is_known():
    """A line that moved and another message are the same fault in the same function."""
    assert fingerprint("f", failure("main", "price")) == fingerprint(
        "f", failure("main", "price", line=7, message="other")
    )


def test_place_kind_and_function_matter():
    """Where it passed, what it was and whose it was each make another fault."""
    made = {
        fingerprint("f", failure("main")),
        fingerprint("g", failure("main")),
        fingerprint("f", failure("main", "price")),
        fingerprint("f", failure("main", kind="Other")),
    }
    assert len(made) == 4


def test_a_connectors_failure_is_told_apart_by_the_class_of_its_status():
    """A 502 and a 503 are one fault; a 404, another operation and no answer are others."""
    broken = failure("main", kind="ConnectorError")
    same = [fingerprint("f", broken, [call(status)]) for status in (502, 503)]
    others = [
        fingerprint("f", broken, [one])
        for one in (call(404), call(503, operation="get"), call(None), call(200, error=""))
    ]
    assert same[0] == same[1]
    assert len({*same, *others}) == 5


def test_the_version_of_the_algorithm_is_in_it():
    """Whoever makes a better algorithm does not mix its groups with these."""
    assert fingerprint("f", failure()).startswith("v1-")
    assert fingerprint("f", failure()) == "v1-" + fingerprint("f", failure())[3:]


def test_parts_cannot_run_into_each_other():
    """A function named like the beginning of an exception is no other's twin."""
    assert fingerprint("ab", Failure("c", "")) != fingerprint("a", Failure("bc", ""))


def test_what_changes_each_time_is_left_out():
    """Addresses, ids, hashes and numbers are no part of a message."""
    one = "ada@example.com 123e4567-e89b-12d3-a456-426614174000 deadbeef01 3.5  times"
    assert normalised(one) == "<address> <id> <hex> <number> times"
