"""Agents are found among the people who sign in, by id or by address."""

from datetime import UTC, datetime

from callingcard.access.errors import UserNotFound
from callingcard.access.model import User, UserId
from callingcard.kit.actor import Role
from callingcard.server.desk.routing import UserDirectory

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ADA = User(UserId("7"), "ada@example.com", "Ada", Role.AGENT, NOON)
GONE = User(UserId("8"), "gone@example.com", "Gone", Role.AGENT, NOON, disabled_at=NOON)


class People:
    """Ada, and one who may not sign in any more."""

    async def name_of(self, user_id: str) -> str | None:
        """Return the name of who has this id."""
        return {one.id: one.name for one in (ADA, GONE)}.get(UserId(user_id))

    async def find(self, email: str) -> User:
        """Return who has this address; raises UserNotFound."""
        for one in (ADA, GONE):
            if one.email == email:
                return one
        raise UserNotFound("there is nobody with this address")


async def test_an_agent_is_found_by_id_and_by_address():
    """Both ways of naming a person lead to their id."""
    directory = UserDirectory(People())
    assert await directory.find("7") == "7"
    assert await directory.find("ada@example.com") == "7"


async def test_who_is_not_there_is_not_found():
    """An unknown id or address is nobody, and so is the address of who was shut out."""
    directory = UserDirectory(People())
    for who in ("9", "nobody@example.com", "gone@example.com"):
        assert await directory.find(who) is None
