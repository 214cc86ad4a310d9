"""Sites change while they are served, and no visitor notices."""

import asyncio
import signal
from pathlib import Path

import pytest
from tests.support.served_sites import (
    OTHER_SECRET,
    SECRET,
    Served,
    hubspot,
    proof,
    served,
    shop,
)
from tests.support.upstream import counting_hubspot

from callingcard.errors import ConfigError
from callingcard.server.run import reloading
from callingcard.server.sites import registry

ONE = shop(("k1", SECRET))
CACHE = '[cache]\nurl = "sqlite:///{}"\n'


async def test_two_live_keys_rotate_under_load(tmp_path: Path):
    """Old proofs, then both, then new ones: every answer is a token."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        statuses: list[int] = []
        current = proof("k1", SECRET)
        stop = asyncio.Event()

        async def visitors() -> None:
            while not stop.is_set():
                reply = await house.token(**current)
                statuses.append(reply.status_code)
                await asyncio.sleep(0)

        load = [asyncio.create_task(visitors()) for _ in range(8)]
        await asyncio.sleep(0.1)
        house.write(shop(("k2", OTHER_SECRET), ("k1", SECRET)))
        assert (await house.reload())["sites"] == [
            {"name": "shop", "changed": True, "problem": None}
        ]
        current = proof("k2", OTHER_SECRET)
        await asyncio.sleep(0.1)
        house.write(shop(("k2", OTHER_SECRET)))
        await house.reload()
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.gather(*load)
        assert len(statuses) > 50
        assert set(statuses) == {200}
        assert (await house.token(**proof("k1", SECRET))).status_code == 401


async def test_a_proof_that_was_accepted_before_goes_with_its_key(tmp_path: Path):
    """What is known again by its hash is forgotten with the key that signed it."""
    async with served(tmp_path, shop(("k2", OTHER_SECRET), ("k1", SECRET))) as house:
        await house.keys()
        accepted = proof("k1", SECRET)
        before = [(await house.token(**accepted)).status_code for _ in range(2)]
        house.write(shop(("k2", OTHER_SECRET)))
        await house.reload()
        assert [*before, (await house.token(**accepted)).status_code] == [200, 200, 401]


async def test_only_what_changed_is_built_anew(tmp_path: Path):
    """The other sites keep their issuers, and with them what they have in memory."""
    two = ONE + shop(("k1", SECRET), name="blog")
    async with served(tmp_path, two) as house:
        await house.keys()
        before = dict(house.services.sites)
        house.write(ONE.replace("k1", "k9") + shop(("k1", SECRET), name="blog"))
        changed = {s["name"]: s["changed"] for s in (await house.reload())["sites"]}
        assert changed == {"shop": True, "blog": False}
        assert house.services.sites["blog"] is before["blog"]
        assert house.services.sites["shop"] is not before["shop"]


async def test_a_site_taken_out_of_the_file_is_served_no_more(tmp_path: Path):
    """And one that was added is there at once."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        house.write(shop(("k1", SECRET), name="blog"))
        await house.reload()
        assert (await house.token("shop", **proof())).status_code == 404
        assert (await house.token("blog", **proof())).status_code == 200


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("this is no TOML", "is not valid TOML"),
        ("[servr]\nport = 1\n" + ONE, "servr is no setting"),
        (ONE.replace('issuer = "shop"', ""), "sites.shop.jwt.issuer"),
        (ONE.replace(SECRET, "short"), "sites.shop.jwt"),
        (ONE.replace('inbox = "web"', 'inbocks = "web"'), "inbocks is no setting"),
        (ONE.replace(f'"{SECRET}"', '{ file = "gone.txt" }'), "cannot be read"),
        (ONE.replace('"desk"', '"nope"').replace("shop.desk", "shop.nope"), "not installed"),
    ],
)
async def test_settings_that_cannot_be_used_change_nothing(
    tmp_path: Path, bad: str, said: str
):
    """The site goes on as it was, and the answer says why."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        house.write(bad)
        answer = await house.reload()
        problems = [
            p for p in [answer["problem"], *(s["problem"] for s in answer["sites"])] if p
        ]
        assert any(said in problem["message"] for problem in problems)
        assert SECRET not in str(answer)
        assert (await house.token(**proof())).status_code == 200
        house.write(ONE.replace("k1", "k2"))
        await house.reload()
        assert (await house.token(**proof("k2"))).status_code == 200


async def test_one_bad_site_does_not_keep_another_from_changing(tmp_path: Path):
    """Each site is judged by itself."""
    async with served(tmp_path, ONE + shop(("k1", SECRET), name="blog")) as house:
        await house.keys()
        bad = ONE.replace(SECRET, "short")
        house.write(bad + shop(("k2", OTHER_SECRET), name="blog"))
        answer = {s["name"]: s for s in (await house.reload())["sites"]}
        assert answer["blog"]["changed"]
        assert not answer["shop"]["changed"]
        assert answer["shop"]["problem"]["remedy"]
        assert (await house.token("shop", **proof())).status_code == 200
        assert (await house.token("blog", **proof("k2", OTHER_SECRET))).status_code == 200
        shown = {s["name"]: s for s in (await house.admin_get("/sites"))["sites"]}
        assert shown["shop"]["problem"]["message"].startswith("sites.shop")


def test_a_bad_site_stops_the_start(tmp_path: Path):
    """What a running server shrugs off, a starting one does not begin with."""

    async def start() -> None:
        async with served(tmp_path, ONE.replace('inbox = "web"', 'inbox = ""')):
            pass

    with pytest.raises(ConfigError, match=r"sites\.shop\.desk"):
        asyncio.run(start())


async def test_what_needs_a_restart_is_said(tmp_path: Path):
    """A changed port is not taken for granted."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        house.write('[log]\nlevel = "debug"\n' + ONE)
        assert (await house.reload())["restart"] == ["log"]


