"""Settings that name a secret of the sealed store."""

from pathlib import Path
from typing import Any

import pytest

from callingcard.backends.bus import Bus
from callingcard.backends.database import Database
from callingcard.errors import ConfigError, NotFound
from callingcard.identity.api import SiteIssuer
from callingcard.kit.clock import FakeClock
from callingcard.server.settings.loading import Configuration, load, read, shown
from callingcard.server.settings.model import Settings
from callingcard.server.settings.sealed import SealedSecret, revealed, sealed_in
from callingcard.server.settings.sites import SiteSection, stored
from callingcard.server.sites.registry import Sites
from callingcard.server.sites.store import SiteStore

TEXT = """
[alerts]
channels = [{ secret = "ALERT_URL" }, "json://other.example"]
[sites.shop]
platform = "hubspot"
[sites.shop.jwt]
issuer = "shop"
keys = [{ kid = "k1", secret = { secret = "SHOP_KEY" } }]
[sites.shop.hubspot]
access_token = { secret = "HUBSPOT_KEY" }
[sites.help]
platform = "intercom"
proof = "key"
[sites.help.intercom]
secret = "a plain secret of at least 32 bytes"
"""
VALUES = {
    "ALERT_URL": "json://canary.example",
    "SHOP_KEY": "the canary shared with the shop, long",
    "HUBSPOT_KEY": "pat-na1-canary-of-settings",
}


class Store:
    """A sealed store in memory."""

    def __init__(self, **values: str) -> None:
        self.values = values

    async def reveal(self, name: str) -> str:
        """Return a value."""
        if name not in self.values:
            raise NotFound(f"no {name}")
        return self.values[name]


@pytest.fixture
def given(tmp_path: Path) -> Configuration:
    """Return settings that name three secrets."""
    file = tmp_path / "callingcard.toml"
    file.write_text(TEXT)
    return load(file)


async def test_secrets_are_filled_in_wherever_they_are_named(given: Configuration):
    """Alerts, platforms and shared keys get their values, and plain ones stay."""
    settings = await revealed(given.settings, Store(**VALUES).reveal)
    plain = [channel.get_secret_value() for channel in settings.alerts.channels]
    assert plain == ["json://canary.example", "json://other.example"]
    shop = settings.sites["shop"]
    assert shop.platform_settings == {"access_token": VALUES["HUBSPOT_KEY"]}
    assert shop.jwt is not None
    assert [key.material for key in shop.jwt.keys] == [VALUES["SHOP_KEY"]]
    assert settings.sites["help"] == given.settings.sites["help"]
    assert all(secret.is_known for secret in sealed_in(settings))


async def test_a_name_is_never_taken_for_the_secret(given: Configuration):
    """Before it was revealed a secret has no value, and asking for one is an error."""
    [channel, _] = given.settings.alerts.channels
    with pytest.raises(ConfigError, match="before the sealed store is open"):
        channel.get_secret_value()
    with pytest.raises(ConfigError):
        _ = given.settings.sites["shop"].platform_settings


async def test_what_is_shown_is_the_name_and_never_the_value(given: Configuration):
    """The settings shown, their repr and a document to be kept name secrets only."""
    settings = await revealed(given.settings, Store(**VALUES).reveal)
    section = settings.sites["shop"]
    everything = f"{shown(settings)} {settings!r} {settings} {stored(section)}"
    assert "canary" not in everything
    assert shown(settings)["sites"]["shop"]["hubspot"]["access_token"] == (
        '{ secret = "HUBSPOT_KEY" }'
    )
    again = SiteSection.model_validate(stored(section))
    assert again == given.settings.sites["shop"]
    assert section != again


async def test_a_missing_secret_is_told_with_the_remedy(given: Configuration):
    """The section, the secret and the command are named."""
    with pytest.raises(ConfigError) as refused:
        await revealed(given.settings.sites["shop"], Store().reveal, path="sites.shop")
    assert refused.value.message.startswith("sites.shop: there is no secret HUBSPOT_KEY")
    assert "callingcard secrets set HUBSPOT_KEY" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[database]\nurl = { secret = "A" }', "database.url"),
        ('[cache]\nurl = { secret = "A" }', "cache.url"),
        ('[server]\nsecret_keys = [{ secret = "A" }]', "server.secret_keys"),
        ('[server]\nhost = { secret = "A" }', "server.host"),
        ('[alerts]\nchannels = [{ secret = "lower" }]', "alerts.channels"),
        ('[alerts]\nchannels = [{ secrets = "A" }]', "alerts.channels"),
    ],
)
def test_what_opens_the_store_cannot_be_in_it(tmp_path: Path, text: str, named: str):
    """A reference where none can be, or to what is no name, is an error that says where."""
    file = tmp_path / "callingcard.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=named):
        read(file)


