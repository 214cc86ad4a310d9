"""A site's account is by the minute, bounded, and says how the site is."""

from datetime import timedelta

import pytest

from callingcard.errors import CallingcardError
from callingcard.identity.errors import PlatformRefused, PlatformUnavailable, ProofInvalid
from callingcard.identity.service.happenings import Called, Issued, Recovered, Tripped
from callingcard.kit.clock import FakeClock
from callingcard.server.metrics import Metrics
from callingcard.server.sites.activity import FAILURES, MINUTES, SiteActivity, quantile


class Oddity(CallingcardError):
    """A failure with whatever message a test wants."""

    code = "test.oddity"


def test_minutes_are_counted_apart(clock: FakeClock):
    """What happened a minute later is in another bucket, and quiet minutes are left out."""
    activity = SiteActivity(clock)
    activity.observe(Issued("memory"))
    activity.observe(Issued("upstream"))
    clock.advance(timedelta(minutes=3))
    activity.refused(ProofInvalid())
    first, last = activity.since(60)
    assert first.sources == {"memory": 1, "upstream": 1}
    assert (last.refused, last.sources.total()) == (1, 0)
    assert last.at - first.at == timedelta(minutes=3)


def test_only_what_was_asked_for_is_shown(clock: FakeClock):
    """The last hour does not hold what is older."""
    activity = SiteActivity(clock)
    activity.observe(Issued("signed"))
    clock.advance(timedelta(minutes=60))
    assert activity.since(60) == []
    assert len(activity.since(61)) == 1


def test_a_day_is_kept_and_no_more(clock: FakeClock):
    """Memory is bounded: after two busy days one is there."""
    activity = SiteActivity(clock)
    for _ in range(2 * MINUTES):
        activity.observe(Issued("memory"))
        clock.advance(timedelta(minutes=1))
    assert len(activity.since(10 * MINUTES)) == MINUTES
    assert activity.totals.sources["memory"] == 2 * MINUTES


def test_a_clock_set_back_loses_nothing(clock: FakeClock):
    """What happens after a jump back is counted in the latest bucket."""
    activity = SiteActivity(clock)
    activity.observe(Issued("memory"))
    clock.advance(timedelta(hours=-1))
    activity.observe(Issued("memory"))
    clock.advance(timedelta(hours=1))
    assert [bucket.sources["memory"] for bucket in activity.since(5)] == [2]


def test_failures_alike_are_one_with_a_count(clock: FakeClock):
    """Twenty kinds are kept, the latest first; one that comes again moves up."""
    activity = SiteActivity(clock)
    for number in range(FAILURES + 5):
        activity.refused(Oddity(f"kind {number}"))
    clock.advance(timedelta(seconds=9))
    activity.refused(Oddity("kind 10", hint="do this"))
    failures = activity.failures()
    assert len(failures) == FAILURES
    assert (failures[0].message, failures[0].count) == ("kind 10", 2)
    assert (failures[0].at, failures[0].remedy) == (clock.now(), "do this")
    assert failures[-1].message == "kind 5"


def test_a_trip_is_trouble_until_it_is_over(clock: FakeClock):
    """The state says since when; a second trip does not begin a new trouble."""
    activity = SiteActivity(clock)
    assert activity.health.state == "unknown"
    activity.observe(Called(0.1))
    assert activity.health.state == "ok"
    began = clock.now()
    activity.observe(Tripped(PlatformRefused("no such key")))
    clock.advance(timedelta(minutes=1))
    activity.observe(Tripped(PlatformRefused("still no such key")))
    assert (activity.health.state, activity.health.since) == ("trouble", began)
    assert activity.health.error is not None
    assert activity.health.error.message == "still no such key"
    activity.observe(Recovered())
    assert (activity.health.state, activity.health.error) == ("ok", None)


def test_new_settings_begin_with_a_clean_slate(clock: FakeClock):
    """Who changed the key is not shown the old key's trouble."""
    activity = SiteActivity(clock)
    activity.observe(Tripped(PlatformRefused("no such key")))
    activity.renewed()
    assert activity.health.state == "unknown"


def test_latency_is_estimated_from_boxes(clock: FakeClock):
    """The median of quick calls is quick, and one slow call shows in the 95th percentile."""
    activity = SiteActivity(clock)
    for _ in range(18):
        activity.observe(Called(0.020))
    for _ in range(2):
        activity.observe(Called(3.0, PlatformUnavailable("slow")))
    (bucket,) = activity.since(1)
    assert (bucket.calls, bucket.errors) == (20, 2)
    assert 10 < (quantile(bucket.latency, 0.5) or 0) <= 25
    assert 2500 < (quantile(bucket.latency, 0.95) or 0) <= 5000
    assert quantile(bucket.latency, 1) == 5000


def test_prometheus_is_told_of_every_site(clock: FakeClock):
    """Labels are the site and a word from a short list; a tripped site is down."""
    metrics, activity = Metrics(), SiteActivity(clock)
    metrics.watch(lambda: {"shop": activity})
    activity.observe(Issued("memory"))
    activity.observe(Called(0.2, PlatformRefused("no such key")))
    activity.observe(Tripped(PlatformRefused("no such key")))
    activity.refused(ProofInvalid())
    activity.abuse("abuse_suspected")
    lines = metrics.exposition().decode().splitlines()
    for line in (
        'callingcard_tokens_total{site="shop",source="memory"} 1.0',
        'callingcard_upstream_seconds_bucket{le="0.25",site="shop"} 1.0',
        'callingcard_upstream_seconds_count{site="shop"} 1.0',
        'callingcard_upstream_errors_total{code="identity.platform_refused",site="shop"} 1.0',
        'callingcard_refusals_total{code="identity.proof_invalid",site="shop"} 1.0',
        'callingcard_abuse_total{kind="abuse_suspected",site="shop"} 1.0',
        'callingcard_site_up{site="shop"} 0.0',
    ):
        assert line in lines


def test_trouble_and_its_end_are_told_once_each(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
):
    """Whoever is alerted by the log hears which site, why, and what to do about it."""
    activity = SiteActivity(clock, "shop")
    refused = PlatformRefused(
        "It does not know our key.", hint="Copy it whole.", whole_site=True
    )
    with caplog.at_level("INFO", "callingcard.sites"):
        activity.observe(Tripped(refused))
        activity.observe(Recovered())
    said = [str(record.msg) for record in caplog.records]
    assert ["identity.site_tripped" in said[0], "identity.site_recovered" in said[1]] == [
        True,
        True,
    ]
    assert all(
        word in said[0] for word in ("shop", "It does not know our key.", "Copy it whole.")
    )
