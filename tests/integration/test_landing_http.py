"""Landing pages over HTTP: what is minted, for whom, and how often, in the whole product."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from tests.support.quoting_hubspot import Quoting, quoting_hubspot
from tests.support.ready import place_database

from callingcard.kit.actor import Scope
from callingcard.server.app import create_app
from callingcard.server.settings.model import Settings
from callingcard.server.wiring import Services, open_services

PAGE = "https://shop.example"
ADA = "ada@example.com"
SHOP_SECRET = "the shop's own secret, 32 bytes or more"
DOOR = "/v1/sites/{site}/token"


@dataclass
class House:
    """The whole product in this process, with the platform it calls."""

    services: Services
    platform: Quoting
    app: Any
    keys: dict[str, str]

    async def ask(
        self,
        site: str = "mint",
        *,
        bearer: str | None = None,
        peer: str = "192.0.2.1",
        method: str = "POST",
        **more: Any,
    ) -> httpx.Response:
        """Ask the token door of *site*, being connected from *peer*."""
        headers = {"origin": PAGE, **more.pop("headers", {})}
        if bearer is not None:
            headers["authorization"] = f"Bearer {bearer}"
        sent = {name: value for name, value in headers.items() if value is not None}
        transport = httpx.ASGITransport(self.app, client=(peer, 1234))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8400"
        ) as client:
            return await client.request(method, DOOR.format(site=site), headers=sent, **more)

    async def claim(self, email: str = ADA, **more: Any) -> httpx.Response:
        """Claim *email* with the publishable key of the site that is asked."""
        bearer = more.pop("bearer", self.keys[more.get("site", "mint")])
        return await self.ask(bearer=bearer, json={"email": email}, **more)

    async def invite(self, email: str = ADA, site: str = "mint") -> str:
        """Return an invite, made with a server key."""
        _, key = await self.services.keys.create("Backend", [Scope.TOKENS], site=site)
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
            made = await client.post(
                f"/v1/sites/{site}/invites",
                json={"email": email},
                headers={"authorization": f"Bearer {key}"},
            )
        assert made.status_code == 201, made.text
        return str(made.json()["invite"])

    def counted(self, kind: str, site: str = "mint") -> int:
        """Return how often the metrics say *kind* happened on *site*."""
        head = f'callingcard_abuse_total{{kind="{kind}",site="{site}"}} '
        other = f'callingcard_abuse_total{{site="{site}",kind="{kind}"}} '
        told = self.services.metrics.exposition().decode().splitlines()
        lines = [line for line in told if line.startswith((head, other))]
        return sum(int(float(line.rpartition(" ")[2])) for line in lines)


@pytest.fixture(scope="module")
def platform() -> Iterator[Quoting]:
    """Return a platform over a real socket."""
    with quoting_hubspot() as quoting:
        yield quoting


def settings_for(folder: Path, platform: Quoting, **server: Any) -> Settings:
    """Return settings with one site for each way to treat a claim."""

    def site(unverified: str) -> dict[str, Any]:
        return {
            "platform": "hubspot",
            "origins": [PAGE, "https://other.example"],
            "unverified": unverified,
            "jwt": {"issuer": "shop", "keys": [{"kid": "1", "secret": SHOP_SECRET}]},
            "hubspot": {"access_token": "pat-na1-of-tests", "base_url": platform.url},
        }

    desk = {
        "base_url": "http://127.0.0.1:8400",
        "inbox": "web",
        "key_id": "k1",
        "secret": "a key of the desk that is long enough",
    }
    signed = {**site("mint"), "proof": "key", "platform": "desk", "desk": desk}
    for gone in ("hubspot", "jwt"):
        signed.pop(gone)
    sites = {mode: site(mode) for mode in ("refuse", "anonymous", "mint")}
    return Settings.model_validate(
        {"data_dir": folder, "server": server, "sites": {**sites, "signed": signed}}
    )


@pytest.fixture
async def open_house(tmp_path: Path, platform: Quoting) -> AsyncIterator[Callable[..., Any]]:
    """Return what opens the product with given server settings."""
    platform.asked.clear()
    platform.down = False
    opened: list[Services] = []

    async def start(**server: Any) -> House:
        place_database(tmp_path)
        services = await open_services(settings_for(tmp_path, platform, **server), owner=True)
        opened.append(services)
        await services.start()
        keys = {
            site: (
                await services.keys.create("Page", [Scope.TOKENS], site=site, origins=[PAGE])
            )[1]
            for site in services.sites
        }
        return House(services, platform, create_app(services), keys)

    yield start
    for services in opened:
        await services.close()


@pytest.fixture
async def house(open_house: Callable[..., Any]) -> House:
    """Return the product as it usually is."""
    return await open_house()


async def test_a_claim_is_minted_for_its_page(house: House):
    """The answer is that of the token door, exactly allowed to the one page."""
    reply = await house.claim("Ada@Example.com")
    assert reply.status_code == 200, reply.text
    assert reply.json()["identity"] == {"email": ADA, "userId": None}
    assert reply.headers["access-control-allow-origin"] == PAGE
    assert reply.headers["cache-control"] == "no-store, private"
    assert house.platform.asked == [ADA]
    assert house.counted("minted") == 1


@pytest.mark.parametrize(
    ("bearer", "origin"),
    [
        (None, PAGE),
        (None, None),
        ("own", None),
        ("own", "https://other.example"),
        ("own", "https://evil.example"),
        ("other", PAGE),
        ("cc_pk_unknown", PAGE),
        ("cc_pk_", PAGE),
        ("cc_sk_unknown", PAGE),
        ("eyJhbGciOiJub25lIn0.e30.", PAGE),
    ],
)
async def test_nothing_is_minted_for_a_mere_claim(
    house: House, bearer: str | None, origin: str | None
):
    """Whoever is named and wherever it is asked, the platform hears of it not once."""
    for site in ("refuse", "anonymous", "mint"):
        named = {"own": house.keys[site], "other": house.keys["signed"]}
        shown = named.get(bearer or "", bearer)
        replies = [
            await house.ask(
                site, bearer=shown, headers={"origin": origin}, json={"email": email}
            )
            for email in (ADA, "nobody.ever@example.org")
        ]
        assert {reply.status_code for reply in replies} <= {204, 401, 403}
        assert len({(reply.status_code, reply.text) for reply in replies}) == 1
    assert house.platform.asked == []


@pytest.mark.parametrize(("site", "status"), [("refuse", 403), ("anonymous", 204)])
async def test_where_nothing_is_minted_the_page_is_told_so(
    house: House, site: str, status: int
):
    """Refused with a reason, or left anonymous; an empty body is 204 in every mode."""
    reply = await house.claim(site=site)
    assert reply.status_code == status
    assert status == 204 or reply.json()["code"] == "identity.unverified"
    for mode in ("refuse", "anonymous", "mint"):
        assert (await house.ask(mode)).status_code == 204
        assert (await house.ask(mode, bearer=house.keys[mode])).status_code == 204
    assert house.platform.asked == []


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "https://evil.example/https://shop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example:443",
        "https://SHOP.example",
        "https://shop.example.",
        "https://shop.example/",
        "https://xn--shp-sna.example",
        "https://sh\u00f6p.example",
        "https://shop.example, https://evil.example",
        " ",
    ],
)
async def test_only_the_exact_origin_may_claim(house: House, origin: str):
    """A page that only looks like the site's gets no token and no leave to read why."""
    headers = {"origin": origin.encode()}
    reply = await house.ask(bearer=house.keys["mint"], headers=headers, json={"email": ADA})
    assert reply.status_code == 403
    assert "access-control-allow-origin" not in reply.headers
    assert "Origin" in reply.headers["vary"]
    assert house.platform.asked == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/jsonp", 415),
        (None, 415),
        ("application/json; charset=utf-8", 200),
    ],
)
async def test_what_a_foreign_form_can_send_mints_nothing(
    house: House, kind: str | None, status: int
):
    """Only JSON counts, which a browser does not send without asking first."""
    reply = await house.ask(
        bearer=house.keys["mint"],
        headers={"content-type": kind},
        content=b'{"email": "ada@example.com"}',
    )
    assert reply.status_code == status
    assert len(house.platform.asked) == (1 if status == 200 else 0)


