"""Every look of an agent at a conversation is in the audit log, or there is no look."""

import pytest
from sqlalchemy import text
from tests.support.desk_house import House

from callingcard.desk.service.visitors.sessions import Opened

ONE = "/v1/inbox/conversations"


async def talk(house: House) -> str:
    """Let a visitor write; return the conversation."""
    opened: Opened = await house.enter()
    posted = await house.conversations.post_as_visitor(
        opened.session, text="a secret", client_message_id="c-1"
    )
    return posted.entry.conversation_id


async def looks(house: House) -> list[tuple[str, str, str, str]]:
    """Return who looked at what."""
    async with house.database.reading() as connection:
        found = await connection.execute(
            text("select who_id, action, kind, thing_id from desk_audit order by seq")
        )
        return [(row[0], row[1], row[2], row[3]) for row in found]


@pytest.mark.parametrize("part", ["", "/entries", "/notes"])
async def test_who_reads_a_conversation_is_written_down(house: House, part: str):
    """Whatever of it is read, it is one look in five minutes; lists are none."""
    key = await talk(house)
    async with house.client() as client:
        for path in (ONE, "/v1/inbox/views", "/v1/inbox/search?q=secret"):
            assert (await client.get(path)).status_code == 200
        assert await looks(house) == []
        for _ in range(2):
            assert (await client.get(f"{ONE}/{key}{part}")).status_code == 200
        assert await looks(house) == [("700", "viewed", "conversation", key)]
        assert (await client.get(f"{ONE}/1{part}")).status_code == 404
    assert len(await looks(house)) == 1


@pytest.mark.parametrize("part", ["", "/entries", "/notes"])
async def test_nobody_reads_what_cannot_be_written_down(house: House, part: str):
    """Without its log the look fails, and shows nothing."""
    key = await talk(house)
    async with house.database.writing() as connection:
        await connection.execute(text("drop table desk_audit"))
    async with house.client() as client:
        with pytest.raises(Exception, match="desk_audit"):
            await client.get(f"{ONE}/{key}{part}")
