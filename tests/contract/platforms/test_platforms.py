"""Every platform is found by its name, keeps its secret, and signs as others would."""

import json
import logging
import sys
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.support.vouching import ADA, NOW, SECRET, private_key

import callingcard.platforms as public
from callingcard.errors import ConfigError
from callingcard.identity import platforms
from callingcard.identity.errors import InvalidVisitor, UnknownPlatform, Unverified
from callingcard.identity.model import Visitor
from callingcard.identity.ports import SigningPlatform
from callingcard.testing import check_platform

FOLDER = Path(__file__).parent / "vectors"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}
SIGNING = sorted(name for name in FILES if "vectors" in FILES[name])
ALL = [(name, vector) for name in SIGNING for vector in FILES[name]["vectors"]]
IDS = [f"{name}-{n}" for name in SIGNING for n, _ in enumerate(FILES[name]["vectors"])]
USER_ONLY = Visitor(user_id="u_42")

PLUGIN = '''
from callingcard.platforms import Front

class Parrot(Front):
    """A chat platform of another company."""

    name = "parrot"
'''


@pytest.mark.parametrize(("name", "vector"), ALL, ids=IDS)
def test_it_signs_what_others_sign(name: str, vector: dict[str, Any]):
    """Token and settings, byte for byte, as another implementation makes them."""
    platform = platforms.build(name, **vector["arguments"])
    visitor = Visitor(**vector["visitor"])
    assert isinstance(platform, SigningPlatform)
    token = platform.sign(visitor, NOW)
    assert vector["token"] == token.value
    assert vector["settings"] == platform.settings(visitor, token.value)


@pytest.mark.parametrize("name", SIGNING)
def test_it_keeps_the_contract(name: str):
    """The same checks that authors of other platforms run."""
    vectors = FILES[name]["vectors"]
    whole = max((Visitor(**v["visitor"]) for v in vectors), key=lambda v: v.email_verified)
    visitor = whole if whole.properties else ADA
    check_platform(platforms.build(name, **vectors[0]["arguments"]), visitor=visitor)


def test_every_platform_has_vectors_with_their_source():
    """And every file of vectors is of a platform; the desk's other side is ours too."""
    assert set(platforms.BUILT_IN) - {"desk"} == set(FILES)
    assert all(FILES[name]["source"].startswith("http") for name in SIGNING)
    assert all("Node.js" in FILES[name]["made_with"] for name in SIGNING)


@pytest.mark.parametrize("name", sorted(platforms.BUILT_IN))
def test_a_class_bears_its_registry_name(name: str):
    """The table, the class and the public face agree."""
    kind = platforms.BUILT_IN[name].partition(":")[2]
    assert getattr(public, kind).name == name
    assert kind in public.__all__
    assert kind in dir(public)


def test_the_public_face_has_nothing_else():
    """Neither more names than platforms, nor answers for others."""
    assert len(public.__all__) == len(platforms.BUILT_IN)
    with pytest.raises(AttributeError, match="Telegram"):
        _ = public.Telegram


def test_an_unknown_platform_is_told_with_those_there_are():
    """So that a typing error is plain."""
    with pytest.raises(UnknownPlatform) as caught:
        platforms.build("hubpsot")
    assert "helpscout, hmac, hubspot, intercom" in caught.value.hint


