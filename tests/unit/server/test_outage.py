"""While the platform is down, who has a token keeps it and others are told at once."""

from pathlib import Path

from tests.support.served_sites import hubspot, served
from tests.support.upstream import counting_hubspot


async def test_an_outage_is_served_from_what_there_is(tmp_path: Path):
    """A few calls find out, then nobody waits for a call that would fail."""
    with counting_hubspot() as platform:
        async with served(tmp_path, hubspot(platform.url)) as house:
            await house.keys()
            before = await house.vouch()
            platform.status = 503
            known = [await house.vouch() for _ in range(20)]
            strangers = [await house.vouch(email=f"v{n}@example.com") for n in range(20)]
            calls = platform.calls - 1
            ready = (await house.client.get("/readyz")).json()
    assert {before.json()["token"]} == {reply.json()["token"] for reply in known}
    assert {503} == {reply.status_code for reply in strangers}
    assert all(1 <= int(reply.headers["retry-after"]) <= 60 for reply in strangers)
    assert {reply.json()["code"] for reply in strangers} == {"identity.platform_unavailable"}
    assert 5 <= calls <= 7
    assert (True, False) == (ready["ready"], ready["dependencies"]["site crm"]["ok"])


async def test_a_refused_key_is_not_held_against_visitors(tmp_path: Path):
    """One call finds out; the next visitor is told without another."""
    with counting_hubspot() as platform:
        async with served(tmp_path, hubspot(platform.url)) as house:
            await house.keys()
            platform.status = 401
            told = [await house.vouch(email=f"v{n}@example.com") for n in range(10)]
    assert {(502, "identity.platform_refused")} == {
        (reply.status_code, reply.json()["code"]) for reply in told
    }
    assert platform.calls == 1
