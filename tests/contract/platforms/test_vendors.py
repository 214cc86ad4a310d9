"""Vendors, written from their own descriptions, believe our tokens and no others."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support import vendors
from tests.support.vouching import (
    ADA,
    OTHER_SECRET,
    SECOND,
    SECRET,
    ZOE,
    forged,
    handed,
    unsigned,
)

from callingcard.identity.platforms import build

HEX, OTHER_HEX = "00112233445566778899aabbccddeeff" * 2, "ff" * 16 + "0123456789abcdef" * 2

Take = Callable[[dict[str, Any], int], str]


def row(name: str, take: Callable[..., str], who: str, **arguments: str) -> Any:
    """Return one row: a platform by *name*, its vendor, and what it knows people by."""
    secret = {"secret": SECRET} if "secret" not in arguments else {}
    if name == "chatwoot":
        secret = {"hmac_token": SECRET}
    key = arguments.get("secret", SECRET)
    return pytest.param(
        build(name, **arguments, **secret),
        lambda settings, now: take(settings, secret=key, now=now),
        who,
        id=name,
    )


VENDORS = [
    row("intercom", vendors.intercom, "user_id", app_id="ab12"),
    row("intercom-hmac", vendors.intercom_hmac, "user_id", app_id="ab12"),
    pytest.param(
        build("zendesk", key_id="app_1", secret=SECRET),
        lambda settings, now: vendors.zendesk(settings, keys={"app_1": SECRET}, now=now),
        "user_id",
        id="zendesk",
    ),
    row("zendesk-chat", vendors.zendesk_chat, "user_id"),
    row("crisp", vendors.crisp, "email", website_id="w"),
    row("chatwoot", vendors.chatwoot, "user_id", website_token="w"),
    row("helpscout", vendors.helpscout, "email", beacon_id="b"),
    row("front", vendors.front, "email", chat_id="c"),
    row("plain", vendors.plain, "email", app_id="a"),
    row("pylon", vendors.pylon, "email", app_id="a", secret=HEX),
]
JWTS = [each for each in VENDORS if each.id in {"intercom", "zendesk", "zendesk-chat"}]
HASHES = [each for each in VENDORS if each not in JWTS]
_HASH_MEMBERS = {
    "user_hash",
    "userHash",
    "emailHash",
    "email_hash",
    "signature",
    "identifier_hash",
}


@pytest.mark.parametrize("visitor", [ADA, ZOE], ids=["ada", "zoe"])
@pytest.mark.parametrize(("platform", "take", "who"), VENDORS)
def test_a_vendor_believes_us(platform: Any, take: Take, who: str, visitor: Any):
    """And knows the visitor by what we signed, whatever letters it has."""
    assert take(handed(platform, visitor), SECOND) == getattr(visitor, who)


@pytest.mark.parametrize(("platform", "take", "who"), VENDORS)
def test_another_secret_is_refused(platform: Any, take: Take, who: str):
    """Of another account, say."""
    field = "hmac_token" if platform.name == "chatwoot" else "secret"
    other = OTHER_HEX if platform.name == "pylon" else OTHER_SECRET
    with pytest.raises(vendors.Refused, match="signature"):
        take(handed(replace(platform, **{field: other})), SECOND)


@pytest.mark.parametrize(("platform", "take", "who"), HASHES)
def test_a_hash_is_of_nobody_else(platform: Any, take: Take, who: str):
    """A page that puts another person beside Ada's hash is refused."""
    with pytest.raises(vendors.Refused, match="signature"):
        take(mixed(handed(platform, ZOE), handed(platform)), SECOND)


@pytest.mark.parametrize(("platform", "take", "who"), JWTS)
def test_beside_a_jwt_nobody_is_named(platform: Any, take: Take, who: str):
    """So there is nothing that a page could put another person in."""
    assert set(handed(platform)) <= {"jwt", "intercom_user_jwt", "app_id"}


def mixed(theirs: Any, ours: Any) -> Any:
    """Return *theirs* with the hash of *ours*, wherever it stands."""
    if not isinstance(theirs, dict):
        return theirs
    return {
        name: ours[name] if name in _HASH_MEMBERS else mixed(inner, ours.get(name))
        for name, inner in theirs.items()
    }


@pytest.mark.parametrize(("platform", "take", "who"), JWTS)
def test_a_jwt_ends(platform: Any, take: Take, who: str):
    """Good in its last second, refused in the next."""
    settings = handed(platform)
    end = SECOND + (300 if platform.name == "zendesk-chat" else 3600)
    assert take(settings, end - 1) == ADA.user_id
    with pytest.raises(vendors.Refused, match="expired"):
        take(settings, end)


@pytest.mark.parametrize(
    ("name", "changed", "why"),
    [
        ("intercom", {"user_id": None}, "no user_id"),
        ("zendesk", {"scope": "appUser"}, "scope"),
        ("zendesk", {"external_id": None}, "external_id"),
        ("zendesk-chat", {"email": None}, "no email"),
        ("zendesk-chat", {"exp": SECOND + 500}, "lives too long"),
        ("zendesk-chat", {"iat": SECOND + 200}, "iat"),
    ],
)
def test_a_vendor_misses_what_we_always_say(name: str, changed: dict[str, Any], why: str):
    """The claims that it insists on are no ornament."""
    platform, take, _ = next(each.values for each in JWTS if each.id == name)
    settings = handed(platform)
    member = "intercom_user_jwt" if name == "intercom" else "jwt"
    with pytest.raises(vendors.Refused, match=why):
        take({**settings, member: forged(settings[member], **changed)}, SECOND)


@pytest.mark.parametrize(("platform", "take", "who"), JWTS)
def test_a_jwt_without_a_signature_is_refused(platform: Any, take: Take, who: str):
    """The oldest trick."""
    settings = handed(platform)
    member = "intercom_user_jwt" if platform.name == "intercom" else "jwt"
    with pytest.raises(vendors.Refused, match=r"algorithm|kid"):
        take({**settings, member: unsigned(settings[member])}, SECOND)


def test_zendesk_looks_for_the_key_that_is_named():
    """Another key's name is as bad as another key."""
    settings = handed(build("zendesk", key_id="app_2", secret=SECRET))
    with pytest.raises(vendors.Refused, match="kid"):
        vendors.zendesk(settings, keys={"app_1": SECRET}, now=SECOND)


def test_pylon_would_refuse_the_secret_as_text():
    """The mistake that gives a hash of the right length."""
    settings = handed(build("front", chat_id="c", secret=HEX))
    chat = {"email": "ada@example.com", "name": "Ada", "email_hash": settings["userHash"]}
    with pytest.raises(vendors.Refused, match="signature"):
        vendors.pylon({"chat_settings": chat}, secret=HEX, now=SECOND)


def test_intercom_takes_no_hash_beside_a_token():
    """Both together are refused, so we never hand both."""
    settings = handed(build("intercom", app_id="ab12", secret=SECRET))
    with pytest.raises(vendors.Refused, match="together"):
        vendors.intercom({**settings, "user_hash": "x"}, secret=SECRET, now=SECOND)
