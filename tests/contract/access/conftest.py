"""The use cases of access on a real database, with passwords that cost nothing."""

import pytest

from callingcard.access.service.keys import Keys
from callingcard.access.service.sessions import Sessions
from callingcard.access.service.users import Users
from callingcard.access.store import SqlAccess
from callingcard.backends.database import Database
from callingcard.kit.clock import FakeClock
from callingcard.kit.ids import NumericIds


class CheapPasswords:
    """Stores passwords reversed; remembers what it was asked to verify."""

    def __init__(self, verified: list[str | None]) -> None:
        self.verified = verified

    async def hash(self, password: str) -> str:
        """Return the password backwards."""
        return f"new:{password[::-1]}"

    async def verify(self, password: str, stored: str | None) -> bool:
        """Compare, and note that there was work."""
        self.verified.append(stored)
        return stored is not None and stored.partition(":")[2] == password[::-1]

    def outdated(self, stored: str) -> bool:
        """Say that whatever was not made here is old."""
        return not stored.startswith("new:")


@pytest.fixture
def access(database: Database) -> SqlAccess:
    """Return the store of access."""
    return SqlAccess(database)


@pytest.fixture
def verified() -> list[str | None]:
    """Return the list of every hash that a password was compared with."""
    return []


@pytest.fixture
def passwords(verified: list[str | None]) -> CheapPasswords:
    """Return passwords that cost nothing."""
    return CheapPasswords(verified)


@pytest.fixture
def keys(access: SqlAccess, clock: FakeClock, ids: NumericIds) -> Keys:
    """Return the use cases of keys."""
    return Keys(access, clock=clock, ids=ids)


@pytest.fixture
def users(
    access: SqlAccess, passwords: CheapPasswords, clock: FakeClock, ids: NumericIds
) -> Users:
    """Return the use cases of people."""
    return Users(access, passwords, clock=clock, ids=ids)


@pytest.fixture
def sessions(access: SqlAccess, clock: FakeClock) -> Sessions:
    """Return the use cases of sessions."""
    return Sessions(access, clock=clock)
