"""The cache's URL is checked with the other settings, and its password is never repeated."""

from pathlib import Path

import pytest

from callingcard.errors import ConfigError
from callingcard.server.settings.loading import load


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Work in an empty folder, so that no file of ours is read."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "memory",
        "sqlite:///tokens.db",
        "redis://:hunter2@cache:6379/0",
        "rediss://cache",
        "valkey://cache:6379/1",
        "valkeys://cache",
        "postgresql://app@db/app",
    ],
)
def test_every_kind_of_cache_can_be_set(monkeypatch: pytest.MonkeyPatch, url: str):
    """Nothing is opened while settings are read."""
    monkeypatch.setenv("CALLINGCARD_CACHE__URL", url)
    assert load().origin("cache.url") == "environment"


@pytest.mark.parametrize(
    "url",
    ["", "sqlite", "redis://:hunter2@", "mysql://root:hunter2@db", "redis://h:hunter2/0"],
)
def test_a_cache_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch, url: str):
    """Naming the setting, never its value."""
    monkeypatch.setenv("CALLINGCARD_CACHE__URL", url)
    with pytest.raises(ConfigError) as caught:
        load()
    assert caught.value.message.startswith("cache.url: ")
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"
