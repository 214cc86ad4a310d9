"""What HubSpot's Python client does with contacts, companies and deals, call by call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Final

import pytest
from hubspot import HubSpot
from tests.contract.hubspot.every_call import NAMING, Desk


@dataclass
class Bench:
    """The client, and the desk that it talks to."""

    client: HubSpot
    desk: Desk

    def api(self, name: str) -> Any:
        """Return one of the client's groups of calls, such as ``crm.contacts.basic_api``."""
        return reduce(getattr, name.split("."), self.client)

    def make(self, kind: str) -> str:
        """Make a record; return its id."""
        body = {"properties": self.desk.properties(kind), "associations": []}
        return str(self.api(f"crm.{kind}.basic_api").create(body).id)

    def tied(self) -> tuple[str, str]:
        """Make a contact and a company that are associated; return their ids."""
        contact, company = self.make("contacts"), self.make("companies")
        basic = self.client.crm.associations.v4.basic_api
        basic.create_default("contacts", contact, "companies", company)
        return contact, company


@dataclass(frozen=True)
class Room:
    """Where the client keeps one kind of record; *path* is what each call begins with."""

    name: str
    kind: str
    path: tuple[str, ...] = ()

    def make(self, bench: Bench) -> Any:
        """Make a record by the room's own call."""
        body = {"properties": bench.desk.properties(self.kind), "associations": []}
        return bench.api(f"{self.name}.basic_api").create(*self.path, body)


def creates(room: Room, bench: Bench) -> None:
    """Make a record."""
    assert room.make(bench).properties[NAMING[room.kind]]


def gets(room: Room, bench: Bench) -> None:
    """Read one, with what a property was before."""
    made, name = room.make(bench), NAMING[room.kind]
    basic = bench.api(f"{room.name}.basic_api")
    value = bench.desk.properties(room.kind)
    basic.update(*room.path, made.id, {"properties": value})
    read = basic.get_by_id(*room.path, made.id, properties_with_history=[name])
    versions = [version.value for version in read.properties_with_history[name]]
    assert versions == [value[name], made.properties[name]]


def gets_a_page(room: Room, bench: Bench) -> None:
    """Read two pages of one."""
    basic = bench.api(f"{room.name}.basic_api")
    made = {room.make(bench).id for _ in range(2)}
    first = basic.get_page(*room.path, limit=1)
    second = basic.get_page(*room.path, limit=1, after=first.paging.next.after)
    assert made
    assert first.results[0].id != second.results[0].id


def updates(room: Room, bench: Bench) -> None:
    """Change one."""
    wanted = bench.desk.properties(room.kind)
    changed = bench.api(f"{room.name}.basic_api").update(
        *room.path, room.make(bench).id, {"properties": wanted}
    )
    assert wanted.items() <= changed.properties.items()


def archives(room: Room, bench: Bench) -> None:
    """Archive one; it is found among the archived."""
    made, basic = room.make(bench), bench.api(f"{room.name}.basic_api")
    basic.archive(*room.path, made.id)
    assert basic.get_by_id(*room.path, made.id, archived=True).archived is True


def merges(room: Room, bench: Bench) -> None:
    """Let one take over another."""
    survivor, other = room.make(bench), room.make(bench)
    body = {"primaryObjectId": survivor.id, "objectIdToMerge": other.id}
    merged = bench.api(f"{room.name}.basic_api").merge(body)
    assert merged.id == survivor.id


def purges(room: Room, bench: Bench) -> None:
    """Forget one by its id, and one by its address."""
    basic = bench.api(f"{room.name}.basic_api")
    for made in (room.make(bench), room.make(bench)):
        email = made.properties["email"]
        by_id = int(made.id) % 2 == 0
        body = {"objectId": made.id} if by_id else {"objectId": email, "idProperty": "email"}
        basic.purge(body)
        with pytest.raises(Exception, match=r"\(404\)"):
            basic.get_by_id(made.id)


