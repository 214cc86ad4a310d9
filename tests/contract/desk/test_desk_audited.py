"""What agents do to people and keys is in the audit log, in the transaction that does it."""

from collections.abc import Mapping

import pytest
from tests.support.desk_house import House
from tests.support.people_house import LINUS, PeopleHouse

from callingcard.desk.model.audit import AuditFilter, who_of
from callingcard.desk.service.privacy.audit import AuditDesk


@pytest.fixture
def people(house: House) -> PeopleHouse:
    """Return a desk that merges contacts."""
    return PeopleHouse(house)


async def written(people: PeopleHouse) -> list[tuple[str, str, str, Mapping[str, object]]]:
    """Return what the log says: action, kind, id and detail, the oldest first."""
    audit = AuditDesk(people.house.units, people.house.clock)
    deeds = [row.deed for row in reversed(await audit.page(AuditFilter()))]
    assert {one.who for one in deeds} <= {who_of(LINUS)}
    return [(one.action, one.kind, one.id, one.detail) for one in deeds]


async def test_a_merge_and_its_undoing_are_written_down(people: PeopleHouse):
    """Who merged whom into whom, and who took it back."""
    ada, old = await people.contact("ada@a.test"), await people.contact("old@a.test")
    merge = await people.merging.merge(ada, old, by=who_of(LINUS))
    await people.merging.undo(merge.id, by=who_of(LINUS))
    assert await written(people) == [
        ("merged", "contact", ada, {"other": old}),
        ("unmerged", "contact", ada, {"other": old}),
    ]


async def test_settings_and_keys_of_an_inbox_are_written_down(people: PeopleHouse):
    """A changed inbox, a new key and a revoked one; a key that is not there is nothing."""
    async with people.client() as client:
        assert (await client.patch("/v1/inboxes/web", json={"title": "Hello"})).is_success
        made = (await client.post("/v1/inboxes/web/keys", json={"algorithm": "HS256"})).json()
        gone = await client.delete(f"/v1/inboxes/web/keys/{made['kid']}")
        again = await client.delete(f"/v1/inboxes/web/keys/{made['kid']}")
    assert (gone.status_code, again.status_code) == (204, 404)
    inbox = await people.house.inboxes.get("web")
    assert await written(people) == [
        ("settings.changed", "inbox", inbox.id, {}),
        ("key.created", "signing-key", made["kid"], {}),
        ("key.revoked", "signing-key", made["kid"], {}),
    ]


async def test_looking_at_a_contact_s_merges_is_written_down(people: PeopleHouse):
    """Whom a contact was merged with is personal, so who looked is known."""
    ada = await people.contact("ada@a.test")
    async with people.client() as client:
        assert (await client.get(f"/v1/contacts/{ada}/merges")).status_code == 200
        assert (await client.get("/v1/contacts/404/merges")).status_code == 404
    assert await written(people) == [("viewed", "contact", ada, {})]
