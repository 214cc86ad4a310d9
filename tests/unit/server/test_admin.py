"""Owners and operators set sites up and see how they are; nobody else does."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.support.served_sites import (
    DESK_SECRET,
    OTHER_SECRET,
    SECRET,
    Served,
    hubspot,
    proof,
    served,
    shop,
)
from tests.support.upstream import counting_hubspot

from callingcard.kit.actor import Role, Scope

ONE = shop(("k1", SECRET))
DESK = {"base_url": "http://127.0.0.1:8400", "inbox": "web", "key_id": "k"}


def body(**changed: Any) -> dict[str, Any]:
    """Return a whole site as the app sends it."""
    whole = {
        "platform": "desk",
        "origins": ["https://shop.example"],
        "proof": "jwt",
        "unverified": "refuse",
        "settings": {**DESK, "secret": DESK_SECRET},
        "jwt": {"issuer": "shop", "keys": [{"kid": "k1", "secret": SECRET}]},
    }
    return {**whole, **changed}


async def put(house: Served, name: str = "shop", **changed: Any) -> Any:
    """Set a site up."""
    path = f"/v1/admin/sites/{name}"
    return await house.client.put(path, headers=house.admin, json=body(**changed))


ROUTES = [
    ("GET", "/sites"),
    ("GET", "/sites/shop"),
    ("PUT", "/sites/shop"),
    ("DELETE", "/sites/shop"),
    ("GET", "/sites/shop/activity"),
    ("POST", "/sites/shop/check"),
    ("POST", "/sites/shop/explain"),
    ("GET", "/platforms"),
    ("POST", "/reload"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_nobody_else_gets_in(tmp_path: Path, method: str, path: str):
    """No credential, an agent, another scope, a key for one site, another site's page."""
    async with served(tmp_path, ONE) as house:
        keys = house.services.keys
        _, desk = await keys.create("crm", [Scope.DESK])
        _, bound = await keys.create("bound", [Scope.ADMIN], site="shop")
        agent, owner = await house.cookie(Role.AGENT), await house.cookie(Role.OWNER)
        elsewhere = {**owner, "Sec-Fetch-Site": "cross-site"}
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer cc_sk_nonsense"}, 401),
            ({"Authorization": f"Bearer {desk}"}, 403),
            ({"Authorization": f"Bearer {bound}"}, 403),
            (agent, 403),
            *([(elsewhere, 403)] if method != "GET" else []),
        ):
            reply = await house.client.request(
                method, f"/v1/admin{path}", headers=headers, json=body()
            )
            assert reply.status_code == status, (headers, reply.text)
        assert (await house.token(**proof())).status_code == 200


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR])
async def test_owners_and_operators_do(tmp_path: Path, role: Role):
    """Signed in, from our own page, everything works; answers are not to be kept."""
    async with served(tmp_path, ONE) as house:
        cookie = await house.cookie(role)
        reply = await house.client.put("/v1/admin/sites/new", headers=cookie, json=body())
        assert reply.status_code == 200, reply.text
        assert reply.headers["cache-control"] == "no-store, private"
        assert (await house.token("new", **proof())).status_code == 200
        assert (await house.client.post("/v1/admin/reload", headers=cookie)).status_code == 200


async def test_secrets_are_shown_as_whether_there_is_one(tmp_path: Path):
    """No answer holds a secret of the file, of the database, or of a request."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        in_file = await house.admin_get("/sites/shop")
        assert in_file["settings"]["settings"]["secret"] == {"set": True}
        assert in_file["settings"]["jwt"]["keys"][0]["secret"] == {"set": True}
        assert (in_file["source"], in_file["fileSettings"]) == ("file", None)
        keys = [{"kid": "k2", "secret": OTHER_SECRET}]
        reply = await put(house, jwt={"issuer": "shop", "keys": keys})
        assert reply.status_code == 200
        details = await house.admin_get("/sites/shop")
        assert details["source"] == "override"
        assert details["fileSettings"]["jwt"]["keys"][0]["kid"] == "k1"
        said = f"{in_file}{reply.text}{details}"
        assert not any(secret in said for secret in (SECRET, OTHER_SECRET, DESK_SECRET))


async def test_a_secret_may_be_kept(tmp_path: Path):
    """Who changes the origins does not have to know the secrets."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        keep = {"keep": True}
        reply = await put(
            house,
            origins=["https://new.example"],
            settings={**DESK, "inbox": "sales", "secret": keep},
            jwt={"issuer": "shop", "keys": [{"kid": "k1", "secret": keep}]},
        )
        assert reply.status_code == 200, reply.text
        reply = await house.token(**proof(), Origin="https://new.example")
        assert reply.status_code == 200


