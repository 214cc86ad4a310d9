"""What is cached is sealed, and named so that nobody can trace it."""

from datetime import UTC, datetime, timedelta

from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.identity.service.vault import Refusal, Vault

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ADA = Visitor("ada@example.com", email_verified=True)
NEW = IdentityToken("new", NOON + timedelta(hours=12), NOON + timedelta(hours=10))
HUBSPOT = HubSpot(access_token="pat-one")


def test_every_visitor_field_and_setting_is_part_of_the_key():
    """Two different tokens are never stored under one key."""
    vault = Vault(HUBSPOT, "shop")
    variants = [
        ADA,
        Visitor("grace@example.com", email_verified=True),
        Visitor("ada@example.com"),
        Visitor("ada@example.com", email_verified=True, user_id="1"),
        Visitor("ada@example.com", email_verified=True, first_name="Ada"),
        Visitor("ada@example.com", email_verified=True, last_name="Ada"),
        Visitor("ada@example.com", email_verified=True, properties={"a": "b"}),
    ]
    keys = {vault.key(v) for v in variants}
    others = [
        Vault(HUBSPOT, "other"),
        Vault(HubSpot(access_token="pat-two"), "shop"),
        Vault(HubSpot(access_token="pat-one", path="/other"), "shop"),
    ]
    keys |= {other.key(ADA) for other in others}
    assert len(variants) + len(others) == len(keys)


def test_one_mailbox_has_one_key_however_it_is_typed():
    """The address is canonical before it is hashed."""
    vault = Vault(HUBSPOT, "shop")
    other = Visitor(" ADA@Example.COM ", email_verified=True)
    assert vault.key(ADA) == vault.key(other)


def test_a_stored_token_opens_only_where_it_was_put():
    """Moved to another key, changed by a bit, or sealed by another: nothing is found."""
    vault = Vault(HUBSPOT, "shop")
    sealed = vault.seal(NEW, "a.b")
    assert vault.open(sealed, "a.b") == NEW
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    stranger = Vault(HubSpot(access_token="pat-two"), "shop")
    found = [vault.open(sealed, "a.c"), vault.open(flipped, "a.b"), vault.open(b"", "a.b")]
    assert [*found, stranger.open(sealed, "a.b")] == [None] * 4


def test_a_person_is_forgotten_under_address_and_user_id():
    """Both names are dropped, whichever the token was stored under."""
    vault = Vault(HUBSPOT, "shop")
    both = Visitor("ada@example.com", user_id="7")
    by_id = vault.person(Visitor(user_id="7"))
    assert [vault.person(ADA), by_id] == vault.people(both)


def test_a_refusal_is_sealed_like_a_token():
    """It comes back with its reason and its end."""
    vault = Vault(HUBSPOT, "shop")
    refusal = Refusal("no such person", "look there", NOON)
    assert refusal == vault.open(vault.seal(refusal, "a.b"), "a.b")
