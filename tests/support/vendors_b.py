"""Fake chat vendors: each checks what a page hands over, after the vendor's description.

Nothing here imports our code or a JWT library: signatures are checked with hashlib, hmac
and cryptography alone, so that a mistake of ours is not made twice.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256, SHA512


class Refused(Exception):
    """The vendor does not believe the page."""


def check(*, good: bool, why: str) -> None:
    """Refuse with *why* unless *good*."""
    if not good:
        raise Refused(why)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Return header, claims, what is signed, and the signature of a JWT."""
    segments = token.split(".")
    check(good=len(segments) == 3, why="not three segments")
    raw = [base64.urlsafe_b64decode(s + "=" * (-len(s) % 4)) for s in segments]
    return (
        json.loads(raw[0]),
        json.loads(raw[1]),
        f"{segments[0]}.{segments[1]}".encode(),
        raw[2],
    )


def hs_claims(token: str, secret: str, now: int, *, exp: bool = True) -> dict[str, Any]:
    """Return the claims of a token signed with *secret* and not expired at *now*."""
    header, claims, signed, signature = parts(token)
    check(good=header.get("alg") == "HS256", why="algorithm")
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    check(good=hmac.compare_digest(expected, signature), why="signature")
    _check_exp(claims, now, needed=exp)
    return claims


def rs_claims(token: str, key: RSAPublicKey, now: int) -> dict[str, Any]:
    """Return the claims of a token signed with the private half of *key*."""
    header, claims, signed, signature = parts(token)
    digest = {"RS256": SHA256(), "RS512": SHA512()}.get(str(header.get("alg")))
    if digest is None:
        raise Refused("algorithm")
    try:
        key.verify(signature, signed, PKCS1v15(), digest)
    except InvalidSignature:
        raise Refused("signature") from None
    _check_exp(claims, now, needed=True)
    return claims


def _check_exp(claims: Mapping[str, Any], now: int, *, needed: bool) -> None:
    """Refuse a token that has ended, or that never ends where it must."""
    if "exp" in claims:
        check(good=type(claims["exp"]) is int and now < claims["exp"], why="expired")
    check(good="exp" in claims or not needed, why="no exp")


def drift(settings: Mapping[str, Any], *, secret: str, now: int) -> str:
    """Take ``drift.identify`` in the mode REQUIRED; return the user id."""
    claims = hs_claims(settings["userJwt"], secret, now, exp=False)
    check(good=bool(claims.get("sub")), why="no sub")
    check(good=claims["sub"] == settings["userId"], why="another user")
    return str(claims["sub"])


def salesforce(
    settings: Mapping[str, Any], *, jwks: Mapping[str, Any], issuer: str, now: int
) -> str:
    """Take ``setIdentityToken`` with a keyset of *issuer*; return the subject."""
    check(good=settings["identityTokenType"] == "JWT", why="type")
    token = settings["identityToken"]
    header = parts(token)[0]
    keys = {key["kid"]: key for key in jwks["keys"]}
    check(good=header.get("kid") in keys, why="kid")
    claims = rs_claims(token, _salesforce_key(keys[header["kid"]]), now)
    check(good=claims.get("iss") == issuer, why="issuer")
    check(good=bool(claims.get("sub")), why="no sub")
    check(good=type(claims.get("iat")) is int and claims["iat"] <= now, why="iat")
    return str(claims["sub"])


def _salesforce_key(jwk: Mapping[str, Any]) -> RSAPublicKey:
    """Return the key of *jwk*, whose certificate must be there and of the same key."""
    check(good=jwk.get("kty") == "RSA" and bool(jwk.get("x5c")), why="no x5c")
    certificate = x509.load_der_x509_certificate(base64.b64decode(jwk["x5c"][0]))
    numbers = [
        int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=="), "big")
        for name in ("n", "e")
    ]
    key = RSAPublicNumbers(n=numbers[0], e=numbers[1]).public_key()
    check(good=certificate.public_key() == key, why="x5c of another key")
    check(good=key.key_size >= 2048, why="a short key")
    return key


def libredesk(settings: Mapping[str, Any], *, secret: str, now: int) -> dict[str, Any]:
    """Take ``Libredesk.setUser``: verifyStandardJWT and the exchange in cmd/chat.go."""
    header, claims, signed, signature = parts(settings["jwt"])
    hashes = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
    check(good=header.get("alg") in hashes, why="algorithm")
    expected = hmac.digest(secret.encode(), signed, hashes[header["alg"]])
    check(good=hmac.compare_digest(expected, signature), why="signature")
    _check_exp(claims, now, needed=True)
    for name, longest in (("external_user_id", 128), ("email", 254), ("first_name", 128)):
        text = claims.get(name, "")
        check(good=0 < len(text.encode()) <= longest, why=f"400 {name}")
    check(good=len(claims.get("last_name", "").encode()) <= 128, why="400 last_name")
    return claims


def tiledesk(
    authorization: str, *, project: str, secret: str, now: int
) -> tuple[str, str, dict[str, Any]]:
    """Take the header of ``auth/signinWithCustomToken``; return uid, address, claims."""
    scheme, _, token = authorization.partition(" ")
    check(good=scheme.lower() == "jwt", why="scheme")
    claims = hs_claims(token, secret, now, exp=False)
    check(good=claims.get("sub") == "userexternal", why="sub")
    check(good=claims.get("aud") == f"https://tiledesk.com/projects/{project}", why="aud")
    check(good=str(claims.get("_id", "")).startswith(f"{project}_"), why="_id")
    check(good=bool(claims.get("email")), why="no email")
    return claims["_id"].removeprefix(f"{project}_"), claims["email"], claims