async def test_what_is_not_there_cannot_be_kept(tmp_path: Path):
    """The reasons are told by field."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        keep = {"keep": True}
        reply = await put(
            house,
            "new",
            settings={**DESK, "secret": keep},
            jwt={"issuer": "shop", "keys": [{"kid": "k7", "secret": keep}]},
        )
        assert reply.status_code == 422
        assert set(reply.json()["fields"]) == {"settings.secret", "jwt.keys.0.secret"}


async def test_a_kept_secret_is_never_sent_somewhere_else(tmp_path: Path):
    """Who may change settings cannot have the access token sent to a host of their own."""
    with counting_hubspot() as upstream, counting_hubspot() as thief:
        async with served(tmp_path, hubspot(upstream.url)) as house:
            await house.keys()
            given = {"access_token": {"keep": True}, "base_url": thief.url}
            site = {"platform": "hubspot", "proof": "key", "settings": given}
            path = "/v1/admin/sites/crm"
            reply = await house.client.put(path, headers=house.admin, json=site)
            assert reply.status_code == 422
            assert "settings.access_token" in reply.json()["fields"]
            given["base_url"] = upstream.url
            reply = await house.client.put(path, headers=house.admin, json=site)
            assert reply.status_code == 200, reply.text
            assert (await house.vouch()).status_code == 200
            assert thief.calls == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"platform": "nonesuch"}, "settings"),
        ({"origins": ["https://Shop.example/"]}, "origins"),
        ({"settings": {**DESK, "secret": "short"}}, "settings"),
        ({"settings": {**DESK, "secrt": DESK_SECRET}}, "settings"),
        ({"proof": "jwks"}, "site"),
        ({"jwt": {"issuer": "shop", "keys": [{"kid": "k", "secret": "short"}]}}, "jwt"),
        ({"jwt": {"issuer": "shop", "keys": [{"kid": "k"}]}}, "jwt.keys.0"),
        ({"proof": "header", "header": {"trustedPeers": ["0.0.0.0/0"]}}, "header"),
        ({"proof": "header", "header": {"trustedPeers": []}}, "header"),
        ({"landing": {"perSource": 0}}, "landing.perSource"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_what_cannot_work_is_refused_by_field(
    tmp_path: Path, changed: dict[str, Any], field: str
):
    """Nothing is stored, and the site is served as it was."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        reply = await put(house, **changed)
        assert reply.status_code == 422, reply.text
        assert field in reply.json()["fields"], reply.text
        assert (await house.admin_get("/sites/shop"))["source"] == "file"
        assert (await house.token(**proof())).status_code == 200


@pytest.mark.parametrize("name", ["a b", "a.b", "x" * 65, "-a"])
async def test_a_site_has_a_name_that_fits_a_path(tmp_path: Path, name: str):
    """What could not stand in a URL or a metric is refused."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        assert (await put(house, name)).status_code == 422
        assert [s["name"] for s in (await house.admin_get("/sites"))["sites"]] == ["shop"]


async def test_every_kind_of_proof_can_be_set_up_and_is_shown_as_it_was_given(tmp_path: Path):
    """Names are camelCase on the way in and on the way out."""
    jwks = {
        "preset": "auth0",
        "url": "https://tenant.example/.well-known/jwks.json",
        "issuer": "https://tenant.example/",
        "audience": "callingcard",
        "claims": {"emailVerified": "https://tenant.example/verified"},
        "trustEmail": False,
    }
    header = {"trustedPeers": ["10.0.0.7"], "preset": "authelia", "emailVerified": False}
    async with served(tmp_path, ONE) as house:
        await house.keys()
        reply = await put(house, proof="jwks", jwks=jwks, jwt=None)
        assert reply.status_code == 200, reply.text
        shown = reply.json()["settings"]
        assert {k: shown["jwks"][k] for k in ("preset", "url", "trustEmail")} == {
            k: jwks[k] for k in ("preset", "url", "trustEmail")
        }
        assert shown["jwks"]["claims"]["emailVerified"] == "https://tenant.example/verified"
        reply = await put(house, proof="header", header=header, jwt=None)
        assert reply.status_code == 200, reply.text
        assert reply.json()["settings"]["header"]["trustedPeers"] == ["10.0.0.7"]


async def test_activity_counts_and_names_failures(tmp_path: Path):
    """Hits, refusals, calls and their times, by the minute; the hit rate at a glance."""
    with counting_hubspot() as upstream:
        async with served(tmp_path, hubspot(upstream.url)) as house:
            await house.keys()
            for _ in range(4):
                assert (await house.vouch()).status_code == 200
            await house.token("crm", Authorization="Bearer nonsense")
            shown = await house.admin_get("/sites/crm/activity?minutes=5")
            total = {
                name: sum(bucket[name] for bucket in shown["buckets"])
                for name in ("issued", "hits", "refused", "calls", "errors")
            }
            assert total == {"issued": 4, "hits": 3, "refused": 1, "calls": 1, "errors": 0}
            assert any(bucket["p95Ms"] is not None for bucket in shown["buckets"])
            assert shown["failures"][0]["code"] == "identity.proof_invalid"
            (site,) = (await house.admin_get("/sites"))["sites"]
            assert (site["hitRate"], site["tokens"]["upstream"]) == (0.75, 1)
            assert site["health"]["state"] == "ok"
            metrics = (await house.client.get("/metrics")).text
            assert 'callingcard_tokens_total{site="crm",source="upstream"} 1.0' in metrics


@pytest.mark.parametrize("minutes", ["0", "1441", "x"])
async def test_no_more_than_a_day_can_be_asked_for(tmp_path: Path, minutes: str):
    """Wrong spans are refused."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        path = f"/v1/admin/sites/shop/activity?minutes={minutes}"
        assert (await house.client.get(path, headers=house.admin)).status_code == 422


