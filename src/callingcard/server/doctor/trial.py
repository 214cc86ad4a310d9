"""Tries a site's platform with a visitor who does not exist, and reads the answer.

One call tells whether the platform is reachable, how fast it is, whether it takes the
key, and what time it thinks it is.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, cast

from callingcard.backends.fetch import AsyncFetch, Unreachable
from callingcard.errors import CallingcardError
from callingcard.identity.model import Visitor
from callingcard.identity.ports import CallingPlatform, Platform, SigningPlatform
from callingcard.kit.clock import Clock, stopwatch
from callingcard.kit.codec import parse_json_object
from callingcard.kit.wire import Reply
from callingcard.server.doctor.findings import Finding, fail, ok, warn

SLOW_SECONDS: Final = 2.0
SKEW_WARN: Final = timedelta(seconds=30)
SKEW_FAIL: Final = timedelta(minutes=5)

_SCOPE_REMEDY: Final = (
    "Give the private app conversations.visitor_identification.tokens.create, and copy its"
    " token anew."
)
_NOBODY: Final = {
    "email": "doctor@callingcard.invalid.example",
    "email_verified": True,
    "user_id": "callingcard-doctor",
    "first_name": "Callingcard",
    "last_name": "Doctor",
}


async def try_platform(
    platform: Platform, subject: str, clock: Clock
) -> AsyncIterator[Finding]:
    """Have a token made; yields what is to be said about that."""
    visitor = Visitor(**cast("dict[str, Any]", _NOBODY))
    if isinstance(platform, SigningPlatform):
        yield _signed(platform, visitor, subject, clock.now())
    elif isinstance(platform, CallingPlatform):
        async for finding in _called(platform, visitor, subject, clock):
            yield finding


def _signed(
    platform: SigningPlatform, visitor: Visitor, subject: str, now: datetime
) -> Finding:
    """Sign a token, which asks nobody: whether the platform takes it shows in its chat."""
    try:
        platform.sign(visitor, now)
    except CallingcardError as error:
        return fail(subject, f"{error.code}: {error.message}", error.hint or "See the docs.")
    return ok(
        subject,
        f"{platform.name} issued a token, signed here",
        f"If the chat does not take it: {platform.guide.failure}",
    )


async def _called(
    platform: CallingPlatform, visitor: Visitor, subject: str, clock: Clock
) -> AsyncIterator[Finding]:
    """Call the platform once."""
    fetch, started, asked_at = AsyncFetch(clock=clock), stopwatch(), clock.now()
    try:
        reply = await fetch.send(platform.request(visitor))
    except Unreachable as error:
        yield fail(
            subject,
            f"{platform.name} could not be reached: {error.message}",
            "Check base_url, DNS, the firewall and the way out of this machine.",
        )
        return
    finally:
        await fetch.close()
    seconds = stopwatch() - started
    yield _answer(platform, reply, subject, asked_at)
    if seconds > SLOW_SECONDS:
        yield warn(
            subject,
            f"{platform.name} took {seconds:.1f} s to answer",
            "Visitors wait as long at their first visit. Look at the way to it, or at its"
            " status page.",
        )
    yield _clock_skew(reply, clock.now(), subject)


def _answer(
    platform: CallingPlatform, reply: Reply, subject: str, asked_at: datetime
) -> Finding:
    """Say what the platform's answer means."""
    try:
        platform.read(reply, asked_at=asked_at)
    except CallingcardError as error:
        remedy = error.hint or "See the platform's status page."
        if platform.name == "hubspot" and reply.status == HTTPStatus.FORBIDDEN:
            return fail(subject, *_scope_or_tier(reply, remedy))
        return fail(subject, error.message, remedy)
    return ok(subject, f"{platform.name} issued a token")


def _scope_or_tier(reply: Reply, remedy: str) -> tuple[str, str]:
    """Tell the two reasons for HubSpot's 403 apart, as far as it does.

    A missing scope is named in ``errors[].context.requiredGranularScopes``; what a
    plan too low looks like HubSpot does not document, so that is what is left.
    https://developers.hubspot.com/docs/api-reference/error-handling
    """
    try:
        body = parse_json_object(reply.body)
    except ValueError:
        body = {}
    if body.get("category") == "MISSING_SCOPES" or b"requiredGranularScopes" in reply.body:
        return (
            "HubSpot: the access token lacks a scope (403)",
            _SCOPE_REMEDY,
        )
    return (
        "HubSpot does not let this account create visitor tokens (403)",
        f"Check that the account's plan is Professional or Enterprise. If it is: {remedy}",
    )


def _clock_skew(reply: Reply, now: datetime, subject: str) -> Finding:
    """Compare our clock with the platform's, by the Date of its answer."""
    try:
        theirs = parsedate_to_datetime(reply.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return warn(
            subject,
            "the platform's answer had no time in it, so our clock was not compared",
            "Check that time synchronisation (NTP) is on.",
        )
    skew = abs(now - theirs)
    if skew <= SKEW_WARN:
        return ok(subject, "our clock agrees with the platform's")
    said = (
        subject,
        f"our clock is {int(skew.total_seconds())} s away from the platform's",
        "Switch on time synchronisation (NTP): proofs and tokens go by the time.",
    )
    return fail(*said) if skew > SKEW_FAIL else warn(*said)
