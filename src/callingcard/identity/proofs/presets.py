"""Identity providers as data: where each puts its token, signs it with, and means by it.

``provider`` makes a ``Provider`` of a preset and what the operator knows: their tenant,
project or audience. Preset ``none`` takes everything from the operator.

Invariant: an address is proved by a claim that only the provider can set. A preset trusts
addresses without such a claim only where the provider is a gateway that has just signed
the person in. Invariant: what a provider says of the address in its own claim says nothing
of an address that the operator takes from another one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Final, cast

from callingcard.errors import ConfigError
from callingcard.identity.proofs.jwks import Provider
from callingcard.identity.proofs.keys import KeyForm, KeyLocation, PublicAlgorithm
from callingcard.identity.proofs.places import BEARER, Place
from callingcard.identity.proofs.rules import MAX_LIFE, ClaimNames, Rules

_ALGORITHMS: Final[tuple[PublicAlgorithm, ...]] = ("RS256", "ES256", "EdDSA")
_USUAL: Final = ClaimNames()
_CLAIMS: Final = ("email", "email_verified", "user_id", "first_name", "last_name")
_PART: Final = re.compile(r"[A-Za-z0-9-]{1,100}\Z")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """What an operator says of their provider; which of it is needed, the preset tells.

    *claims* maps email, email_verified, user_id, first_name and last_name to claims of
    their own. *parties* is what ``azp`` may be, if not the audience. *header* or *cookie* is
    where the token stands, instead of where the preset looks. *trust_email* says that the
    provider signs in nobody whose address it has not confirmed, for tokens that do not say
    so themselves; an address from another claim than the preset's counts by it, or by a
    claim for email_verified that is named as well, and by nothing else.
    """

    url: str = ""
    issuer: str = ""
    audience: str = ""
    claims: Mapping[str, str] = field(default_factory=dict[str, str])
    algorithms: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    header: str = ""
    cookie: str = ""
    region: str = ""
    signer: str = ""
    project: str = ""
    team: str = ""
    trust_email: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One provider as it is known; braces stand for what the operator says.

    *needs* are the settings that must be given, *note* is what an operator should know.
    """

    title: str
    docs_url: str
    needs: tuple[str, ...] = ("issuer", "audience")
    issuer: str = "{issuer}"
    audience: str = "{audience}"
    url: str = ""
    form: KeyForm = "jwks"
    places: tuple[Place, ...] = (BEARER,)
    algorithms: tuple[PublicAlgorithm, ...] = ("RS256",)
    names: ClaimNames = _USUAL
    must: Mapping[str, str] = field(default_factory=dict[str, str])
    must_not: Mapping[str, str] = field(default_factory=dict[str, str])
    dated: bool = True
    shared: bool = False
    max_life: timedelta = MAX_LIFE
    trust_email: bool = False
    true_as_text: bool = False
    padded: bool = False
    external: str = ""
    from_header: Mapping[str, str] = field(default_factory=dict[str, str])
    note: str = ""


