"""A gateway's headers count from the gateway, and from nobody else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callingcard.errors import ConfigError
from callingcard.identity.errors import ProofInvalid
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.proofs.header import HEADER_PRESETS, PROVING, HeaderProof

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
PEER = "10.0.0.7"
NAMES = {"email": "X-Email", "user_id": "X-User", "name": "X-Name"}


async def named(
    *headers: tuple[str, str], peer: str = PEER, peers: Any = ("10.0.0.7",), **more: Any
) -> Visitor | None:
    """Return whom *headers* from *peer* name."""
    proof = HeaderProof(peers, **(more or {"names": NAMES, "email_verified": True}))
    return await proof.visitor(Presented(headers, peer), NOON)


async def test_a_gateway_names_the_visitor():
    """The address is canonical and verified; the whole name is one first and the rest."""
    visitor = await named(
        ("x-email", "Ada@Example.com"), ("x-user", "u-7"), ("x-name", "Ada King Lovelace")
    )
    assert visitor == Visitor(
        "ada@example.com",
        email_verified=True,
        user_id="u-7",
        first_name="Ada",
        last_name="King Lovelace",
    )


SAMPLES = {
    "oauth2-proxy": {"x-forwarded-email": "ada@example.com", "x-forwarded-user": "u-7"},
    "oauth2-proxy-auth-request": {
        "x-auth-request-email": "ada@example.com",
        "x-auth-request-user": "u-7",
    },
    "authelia": {"remote-email": "ada@example.com", "remote-user": "u-7"},
    "authentik": {"x-authentik-email": "ada@example.com", "x-authentik-uid": "u-7"},
    "tailscale": {"tailscale-user-login": "ada@example.com"},
}


@pytest.mark.parametrize("preset", HEADER_PRESETS.keys() - {"none"})
async def test_each_gateway_s_own_headers_are_read(preset: str):
    """As the gateways' own pages name them."""
    visitor = await named(
        *SAMPLES[preset].items(), peer="127.0.0.1", peers=["127.0.0.1"], preset=preset
    )
    assert visitor is not None
    proved = preset in PROVING
    assert (visitor.email is not None, visitor.email_verified) == (proved, proved)
    assert visitor.user_id == ("ada@example.com" if preset == "tailscale" else "u-7")


def test_who_does_not_verify_addresses_is_not_said_to():
    """Not authentik, nor headers that we know nothing of."""
    assert frozenset(HEADER_PRESETS) - PROVING == {"none", "authentik"}


async def test_the_operator_may_know_better_than_the_preset():
    """With authentik where sign-up confirms addresses, with headers of one's own."""
    for preset, names in (("authentik", {}), ("none", NAMES)):
        headers = [*SAMPLES["authentik"].items(), ("x-email", "ada@example.com")]
        said: dict[str, Any] = {"preset": preset, "names": names}
        for verified in (None, True, False):
            visitor = await named(*headers, ("x-user", "u-7"), email_verified=verified, **said)
            assert visitor is not None
            assert visitor.email == ("ada@example.com" if verified else None)


async def test_a_preset_speaks_of_its_own_header_alone():
    """An address from another one counts when the operator says so."""
    said: dict[str, Any] = {"preset": "authelia", "names": {"email": "X-Contact"}}
    headers = (("remote-user", "u-7"), ("x-contact", "eve@example.com"))
    visitor = await named(*headers, **said)
    assert visitor is not None
    assert (visitor.email, visitor.user_id) == (None, "u-7")
    visitor = await named(*headers, email_verified=True, **said)
    assert visitor is not None
    assert visitor.email == "eve@example.com"


@pytest.mark.parametrize(
    ("peers", "peer", "trusted"),
    [
        (["10.0.0.7"], "10.0.0.7", True),
        (["10.0.0.7"], "10.0.0.8", False),
        (["10.0.0.0/8"], "10.255.1.2", True),
        (["10.0.0.0/8"], "11.0.0.1", False),
        (["10.0.0.7"], "::ffff:10.0.0.7", True),
        (["10.0.0.7"], "::ffff:10.0.0.8", False),
        (["fd00::/8"], "fd00::1", True),
        (["fd00::/8"], "fe80::1%eth0", False),
        (["unix"], "", True),
        (["10.0.0.7"], "", False),
        (["unix"], "10.0.0.7", False),
        (["10.0.0.7"], "10.0.0.7, 1.2.3.4", False),
        (["10.0.0.7"], "testclient", False),
        (["127.0.0.1", "unix"], "127.0.0.1", True),
    ],
)
async def test_only_listed_peers_are_believed(peers: list[str], peer: str, trusted: object):
    """From any other the very presence of such headers is an attempt."""
    if trusted:
        assert await named(("x-user", "u-7"), peer=peer, peers=peers) is not None
    else:
        with pytest.raises(ProofInvalid) as caught:
            await named(("x-user", "u-7"), peer=peer, peers=peers)
        assert "peer" in caught.value.why