def creates_many(room: Room, bench: Bench) -> None:
    """Make two at once."""
    inputs = [
        {"properties": bench.desk.properties(room.kind), "associations": []} for _ in range(2)
    ]
    answer = bench.api(f"{room.name}.batch_api").create(*room.path, {"inputs": inputs})
    assert (answer.status, len(answer.results)) == ("COMPLETE", 2)


def reads_many(room: Room, bench: Bench) -> None:
    """Read one that is there and one that is not, which is a reply in parts."""
    made, name = room.make(bench), NAMING[room.kind]
    answer = bench.api(f"{room.name}.batch_api").read(
        *room.path,
        {
            "inputs": [{"id": made.id}, {"id": "999"}],
            "properties": [name],
            "propertiesWithHistory": [name],
        },
    )
    (found,) = answer.results
    assert found.properties_with_history[name][0].value == made.properties[name]
    assert (answer.num_errors, answer.errors[0].context) == (1, {"ids": ["999"]})


def updates_many(room: Room, bench: Bench) -> None:
    """Change one that is there and one that is not."""
    wanted = bench.desk.properties(room.kind)
    inputs = [{"id": one, "properties": wanted} for one in (room.make(bench).id, "999")]
    answer = bench.api(f"{room.name}.batch_api").update(*room.path, {"inputs": inputs})
    assert (len(answer.results), answer.num_errors) == (1, 1)


def upserts_many(room: Room, bench: Bench) -> None:
    """Change one that is there; a contact that is not, is made."""
    made, by_email = room.make(bench), room.kind == "contacts"
    inputs = [{"id": made.id, "properties": bench.desk.properties(room.kind)}]
    if by_email:
        new = bench.desk.properties(room.kind)["email"]
        inputs += [{"id": new, "idProperty": "email", "properties": {"firstname": "New"}}]
    answer = bench.api(f"{room.name}.batch_api").upsert(*room.path, {"inputs": inputs})
    assert [one.new for one in answer.results] == ([False, True] if by_email else [False])


def archives_many(room: Room, bench: Bench) -> None:
    """Archive two at once."""
    made = [room.make(bench).id for _ in range(2)]
    inputs = [{"id": one} for one in made]
    bench.api(f"{room.name}.batch_api").archive(*room.path, {"inputs": inputs})
    basic = bench.api(f"{room.name}.basic_api")
    assert [basic.get_by_id(*room.path, one, archived=True).id for one in made] == made


def searches(room: Room, bench: Bench) -> None:
    """Find one by what it is called."""
    made, name = room.make(bench), NAMING[room.kind]
    asked = {"propertyName": name, "operator": "EQ", "value": made.properties[name]}
    found = bench.api(f"{room.name}.search_api").do_search(
        *room.path, {"filterGroups": [{"filters": [asked]}], "properties": [name], "limit": 5}
    )
    assert (found.total, found.results[0].id) == (1, made.id)


Use = Callable[[Bench], object]
"""Makes one call, and looks at what the client made of the reply."""
ON_RECORDS: Final[Mapping[str, Callable[[Room, Bench], None]]] = {
    "basic_api.create": creates,
    "basic_api.get_by_id": gets,
    "basic_api.get_page": gets_a_page,
    "basic_api.update": updates,
    "basic_api.archive": archives,
    "batch_api.create": creates_many,
    "batch_api.read": reads_many,
    "batch_api.update": updates_many,
    "batch_api.upsert": upserts_many,
    "batch_api.archive": archives_many,
    "search_api.do_search": searches,
}
KINDS: Final = [Room(f"crm.{kind}", kind) for kind in NAMING]


def calls_on_records() -> dict[str, Use]:
    """Return the calls that every kind of record has, and those that only some have."""
    rooms = [*KINDS, Room("crm.objects", "companies", ("0-2",))]
    calls: dict[str, Use] = {
        f"{room.name}.{name}": partial(use, room)
        for room in rooms
        for name, use in ON_RECORDS.items()
    }
    calls |= {f"{room.name}.basic_api.merge": partial(merges, room) for room in KINDS}
    return calls | {"crm.contacts.basic_api.purge": partial(purges, KINDS[0])}
