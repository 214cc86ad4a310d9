"""Keys are fetched seldom, by one at a time, and outlive an outage, but not for ever."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from tests.support.identity_provider import CASES, KID, NOON, certificate, jwk
from tests.support.key_house import (
    DISCOVERY,
    ISSUER,
    PEMS,
    PLACE,
    SECOND,
    House,
    published,
    settle,
)

from callingcard.backends.fetch import AsyncFetch
from callingcard.identity import keysets
from callingcard.identity.errors import KeysUnavailable
from callingcard.identity.keysets import (
    COOLDOWN,
    FRESH,
    STALE,
    KeySets,
)
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.identity.proofs.keys import MAX_KEYS, KeyLocation
from callingcard.identity.proofs.presets import ProviderSettings, provider
from callingcard.kit.clock import FakeClock
from callingcard.kit.wire import Reply


async def test_a_set_is_fetched_once_and_kept(house: House):
    """However often its keys are asked for, and by whomever."""
    for _ in range(100):
        assert await house.finds()
    assert house.sets.source(PLACE) is house.sets.source(KeyLocation(PLACE.url))
    assert house.asked == [PLACE.url]


async def test_a_crowd_makes_one_fetch(house: House):
    """Those who come during a fetch wait for it."""
    house.hold.clear()
    crowd = [asyncio.create_task(house.finds()) for _ in range(500)]
    await settle()
    house.hold.set()
    assert set(await asyncio.gather(*crowd)) == {True}
    assert len(house.asked) == 1


async def test_who_gives_up_harms_nobody(house: House):
    """Not even when it is the one who asked first."""
    house.hold.clear()
    crowd = [asyncio.create_task(house.finds()) for _ in range(9)]
    await settle()
    for task in crowd[:5]:
        task.cancel()
    house.hold.set()
    done = await asyncio.gather(*crowd, return_exceptions=True)
    assert [one for one in done if not isinstance(one, asyncio.CancelledError)] == [True] * 4
    assert len(house.asked) == 1


async def test_made_up_kids_cause_no_fetch_each(house: House):
    """A thousand in a minute are worth two or three calls, and the good key stays good."""
    for number in range(1000):
        assert await house.finds(f"made-up-{number}") is False
        assert await house.finds()
        house.clock.advance(SECOND * 0.06)
    assert len(house.asked) <= 3


async def test_a_new_key_is_found_when_it_is_first_seen(house: House):
    """Rotation loses no visitor, if the last fetch was not only just."""
    assert await house.finds()
    house.answer = lambda _: published(KID, "new")
    assert await house.finds("new") is False
    house.clock.advance(COOLDOWN)
    assert await house.finds("new")
    assert len(house.asked) == 2


async def test_a_key_that_is_withdrawn_is_forgotten_within_the_hour(house: House):
    """Nobody uses a set that is older without asking again."""
    assert await house.finds()
    house.answer = lambda _: published("new")
    house.clock.advance(FRESH - SECOND)
    assert await house.finds()
    await settle()
    assert await house.finds() is False


async def test_an_idle_hour_is_no_excuse(house: House):
    """The first visitor after it waits for the new set."""
    assert await house.finds()
    house.answer = lambda _: published("new")
    house.clock.advance(FRESH * 5)
    assert await house.finds() is False


async def test_a_busy_set_is_renewed_before_anybody_waits(house: House):
    """From three quarters of its life on, while the old keys serve."""
    assert await house.finds()
    house.clock.advance(FRESH * 0.8)
    house.hold.clear()
    for _ in range(50):
        assert await asyncio.wait_for(house.finds(), 1)
    await settle()
    assert len(house.asked) == 2
    house.hold.set()
    await settle()
    house.clock.advance(FRESH * 0.5)
    assert await house.finds()
    assert len(house.asked) == 2


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("public, max-age=600", timedelta(seconds=600)),
        ("max-age=1", timedelta(minutes=5)),
        ("max-age=999999999, immutable", FRESH),
        ("no-store", FRESH),
        ("s-max-age=600", FRESH),
        ("max-age=soon", FRESH),
    ],
)
async def test_a_provider_may_ask_for_less(house: House, said: str, kept: timedelta):
    """And neither for so little that it is asked all the time, nor for more than an hour."""
    house.answer = lambda _: published(KID, cache_control=said)
    assert await house.finds()
    house.answer = lambda _: published("new")
    house.clock.advance(kept - SECOND)
    house.hold.clear()
    assert await asyncio.wait_for(house.finds(), 1)
    house.hold.set()
    house.clock.advance(SECOND)
    assert await house.finds() is False


async def test_an_outage_is_outlived_for_a_day(house: House):
    """With the last keys, one call in half a minute, and nobody waiting for it."""
    assert await house.finds()
    house.down()
    house.clock.advance(FRESH)
    assert await house.finds()
    house.hold.clear()
    for _ in range(10):
        house.clock.advance(COOLDOWN / 10)
        assert await asyncio.wait_for(house.finds(), 1)
    house.hold.set()
    await settle()
    assert len(house.asked) == 3
    house.clock.advance(STALE - FRESH - COOLDOWN - SECOND)
    assert await house.finds()
    house.clock.advance(SECOND)
    assert await house.finds() is None
    house.answer = lambda _: published(KID)
    house.clock.advance(COOLDOWN)
    assert await house.finds()


async def test_nothing_to_go_by_is_a_503_with_a_wait(house: House):
    """And asking all the same makes no call before the wait is over."""
    house.down()
    for _ in range(20):
        with pytest.raises(KeysUnavailable) as caught:
            await house.sets.source(PLACE).find(KID)
        house.clock.advance(SECOND)
    assert caught.value.retryable
    assert caught.value.retry_after == COOLDOWN - 19 * SECOND
    assert len(house.asked) == 1
    house.clock.advance(COOLDOWN)
    house.answer = lambda _: published(KID)
    assert await house.finds()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, {}, b"secret"),
        Reply(302, {"location": "http://127.0.0.1/secret"}, b""),
        Reply(404, {}, b"{}"),
        Reply(200, {}, b"<html>secret"),
        Reply(200, {}, b"\xff\xfe"),
        published(*[f"k{n}" for n in range(MAX_KEYS + 1)]),
    ],
)
async def test_a_useless_answer_is_an_outage(house: House, reply: Reply):
    """Before the first good one and after; and the error quotes nothing of it."""
    house.answer = lambda _: reply
    with pytest.raises(KeysUnavailable) as caught:
        await house.sets.source(PLACE).find(KID)
    assert "secret" not in f"{caught.value}{caught.value.hint}{caught.value.why}"
    house.answer = lambda _: published(KID)
    house.clock.advance(COOLDOWN)
    assert await house.finds()
    house.answer = lambda _: reply
    house.clock.advance(FRESH)
    assert await house.finds()


@pytest.mark.parametrize(
    "body",
    [
        b'{"keys":[]}',
        b'{"keys":[{"kty":"oct","kid":"key-1","k":"c2VjcmV0"}]}',
        b'{"keys":[{"kty":"EC","crv":"P-521","kid":"key-1"}]}',
    ],
)
async def test_keys_that_are_all_withdrawn_are_gone(house: House, body: bytes):
    """A provider that revokes its only key means it; that is no outage."""
    assert await house.finds()
    house.answer = lambda _: Reply(200, {}, body)
    house.clock.advance(FRESH)
    assert await house.finds() is False
    assert await house.sets.usable(PLACE) == {}


async def test_who_makes_up_kids_waits_for_no_call(house: House):
    """Of those who come during a reload only who asked for that very key waits for it."""
    assert await house.finds()
    house.clock.advance(COOLDOWN)
    house.hold.clear()
    house.answer = lambda _: published(KID, "new")
    waiting = [asyncio.create_task(house.finds("new")) for _ in range(20)]
    await settle()
    for number in range(100):
        assert await asyncio.wait_for(house.finds(f"made-up-{number}"), 1) is False
        assert await asyncio.wait_for(house.finds(), 1)
    house.hold.set()
    assert set(await asyncio.gather(*waiting)) == {True}
    assert len(house.asked) == 2


async def test_during_an_outage_made_up_kids_wait_for_no_call_either(house: House):
    """They are told to come back: one of them may be a new key."""
    assert await house.finds()
    house.down()
    house.clock.advance(FRESH)
    assert await house.finds()
    house.clock.advance(COOLDOWN)
    house.hold.clear()
    first = asyncio.create_task(house.finds("made-up"))
    await settle()
    for number in range(100):
        assert await asyncio.wait_for(house.finds(f"made-up-{number}"), 1) is None
    house.hold.set()
    assert await first is None
    assert len(house.asked) == 3


@pytest.mark.parametrize("place", [PLACE, DISCOVERY, PEMS])
async def test_nobody_waits_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch, place: KeyLocation
):
    """Two calls that are slow each count as one."""
    monkeypatch.setattr(keysets, "FIND_SECONDS", 0.02)
    house.hold.clear()
    with pytest.raises(KeysUnavailable) as caught:
        await asyncio.wait_for(house.sets.source(place).find("real-1"), 2)
    assert "does not answer" in caught.value.why


async def test_an_unknown_kid_during_an_outage_is_not_called_a_forgery(house: House):
    """It may be a new key: who can tell comes back later."""
    assert await house.finds()
    house.down()
    house.clock.advance(COOLDOWN)
    assert await house.finds("new") is None
    assert await house.finds()


async def test_a_clock_set_back_does_not_keep_a_set_for_ever(house: House):
    """Whichever way it jumped, the set counts as old."""
    assert await house.finds()
    house.answer = lambda _: published("new")
    house.clock.advance(-FRESH * 3)
    assert await house.finds() is False


async def test_certificates_are_kept_likewise(house: House):
    """As Google publishes those of session cookies."""
    body = json.dumps({KID: certificate("RS256")}).encode()
    house.answer = lambda _: Reply(200, {}, body)
    place = KeyLocation("https://www.example/publicKeys", "x509")
    assert await house.finds(place=place)
    assert await house.sets.usable(place) == {KID: "RS256"}


def discovery(**document: Any) -> Callable[[str], Reply]:
    """Return a provider with a discovery document."""

    def answer(url: str) -> Reply:
        if url.endswith("openid-configuration"):
            return Reply(200, {}, json.dumps(document).encode())
        return published(KID)

    return answer


async def test_discovery_leads_to_the_keys(house: House):
    """On another host too, as with Google."""
    house.answer = discovery(issuer=ISSUER, jwks_uri="https://keys.example/certs?v=3")
    assert await house.finds(place=DISCOVERY)
    assert house.asked == [DISCOVERY.url, "https://keys.example/certs?v=3"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": 7},
        {"issuer": f"{ISSUER}/", "jwks_uri": "https://keys.example/certs"},
        {"issuer": "https://eve.example", "jwks_uri": "https://keys.example/certs"},
        {"issuer": ISSUER, "jwks_uri": "http://127.0.0.1:6379/"},
        {"issuer": ISSUER, "jwks_uri": "http://keys.example/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://user@keys.example/certs"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": "https://127.0.0.1:8500/v1/kv"},
        {"issuer": ISSUER, "jwks_uri": "https://localhost/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://a.LOCALHOST./certs"},
        {"issuer": ISSUER, "jwks_uri": "https://10.0.0.7/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://192.168.1.1/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://169.254.169.254/latest"},
        {"issuer": ISSUER, "jwks_uri": "https://100.64.0.1/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://0.0.0.0/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://[::1]/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://[fe80::1]/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://[fd00::1]/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://[::ffff:10.0.0.7]/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://2130706433/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://127.1/certs"},
        {"issuer": ISSUER, "jwks_uri": "https://0x7f.1/certs"},
    ],
)
async def test_discovery_leads_nowhere_else(house: House, document: dict[str, Any]):
    """Another issuer's document, or a place keys must not come from, is an outage."""
    house.answer = discovery(**document)
    assert await house.finds(place=DISCOVERY) is None
    assert house.asked == [DISCOVERY.url]