def test_equal_secrets_are_equal_by_name_and_value():
    """A site is built anew when a value changes, and only then."""
    assert SealedSecret("A", "1") == SealedSecret("A", "1")
    assert len({SealedSecret("A", "1"), SealedSecret("A", "1")}) == 1
    for other in (SealedSecret("A", "2"), SealedSecret("B", "1"), SealedSecret("A"), "1"):
        assert SealedSecret("A", "1") != other


class House:
    """The sites of one server whose sites are not really built."""

    def __init__(self, database: Database, clock: FakeClock, settings: Settings) -> None:
        self.sealed = Store()
        self.built: list[tuple[str, dict[str, Any]]] = []
        self.sites = Sites(
            SiteStore(database, [b"k" * 32], reveal=self.sealed.reveal),
            self._build,
            clock=clock,
            settings=settings,
            hints=Bus(),
        )

    def _build(self, name: str, section: SiteSection, _activity: object) -> SiteIssuer:
        """Note what the site *name* would be built of."""
        self.built.append((name, section.platform_settings))
        return SiteIssuer(issuer=None, platform=section.platform, origins=frozenset())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]


@pytest.fixture
def house(database: Database, clock: FakeClock, given: Configuration) -> House:
    """Return the sites of the settings above."""
    settings = given.settings.model_copy(
        update={"sites": {"shop": given.settings.sites["shop"]}}
    )
    return House(database, clock, settings)


async def test_a_site_of_the_file_waits_for_the_database(house: House):
    """It is built once the store is open, with the value, and anew when that changes."""
    house.sites.open()
    assert house.built == []
    house.sealed.values.update(VALUES)
    await house.sites.start()
    assert house.built == [("shop", {"access_token": VALUES["HUBSPOT_KEY"]})]
    await house.sites.reload()
    assert len(house.built) == 1
    house.sealed.values["HUBSPOT_KEY"] = "pat-newer"
    await house.sites.reload()
    assert house.built[1:] == [("shop", {"access_token": "pat-newer"})]
    assert house.sites.secrets() == {"HUBSPOT_KEY": ["site shop"], "SHOP_KEY": ["site shop"]}
    await house.sites.close()


async def test_a_server_does_not_start_without_a_secret_it_needs(house: House):
    """As with an environment variable that is not set, the start says what is missing."""
    house.sites.open()
    with pytest.raises(ConfigError, match="there is no secret HUBSPOT_KEY"):
        await house.sites.start()
    await house.sites.close()


async def test_a_secret_that_goes_leaves_the_site_as_it_was(house: House):
    """A running site goes on with the value it has; the trouble is told."""
    house.sealed.values.update(VALUES)
    await house.sites.start()
    del house.sealed.values["HUBSPOT_KEY"]
    await house.sites.reload()
    assert "shop" in house.sites.doors
    assert "there is no secret HUBSPOT_KEY" in house.sites.problems["shop"].message
    await house.sites.close()


async def test_a_site_set_up_in_the_app_names_secrets_too(house: House):
    """Its document keeps the name; the value is read anew by every node."""
    house.sealed.values.update(VALUES)
    await house.sites.start()
    section = SiteSection.model_validate(
        {"platform": "hubspot", "proof": "key", "hubspot": {"access_token": {"secret": "X"}}}
    )
    with pytest.raises(ConfigError, match="there is no secret X"):
        await house.sites.put("crm", section, by="agent 1")
    house.sealed.values["X"] = "pat-x"
    await house.sites.put("crm", section, by="agent 1")
    assert house.built[-1] == ("crm", {"access_token": "pat-x"})
    del house.sealed.values["X"]
    await house.sites.load()
    assert "there is no secret X" in house.sites.problems["crm"].message
    await house.sites.close()