PRESETS: Final[Mapping[str, Preset]] = {
    "none": Preset(
        title="Any provider with a JWKS",
        docs_url="https://www.rfc-editor.org/rfc/rfc7517",
        needs=("url", "issuer", "audience"),
        algorithms=_ALGORITHMS,
    ),
    "oidc": Preset(
        title="Any OpenID Connect provider",
        docs_url="https://openid.net/specs/openid-connect-discovery-1_0.html",
        url="{issuer}/.well-known/openid-configuration",
        form="discovery",
        algorithms=_ALGORITHMS,
        note="Send the ID token: access tokens often name no address.",
    ),
    "auth0": Preset(
        title="Auth0",
        docs_url="https://auth0.com/docs/secure/tokens/json-web-tokens/validate-json-web-tokens",
        url="{issuer}/.well-known/jwks.json",
        shared=True,  # azp is the app that asked, aud the API: they are never the same
        note="The issuer ends in a slash. An access token has no address unless an Action"
        " adds it, and whether it is verified, under names such as"
        " https://shop.example/email; put both into claims.",
    ),
    "clerk": Preset(
        title="Clerk",
        docs_url="https://clerk.com/docs/backend-requests/manual-jwt",
        needs=("issuer", "parties"),
        url="{issuer}/.well-known/jwks.json",
        places=(BEARER, Place("cookie", "__session")),
        must_not={"sts": "pending"},
        note="Add email and email_verified to the session token's claims; by default there"
        " are none. parties are the origins that may sign in, and every token must name one.",
    ),
    "cognito": Preset(
        title="Amazon Cognito",
        docs_url="https://docs.aws.amazon.com/cognito/latest/developerguide/"
        "amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html",
        url="{issuer}/.well-known/jwks.json",
        must={"token_use": "id"},
        true_as_text=True,
        note="Send the ID token: access tokens have no aud and no address.",
    ),
    "firebase": Preset(
        title="Firebase Authentication, ID tokens",
        docs_url="https://firebase.google.com/docs/auth/admin/verify-id-tokens",
        needs=("project",),
        issuer="https://securetoken.google.com/{project}",
        audience="{project}",
        url="https://www.googleapis.com/service_accounts/v1/jwk/"
        "securetoken@system.gserviceaccount.com",
    ),
    "firebase-session": Preset(
        title="Firebase Authentication, session cookies",
        docs_url="https://firebase.google.com/docs/auth/admin/manage-cookies",
        needs=("project",),
        issuer="https://session.firebase.google.com/{project}",
        audience="{project}",
        url="https://www.googleapis.com/identitytoolkit/v3/relyingparty/publicKeys",
        form="x509",
        places=(Place("cookie", "__session"), Place("cookie", "session")),
        max_life=timedelta(days=14),
    ),
    "google-iap": Preset(
        title="Google Identity-Aware Proxy",
        docs_url="https://cloud.google.com/iap/docs/signed-headers-howto",
        needs=("audience",),
        issuer="https://cloud.google.com/iap",
        url="https://www.gstatic.com/iap/verify/public_key-jwk",
        places=(Place("header", "x-goog-iap-jwt-assertion"),),
        algorithms=("ES256",),
        trust_email=True,
        external="gcip",
        note="The audience is /projects/NUMBER/global/backendServices/ID, or the app's. An"
        " external identity's address counts if its own email_verified is true.",
    ),
    "cloudflare-access": Preset(
        title="Cloudflare Access",
        docs_url="https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/"
        "validating-json/",
        needs=("team", "audience"),
        issuer="https://{team}.cloudflareaccess.com",
        url="https://{team}.cloudflareaccess.com/cdn-cgi/access/certs",
        places=(
            Place("header", "cf-access-jwt-assertion"),
            Place("cookie", "CF_Authorization"),
        ),
        max_life=timedelta(days=31),
        shared=True,  # there is no azp
        trust_email=True,
        note="The audience is the application's AUD tag.",
    ),
    "aws-alb": Preset(
        title="AWS Application Load Balancer",
        docs_url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
        "listener-authenticate-users.html",
        needs=("region", "signer", "issuer"),
        url="https://public-keys.auth.elb.{region}.amazonaws.com/{kid}",
        form="pem",
        places=(Place("header", "x-amzn-oidc-data"),),
        algorithms=("ES256",),
        must={"signer": "{signer}"},
        dated=False,  # AWS writes none
        true_as_text=True,
        padded=True,
        from_header={"iss": "iss", "exp": "exp", "aud": "client", "signer": "signer"},
        note="signer is the load balancer's ARN: the keys are those of everybody's balancers"
        " in the region. audience, if given, is the client id. GovCloud needs its own url.",
    ),
    "keycloak": Preset(
        title="Keycloak",
        docs_url="https://www.keycloak.org/securing-apps/oidc-layers",
        url="{issuer}/protocol/openid-connect/certs",
        algorithms=("RS256", "ES256", "EdDSA"),
        note="The issuer is https://HOST/realms/REALM. Where the audience is account, every"
        " client of the realm has it: name yours in parties.",
    ),
    "supabase": Preset(
        title="Supabase Auth",
        docs_url="https://supabase.com/docs/guides/auth/jwts",
        needs=("issuer",),
        audience="authenticated",
        url="{issuer}/.well-known/jwks.json",
        algorithms=("ES256", "RS256"),
        names=ClaimNames(email_verified="", first_name="", last_name=""),
        note="The issuer is https://PROJECT.supabase.co/auth/v1. The email_verified in"
        " user_metadata can be written by the user and counts for nothing; set trust_email"
        " only where Supabase confirms every address. Legacy HS256 secrets are not supported:"
        " move the project to asymmetric signing keys.",
    ),
    "pomerium": Preset(
        title="Pomerium",
        docs_url="https://www.pomerium.com/docs/capabilities/getting-users-identity",
        needs=("url", "issuer", "audience"),
        places=(Place("header", "x-pomerium-jwt-assertion"),),
        algorithms=("ES256",),
        trust_email=True,
        note="The url is https://HOST/.well-known/pomerium/jwks.json.",
    ),
    "authentik": Preset(
        title="authentik, proxy provider",
        docs_url="https://docs.goauthentik.io/add-secure-apps/providers/proxy/",
        needs=("url", "issuer", "audience"),
        places=(Place("header", "x-authentik-jwt"),),
        algorithms=("RS256", "ES256"),
        note="The url is https://HOST/application/o/SLUG/jwks/, the audience the provider's"
        " client id. A provider without a signing key signs with its secret, which no key"
        " set publishes. authentik says email_verified false unless a scope mapping of yours"
        " says otherwise.",
    ),
    "azure-easy-auth": Preset(
        title="Azure App Service authentication",
        docs_url="https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities",
        url="{issuer}/.well-known/openid-configuration",
        form="discovery",
        places=(Place("header", "x-ms-token-aad-id-token"),),
        names=ClaimNames(user_id="oid", email_verified="xms_edov"),
        note="Entra's email claim can be written by a tenant's own administrators: it counts"
        " only with the optional claim xms_edov.",
    ),
}


