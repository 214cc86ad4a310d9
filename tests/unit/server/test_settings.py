"""Settings come from defaults, file, environment and flags, and wrong ones are explained."""

from pathlib import Path

import pytest

from callingcard.errors import ConfigError
from callingcard.server.settings.loading import load, read, shown
from callingcard.server.settings.reference import example_toml

SHOP = """
[sites.shop]
platform = "hubspot"
origins = ["https://shop.example"]
[sites.shop.jwt]
issuer = "shop"
keys = [ { kid = "2026-11", secret = { env = "SHOP_SECRET" } } ]
[sites.shop.hubspot]
access_token = { file = "token.txt" }
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    """Write the settings file."""
    Path("callingcard.toml").write_text(text, encoding="utf-8")


def test_nothing_has_to_be_configured():
    """Without a file everything has a default."""
    assert load().settings.public_url == "http://127.0.0.1:8400"


def test_the_stronger_source_wins(monkeypatch: pytest.MonkeyPatch):
    """A flag beats the environment, which beats the file; each is named as origin."""
    write("[server]\nport = 1\nhost = 'a'\npublic_url = 'https://a.example'\n")
    monkeypatch.setenv("CALLINGCARD_SERVER__PORT", "2")
    monkeypatch.setenv("CALLINGCARD_SERVER__HOST", "b")
    found = load(flags={"server": {"port": 3}})
    server = found.settings.server
    assert (server.port, server.host, server.public_url) == (3, "b", "https://a.example")
    assert found.origin("server.port") == "flag"
    assert found.origin("server.host") == "environment"
    assert found.origin("server.public_url") == "callingcard.toml"
    assert found.origin("cache.url") == "default"


def test_secrets_are_read_from_where_they_are(monkeypatch: pytest.MonkeyPatch):
    """{ env } and { file } are resolved, and never shown."""
    write(SHOP)
    Path("token.txt").write_text("pat-na1-canary\n", encoding="utf-8")
    monkeypatch.setenv("SHOP_SECRET", "a canary of more than 32 bytes, really")
    settings = load().settings
    assert settings.sites["shop"].platform_settings == {"access_token": "pat-na1-canary"}
    assert "canary" not in repr(settings)
    assert "canary" not in str(shown(settings))


def test_a_secret_may_be_in_a_file_named_by_the_environment(monkeypatch: pytest.MonkeyPatch):
    """CALLINGCARD_A__B_FILE names a file that holds the value."""
    Path("url").write_text("https://chat.example\n", encoding="utf-8")
    monkeypatch.setenv("CALLINGCARD_SERVER__PUBLIC_URL_FILE", "url")
    assert load().settings.public_url == "https://chat.example"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[server]\nprot = 1", "Did you mean port?"),
        ("[servr]\nport = 1", "Did you mean server?"),
        ("[sites.shop]\nplatform = 'desk'\nprooof = 'key'", "Did you mean proof?"),
        (
            "[sites.a]\nplatform = 'desk'\nproof = 'key'\n[sites.a.jwks.claims]\nemial = 'x'",
            "Did you mean email?",
        ),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(text: str, named: str):
    """A typo is an error with a suggestion, not a setting that does nothing."""
    write(text)
    with pytest.raises(ConfigError) as caught:
        load()
    assert caught.value.hint == named


def test_an_unknown_variable_is_an_error(monkeypatch: pytest.MonkeyPatch):
    """A section misspelt in the environment is not ignored."""
    monkeypatch.setenv("CALLINGCARD_SERVR__PORT", "1")
    with pytest.raises(ConfigError, match="CALLINGCARD_SERVR__PORT"):
        load()


@pytest.mark.parametrize(
    "text",
    [
        "[server]\nport = 70000",
        "[server]\npublic_url = 'https://a.example/path'",
        "[server]\nsecret_keys = ['changeme']",
        "[sites.shop]\nplatform = 'hubspot'\n",
        "[sites.shop]\nplatform = 'hubspot'\nproof = 'key'\n[sites.shop.crisp]\nsecret = 'x'",
        "not toml at all",
        "[sites.shop]\nplatform = 'hubspot'\nproof = 'jwks'\n",
        "[sites.shop]\nplatform = 'hubspot'\nproof = 'header'\n",
        "[sites.shop]\nplatform = 'hubspot'\nproof = 'key'\nunverified = 'perhaps'\n",
        "[sites.shop]\nplatform = 'hubspot'\nproof = 'key'\norigins = ['https://A.example']",
        "[sites.'a b']\nplatform = 'hubspot'\nproof = 'key'",
        "sites = 1",
        SHOP,
    ],
)
def test_what_cannot_work_is_refused_before_the_start(text: str):
    """Wrong values, weak secrets and missing variables stop the start."""
    write(text)
    with pytest.raises(ConfigError):
        load()


def test_the_example_changes_nothing():
    """The printed example is a valid file that sets what is the default anyway."""
    bare = load().settings
    uncommented = [
        line.removeprefix("# ")
        for line in example_toml().partition("# A site")[0].splitlines()
        if line.startswith("[") or " = " in line
    ]
    write("\n".join(uncommented))
    assert load().settings == bare


RSA = """
[sites.shop]
platform = "hubspot"
[sites.shop.jwt]
issuer = "shop"
keys = [ { kid = "1", algorithm = "ES256", public_key = "PEM" } ]
[sites.shop.hubspot]
access_token = "pat-canary"
"""


def test_a_backend_may_sign_with_a_key_of_its_own():
    """ES256 takes a public key and no secret; HS256 the other way round."""
    write(RSA)
    jwt = load().settings.sites["shop"].jwt
    assert jwt is not None
    assert (jwt.keys[0].algorithm, jwt.keys[0].material) == ("ES256", "PEM")
    for wrong in ('algorithm = "HS256"', 'secret = "x", algorithm = "ES256"'):
        write(RSA.replace('algorithm = "ES256"', wrong))
        with pytest.raises(ConfigError, match=r"sites\.shop\.jwt\.keys\.0"):
            load()


def test_a_platform_named_like_a_section_takes_its_arguments_in_settings():
    """[sites.NAME.settings] works for every platform; both at once are a mistake."""
    site = (
        '[sites.shop]\nplatform = "jwt"\nproof = "key"\n[sites.shop.settings]\nsecret = "s"\n'
    )
    write(site)
    section = load().settings.sites["shop"]
    assert section.platform_settings == {"secret": "s"}
    assert "'s'" not in repr(section)
    write(site.replace('"jwt"', '"crisp"') + '[sites.shop.crisp]\nsecret = "s"\n')
    with pytest.raises(ConfigError, match="not both"):
        load()


def test_what_is_shown_of_a_site_names_no_secret():
    """The platform's section has its own name again, and stars."""
    write(RSA)
    site = shown(load().settings)["sites"]["shop"]
    assert site["hubspot"] == {"access_token": "***"}
    assert "settings" not in site


def test_one_wrong_site_leaves_the_others_readable():
    """A running server takes what it can use, and knows why not the rest."""
    write(RSA + '[sites.blog]\nplatform = "desk"\nproof = "jwt"\n')
    found = read()
    assert set(found.settings.sites) == {"shop"}
    assert found.problems["blog"].message.startswith("sites.blog")
    with pytest.raises(ConfigError, match=r"sites\.blog"):
        load()


def test_the_environment_sets_a_site_too(monkeypatch: pytest.MonkeyPatch):
    """A platform's secret may come from a variable of its own."""
    write(RSA)
    monkeypatch.setenv("CALLINGCARD_SITES__SHOP__HUBSPOT__ACCESS_TOKEN", "pat-other")
    section = load().settings.sites["shop"]
    assert section.platform_settings == {"access_token": "pat-other"}