@pytest.mark.parametrize(
    ("issuer", "keys"),
    [
        ("http://127.0.0.1:9000", "http://localhost:9000/certs"),
        ("https://10.0.0.7/realms/shop", "https://10.0.0.8/certs"),
        ("https://localhost", "https://[::1]/certs"),
        (ISSUER, "https://8.8.8.8/certs"),
        (ISSUER, "https://[2606:4700::1111]/certs"),
    ],
)
async def test_an_issuer_of_one_s_own_network_may_have_its_keys_there(
    house: House, issuer: str, keys: str
):
    """The operator named that network; and an address that is public is like a name."""
    place = KeyLocation(f"{issuer}/.well-known/openid-configuration", "discovery", issuer)
    house.answer = discovery(issuer=issuer, jwks_uri=keys)
    assert await house.finds(place=place)
    assert house.asked == [place.url, keys]


async def test_the_doctor_sees_the_keys_or_why_not(house: House):
    """By name and algorithm; after a failure it asks again as soon as it may."""
    assert await house.sets.usable(PLACE) == {KID: "ES256"}
    house.down()
    house.clock.advance(FRESH)
    with pytest.raises(KeysUnavailable) as caught:
        await house.sets.usable(PLACE)
    assert "does not answer" in caught.value.why
    house.answer = lambda _: published("new")
    house.clock.advance(COOLDOWN)
    assert await house.sets.usable(PLACE) == {"new": "ES256"}


async def test_closing_ends_what_is_under_way(house: House):
    """Nothing is left to run when the loop ends."""
    house.hold.clear()
    waiting = asyncio.create_task(house.finds())
    await settle()
    await house.sets.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


class Published(BaseHTTPRequestHandler):
    """A provider on this machine."""

    def do_GET(self) -> None:
        """Send the set of keys."""
        body = json.dumps({"keys": [jwk(CASES["none"].algorithm)]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


async def test_a_token_is_checked_with_keys_that_came_over_the_wire():
    """From the settings to the visitor, with a real call in between."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
    Thread(target=server.serve_forever, daemon=True).start()
    fetch = AsyncFetch()
    try:
        case = CASES["none"]
        settings = ProviderSettings(
            url=f"http://127.0.0.1:{server.server_port}/jwks",
            issuer=case.settings.issuer,
            audience=case.settings.audience,
        )
        found = provider("none", settings)
        proof = JwksProof(found, KeySets(fetch, FakeClock()).source(found.location))
        given = found.places[0].holding(case.token())
        visitor = await proof.visitor(given, NOON)
        assert visitor is not None
        assert visitor.email == case.email
    finally:
        await fetch.close()
        server.shutdown()
        server.server_close()