def provider(preset: str, settings: ProviderSettings) -> Provider:
    """Return the provider *preset* with *settings*; raises ConfigError naming what is wrong.

    >>> found = provider("firebase", ProviderSettings(project="my-shop"))
    >>> found.rules.issuer, found.rules.audience
    ('https://securetoken.google.com/my-shop', 'my-shop')
    """
    row = PRESETS.get(preset)
    if row is None:
        raise ConfigError(
            "The preset of a JWKS proof is not known.", hint=f"Known are {', '.join(PRESETS)}."
        )
    _check_needs(preset, row, settings)
    return Provider(
        name=preset,
        places=_places(row, settings),
        location=_location(row, settings),
        algorithms=_algorithms(row, settings),
        rules=_rules(row, settings),
        padded=row.padded,
        from_header=row.from_header,
        external=row.external,
    )


def _check_needs(name: str, row: Preset, settings: ProviderSettings) -> None:
    """Raise ConfigError unless all that *row* needs is there, and fit to be used."""
    missing = [need for need in row.needs if not getattr(settings, need)]
    if missing:
        raise ConfigError(
            f"The preset {name} of a JWKS proof needs {', '.join(missing)}.", hint=row.note
        )
    for part in ("region", "project", "team"):
        text = getattr(settings, part)
        if text and not _PART.match(text):
            raise ConfigError(f"The {part} of a JWKS proof is no name: letters, digits and -.")
    shared = name == "keycloak" and settings.audience == "account"
    if shared and not settings.parties:
        raise ConfigError(
            "The preset keycloak with audience account needs parties.", hint=row.note
        )
    if any(not party for party in settings.parties):
        raise ConfigError("One of the parties of a JWKS proof is empty.")


def _fill(template: str, settings: ProviderSettings) -> str:
    """Return *template* with what the operator said in the place of its braces."""
    text = template
    for part in fields(settings):
        value = getattr(settings, part.name)
        if isinstance(value, str):
            text = text.replace(f"{{{part.name}}}", value)
    return text


def _location(row: Preset, settings: ProviderSettings) -> KeyLocation:
    """Return where the keys are: where the operator says, or where the preset knows."""
    bare = replace(settings, issuer=settings.issuer.rstrip("/"))
    url = settings.url or _fill(row.url, bare)
    issuer = _fill(row.issuer, settings) if row.form == "discovery" else ""
    return KeyLocation(url, row.form, issuer)


def _places(row: Preset, settings: ProviderSettings) -> tuple[Place, ...]:
    """Return where the token is looked for."""
    named = [("header", settings.header.lower()), ("cookie", settings.cookie)]
    for spot, name in named:
        if name and not _TOKEN.match(name):
            raise ConfigError(f"The {spot} of a JWKS proof is no name of a {spot}.")
    given: list[Place] = []
    if settings.header:
        given.append(Place("header", settings.header.lower()))
    if settings.cookie:
        given.append(Place("cookie", settings.cookie))
    return tuple(given) or row.places


def _algorithms(row: Preset, settings: ProviderSettings) -> tuple[PublicAlgorithm, ...]:
    """Return what tokens may be signed with; raises ConfigError for a secret's algorithm."""
    for name in settings.algorithms:
        if name not in _ALGORITHMS:
            raise ConfigError(
                "A JWKS proof names an algorithm that is not accepted.",
                hint=f"Accepted are {', '.join(_ALGORITHMS)}; no provider's secret is.",
            )
    return cast("tuple[PublicAlgorithm, ...]", settings.algorithms) or row.algorithms


def _rules(row: Preset, settings: ProviderSettings) -> Rules:
    """Return what the claims must say."""
    unknown = sorted(set(settings.claims) - set(_CLAIMS))
    if unknown:
        raise ConfigError(
            "The claims of a JWKS proof name a part that no visitor has.",
            hint=f"Parts are {', '.join(_CLAIMS)}.",
        )
    names, trust = replace(row.names, **settings.claims), row.trust_email
    if names.email != row.names.email:
        trust = False
        if "email_verified" not in settings.claims:
            names = replace(names, email_verified="")
    return Rules(
        issuer=_fill(row.issuer, settings),
        audience=_fill(row.audience, settings),
        parties=frozenset(settings.parties),
        must={name: _fill(value, settings) for name, value in row.must.items()},
        must_not=row.must_not,
        dated=row.dated,
        shared=row.shared,
        max_life=row.max_life,
        names=names,
        trust_email=trust if settings.trust_email is None else settings.trust_email,
        true_as_text=row.true_as_text,
    )
