"""A platform that checks our tokens with public keys finds them here."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jwt import PyJWKSet
from jwt import decode as decode_jwt
from tests.support.served_sites import served, shop

PEM = (
    generate_private_key(65537, 2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
SALESFORCE = f"""
[sites.crm]
platform = "salesforce"
proof = "key"
[sites.crm.salesforce]
key_id = "k1"
issuer = "https://shop.example"
private_key = '''
{PEM}'''
"""


async def test_what_is_published_checks_what_is_issued(tmp_path: Path):
    """The key set alone is enough to check a token, and holds nothing private."""
    async with served(tmp_path, SALESFORCE) as house:
        await house.keys()
        issued = await house.client.post(
            "/v1/sites/crm/token", headers=house.backend, json={"userId": "7"}
        )
        published = await house.client.get("/v1/sites/crm/jwks.json")
    assert published.headers["cache-control"] == "public, max-age=3600"
    key = PyJWKSet.from_dict(published.json())["k1"]
    claims = decode_jwt(issued.json()["token"], key, algorithms=["RS256"])
    assert (claims["iss"], claims["sub"]) == ("https://shop.example", "7")
    assert not {"d", "p", "q"} & set(published.json()["keys"][0])


async def test_a_site_without_public_keys_says_so(tmp_path: Path):
    """A site that is not there, too."""
    async with served(tmp_path, shop(("k1", "a" * 16 + "the shop's own secret"))) as house:
        codes = [
            (await house.client.get(f"/v1/sites/{name}/jwks.json")).json()["code"]
            for name in ("shop", "nobody")
        ]
    assert codes == ["identity.no_keys_published", "identity.unknown_site"]
