"""A URL chooses the cache; one that cannot be used stops the start and is not repeated."""

import subprocess
import sys

import pytest

from callingcard.backends.cache import open_async_cache, open_cache, shares_without_tls
from callingcard.backends.choose import open_bus
from callingcard.errors import ConfigError

WRONG = [
    "",
    "sqlite",
    "sqlite:///",
    "memory2",
    "mysql://root:hunter2@db/app",
    "redis://",
    "redis:///0",
    "redis://:hunter2@",
    "redis://user:hunter2@host:port/0",
    "redis://user:hunter2@host:99999/0",
    "redis://user:hunter2@host/0?no_such_option=hunter2",
    "redis://user:hunter2@host/0?socket_timeout=hunter2",
    "valkey://user:hunter2@[host/0",
    "postgresql://",
    "postgresql://user:hunter2@host/db?no_such_option=hunter2",
    "postgresql://user:hunter2@host:port/db",
    "postgresql://user:hunter2@host/%zz",
]


@pytest.mark.parametrize("url", WRONG)
@pytest.mark.parametrize("opened", [open_cache, open_async_cache])
def test_a_url_that_cannot_be_used_stops_the_start(url: str, opened: object):
    """With what may be written instead, and without the password in any part of the error."""
    with pytest.raises(ConfigError) as caught:
        opened(url)  # type: ignore[operator]
    error = caught.value
    assert error.hint
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert "hunter2" not in f"{error!r}{error.message}{error.hint}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://10.0.0.7:6379", True),
        ("valkey://cache", True),
        ("valkeys://cache", False),
        ("redis://[::1]:6379/0", False),
        ("redis://:pass@localhost/0", False),
        ("postgres://app@10.0.0.7/app?sslmode=prefer", True),
        ("postgresql://app@127.0.0.1,db.internal:5432/app", True),
        ("postgresql://app@127.0.0.1,localhost:5432/app", False),
        ("postgresql://app@%2Frun%2Fpostgresql/app", False),
        ("postgresql:///app?host=db.internal", True),
        ("postgresql://app@db/app?sslmode=require", False),
        ("sqlite:///cache.db", False),
    ],
)
def test_what_others_on_the_network_could_read_is_known(url: str, shown: bool):  # noqa: FBT001
    """The doctor warns of it."""
    assert shares_without_tls(url) is shown


@pytest.mark.parametrize(
    ("url", "package", "extra"),
    [
        ("redis://127.0.0.1/0", "redis", "valkey"),
        ("postgresql://app@127.0.0.1/app", "psycopg", "postgres"),
    ],
)
@pytest.mark.parametrize("opened", ["open_cache", "open_async_cache"])
def test_a_driver_that_is_not_installed_is_named(
    url: str, package: str, extra: str, opened: str
):
    """With the command that installs it."""
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        f"from callingcard.backends.cache import {opened}\n"
        "from callingcard.errors import ConfigError\n"
        f"try: {opened}({url!r})\n"
        "except ConfigError as error: print(error.hint)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == f'Install it: pip install "callingcard[{extra}]".'


def test_the_bus_needs_the_driver_too():
    """And only for Valkey."""
    code = (
        "import sys; sys.modules['redis'] = None\n"
        "from callingcard.backends.choose import open_bus\n"
        "from callingcard.errors import ConfigError\n"
        "open_bus('memory')\n"
        "try: open_bus('valkey://127.0.0.1/0')\n"
        "except ConfigError as error: print(error.hint)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == 'Install it: pip install "callingcard[valkey]".'


@pytest.mark.parametrize("url", ["redis://:hunter2@", "nonsense"])
def test_a_bus_of_a_wrong_url_stops_the_start(url: str):
    """As the cache does."""
    with pytest.raises(ConfigError) as caught:
        open_bus(url)
    assert "hunter2" not in str(caught.value)


def test_nothing_is_loaded_that_the_url_does_not_need():
    """A cache in memory costs no driver, not even SQLite's."""
    code = (
        "import sys\nfrom callingcard.backends.cache import open_cache\nopen_cache('memory')\n"
        "print(sorted({'sqlite3', 'redis', 'psycopg', 'sqlalchemy'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