def sunshine(settings: Mapping[str, Any], *, keys: Mapping[str, str], now: int) -> str:
    """Take ``Smooch.init`` for an app with *keys* by id; return the external id."""
    kid = parts(settings["jwt"])[0].get("kid")
    check(good=kid in keys, why="kid")
    claims = hs_claims(settings["jwt"], keys[str(kid)], now, exp=False)
    check(good=claims.get("scope") == "user", why="scope")
    check(good=bool(claims.get("external_id")), why="no external_id")
    check(good=claims["external_id"] == settings["externalId"], why="another user")
    return str(claims["external_id"])


def kustomer(settings: Mapping[str, Any], *, secret: str, now: int) -> tuple[str, str]:
    """Take ``Kustomer.login``: the address wins over the external id."""
    claims = hs_claims(settings["jwtToken"], secret, now, exp=False)
    check(good=type(claims.get("iat")) is int, why="no iat")
    check(good=now - 900 <= claims["iat"] <= now, why="iat")
    for name in ("email", "externalId"):
        if claims.get(name):
            return name, claims[name]
    raise Refused("nobody")


def tawk(settings: Mapping[str, Any], *, secret: str) -> str:
    """Take ``Tawk_API.login`` or, without a user id, ``Tawk_API.visitor``."""
    over = settings["userId"] if "userId" in settings else settings.get("email", "")
    check(good=bool(over), why="nobody")
    expected = hmac.new(secret.encode(), over.encode(), hashlib.sha256).hexdigest()
    check(good=hmac.compare_digest(expected, settings["hash"]), why="401 hash")
    return over


def freshchat(
    settings: Mapping[str, Any], *, widget: str, public_key: bytes, now: int
) -> dict[str, Any]:
    """Take ``fcWidget.authenticate`` in strict mode, in the widget that has *widget*."""
    key = serialization.load_pem_public_key(public_key)
    check(good=isinstance(key, RSAPublicKey), why="key")
    assert isinstance(key, RSAPublicKey)
    claims = rs_claims(settings["jwtAuthToken"], key, now)
    check(good=bool(claims.get("freshchat_uuid")), why="no freshchat_uuid")
    check(good=claims["freshchat_uuid"] == widget, why="another widget")
    check(good=claims.get("reference_id") == settings.get("externalId"), why="another user")
    return claims


def helpcrunch(init: Mapping[str, Any], *, secret: str) -> dict[str, Any]:
    """Take ``HelpCrunch('init')``: *init* is what the page made of the settings.

    The user arrives as an object, is written by PHP again, and hashed with the secret.
    """
    signed = php_json_encode(init["user"]) + secret
    expected = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
    check(good=hmac.compare_digest(expected, init["signature"]), why="signature")
    return dict(init["user"])


def php_json_encode(value: Any) -> str:
    """Write *value* as PHP's json_encode does without flags, letter by letter."""
    if isinstance(value, Mapping):
        members = (f"{php_json_encode(str(k))}:{php_json_encode(v)}" for k, v in value.items())
        return "{" + ",".join(members) + "}"
    assert isinstance(value, str)
    short = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f"}
    short |= {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    written: list[str] = []
    for letter in value:
        if letter in short:
            written.append(short[letter])
        elif " " <= letter <= "\x7f":
            written.append(letter)
        else:
            units = letter.encode("utf-16-be").hex()
            written.extend(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    return '"' + "".join(written) + '"'


class LiveChatAccounts:
    """LiveChat's Accounts API: makes customers and tokens for an agent's access token."""

    def __init__(self, *, agent_token: str, client_id: str, organization_id: str) -> None:
        self.customers: set[str] = set()
        self.tokens: dict[str, tuple[str, int]] = {}
        self._agent = agent_token
        self._app = {"client_id": client_id, "organization_id": organization_id}

    def token(
        self, headers: Mapping[str, str], body: bytes, *, now: int
    ) -> tuple[int, dict[str, Any]]:
        """Answer ``POST /v2/customer/token``."""
        if headers.get("Authorization") != f"Bearer {self._agent}":
            return 401, {"error": "unauthorized"}
        given = json.loads(body)
        wanted = {"grant_type": "agent_token", "response_type": "token", **self._app}
        if {name: given.get(name) for name in wanted} != wanted:
            return 400, {"error": "invalid_request"}
        entity = given.get("entity_id") or str(
            uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.tokens}")
        )
        if "entity_id" in given and entity not in self.customers:
            return 400, {"error": "invalid_request"}
        self.customers.add(entity)
        access_token = f"dal:customer_{len(self.tokens)}"
        self.tokens[access_token] = entity, now + 28_800
        return 200, {
            "access_token": access_token,
            "entity_id": entity,
            "expires_in": 28_800,
            "token_type": "Bearer",
            **self._app,
        }

    def widget(self, settings: Mapping[str, Any], *, now: int) -> str:
        """Take what the page's provider returns for ``getToken``; return the customer."""
        token = settings["customerToken"]
        entity, end = self.tokens.get(token["accessToken"], ("", 0))
        check(good=bool(entity) and now < end, why="token")
        check(good=token["entityId"] == entity, why="another customer")
        lasts = token["creationDate"] + token["expiresIn"]
        check(good=now * 1000 < lasts <= end * 1000, why="the widget thinks otherwise")
        check(good=token["tokenType"] == "Bearer", why="type")
        return entity