def test_an_installed_package_adds_a_platform_and_replaces_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An entry point is enough; ours cannot be taken over."""
    (tmp_path / "parrot_chat.py").write_text(PLUGIN, encoding="utf-8")
    info = tmp_path / "parrot_chat-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot-chat\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[callingcard.platforms]\nparrot = parrot_chat:Parrot\nfront = parrot_chat:Parrot\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    invalidate_caches()
    try:
        parrot = platforms.build("parrot", chat_id="c", secret=SECRET)
        assert parrot.name == "parrot"
        check_platform(parrot)
        assert platforms.build("front", chat_id="c", secret=SECRET).name == "front"
        assert "parrot" in platforms.known()
    finally:
        sys.modules.pop("parrot_chat", None)


WRONG = [
    ("intercom", {"app_id": "ab12", "secret": ""}),
    ("intercom", {"app_id": "", "secret": SECRET}),
    ("intercom", {"app_id": "ab12", "secret": f"{SECRET}\n"}),
    ("intercom", {"app_id": "ab12", "secret": 7}),
    ("intercom", {"app_id": "ab12", "secret": SECRET, "lifetime": 60}),
    ("intercom", {"app_id": "ab12", "secret": SECRET, "lifetime": 90_000}),
    ("intercom", {"app_id": "ab12", "secret": SECRET, "lifetime": True}),
    ("intercom", {"app_id": "ab12", "secret": SECRET, "colour": "red"}),
    ("intercom-hmac", {"app_id": "ab12", "secret": " "}),
    ("zendesk", {"key_id": "", "secret": SECRET}),
    ("zendesk", {"secret": SECRET}),
    ("zendesk-chat", {"secret": ""}),
    ("crisp", {"website_id": "a b\n", "secret": SECRET}),
    ("chatwoot", {"website_token": "w", "hmac_token": SECRET, "base_url": "chat.example"}),
    ("chatwoot", {"website_token": "w", "hmac_token": ""}),
    ("helpscout", {"beacon_id": "b", "secret": ""}),
    ("front", {"chat_id": None, "secret": SECRET}),
    ("plain", {"app_id": "a", "secret": ""}),
    ("pylon", {"app_id": "a", "secret": SECRET}),
    ("pylon", {"app_id": "a", "secret": "0af"}),
    ("jwt", {"secret": SECRET}),
    ("jwt", {"secret": SECRET, "claims": "{user_id}"}),
    ("jwt", {"secret": SECRET, "claims": {"scope": "user"}}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id?}"}}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id}", "exp": 9_999_999_999}}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id}", "x": "{password}"}}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id}", "x": "id-{user_id}"}}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id}", "x": ["a"]}}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id}"}, "extra": {"token": "x"}}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id}"}, "algorithm": "none"}),
    ("jwt", {"secret": SECRET, "claims": {"sub": "{user_id}"}, "algorithm": "RS256"}),
    ("jwt", {"private_key": "x", "claims": {"sub": "{user_id}"}, "algorithm": "RS256"}),
    ("jwt", {"claims": {"sub": "{user_id}"}}),
    ("hmac", {"secret": SECRET, "over": "name"}),
    ("hmac", {"secret": SECRET, "digest": "hex "}),
    ("hmac", {"secret": SECRET, "key_encoding": "hex"}),
    ("hmac", {"secret": SECRET, "key_encoding": "base64"}),
    ("hmac", {"secret": SECRET, "extra": {"token": "x"}}),
    ("hmac", {"secret": SECRET, "extra": {"deep": {"x": "{nothing}"}}}),
]


@pytest.mark.parametrize(("name", "settings"), WRONG)
def test_settings_that_cannot_work_stop_the_start(name: str, settings: dict[str, Any]):
    """Saying which, without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        platforms.build(name, **settings)
    assert SECRET not in f"{caught.value.message}{caught.value.hint}"


def test_a_weak_secret_of_a_vendor_is_warned_of(caplog: pytest.LogCaptureFixture):
    """Nobody but the vendor can make it longer, so it must do."""
    with caplog.at_level(logging.WARNING, "callingcard.identity"):
        platforms.build("front", chat_id="c", secret="short-canary")
    assert "Front's secret is weak" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("name", ["intercom", "zendesk", "zendesk-chat", "chatwoot"])
def test_without_a_user_id_nobody_is_vouched_for(name: str):
    """An address in its place would give one person two identities."""
    platform = platforms.build(name, **FILES[name]["vectors"][0]["arguments"])
    with pytest.raises(InvalidVisitor) as caught:
        platform.sign(Visitor("ada@example.com", email_verified=True), NOW)
    assert caught.value.fields == {"user_id": "is needed for this platform"}


