"""Identity providers for tests: keys made on the spot, tokens as each provider signs them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from jwt.algorithms import get_default_algorithms

from callingcard.identity.proofs.jwks import JwksProof, Provider
from callingcard.identity.proofs.keys import VerifyingKey, key_of_pem
from callingcard.identity.proofs.presets import ProviderSettings, provider

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())
KID = "key-1"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:1234:loadbalancer/app/shop/abcd"


def private_key(algorithm: str, name: str = "theirs") -> Any:
    """Return a private key for *algorithm*, the same one for the same *name*."""
    return _made(algorithm, name)


@cache
def _made(algorithm: str, _name: str) -> Any:
    """Make a key."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def pem(algorithm: str, name: str = "theirs") -> str:
    """Return the public half of that key as PEM."""
    public = private_key(algorithm, name).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(algorithm: str, kid: str = KID, name: str = "theirs") -> dict[str, Any]:
    """Return the public half of that key as a JWK."""
    rule = get_default_algorithms()[algorithm]
    public = rule.to_jwk(private_key(algorithm, name).public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", "alg": algorithm}


def certificate(algorithm: str, name: str = "theirs") -> str:
    """Return a certificate of that key, as Google publishes them."""
    private = private_key(algorithm, name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id.example")])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=1))
        .sign(private, None if algorithm == "EdDSA" else SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()


def encoded(raw: bytes, *, padded: bool = False) -> str:
    """Return *raw* in base64url."""
    text = base64.urlsafe_b64encode(raw).decode()
    return text if padded else text.rstrip("=")


def compact(
    header: bytes,
    payload: bytes,
    algorithm: str,
    *,
    key: Any = None,
    padded: bool = False,
) -> str:
    """Return the token of these very bytes, signed with *key* as *algorithm* does."""
    start = f"{encoded(header, padded=padded)}.{encoded(payload, padded=padded)}"
    if algorithm == "none":
        return f"{start}."
    if algorithm == "HS256":
        signature = hmac.digest(key, start.encode(), hashlib.sha256)
    else:
        rule = get_default_algorithms()[algorithm]
        base = "ES256" if algorithm.startswith("ES") else algorithm
        base = "RS256" if algorithm.startswith("RS") else base
        signature = rule.sign(start.encode(), key or private_key(base))
    return f"{start}.{encoded(signature, padded=padded)}"


@dataclass
class FixedKeys:
    """Keys that are simply there."""

    keys: Mapping[str, VerifyingKey]
    asked: list[str] = field(default_factory=list)

    async def find(self, kid: str) -> VerifyingKey | None:
        """Return the key *kid*, and note that somebody asked."""
        self.asked.append(kid)
        return self.keys.get(kid)


@dataclass(frozen=True)
class Case:
    """One preset, as an operator sets it up, and a token that it takes."""

    preset: str
    settings: ProviderSettings
    claims: dict[str, Any]
    header: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    email: str | None = "ada@example.com"
    user_id: str | None = "u-7"

    @property
    def provider(self) -> Provider:
        """The provider of the preset."""
        return provider(self.preset, self.settings)

    def proof(self) -> JwksProof:
        """Return the proof, which knows the provider's one key."""
        return JwksProof(self.provider, FixedKeys({KID: key_of_pem(pem(self.algorithm))}))

    def parts(
        self, claims: Mapping[str, Any] | None = None, header: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return header and claims, changed; a value of None takes a member away."""
        body = {**self.claims, **(claims or {})}
        head = {"alg": self.algorithm, "typ": "JWT", "kid": KID, **self.header}
        for name, there in self.provider.from_header.items():
            if name in body:
                head[there] = body.pop(name)
        head |= header or {}
        return (
            {name: value for name, value in head.items() if value is not None},
            {name: value for name, value in body.items() if value is not None},
        )

    def token(
        self,
        claims: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
        *,
        algorithm: str = "",
        key: Any = None,
    ) -> str:
        """Return the good token, changed."""
        head, body = self.parts(claims, header)
        return self.compact(
            json.dumps(head).encode(), json.dumps(body).encode(), algorithm, key=key
        )

    def compact(
        self, header: bytes, payload: bytes, algorithm: str = "", *, key: Any = None
    ) -> str:
        """Return the token of these very bytes."""
        algorithm = algorithm or self.algorithm
        return compact(header, payload, algorithm, key=key, padded=self.provider.padded)


PERSON = {
    "sub": "u-7",
    "email": "Ada@Example.com",
    "email_verified": True,
    "given_name": "Ada",
    "family_name": "Lovelace",
}
TIMES = {"iat": NOW, "exp": NOW + 300}


def _case(
    preset: str,
    settings: ProviderSettings,
    claims: dict[str, Any],
    *,
    without: tuple[str, ...] = (),
    **more: Any,
) -> Case:
    """Return a case of the usual person, less some claims."""
    body = {name: value for name, value in PERSON.items() if name not in without}
    return Case(preset, settings, {**body, **TIMES, **claims}, **more)


ISSUER = "https://id.example"
CASES: dict[str, Case] = {
    case.preset: case
    for case in (
        _case(
            "none",
            ProviderSettings(url=f"{ISSUER}/jwks", issuer=ISSUER, audience="shop"),
            {"iss": ISSUER, "aud": "shop"},
        ),
        _case(
            "oidc",
            ProviderSettings(issuer=ISSUER, audience="shop"),
            {"iss": ISSUER, "aud": ["shop", "other"], "azp": "shop"},
            algorithm="EdDSA",
        ),
        _case(
            "auth0",
            ProviderSettings(
                issuer="https://tenant.example/",
                audience="https://api.example",
                claims={
                    "email": "https://shop.example/email",
                    "email_verified": "https://shop.example/email_verified",
                },
            ),
            {
                "iss": "https://tenant.example/",
                "aud": ["https://api.example", "https://tenant.example/userinfo"],
                "https://shop.example/email": "ada@example.com",
                "https://shop.example/email_verified": True,
            },
            without=("email", "email_verified"),
            header={"typ": "at+jwt"},
        ),
        _case(
            "clerk",
            ProviderSettings(
                issuer="https://clerk.shop.example", parties=("https://shop.example",)
            ),
            {
                "iss": "https://clerk.shop.example",
                "azp": "https://shop.example",
                "sts": "active",
                "exp": NOW + 60,
            },
        ),
        _case(
            "cognito",
            ProviderSettings(
                issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool",
                audience="client",
            ),
            {
                "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool",
                "aud": "client",
                "token_use": "id",
            },
            header={"typ": None},
        ),
        _case(
            "firebase",
            ProviderSettings(project="my-shop"),
            {"iss": "https://securetoken.google.com/my-shop", "aud": "my-shop"},
        ),
        _case(
            "firebase-session",
            ProviderSettings(project="my-shop"),
            {
                "iss": "https://session.firebase.google.com/my-shop",
                "aud": "my-shop",
                "exp": NOW + 14 * 86_400,
            },
        ),
        _case(
            "google-iap",
            ProviderSettings(audience="/projects/1/global/backendServices/2"),
            {
                "iss": "https://cloud.google.com/iap",
                "aud": "/projects/1/global/backendServices/2",
            },
            without=("email_verified", "given_name", "family_name"),
            algorithm="ES256",
        ),
        _case(
            "cloudflare-access",
            ProviderSettings(team="shop", audience="a" * 64),
            {
                "iss": "https://shop.cloudflareaccess.com",
                "aud": ["a" * 64],
                "type": "app",
                "exp": NOW + 7 * 86_400,
            },
            without=("email_verified",),
        ),
        _case(
            "aws-alb",
            ProviderSettings(region="eu-west-1", signer=ARN, issuer=ISSUER, audience="client"),
            {
                "iss": ISSUER,
                "aud": "client",
                "signer": ARN,
                "exp": NOW + 120,
                "iat": None,
                "email_verified": "true",
            },
            algorithm="ES256",
        ),
        _case(
            "keycloak",
            ProviderSettings(
                issuer=f"{ISSUER}/realms/shop", audience="account", parties=("shop-web",)
            ),
            {"iss": f"{ISSUER}/realms/shop", "aud": "account", "azp": "shop-web"},
        ),
        _case(
            "supabase",
            ProviderSettings(issuer="https://ref.supabase.co/auth/v1"),
            {
                "iss": "https://ref.supabase.co/auth/v1",
                "aud": "authenticated",
                "user_metadata": {"email_verified": True},
            },
            without=("email_verified", "given_name", "family_name"),
            algorithm="ES256",
            email=None,
        ),
        _case(
            "pomerium",
            ProviderSettings(
                url=f"{ISSUER}/.well-known/pomerium/jwks.json",
                issuer="shop.example",
                audience="shop.example",
            ),
            {"iss": "shop.example", "aud": "shop.example"},
            without=("email_verified",),
            algorithm="ES256",
        ),
        _case(
            "authentik",
            ProviderSettings(
                url=f"{ISSUER}/application/o/shop/jwks/",
                issuer=f"{ISSUER}/application/o/shop/",
                audience="client",
            ),
            {"iss": f"{ISSUER}/application/o/shop/", "aud": "client"},
        ),
        _case(
            "azure-easy-auth",
            ProviderSettings(issuer=f"{ISSUER}/tenant/v2.0", audience="app"),
            {"iss": f"{ISSUER}/tenant/v2.0", "aud": "app", "oid": "u-7", "sub": "pairwise"},
            without=("email_verified",),
            email=None,
        ),
    )
}


def again(preset: str, **more: Any) -> JwksProof:
    """Return the proof of *preset* with more settings."""
    case = CASES[preset]
    return JwksProof(provider(preset, replace(case.settings, **more)), case.proof()._keys)
