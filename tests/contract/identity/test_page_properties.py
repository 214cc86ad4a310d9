"""Freshchat works over HTTP: the page names its widget, the proof names the person."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.served_sites import SECRET, Served, proof, served
from tests.support.vouching import claims, private_key

UUID = "6f1e9a52-8a0e-4b1c-9d53-0f8f0d6a5a11"
JWT = f"""
[sites.NAME.jwt]
issuer = "shop"
keys = [{{ kid = "k1", secret = "{SECRET}" }}]
"""
SITES = (
    '[sites.shop]\nplatform = "freshchat"\n'
    + JWT.replace("NAME", "shop")
    + f'[sites.shop.freshchat]\ntoken = "w1"\nprivate_key = {json.dumps(private_key())}\n'
    + '[sites.hashes]\nplatform = "jwt"\n'
    + JWT.replace("NAME", "hashes")
    + f'[sites.hashes.settings]\nsecret = "{SECRET}"\n'
    + 'claims = { sub = "{user_id}", id = "{properties.livechat_entity_id?}",'
    + ' uuid = "{properties.freshchat_uuid?}" }\n'
)


async def ask(
    house: Served, body: dict[str, Any], site: str = "shop", **claimed: Any
) -> httpx.Response:
    """Ask for a token as a page does, with the proof of Ada."""
    headers = proof(sub="u-7", **claimed)
    return await house.client.post(f"/v1/sites/{site}/token", headers=headers, json=body)


async def test_freshchat_gets_the_uuid_of_the_page(tmp_path: Path):
    """Signed together with whom the proof names."""
    async with served(tmp_path, SITES) as house:
        reply = await ask(house, {"properties": {"freshchat_uuid": UUID, "plan": "vip"}})
        assert reply.status_code == 200, reply.text
        said = claims(reply.json()["token"])
        assert (said["freshchat_uuid"], said["reference_id"]) == (UUID, "u-7")
        assert said["email"] == "ada@example.com"


@pytest.mark.parametrize("uuid", [None, 7, "no uuid", UUID + "x" * 200])
async def test_freshchat_without_a_uuid_says_what_is_missing(tmp_path: Path, uuid: Any):
    """By the name that the page can act on."""
    async with served(tmp_path, SITES) as house:
        body = {} if uuid is None else {"properties": {"freshchat_uuid": uuid}}
        reply = await ask(house, body)
        assert (reply.status_code, reply.json()["code"]) == (422, "identity.invalid_visitor")
        assert list(reply.json()["fields"]) == ["properties.freshchat_uuid"]


async def test_no_other_platform_takes_a_property_of_the_page(tmp_path: Path):
    """An entity id of LiveChat's decides whose chats are shown: never by the page."""
    async with served(tmp_path, SITES) as house:
        body = {"properties": {"freshchat_uuid": UUID, "livechat_entity_id": UUID}}
        reply = await ask(house, body, "hashes")
        assert reply.status_code == 200, reply.text
        assert set(claims(reply.json()["token"])) == {"sub", "iat", "exp"}


async def test_a_uuid_in_the_proof_goes_before_the_page(tmp_path: Path):
    """What the site's own backend signed is not the page's to change."""
    async with served(tmp_path, SITES) as house:
        other = UUID.replace("6", "7")
        body = {"properties": {"freshchat_uuid": UUID}}
        reply = await ask(house, body, props={"freshchat_uuid": other})
        assert claims(reply.json()["token"])["freshchat_uuid"] == other