@pytest.mark.parametrize("name", ["crisp", "helpscout", "front", "plain", "pylon", "hmac"])
def test_without_an_address_nobody_is_vouched_for(name: str):
    """There is nothing else that these know people by."""
    arguments = (
        {"secret": SECRET} if name == "hmac" else FILES[name]["vectors"][0]["arguments"]
    )
    with pytest.raises(InvalidVisitor) as caught:
        platforms.build(name, **arguments).sign(USER_ONLY, NOW)
    assert caught.value.fields == {"email": "is needed for this platform"}


def test_plain_is_never_told_of_an_address_that_nobody_proved():
    """Not even when the issuer allows it: to Plain the hash says that it is verified."""
    plain = platforms.build("plain", app_id="a", secret=SECRET)
    with pytest.raises(Unverified):
        plain.sign(Visitor("ada@example.com"), NOW)


def test_crisp_continues_a_chat_for_whoever_proved_the_address():
    """Same person, same secret name; another person, website or secret, another name."""
    arguments = {"website_id": "w", "secret": SECRET}
    crisp = platforms.build("crisp", **arguments)
    moved = Visitor("new@example.com", email_verified=True, user_id="u_42")
    known = crisp.settings(ADA, "t")["tokenId"]
    assert known == crisp.settings(moved, "t")["tokenId"]
    others = [
        crisp.settings(Visitor("ada@example.com", email_verified=True), "t"),
        crisp.settings(Visitor("b@example.com", email_verified=True, user_id="u_43"), "t"),
        platforms.build("crisp", **{**arguments, "website_id": "v"}).settings(ADA, "t"),
        platforms.build("crisp", **{**arguments, "secret": SECRET[::-1]}).settings(ADA, "t"),
    ]
    assert len({known, *(other["tokenId"] for other in others)}) == 5
    assert "tokenId" not in crisp.settings(Visitor("ada@example.com"), "t")
    assert known != crisp.sign(ADA, NOW).value


def test_the_generic_jwt_signs_with_a_private_key():
    """RS256, so the platform needs only the public half."""
    key = private_key()
    platform = platforms.build(
        "jwt", private_key=key, algorithm="RS256", key_id="k9", claims={"sub": "{user_id}"}
    )
    token = platform.sign(ADA, NOW).value
    public_half = jwt.PyJWK.from_dict(_public(key)).key
    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, public_half, ["RS256"], options=options)
    assert (claims["sub"], jwt.get_unverified_header(token)["kid"]) == ("u_42", "k9")
    check_platform(platform)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"sub": "{user_id}", "mail": "{email?}"}, {"sub": "u_42"}),
        (
            {"sub": "{user_id}", "mail": "{email?}", "sure": "{email_verified}"},
            {"sub": "u_42", "mail": "ada@example.com", "sure": False},
        ),
    ],
)
def test_the_generic_jwt_says_of_an_address_what_is_known(claims: Any, said: Any):
    """Left out unless proved, or said together with whether it is."""
    visitor = Visitor("ada@example.com", user_id="u_42")
    platform = platforms.build("jwt", secret=SECRET, claims=claims)
    token = platform.sign(visitor, NOW).value
    found = jwt.decode(token, options={"verify_signature": False})
    assert said == {name: found[name] for name in found if name not in {"iat", "exp"}}


def test_the_generic_jwt_refuses_who_lacks_a_claim():
    """Naming the field that the settings ask for."""
    claims = {"sub": "{user_id}", "plan": "{properties.plan}"}
    platform = platforms.build("jwt", secret=SECRET, claims=claims)
    with pytest.raises(InvalidVisitor) as caught:
        platform.sign(USER_ONLY, NOW)
    assert caught.value.fields == {"properties.plan": "is needed for this platform"}


def test_settings_cannot_be_changed_from_outside():
    """What was checked at the start is what signs."""
    claims: dict[str, Any] = {"sub": "{user_id}"}
    platform = platforms.build("jwt", secret=SECRET, claims=claims)
    claims["sub"] = "admin"
    token = platform.sign(ADA, NOW).value
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == "u_42"


def _public(pem: str) -> dict[str, Any]:
    """Return the public half of a PEM as a JWK."""
    key = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).prepare_key(pem)
    return json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