async def test_a_rotated_secret_starts_with_an_empty_cache(tmp_path: Path):
    """Tokens cached under the old access token are never handed out under the new one.

    Changing it back finds what was there before: the keys are made of the secret.
    """
    cache = CACHE.format(tmp_path / "tokens.db")
    with counting_hubspot() as upstream:
        async with served(tmp_path, cache + hubspot(upstream.url)) as house:
            await house.keys()
            first = (await house.vouch()).json()["token"]
            assert (await house.vouch()).json()["token"] == first
            house.write(cache + hubspot(upstream.url, "pat-two"))
            await house.reload()
            second = (await house.vouch()).json()["token"]
            assert (second != first, upstream.calls) == (True, 2)
            house.write(cache + hubspot(upstream.url))
            await house.reload()
            assert (await house.vouch()).json()["token"] == first
            assert upstream.calls == 2


async def test_a_request_in_flight_ends_with_the_issuer_it_began_with(tmp_path: Path):
    """The old issuer is closed when nobody can be using it, and not before."""
    with counting_hubspot(delay=0.5) as upstream:
        async with served(tmp_path, hubspot(upstream.url)) as house:
            await house.keys()
            asked = asyncio.create_task(house.vouch())
            assert await asyncio.to_thread(upstream.came.wait, 5)
            house.write(hubspot(upstream.url, "pat-two"))
            await house.reload()
            assert (await asked).status_code == 200


async def test_a_replaced_issuer_is_closed_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Connections are not kept for ever."""
    monkeypatch.setattr(registry, "CLOSE_AFTER", registry.CLOSE_AFTER * 0)
    async with served(tmp_path, ONE) as house:
        await house.keys()
        old = house.services.site("shop").issuer
        closed = asyncio.Event()

        async def close() -> None:
            closed.set()

        monkeypatch.setattr(old, "close", close)
        house.write(ONE.replace("k1", "k2"))
        await house.reload()
        await asyncio.wait_for(closed.wait(), 5)


async def test_a_hangup_reloads(tmp_path: Path):
    """SIGHUP does what an operator's button does, on this node."""
    async with served(tmp_path, ONE) as house:
        with reloading(house.services.site_registry):
            house.write(ONE.replace("k1", "k2"))
            signal.raise_signal(signal.SIGHUP)
            for _ in range(100):
                await asyncio.sleep(0.02)
                if (await house.token(**proof("k2"))).status_code == 200:
                    break
        assert (await house.token(**proof("k1"))).status_code == 401


async def put_shop(house: Served, secret: str) -> None:
    """Set the shop up in the app, with another key of its backend."""
    reply = await house.client.put(
        "/v1/admin/sites/shop",
        headers=house.admin,
        json={
            "platform": "desk",
            "settings": {
                "base_url": "http://127.0.0.1:8400",
                "inbox": "web",
                "key_id": "k",
                "secret": "the desk's secret, of 32 bytes or more",
            },
            "jwt": {"issuer": "shop", "keys": [{"kid": "k9", "secret": secret}]},
        },
    )
    assert reply.status_code == 200, reply.text


async def test_another_node_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A change through one node is served by the other, without a hint, within seconds."""
    monkeypatch.setattr(registry, "LOOK_EVERY", registry.LOOK_EVERY / 100)
    async with served(tmp_path, ONE) as one, served(tmp_path, ONE, name="b") as two:
        await one.keys()
        await put_shop(one, OTHER_SECRET)
        for _ in range(100):
            await asyncio.sleep(0.05)
            if (await two.token(**proof("k9", OTHER_SECRET))).status_code == 200:
                break
        assert (await two.token(**proof("k9", OTHER_SECRET))).status_code == 200
        assert (await two.token(**proof("k1"))).status_code == 401


async def test_an_override_outlives_a_restart_and_its_end_brings_the_file_back(tmp_path: Path):
    """The database goes before the file, until the override is dropped."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        await put_shop(house, OTHER_SECRET)
    async with served(tmp_path, ONE) as house:
        await house.keys()
        assert (await house.token(**proof("k9", OTHER_SECRET))).status_code == 200
        assert (await house.token(**proof())).status_code == 401
        path = "/v1/admin/sites/shop"
        assert (await house.client.delete(path, headers=house.admin)).status_code == 204
        assert (await house.token(**proof())).status_code == 200
        assert (await house.client.delete(path, headers=house.admin)).status_code == 404


async def test_an_override_that_cannot_be_opened_takes_the_site_out_of_service(tmp_path: Path):
    """A lost secret key must not bring back the settings that were overridden."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        await put_shop(house, OTHER_SECRET)
    (tmp_path / "data" / "secret.key").write_text("0123456789abcdef" * 4)
    async with served(tmp_path, ONE) as house:
        await house.keys()
        assert (await house.token(**proof())).status_code == 404
        (site,) = (await house.admin_get("/sites"))["sites"]
        assert (site["served"], site["health"]["state"]) == (False, "trouble")
        assert "secret key" in site["problem"]["remedy"]
        ready = (await house.client.get("/readyz")).json()
        assert (ready["ready"], ready["degraded"]) == (True, True)
        await put_shop(house, OTHER_SECRET)
        assert (await house.token(**proof("k9", OTHER_SECRET))).status_code == 200
