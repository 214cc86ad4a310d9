"""What ``hubspot-sdk`` does with contacts, companies and deals, call by call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Final

import pytest
from hubspot_sdk import HubSpot, NotFoundError
from tests.contract.hubspot.every_call import NAMING, Desk

FILLED: Final = {
    "contacts": {"firstname": "Ada", "lastname": "Lovelace"},
    "companies": {"domain": "ink.test"},
    "deals": {"amount": "10", "closedate": "2030-01-01", "dealstage": "contractsent"},
}
"""What is always in an answer. HubSpot's schema has no null there, though its API does."""


@dataclass
class Bench:
    """The client, and the desk that it talks to."""

    client: HubSpot
    desk: Desk

    def api(self, name: str) -> Any:
        """Return one of the client's rooms, such as ``crm.objects.contacts``."""
        return reduce(getattr, name.split("."), self.client)

    def properties(self, kind: str) -> dict[str, str]:
        """Return properties of a record of *kind* that is unlike any other."""
        return {**FILLED[kind], **self.desk.properties(kind)}

    def make(self, kind: str) -> str:
        """Make a record; return its id."""
        api = self.api(f"crm.objects.{kind}")
        return str(api.create(properties=self.properties(kind), associations=[]).id)

    def tied(self) -> tuple[str, str]:
        """Make a contact and a company that are associated; return their ids."""
        contact, company = self.make("contacts"), self.make("companies")
        self.client.crm.associations.create(
            company,
            from_object_type="contacts",
            from_object_id=contact,
            to_object_type="companies",
        )
        return contact, company

    def companies_of(self, contact: str) -> list[tuple[str, list[int]]]:
        """Return the companies of a contact, with the numbers of the associations."""
        page = self.client.crm.associations.list(
            "companies", object_type="contacts", object_id=contact
        )
        return [
            (one.to_object_id, [int(each.type_id) for each in one.association_types])
            for one in page.results
        ]


Use = Callable[[Bench], None]


@dataclass(frozen=True)
class Room:
    """Where the client keeps one kind of record; *more* is what each call has to name."""

    name: str
    kind: str
    more: Mapping[str, str]

    def api(self, bench: Bench) -> Any:
        """Return the room's calls."""
        return bench.api(self.name)

    def make(self, bench: Bench) -> Any:
        """Make a record by the room's own call."""
        properties = bench.properties(self.kind)
        create = self.api(bench).create
        # The two rooms for any kind take it as the path, and those for one kind nothing.
        return create(**self.more, properties=properties, associations=[])


def errors_of(answer: Any) -> list[Any]:
    """Return the context of each error; the client has no field for them, yet keeps them."""
    errors: list[Any] = answer.model_extra["errors"]
    assert answer.model_extra["numErrors"] == len(errors)
    return [one["context"] for one in errors]


def creates(room: Room, bench: Bench) -> None:
    """Make a record."""
    assert room.make(bench).properties[NAMING[room.kind]]


def gets(room: Room, bench: Bench) -> None:
    """Read one, with what a property was."""
    made, name = room.make(bench), NAMING[room.kind]
    read = room.api(bench).get(made.id, **room.more, properties_with_history=[name])
    assert read.properties_with_history[name][0].value == made.properties[name]


def lists(room: Room, bench: Bench) -> None:
    """Read two pages of one."""
    assert {room.make(bench).id, room.make(bench).id}
    first = room.api(bench).list(**room.more, limit=1)
    second = first.get_next_page()
    assert first.results[0].id != second.results[0].id


def updates(room: Room, bench: Bench) -> None:
    """Change one."""
    wanted = bench.properties(room.kind)
    made = room.make(bench)
    changed = room.api(bench).update(made.id, **room.more, properties=wanted)
    assert changed.properties[NAMING[room.kind]] == wanted[NAMING[room.kind]]


def deletes(room: Room, bench: Bench) -> None:
    """Archive one; it is found among the archived."""
    made, api = room.make(bench), room.api(bench)
    api.delete(made.id, **room.more)
    assert api.get(made.id, **room.more, archived=True).archived is True


