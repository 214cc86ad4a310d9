"""The library against the running desk, over real sockets, as against HubSpot."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.support.processes import Product, free_port

from callingcard import AsyncIssuer, Issuer, Visitor
from callingcard.errors import UpstreamError
from callingcard.platforms import HubSpot

ADA = Visitor("ada.canary@example.com", email_verified=True, first_name="Ada")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start one desk for all tests of this file."""
    product = Product(tmp_path_factory.mktemp("desk"), "serve", port=free_port()).start()
    yield product
    product.stop()


def new_key(desk: Product, scope: str = "desk") -> str:
    """Make a key of the desk."""
    return str(json.loads(desk.run("keys", "create", "k", "--scope", scope, "--json"))["key"])


def upstream_calls(desk: Product) -> int:
    """Return how many calls to HubSpot's paths the desk has answered with 200."""
    prefix = 'callingcard_request_seconds_count{route="hubspot",status="200"} '
    lines = httpx.get(f"{desk.url}/metrics", trust_env=False).text.splitlines()
    return sum(
        int(float(line.removeprefix(prefix))) for line in lines if line.startswith(prefix)
    )


async def test_two_hundred_at_once_make_one_call(desk: Product):
    """However many requests of one visitor come at a time, the desk is asked once."""
    before = upstream_calls(desk)
    platform = HubSpot(access_token=new_key(desk), base_url=desk.url)
    async with AsyncIssuer(platform) as issuer:
        tokens = await asyncio.gather(*(issuer.issue(ADA) for _ in range(200)))
    assert len({token.value for token in tokens}) == 1
    assert upstream_calls(desk) - before == 1


def test_two_hundred_threads_make_one_call(desk: Product):
    """The blocking driver keeps the same promise."""
    before = upstream_calls(desk)
    platform = HubSpot(access_token=new_key(desk), base_url=desk.url)
    with Issuer(platform) as issuer, ThreadPoolExecutor(200) as pool:
        tokens = list(pool.map(lambda _: issuer.issue(ADA), range(200)))
    assert len({token.value for token in tokens}) == 1
    assert upstream_calls(desk) - before == 1


def test_the_cache_survives_a_restart_and_shows_nothing(desk: Product, tmp_path: Path):
    """A second process finds the token in the file, where no address or token is in plain."""
    platform = HubSpot(access_token=new_key(desk), base_url=desk.url)
    url = f"sqlite:///{tmp_path / 'tokens.db'}"
    with Issuer(platform, cache=url) as issuer:
        token = issuer.issue(ADA)
    before = upstream_calls(desk)
    with Issuer(platform, cache=url) as issuer:
        assert issuer.issue(ADA).value == token.value
    assert upstream_calls(desk) == before
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert written
    for canary in (token.value, "ada.canary", "example.com", "Ada"):
        assert canary.encode() not in written


def test_a_token_opens_the_chat_for_its_address_only(desk: Product):
    """Ada's token is signed evidence for Ada, and nothing at all with Grace's address."""
    platform = HubSpot(access_token=new_key(desk), base_url=desk.url)
    with Issuer(platform) as issuer:
        settings = issuer.issue(ADA).settings
    token, session_url = settings["identificationToken"], f"{desk.url}/v1/widget/web/session"
    for email, evidence in (
        (settings["identificationEmail"], "signed"),
        ("grace@example.com", "anonymous"),
    ):
        reply = httpx.post(session_url, json={"email": email, "token": token}, trust_env=False)
        assert reply.json()["evidence"] == evidence


@pytest.mark.parametrize("scope", ["tokens:issue", None])
def test_a_refused_credential_is_explained(desk: Product, scope: str | None):
    """An unknown key and one without the scope are both told with a remedy."""
    key = new_key(desk, scope) if scope else "pat-na1-of-nobody-at-all-00000000"
    with (
        Issuer(HubSpot(access_token=key, base_url=desk.url)) as issuer,
        pytest.raises(UpstreamError) as caught,
    ):
        issuer.issue(ADA)
    assert caught.value.hint
    assert key not in str(caught.value) + caught.value.hint


def test_a_customers_own_key_vouches_without_a_call(desk: Product):
    """The desk platform signs locally with a key of the inbox, and the desk believes it."""
    from callingcard.platforms import Desk

    made = json.loads(desk.run("desk", "key", "create", "--inbox", "web", "--json"))
    platform = Desk(base_url=desk.url, inbox="web", key_id=made["kid"], secret=made["secret"])
    with Issuer(platform) as issuer:
        settings = issuer.issue(ADA).settings
    body = {"email": settings["identificationEmail"], "token": settings["identificationToken"]}
    reply = httpx.post(f"{desk.url}/v1/widget/web/session", json=body, trust_env=False).json()
    assert reply["evidence"] == "signed"
    assert reply["contact"] == {"firstName": "Ada"}
    assert made["kid"] in reply["signedBy"]
    desk.run("desk", "key", "revoke", made["kid"])
    reply = httpx.post(f"{desk.url}/v1/widget/web/session", json=body, trust_env=False).json()
    assert reply["evidence"] == "anonymous"
