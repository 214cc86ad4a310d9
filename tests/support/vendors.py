"""Fake chat vendors, first half: each checks what a page hands over, as its vendor says.

They compute every signature anew with hashlib and hmac, and share nothing with the code
that they check.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from tests.support.vendors_b import Refused, check, hs_claims, parts

__all__ = ["Refused"]


def intercom(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``Intercom('boot', …)`` with enforcement on; return the user id."""
    check(good="user_hash" not in settings, why="a token and a hash together")
    claims = hs_claims(settings["intercom_user_jwt"], secret, now, exp=False)
    check(good=bool(claims.get("user_id")), why="no user_id")
    return str(claims["user_id"])


def intercom_hmac(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``Intercom('boot', …)`` with a hash, of the user id if that is sent."""
    who = settings.get("user_id") or settings.get("email")
    check(good=bool(who), why="nobody")
    _hex(secret.encode(), str(who), settings["user_hash"])
    return str(who)


def zendesk(settings: Mapping[str, Any], *, keys: Mapping[str, str], now: int) -> str:
    """Take the token of ``loginUser``; return whom it names."""
    header = parts(settings["jwt"])[0]
    check(good=header.get("kid") in keys and header.get("typ") == "JWT", why="kid")
    claims = hs_claims(settings["jwt"], keys[header["kid"]], now, exp=False)
    check(good=claims.get("scope") == "user", why="scope")
    who = claims.get("external_id")
    check(good=isinstance(who, str) and 0 < len(who) <= 255, why="external_id")
    return str(who)


def zendesk_chat(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take the token of ``jwtFn``, which may not live long; return the user id."""
    claims = hs_claims(settings["jwt"], secret, now)
    for name in ("name", "email", "external_id"):
        check(good=bool(claims.get(name)), why=f"no {name}")
    iat = claims.get("iat")
    check(good=type(iat) is int and iat - 120 <= now, why="iat")
    check(good=claims["exp"] - claims["iat"] <= 7 * 60, why="lives too long")
    return str(claims["external_id"])


def crisp(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``user:email``; return the address that gets the green mark."""
    _hex(secret.encode(), settings["email"], settings["signature"])
    return str(settings["email"])


def chatwoot(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``setUser`` as its SDK and ``valid_hmac?`` do; return the identifier."""
    identifier, user = settings["identifier"], settings["user"]
    check(good=isinstance(identifier, (str, int)), why="identifier")
    check(good=bool({"avatar_url", "email", "name"} & set(user)), why="nothing to show")
    _hex(secret.encode(), str(identifier), user["identifier_hash"])
    return str(identifier)


def helpscout(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``Beacon('identify', …)`` in secure mode; return the address."""
    who = settings["identify"]
    _hex(secret.encode(), who["email"], who["signature"])
    return str(who["email"])


def front(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``FrontChat('init', …)``; with a user id the hash would be of that."""
    check(good="userId" not in settings, why="a hash of the address beside a user id")
    _hex(secret.encode(), settings["email"], settings["userHash"])
    return str(settings["email"])


def plain(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``Plain.init``; return the address that is matched to a customer."""
    details = settings["customerDetails"]
    _hex(secret.encode(), details["email"], details["emailHash"])
    return str(details["email"])


def pylon(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``window.pylon``; the secret is hexadecimal."""
    chat = settings["chat_settings"]
    check(good=bool(chat.get("name")), why="no name")
    _hex(bytes.fromhex(secret), chat["email"], chat["email_hash"])
    return str(chat["email"])


def _hex(key: bytes, text: str, given: str) -> None:
    """Refuse a hash that is not of exactly *text*, in lower-case hexadecimal."""
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    check(good=hmac.compare_digest(expected, given), why="signature")
