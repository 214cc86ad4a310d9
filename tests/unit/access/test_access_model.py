"""Origins, roles and the life of a session, as plain functions."""

from datetime import UTC, datetime, timedelta

import pytest

from callingcard.access.model import Session, UserId, includes, origin_problem
from callingcard.kit.actor import Role

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "http://localhost:8401",
        "http://127.0.0.1:8401",
        "http://[::1]:8401",
        "https://xn--bcher-kva.example",
        "https://shop.example:8443",
    ],
)
def test_an_origin_as_browsers_write_it_is_fine(origin: str):
    """These are what a browser sends."""
    assert origin_problem(origin) is None


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "null",
        "shop.example",
        "https://",
        "https://*.shop.example",
        "https://shop.example/",
        "https://Shop.example",
        "HTTPS://shop.example",
        "https://shop.example:443",
        "http://shop.example:80",
        "https://shop.example:0",
        "https://shop.example:",
        "https://user@shop.example",
        "https://bücher.example",
        "https://shop.example\n",
        "https://shop.example.",
        "ftp://shop.example",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(origin: str):
    """Each would either never match or match too much."""
    assert origin_problem(origin)


def test_a_role_includes_those_below_it():
    """Owner, operator, agent: each may do what the ones after it may."""
    order = [Role.OWNER, Role.OPERATOR, Role.AGENT]
    for place, role in enumerate(order):
        assert order[place:] == [needed for needed in order if includes(role, needed)]
    assert not includes(None, Role.AGENT)


@pytest.mark.parametrize(
    ("age", "idle", "alive"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(days=29), timedelta(days=6), True),
        (timedelta(days=7), timedelta(days=7), False),
        (timedelta(days=30), timedelta(0), False),
        (timedelta(hours=-1), timedelta(hours=-1), True),
    ],
)
def test_a_session_lives_while_it_is_young_and_used(
    *, age: timedelta, idle: timedelta, alive: bool
):
    """Thirty days in all, seven unused; a clock set back ends nothing."""
    session = Session(
        id="s",
        user_id=UserId("1"),
        created_at=NOON - age,
        expires_at=NOON - age + timedelta(days=30),
        last_seen_at=NOON - idle,
    )
    assert alive is session.alive(NOON)