@pytest.mark.parametrize("peer", [PEER, "6.6.6.6"])
@pytest.mark.parametrize(
    "headers",
    [(), (("x-email", ""),), (("x-email", " "), ("x-user", "")), (("x-other", "u"),)],
)
async def test_without_the_headers_nobody_is_signed_in(
    peer: str, headers: tuple[tuple[str, str], ...]
):
    """Whoever asks; a header with nothing in it is no header."""
    assert await named(*headers, peer=peer) is None


async def test_where_a_request_says_it_comes_from_does_not_matter():
    """The peer is the socket's."""
    with pytest.raises(ProofInvalid):
        await named(("x-user", "u-7"), ("x-forwarded-for", PEER), peer="6.6.6.6")


@pytest.mark.parametrize(
    "headers",
    [
        (("x-user", "u-7"), ("x-user", "u-8")),
        (("x-email", "ada@example.com"), ("x-email", "eve@example.com")),
        (("x-user", "u\xff"),),
        (("x-user", "u\u20ac"),),
        (("x-user", "u" * 9000),),
        (("x-user", "u" * 300),),
        (("x-user", "u\x007"),),
        (("x-email", "no address"),),
        (("x-email", "ada@example.com, eve@example.com"),),
        (("x-name", "Ada"),),
    ],
)
async def test_doubtful_headers_are_refused(headers: tuple[tuple[str, str], ...]):
    """Twice, not in UTF-8, without end, or naming nobody."""
    with pytest.raises(ProofInvalid):
        await named(*headers)


async def test_names_come_in_utf_8():
    """On the wire every byte is a letter of Latin-1."""
    visitor = await named(("x-user", "u-7"), ("x-name", "Zoë".encode().decode("latin-1")))
    assert visitor is not None
    assert visitor.first_name == "Zoë"


async def test_tailscale_s_way_to_write_a_name_is_read_in_names_alone():
    """A user may not become another by a login that looks encoded."""
    tailscale: dict[str, Any] = {
        "peer": "127.0.0.1",
        "peers": ["127.0.0.1"],
        "preset": "tailscale",
    }
    login = ("tailscale-user-login", "ada@example.com")
    visitor = await named(
        login, ("tailscale-user-name", "=?utf-8?q?Zo=C3=AB_K?="), **tailscale
    )
    assert visitor is not None
    assert (visitor.first_name, visitor.last_name) == ("Zoë", "K")
    odd = await named(login, ("tailscale-user-name", "=?x-unknown?b?!!?="), **tailscale)
    assert odd is not None
    assert odd.first_name == ""
    other = await named(("tailscale-user-login", "=?utf-8?q?ada=40example.com?="), **tailscale)
    assert other is not None
    assert (other.email, other.user_id) == (None, "=?utf-8?q?ada=40example.com?=")


async def test_a_login_that_is_no_address_is_a_user_id():
    """As with Tailscale over GitHub."""
    visitor = await named(
        ("tailscale-user-login", "ada@github"),
        peer="::1",
        peers=["::1"],
        preset="tailscale",
    )
    assert visitor is not None
    assert (visitor.email, visitor.user_id, visitor.email_verified) == (
        None,
        "ada@github",
        False,
    )


async def test_an_operator_may_doubt_the_gateway_s_addresses():
    """Then only the user id is left."""
    more: dict[str, Any] = {"names": NAMES, "email_verified": False}
    visitor = await named(("x-email", "ada@example.com"), ("x-user", "u-7"), **more)
    assert visitor is not None
    assert (visitor.email, visitor.user_id) == (None, "u-7")
    with pytest.raises(ProofInvalid):
        await named(("x-email", "ada@example.com"), **more)


@pytest.mark.parametrize("verified", [None, False])
def test_an_address_that_never_counts_needs_a_user_id_beside_it(verified: object):
    """Or nobody would ever be signed in, and nobody would know why."""
    more: dict[str, Any] = {"names": {"email": "x-email"}, "email_verified": verified}
    with pytest.raises(ConfigError) as caught:
        HeaderProof([PEER], **more)
    assert "email_verified" in caught.value.hint


@pytest.mark.parametrize(
    ("peers", "more"),
    [
        ([], {"names": NAMES}),
        ("10.0.0.7", {"names": NAMES}),
        ([""], {"names": NAMES}),
        (["gateway"], {"names": NAMES}),
        (["10.0.0.7/8"], {"names": NAMES}),
        (["0.0.0.0/0"], {"names": NAMES}),
        (["10.0.0.7", "::/0"], {"names": NAMES}),
        ([PEER], {}),
        ([PEER], {"names": {"name": "x-name"}}),
        ([PEER], {"names": {"nick": "x-nick"}}),
        ([PEER], {"preset": "nginx"}),
        ([PEER], {"preset": "tailscale"}),
        (["127.0.0.1", PEER], {"preset": "tailscale"}),
        (["127.0.0.1", "unix"], {"preset": "tailscale"}),
        (["unix"], {"preset": "tailscale"}),
    ],
)
def test_a_proof_that_would_believe_too_many_stops_the_start(peers: Any, more: dict[str, Any]):
    """Nobody listed, everybody listed, or nothing to read."""
    with pytest.raises(ConfigError):
        HeaderProof(peers, **more)
