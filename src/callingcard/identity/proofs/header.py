"""Headers of a gateway that has signed the visitor in: oauth2-proxy, Authelia and the like.

Such headers are not signed. Anybody who reaches us past the gateway can write them, so
that they count from the peers the operator lists and from nobody else, and the gateway
must remove what a visitor sends under these names. A gateway that also sends a signed
token is better taken by a JWKS proof.

Invariant: without a list of peers there is no such proof, and the peer is the socket's,
never what a header says of where a request came from. Invariant: an address counts if
the operator says so, or the preset does of a gateway that lets in nobody with another's.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from types import MappingProxyType
from typing import ClassVar, Final, TypeAlias

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor, ProofInvalid
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.proofs.jws import MAX_BYTES
from callingcard.kit.email import NotAnAddress, canonical_email

UNIX: Final = "unix"
"""Stands for a unix socket in the list of peers: a request from one has no address."""

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_PARTS: Final = ("email", "user_id", "name", "first_name", "last_name")

HEADER_PRESETS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "none": {},
        # https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview
        "oauth2-proxy": {"email": "x-forwarded-email", "user_id": "x-forwarded-user"},
        "oauth2-proxy-auth-request": {
            "email": "x-auth-request-email",
            "user_id": "x-auth-request-user",
        },
        # https://www.authelia.com/integration/trusted-header-sso/introduction/
        "authelia": {"email": "remote-email", "user_id": "remote-user", "name": "remote-name"},
        # https://docs.goauthentik.io/add-secure-apps/providers/proxy/
        "authentik": {"email": "x-authentik-email", "user_id": "x-authentik-uid"},
        # https://tailscale.com/kb/1312/serve#identity-headers
        "tailscale": {
            "email": "tailscale-user-login",
            "user_id": "tailscale-user-login",
            "name": "tailscale-user-name",
        },
    }
)
"""The headers of each gateway, by the part of a visitor that they hold."""

PROVING: Final = frozenset(
    {"oauth2-proxy", "oauth2-proxy-auth-request", "authelia", "tailscale"}
)
"""The presets whose address is the visitor's own unless the operator says otherwise.

Not authentik, which verifies no address and says so in its own tokens. See
https://github.com/goauthentik/authentik/pull/16206.
"""


class HeaderProof:
    """Says who a gateway's headers name, when they come from a peer in *trusted_peers*.

    Those are addresses, networks, or ``unix``. *names* are headers by part (email,
    user_id, name, first_name, last_name) and go before the preset's. *email_verified*
    says that the gateway signs in nobody whose address it does not know to be theirs,
    as gateways do that ask a company's own identity provider. None leaves that to the
    preset, if the address is in the preset's own header. Raises ConfigError.
    """

    kind: ClassVar[str] = "header"

    def __init__(
        self,
        trusted_peers: Sequence[str],
        *,
        preset: str = "none",
        names: Mapping[str, str] = MappingProxyType({}),
        email_verified: bool | None = None,
    ) -> None:
        self._names = _headers(preset, names)
        self._networks, self._unix = _peers(trusted_peers)
        if email_verified is None:
            own = self._names.get("email") == HEADER_PRESETS[preset].get("email")
            email_verified = own and preset in PROVING
        self._email_verified = email_verified
        if not email_verified and "user_id" not in self._names:
            raise ConfigError(
                "A header proof has no user id, and its address does not count as proved.",
                hint="Set email_verified to true if the gateway has proved the address, or"
                " name the header of the user id.",
            )
        if preset == "tailscale" and not (
            self._networks and not self._unix and all(n.is_loopback for n in self._networks)
        ):
            raise ConfigError(
                "Tailscale's headers count from this machine only: list 127.0.0.1 or ::1."
            )

    async def visitor(self, given: Presented, now: datetime) -> Visitor | None:
        """Return whom the headers of *given* name, None when there are none of them.

        Raises ProofInvalid for headers from anywhere else, given twice, or not in UTF-8.
        """
        said = {part: _text(given, header) for part, header in self._names.items()}
        if not any(said.values()):
            return None
        if not self._trusts(given.peer):
            raise ProofInvalid("the headers come from a peer that is not listed")
        return self._named(said)

    def _trusts(self, peer: str) -> bool:
        """Say whether *peer* is on the list."""
        if not peer:
            return self._unix
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return any((mapped or address) in network for network in self._networks)

    def _named(self, said: Mapping[str, str]) -> Visitor:
        """Return the visitor of whom this is *said*; raises ProofInvalid."""
        email, user_id = said.get("email", ""), said.get("user_id", "")
        if not self._email_verified or (email == user_id and not _is_address(email)):
            email = ""  # a login is no address: it names the user, and that is enough
        first, _, last = _full_name(said.get("name", "")).partition(" ")
        try:
            visitor = Visitor(
                email,
                email_verified=bool(email),
                user_id=user_id,
                first_name=said.get("first_name") or first,
                last_name=said.get("last_name") or last,
            )
        except InvalidVisitor as error:
            parts = ", ".join(error.fields)
            raise ProofInvalid(f"the visitor cannot be used as described: {parts}") from None
        if visitor.email is None and visitor.user_id is None:
            raise ProofInvalid("nobody is named: no address that is proved, and no user id")
        return visitor


def _headers(preset: str, names: Mapping[str, str]) -> dict[str, str]:
    """Return the headers to read, by part; raises ConfigError."""
    if preset not in HEADER_PRESETS:
        raise ConfigError(
            "The preset of a header proof is not known.",
            hint=f"Known are {', '.join(HEADER_PRESETS)}.",
        )
    unknown = sorted(set(names) - set(_PARTS))
    if unknown:
        raise ConfigError(
            "A header proof names a part that no visitor has.",
            hint=f"Parts are {', '.join(_PARTS)}.",
        )
    found = {**HEADER_PRESETS[preset], **{part: name.lower() for part, name in names.items()}}
    if not found.get("email") and not found.get("user_id"):
        raise ConfigError("A header proof needs the header of the address or of the user id.")
    return {part: name for part, name in found.items() if name}


def _peers(listed: Sequence[str]) -> tuple[list[_Network], bool]:
    """Return the networks in *listed*, and whether a unix socket is; raises ConfigError."""
    if isinstance(listed, str) or not listed:
        raise ConfigError(
            "A header proof needs the list of peers that its headers count from.",
            hint='List the gateway\'s address or network, or "unix" for a unix socket.',
        )
    try:
        networks = [ipaddress.ip_network(text) for text in listed if text != UNIX]
    except ValueError:
        raise ConfigError("A peer of a header proof is no address and no network.") from None
    if any(network.prefixlen == 0 for network in networks):
        raise ConfigError("The peers of a header proof are everybody: list the gateway alone.")
    return networks, UNIX in listed


def _text(given: Presented, name: str) -> str:
    """Return the header *name* as text, empty when it is absent; raises ProofInvalid."""
    value = given.header(name)
    if value is None:
        return ""
    if len(value) > MAX_BYTES:
        raise ProofInvalid("a header is longer than any name")
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        raise ProofInvalid("a header is not written in UTF-8") from None


def _full_name(text: str) -> str:
    """Return a person's name, which Tailscale writes as RFC 2047 has it when it must.

    Never for what identifies somebody: one user could be called another's name in disguise.
    """
    if not text.startswith("=?"):
        return text
    try:
        return str(make_header(decode_header(text)))
    except (UnicodeError, LookupError, HeaderParseError):
        return ""


def _is_address(text: str) -> bool:
    """Say whether *text* can be an e-mail address."""
    try:
        canonical_email(text)
    except NotAnAddress:
        return False
    return True