async def test_a_refused_key_trips_one_site_and_a_new_one_clears_it(tmp_path: Path):
    """The trip shows in readiness, metrics and the list; the others go on; 401 is told once.

    The server stays ready: anonymous chat and other sites' tokens work.
    """
    with counting_hubspot() as upstream:
        async with served(tmp_path, ONE + hubspot(upstream.url)) as house:
            await house.keys()
            upstream.status = 401
            assert (await house.vouch()).status_code == 502
            assert (await house.vouch(email="grace@example.com")).status_code == 502
            assert upstream.calls == 1
            reply = await house.client.get("/readyz")
            ready = reply.json()
            assert (reply.status_code, ready["ready"], ready["degraded"]) == (200, True, True)
            assert ready["dependencies"]["site crm"]["ok"] is False
            assert ready["dependencies"]["site shop"] == {"ok": True}
            health = (await house.admin_get("/sites/crm"))["health"]
            assert health["state"] == "trouble"
            assert health["remedy"]
            metrics = (await house.client.get("/metrics")).text
            assert 'callingcard_site_up{site="crm"} 0.0' in metrics
            assert (await house.token(**proof())).status_code == 200
            upstream.status = 200
            house.write(ONE + hubspot(upstream.url, "pat-two"))
            await house.reload()
            assert (await house.vouch()).status_code == 200
            assert (await house.client.get("/readyz")).json()["degraded"] is False


async def test_a_proof_is_explained_and_not_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """Each check is told; a good proof says whom it proves; no line of the log holds it."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        path = "/v1/admin/sites/shop/explain"

        async def explained(**changed: Any) -> dict[str, Any]:
            token = proof(**changed)["Authorization"].removeprefix("Bearer ")
            reply = await house.client.post(path, headers=house.admin, json={"proof": token})
            assert reply.status_code == 200, reply.text
            assert token not in reply.text + caplog.text
            return reply.json()

        good = await explained()
        assert good["accepted"] is True
        assert good["identity"] == {"email": "ada@example.com", "userId": None}
        bad = await explained(aud="somebody else")
        assert (bad["accepted"], bad["identity"]) == (False, None)
        assert any(check["ok"] is False for check in bad["checks"])
        assert (await explained(secret=OTHER_SECRET))["accepted"] is False
        reply = await house.client.post(
            path, headers=house.admin, json={"proof": "x" * 16_385}
        )
        assert reply.status_code == 422
        issued = (await house.admin_get("/sites/shop"))["tokens"]["issued"]
        assert issued == 0


async def test_the_check_is_the_doctor_for_one_site(tmp_path: Path):
    """Findings are of this site, and what is not ok says what to do."""
    with counting_hubspot() as upstream:
        async with served(tmp_path, ONE + hubspot(upstream.url)) as house:
            await house.keys()
            path = "/v1/admin/sites/crm/check"
            upstream.status = 403
            reply = await house.client.post(path, headers=house.admin)
            findings = reply.json()["findings"]
            assert {finding["subject"] for finding in findings} == {"site crm"}
            assert any(finding["level"] == "fail" for finding in findings)
            assert all(f["remedy"] for f in findings if f["level"] != "ok")
            assert (await house.admin_get("/sites/crm"))["tokens"]["issued"] == 0


async def test_platforms_say_what_they_want_to_know(tmp_path: Path):
    """What a form needs: arguments, which are secret, what to default to, and the guide."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        shown = {p["name"]: p for p in (await house.admin_get("/platforms"))["platforms"]}
        assert {"hubspot", "desk"} <= set(shown)
        arguments = {a["name"]: a for a in shown["hubspot"]["arguments"]}
        assert arguments["access_token"]["secret"] is True
        assert arguments["access_token"]["required"] is True
        assert arguments["base_url"]["default"] == "https://api.hubapi.com"
        assert all(p["guide"]["enforce"] and p["guide"]["docsUrl"] for p in shown.values())


async def test_two_changes_at_once_leave_one_whole(tmp_path: Path):
    """Concurrent puts are one after the other; what is served is what is stored."""
    async with served(tmp_path, ONE) as house:
        await house.keys()
        replies = await asyncio.gather(
            *(put(house, origins=[f"https://{n}.example"]) for n in range(5))
        )
        assert {reply.status_code for reply in replies} == {200}
        shown = (await house.admin_get("/sites/shop"))["origins"]
        assert len(shown) == 1
        assert set(shown) == house.services.site("shop").origins
