"""The rules of alerts, on their own: when somebody is told, and in what words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callingcard.functions.model.alerts import Failing, Group, GroupState
from callingcard.functions.service.telling.alert_rules import (
    QUIET,
    Message,
    alert_text,
    counted,
    gathered,
    muted,
    new_group,
    recovered,
    recovers,
    wait_before,
)

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
FAILING = Failing("v1-a", "function f", "failure", "ValueError: no", NOON, "run-1", "v1")


def after(group: Group, times: int, *, at: datetime = NOON) -> tuple[Group, int]:
    """Return *group* after so many failures, and how often somebody was told."""
    told = 0
    for _ in range(times):
        group, now = counted(group, replace(FAILING, at=at))
        told += now
    return group, told


@given(st.integers(1, 3000))
def test_somebody_is_told_as_often_as_the_count_has_digits(times: int):
    """Once for each power of ten that was passed."""
    group, told = after(new_group(FAILING), times)
    assert (group.count, told) == (times, len(str(times)))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_counting_many_at_once_tells_no_more_often(goes: list[int]):
    """Failures counted together pass the same marks, and are told at most once a go."""
    group, told = new_group(FAILING), 0
    for go in goes:
        group, now = counted(group, replace(FAILING, count=go))
        told += now
    assert group.count == sum(goes)
    assert 1 <= told <= min(len(goes), len(str(sum(goes))))


def test_a_group_that_recovered_begins_anew():
    """It keeps what was counted in all, and tells at its first failure."""
    group, _ = after(new_group(FAILING), 5)
    again, told = after(recovered(group), 1)
    assert (again.count, again.streak, again.state, told) == (6, 1, GroupState.ALERTED, 1)


def test_a_mute_ends_by_itself():
    """The failure at its end is told; one moment earlier it is not."""
    group = muted(after(new_group(FAILING), 1)[0], NOON + timedelta(hours=1))
    early = NOON + timedelta(hours=1) - timedelta(microseconds=1)
    assert after(group, 3, at=early)[1] == 0
    ended, told = after(group, 1, at=NOON + timedelta(hours=1))
    assert (told, ended.state, ended.muted_until) == (1, GroupState.ALERTED, None)


def test_what_ends_a_fault():
    """Quiet does, and so does another version that works; the same one at once does not."""
    group, _ = after(new_group(FAILING), 1)
    assert not recovers(group, version="v1", now=NOON + QUIET - timedelta(seconds=1))
    assert recovers(group, version="v1", now=NOON + QUIET)
    assert recovers(group, version="v2", now=NOON)
    assert not recovers(replace(group, last_version=None), version="v2", now=NOON)


def test_a_message_is_complete():
    """Who, what, how often, when, and where to look."""
    group, _ = after(new_group(FAILING), 10)
    assert alert_text(group, public_url="https://chat.test") == Message(
        "function f: ValueError: no (10 times)",
        "Function f has failed.\n"
        "ValueError: no\n"
        "\n"
        "Counted 10 times since 2030-01-01 12:00 UTC; last at 2030-01-01 12:00:00 UTC.\n"
        "Run run-1: https://chat.test/app/runs/run-1\n"
        "All alerts: https://chat.test/app/alerts",
    )


def test_a_long_digest_says_how_many_more():
    """After fifty lines it only counts."""
    body, message = "Many:", Message("a", "b")
    for number in range(53):
        body = gathered(body, number, message)
    assert body.count("\n- a") == 50
    assert body.endswith("\n… and 3 more")


def test_waits_grow_to_an_hour():
    """In a day a message is tried some thirty times, not thousands."""
    waits = [wait_before(attempt) for attempt in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)