async def test_a_get_mints_nothing(house: House):
    """An image or a link cannot ask for a token."""
    for method in ("GET", "HEAD", "PUT", "PATCH", "TRACE"):
        reply = await house.ask(method=method, bearer=house.keys["mint"])
        assert reply.status_code == 405, method
    assert house.platform.asked == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": ADA, "userId": "u-1"}, "userId"),
        ({"userId": "u-1"}, "email"),
        ({"email": ADA, "properties": {"plan": "pro"}}, "properties"),
        ({"email": "nobody"}, "email"),
    ],
)
async def test_a_page_claims_no_more_than_an_address_and_a_name(
    house: House, body: dict[str, Any], field: str
):
    """What only a backend can know is refused, by name."""
    reply = await house.ask(bearer=house.keys["mint"], json=body)
    assert reply.status_code == 422
    assert field in reply.json()["fields"]
    assert house.platform.asked == []


async def test_forged_addresses_buy_no_more_claims(house: House):
    """Headers that anybody can write do not make a new client of an old one."""
    statuses: list[int] = []
    for number in range(14):
        headers = {
            "x-forwarded-for": f"198.51.100.{number}",
            "x-real-ip": f"198.51.100.{number}",
            "forwarded": f"for=198.51.100.{number}",
            "cf-connecting-ip": f"198.51.100.{number}",
        }
        statuses.append(
            (await house.claim(f"v{number}@example.com", headers=headers)).status_code
        )
    assert statuses == [200] * 10 + [429] * 4


