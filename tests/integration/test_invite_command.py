"""Invites and a page's keys from the command line."""

import json
from pathlib import Path

import pytest
from tests.integration.test_commands import SETTINGS, run

PAGE = "https://shop.example"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a folder with the settings of one site and a database."""
    origins = f'platform = "desk"\norigins = ["{PAGE}"]'
    settings = SETTINGS.replace('platform = "desk"', origins, 1)
    (tmp_path / "callingcard.toml").write_text(settings)
    assert run(tmp_path, "migrate").returncode == 0
    return tmp_path


def test_an_invite_is_printed_as_a_link(shop: Path):
    """For people the link alone, with a word of warning on standard error."""
    asked = ("invite", "--site", "shop", "--email", "Ada@Example.com")
    ran = run(shop, *asked, "--page", f"{PAGE}/hi")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"{PAGE}/hi?callingcard_invite=eyJ")
    assert "ada@example.com" not in ran.stdout.lower()
    assert "once" in ran.stderr
    plain = run(shop, *asked, "--first-name", "Ada", "--days", "2", "--json")
    answer = json.loads(plain.stdout)
    assert set(answer) == {"invite", "expiresAt"}
    assert answer["expiresAt"].endswith("Z")


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--site", "shop", "--email", "nobody"), 1, "identity.invalid_visitor"),
        (("--site", "nowhere", "--email", "a@b.example"), 1, "identity.unknown_site"),
        (
            ("--site", "shop", "--email", "a@b.example", "--page", "https://evil.example/"),
            1,
            "identity.invalid_invite",
        ),
        (("--site", "shop", "--email", "a@b.example", "--days", "8"), 2, "--days"),
        (("--site", "shop"), 2, "--email"),
    ],
)
def test_what_cannot_be_invited_is_told(
    shop: Path, arguments: tuple[str, ...], code: int, reason: str
):
    """1 for what cannot be done, 2 for misuse; nothing is printed as data."""
    ran = run(shop, "invite", *arguments)
    assert ran.returncode == code, ran.stderr
    assert reason in ran.stderr
    assert ran.stdout == ""


def test_a_pages_key_needs_the_site_it_is_for(shop: Path):
    """With a site and an origin it is publishable; without the site it is not made."""
    asked = ("keys", "create", "page", "--scope", "tokens:issue", "--origin", PAGE)
    assert run(shop, *asked).returncode == 1
    made = json.loads(run(shop, *asked, "--site", "shop", "--json").stdout)
    assert made["key"].startswith("cc_pk_")
    assert (made["site"], made["origins"]) == ("shop", [PAGE])