def merges(room: Room, bench: Bench) -> None:
    """Let one take over another."""
    survivor, other = room.make(bench), room.make(bench)
    merged = room.api(bench).merge(
        **room.more, primary_object_id=survivor.id, object_id_to_merge=other.id
    )
    assert merged.id == survivor.id


def searches(room: Room, bench: Bench) -> None:
    """Find one by what it is called."""
    made, name = room.make(bench), NAMING[room.kind]
    asked = {"property_name": name, "operator": "EQ", "value": made.properties[name]}
    found = room.api(bench).search(
        **room.more,
        filter_groups=[{"filters": [asked]}],
        properties=[name],
        limit=5,
        after="0",
        sorts=[],
    )
    assert (found.total, found.results[0].id) == (1, made.id)


def creates_many(room: Room, bench: Bench) -> None:
    """Make two at once."""
    inputs = [
        {"properties": bench.properties(room.kind), "associations": []} for _ in range(2)
    ]
    answer = room.api(bench).batch.create(**room.more, inputs=inputs)
    assert (answer.status, len(answer.results)) == ("COMPLETE", 2)


def gets_many(room: Room, bench: Bench) -> None:
    """Read one that is there and one that is not, which is a reply in parts."""
    made, name = room.make(bench), NAMING[room.kind]
    answer = room.api(bench).batch.get(
        **room.more,
        inputs=[{"id": made.id}, {"id": "999"}],
        properties=[name],
        properties_with_history=[name],
    )
    assert [one.id for one in answer.results] == [made.id]
    assert errors_of(answer) == [{"ids": ["999"]}]


def updates_many(room: Room, bench: Bench) -> None:
    """Change one that is there and one that is not."""
    wanted = bench.properties(room.kind)
    inputs = [{"id": one, "properties": wanted} for one in (room.make(bench).id, "999")]
    answer = room.api(bench).batch.update(**room.more, inputs=inputs)
    assert (len(answer.results), len(errors_of(answer))) == (1, 1)


def upserts_many(room: Room, bench: Bench) -> None:
    """Change one that is there."""
    inputs = [
        {"id": room.make(bench).id, "properties": bench.properties(room.kind)},
    ]
    answer = room.api(bench).batch.upsert(**room.more, inputs=inputs)
    assert [one.new for one in answer.results] == [False]


def deletes_many(room: Room, bench: Bench) -> None:
    """Archive two at once."""
    made, api = [room.make(bench).id for _ in range(2)], room.api(bench)
    api.batch.delete(**room.more, inputs=[{"id": one} for one in made])
    assert [api.get(one, **room.more, archived=True).id for one in made] == made


def forgets(bench: Bench) -> None:
    """Forget one contact by its id, and one by its address."""
    api = bench.client.crm.objects.contacts
    one, other = (
        api.create(properties=bench.properties("contacts"), associations=[]) for _ in range(2)
    )
    api.gdpr_delete(object_id=one.id)
    api.gdpr_delete(object_id=str(other.properties["email"]), id_property="email")
    for gone in (one, other):
        with pytest.raises(NotFoundError):
            api.get(gone.id)


ON_RECORDS: Final[Mapping[str, Callable[[Room, Bench], None]]] = {
    "create": creates,
    "get": gets,
    "list": lists,
    "update": updates,
    "delete": deletes,
    "search": searches,
    "batch.create": creates_many,
    "batch.get": gets_many,
    "batch.update": updates_many,
    "batch.upsert": upserts_many,
    "batch.delete": deletes_many,
}


def on_records() -> dict[str, Use]:
    """Return the calls on records, in the room of each kind and in those for any."""
    own = [Room(f"crm.objects.{kind}", kind, {}) for kind in NAMING]
    custom = Room("crm.objects.custom", "deals", {"object_type": "0-3"})
    generic = Room("crm.objects.generic_objects", "contacts", {"object_type": "contact"})
    calls: dict[str, Use] = {
        f"{room.name}.{name}": partial(use, room)
        for room in (*own, custom, generic)
        for name, use in ON_RECORDS.items()
    }
    calls |= {f"{room.name}.merge": partial(merges, room) for room in (*own, custom)}
    return calls | {"crm.objects.contacts.gdpr_delete": forgets}
