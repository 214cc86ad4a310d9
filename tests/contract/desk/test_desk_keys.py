"""Signing keys: at most five, sealed where they lie, strong enough to sign."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from sqlalchemy import select
from tests.support.desk_house import House

from callingcard.desk.errors import InboxNotFound, KeyExists, TooManyKeys, UnfitKey
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.store.visitors.tables import signing_keys


async def test_a_secret_is_sealed_where_it_lies(house: House):
    """The database holds no secret in plain, and gives back the same one."""
    key, secret = await house.inboxes.create_key("web", kid="2026-11")
    assert [one.secret for one in await house.inboxes.keys("web")] == [secret.encode()]
    assert key.kid == "2026-11"
    assert secret not in repr(key)
    async with house.database.reading() as connection:
        row = (await connection.execute(select(signing_keys))).mappings().one()
    assert secret.encode() not in row["sealed_secret"]


async def test_an_inbox_has_at_most_five_keys(house: House):
    """A sixth is refused until one is revoked."""
    kids = [(await house.inboxes.create_key("web"))[0].kid for _ in range(5)]
    assert len(set(kids)) == 5
    with pytest.raises(TooManyKeys):
        await house.inboxes.create_key("web")
    assert await house.inboxes.revoke_key(kids[0])
    assert not await house.inboxes.revoke_key(kids[0])
    await house.inboxes.create_key("web")


async def test_unfit_keys_are_refused(house: House):
    """Weak secrets, taken or wild names, unknown inboxes."""
    await house.inboxes.create_key("web", kid="a")
    with pytest.raises(KeyExists):
        await house.inboxes.create_key("web", kid="a")
    for kid in ("", "../x", "a b", "x" * 65, "a\n"):
        with pytest.raises(UnfitKey):
            await house.inboxes.create_key("web", kid=kid or "\0")
    for secret in ("short", "a" * 40):
        with pytest.raises(UnfitKey):
            await house.inboxes.create_key("web", secret=secret)
    with pytest.raises(InboxNotFound):
        await house.inboxes.create_key("nowhere")
    with pytest.raises(UnfitKey):
        await house.inboxes.trust_key("web", algorithm="RS256", public_key="nonsense")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_public_keys_are_trusted_with_their_one_algorithm(house: House, algorithm: str):
    """A private key's holder signs visitors in; the public key as an HMAC secret does not."""
    private = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[algorithm]()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for other in {"RS256", "ES256", "EdDSA", "HS256", "none"} - {algorithm}:
        with pytest.raises(UnfitKey):
            await house.inboxes.trust_key("web", algorithm=other, public_key=public.decode())
    key = await house.inboxes.trust_key("web", algorithm=algorithm, public_key=public.decode())
    now = int(house.clock.now().timestamp())
    claims = {"aud": "web", "email": "ada@example.com", "iat": now, "exp": now + 60}
    good = jwt.encode(claims, pem, algorithm=algorithm, headers={"kid": key.kid})
    assert (await house.enter(token=good)).session.evidence is Evidence.SIGNED
    confused = _hmac_with(public, claims, key.kid)
    assert (await house.enter(token=confused)).session.evidence is Evidence.ANONYMOUS


def _hmac_with(public: bytes, claims: dict[str, object], kid: str) -> str:
    """Return a token whose HMAC secret is the public key, which PyJWT would not make."""
    import hashlib
    import hmac

    from callingcard.kit.codec import base64url, canonical_json

    head = base64url(canonical_json({"alg": "HS256", "kid": kid, "typ": "JWT"}))
    text = f"{head}.{base64url(canonical_json(claims))}"
    return f"{text}.{base64url(hmac.digest(public, text.encode(), hashlib.sha256))}"
