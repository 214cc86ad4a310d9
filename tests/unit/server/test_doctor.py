"""The doctor tells apart what looks alike to a visitor, and says what to do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.support.served_sites import SECRET, Served, hubspot, served, shop

from callingcard.kit.actor import Role, Scope
from callingcard.server.doctor import trial
from callingcard.server.doctor.examine import examine
from callingcard.server.doctor.findings import Finding, Level

SCOPES = {
    "status": "error",
    "category": "MISSING_SCOPES",
    "message": "This app hasn't been granted all required scopes to make this call.",
    "errors": [{"context": {"requiredGranularScopes": ["conversations.x"]}}],
}
TOKEN = {"token": "a-token"}


@contextmanager
def answering(status: int, body: Any, *, late: timedelta = timedelta(0)) -> Iterator[str]:
    """Run a HubSpot that gives one answer, its clock *late*; yields its URL."""

    class Answer(BaseHTTPRequestHandler):
        """Gives the answer."""

        def do_POST(self) -> None:
            """Answer whatever is asked."""
            self.rfile.read(int(self.headers["content-length"]))
            reply = json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header("Date", format_datetime(datetime.now(UTC) - late, usegmt=True))
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def do_GET(self) -> None:
            """Answer with no body to read."""
            self.headers["content-length"] = "0"
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def findings(house: Served, site: str | None = None) -> list[Finding]:
    """Return the whole report."""
    return [finding async for finding in examine(house.services, site=site)]


def said(found: list[Finding], level: Level) -> str:
    """Return what is said at one level, remedies too."""
    return "\n".join(f"{f.message} | {f.remedy}" for f in found if f.level is level)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"category": "INVALID_AUTHENTICATION"}, ("does not know the access token",)),
        (403, SCOPES, ("lacks a scope", "visitor_identification.tokens.create")),
        (403, {"message": "forbidden"}, ("Professional or Enterprise",)),
        (404, {}, ("no such address", "base_url")),
        (503, {}, ("HubSpot answered 503",)),
        (200, {"nothing": 1}, ("held no token",)),
    ],
)
async def test_each_refusal_has_its_own_remedy(
    tmp_path: Path, status: int, body: Any, words: tuple[str, ...]
):
    """A wrong token, a missing scope, a plan too low and an outage are four things."""
    with answering(status, body) as url:
        async with served(tmp_path, hubspot(url)) as house:
            told = said(await findings(house, "crm"), Level.FAIL)
            assert all(word in told for word in words), told


async def test_a_site_that_works_is_ok_and_reminds_of_enforcement(tmp_path: Path):
    """Nothing is wrong; what the operator has to switch on is said all the same."""
    with answering(200, TOKEN) as url:
        async with served(tmp_path, hubspot(url)) as house:
            found = await findings(house, "crm")
            assert {finding.level for finding in found} == {Level.OK}
            assert "issued a token" in said(found, Level.OK)
            assert "enforcement" in said(found, Level.OK)
            assert "clock agrees" in said(found, Level.OK)


async def test_nobody_there_is_told_from_nobody_willing(tmp_path: Path):
    """No connection is a matter of networks, not of keys."""
    with answering(200, TOKEN) as url:
        pass
    async with served(tmp_path, hubspot(url)) as house:
        assert "could not be reached" in said(await findings(house, "crm"), Level.FAIL)


@pytest.mark.parametrize(
    ("late", "level"),
    [(timedelta(seconds=90), Level.WARN), (timedelta(minutes=10), Level.FAIL)],
)
async def test_a_clock_that_is_off_is_found(tmp_path: Path, late: timedelta, level: Level):
    """Half a minute is worth a warning, five minutes break proofs."""
    with answering(200, TOKEN, late=late) as url:
        async with served(tmp_path, hubspot(url)) as house:
            told = said(await findings(house, "crm"), level)
            assert "away from the platform's" in told
            assert "NTP" in told


async def test_a_slow_platform_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Visitors wait as long as we do."""
    monkeypatch.setattr(trial, "SLOW_SECONDS", 0.0)
    with answering(200, TOKEN) as url:
        async with served(tmp_path, hubspot(url)) as house:
            assert "to answer" in said(await findings(house, "crm"), Level.WARN)