async def test_behind_a_trusted_proxy_each_client_has_a_share(
    open_house: Callable[..., Any],
):
    """The proxy speaks for the last address it added; what stands before is anybody's."""
    house = await open_house(trusted_proxies=["10.0.0.1"])

    async def came(forwarded: str, number: int) -> int:
        reply = await house.claim(
            f"v{number}@example.com",
            peer="10.0.0.1",
            headers={"x-forwarded-for": forwarded},
        )
        return int(reply.status_code)

    ours = [await came(f"203.0.113.{n}", n) for n in range(12)]
    assert ours == [200] * 12
    forged = [await came(f"6.6.6.{n}, 198.51.100.9", 100 + n) for n in range(12)]
    assert forged == [200] * 10 + [429] * 2


async def test_a_limit_says_when_to_come_back(house: House):
    """429 with Retry-After, readable by the page; another client is not held up."""
    for number in range(10):
        await house.claim(f"v{number}@example.com")
    limited = await house.claim("late@example.com")
    assert limited.status_code == 429
    assert 0 < int(limited.headers["retry-after"]) <= 600
    assert limited.headers["access-control-allow-origin"] == PAGE
    assert limited.json()["code"] == "identity.landing_limited"
    assert (await house.claim(peer="192.0.2.2")).status_code == 200
    assert house.counted("limited") == 1


async def test_one_person_cannot_be_claimed_without_end(house: House):
    """From however many networks it comes."""
    statuses = [
        (await house.claim(peer=f"2001:db8:{number:x}::1")).status_code for number in range(8)
    ]
    assert statuses == [200] * 5 + [429] * 3


@pytest.mark.parametrize("site", ["refuse", "anonymous", "mint", "signed"])
async def test_an_invite_gets_in_once_on_every_kind_of_site(house: House, site: str):
    """Also where a backend alone may ask: its key made the invite."""
    invite = await house.invite(site=site)
    first = await house.ask(site, bearer=invite)
    assert first.status_code == 200, first.text
    assert first.json()["identity"]["email"] == ADA
    second = await house.ask(site, bearer=invite)
    assert second.status_code == 401
    assert second.json()["code"] == "identity.invite_spent"


async def test_of_many_who_bring_one_invite_one_gets_in(house: House):
    """However close together they come."""
    invite = await house.invite()
    replies = await asyncio.gather(*(house.ask(bearer=invite) for _ in range(20)))
    assert sorted(reply.status_code for reply in replies) == [200] + [401] * 19
    assert house.platform.asked == [ADA]


async def test_an_outage_does_not_burn_the_link(house: House):
    """While the platform is down the invite stays good; then it works, once."""
    invite = await house.invite()
    house.platform.down = True
    assert (await house.ask(bearer=invite)).status_code == 503
    house.platform.down = False
    statuses = [(await house.ask(bearer=invite)).status_code for _ in range(2)]
    assert statuses == [200, 401]


async def test_signing_out_uses_no_invite_up(house: House):
    """DELETE with an invite or a publishable key is 204 and changes nothing."""
    invite = await house.invite()
    assert (await house.ask(method="DELETE", bearer=invite)).status_code == 204
    assert (await house.ask(method="DELETE", bearer=house.keys["mint"])).status_code == 204
    assert (await house.ask(bearer=invite)).status_code == 200


async def test_an_invite_is_no_proof_elsewhere(house: House):
    """Not on another site, not as a server key, not for the desk's widget."""
    invite = await house.invite()
    assert (await house.ask("refuse", bearer=invite)).status_code == 401
    transport = httpx.ASGITransport(house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
        shown = {"authorization": f"Bearer {invite}"}
        other = {"email": "eve@example.com"}
        made = await client.post("/v1/sites/mint/invites", headers=shown, json=other)
        opened = await client.post("/v1/widget/web/session", json={"token": invite})
    assert made.status_code == 401
    assert opened.json()["evidence"] == "anonymous"


async def test_the_platform_is_told_that_a_claim_is_one(house: House):
    """A token that we sign ourselves says that nobody proved the address."""
    claimed = await house.claim(site="signed")
    assert claimed.status_code == 200, claimed.text
    invited = await house.ask("signed", bearer=await house.invite(site="signed"))
    verified = [
        jwt.decode(reply.json()["token"], options={"verify_signature": False})[
            "email_verified"
        ]
        for reply in (claimed, invited)
    ]
    assert verified == [False, True]