MINT = shop(("k1", SECRET)).replace("origins", 'unverified = "mint"\norigins')
HEADER = """
[sites.shop]
platform = "desk"
proof = "header"
[sites.shop.header]
preset = "authelia"
trusted_peers = ["203.0.0.0/9"]
[sites.shop.desk]
base_url = "http://127.0.0.1:8400"
inbox = "web"
key_id = "k"
secret = "changeme-changeme-changeme-0123456789"
"""
MANY = shop(*[(f"k{n}", f"secret number {n} of the shop's backend") for n in range(5)])


@pytest.mark.parametrize(
    ("text", "level", "words"),
    [
        (MINT, Level.WARN, "nobody proved"),
        (HEADER, Level.WARN, "203.0.0.0/9"),
        (HEADER, Level.WARN, "no origins"),
        (HEADER, Level.FAIL, "placeholder"),
        (MANY, Level.WARN, "5 keys"),
        (shop(("k1", SECRET)), Level.OK, "To rotate"),
    ],
)
async def test_settings_that_work_may_still_be_unwise(
    tmp_path: Path, text: str, level: Level, words: str
):
    """What an operator may not have meant is said, with what to do instead."""
    async with served(tmp_path, text) as house:
        told = said(await findings(house, "shop"), level)
        assert words in told, told


JWKS = """
[sites.shop]
platform = "desk"
proof = "jwks"
origins = ["https://shop.example"]
[sites.shop.jwks]
url = "{}/keys"
issuer = "https://idp.example/"
audience = "shop"
[sites.shop.desk]
base_url = "http://127.0.0.1:8400"
inbox = "web"
key_id = "k"
secret = "the desk's secret, of 32 bytes or more"
"""


@pytest.mark.parametrize("body", [{"keys": []}, {"nonsense": True}])
async def test_a_provider_without_usable_keys_is_found(tmp_path: Path, body: Any):
    """A key set that is empty, or none, is found before the first visitor does."""
    with answering(200, body) as url:
        async with served(tmp_path, JWKS.format(url)) as house:
            assert "keys" in said(await findings(house, "shop"), Level.FAIL)


async def test_a_provider_that_is_down_is_found(tmp_path: Path):
    """Its keys cannot be had, and that is said."""
    with answering(200, {}) as url:
        pass
    async with served(tmp_path, JWKS.format(url)) as house:
        assert "cannot be had" in said(await findings(house, "shop"), Level.FAIL)


async def test_the_installation_is_looked_at_too(tmp_path: Path):
    """Address, secrets, people, keys in pages: each with a remedy when it is not ok."""
    text = '[server]\npublic_url = "http://chat.example"\n' + shop(("k1", SECRET))
    async with served(tmp_path, text) as house:
        await house.services.keys.create(
            "page", [Scope.TOKENS], site="gone", origins=["https://shop.example"]
        )
        (tmp_path / "data" / "secret.key").chmod(0o644)
        found = await findings(house)
        warned = said(found, Level.WARN)
        assert "not HTTPS" in warned
        assert "nobody can sign in" in warned
        assert "for the site gone, which does not exist" in warned
        assert "chmod 600" in said(found, Level.FAIL)
        assert all(f.remedy for f in found if f.level is not Level.OK)
        await house.services.users.add("o@shop.example", "O", role=Role.OWNER)
        assert "somebody can sign in" in said(await findings(house), Level.OK)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('inbox = "web"', 'inbox = ""'),
        lambda text: text.replace(SECRET, "short"),
        lambda text: text.replace('"desk"', '"desc"').replace("shop.desk", "shop.desc"),
    ],
)
async def test_a_site_out_of_service_is_a_finding(tmp_path: Path, spoil: Callable[[str], str]):
    """What stopped a reload is what the doctor says."""
    text = shop(("k1", SECRET))
    async with served(tmp_path, text) as house:
        await house.keys()
        house.write(spoil(text))
        await house.reload()
        assert "sites.shop" in said(await findings(house, "shop"), Level.FAIL)


async def test_no_finding_holds_a_secret_or_an_address(tmp_path: Path):
    """People paste reports into issues."""
    with answering(403, {"message": "pat-canary ada@example.com"}) as url:
        async with served(tmp_path, hubspot(url, "pat-canary")) as house:
            report = str(await findings(house))
            assert "pat-canary" not in report
            assert "ada@" not in report
