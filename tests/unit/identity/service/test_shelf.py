"""What is at hand is bounded, and forgets whom it must."""

from datetime import UTC, datetime, timedelta

from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.service.shelf import Shelf, Shelved

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TOKEN = Shelved(IdentityToken("t"), NOON)


def test_it_lets_go_of_what_was_kept_first():
    """The most recent stay, and the index does not grow."""
    shelf = Shelf(max_entries=3)
    people = [Visitor(f"v{n}@example.com", user_id=str(n)) for n in range(10)]
    for person in people:
        shelf.put(person, TOKEN, NOON)
    kept = [person for person in people if shelf.get(person) is not None]
    assert (people[-3:], 3, 6) == (kept, len(shelf), len(shelf._people))


def test_a_person_is_forgotten_in_every_variant():
    """By address and by user id, and nobody else with them."""
    shelf = Shelf()
    variants = [
        Visitor("ada@example.com"),
        Visitor("ada@example.com", first_name="Ada"),
        Visitor("ada@example.com", properties={"plan": "pro"}),
        Visitor("ada@example.com", user_id="7"),
    ]
    grace = Visitor("grace@example.com")
    for visitor in [*variants, grace]:
        shelf.put(visitor, TOKEN, NOON)
    shelf.forget(Visitor("ada@example.com"))
    assert [shelf.get(v) for v in variants] == [None] * 4
    assert shelf.get(grace) == TOKEN


def test_what_was_read_before_a_forgetting_is_not_kept_after():
    """It may be just what was to be forgotten."""
    shelf = Shelf()
    seen = shelf.forgotten
    shelf.forget(Visitor("ada@example.com"))
    shelf.put(Visitor("ada@example.com"), TOKEN, NOON, seen=seen)
    assert len(shelf) == 0


def test_visitors_that_differ_in_properties_only_are_told_apart():
    """A token may be made of them."""
    shelf = Shelf()
    shelf.put(Visitor("a@example.com", properties={"plan": "pro"}), TOKEN, NOON)
    assert shelf.get(Visitor("a@example.com", properties={"plan": "free"})) is None


def test_who_comes_often_stays():
    """What was used last is kept, not what came last."""
    shelf = Shelf(max_entries=3)
    ada = Visitor("ada@example.com")
    shelf.put(ada, TOKEN, NOON)
    for number in range(10):
        assert shelf.get(ada) == TOKEN
        shelf.put(Visitor(f"v{number}@example.com"), TOKEN, NOON)
    assert shelf.get(ada) == TOKEN


def test_what_has_ended_is_removed_by_itself():
    """A quiet visitor's token does not stay until there is no room."""
    shelf, later = Shelf(), NOON + timedelta(hours=13)
    ended = Shelved(IdentityToken("t", NOON + timedelta(hours=12)), NOON)
    for number in range(100):
        shelf.put(Visitor(f"old{number}@example.com"), ended, NOON)
    for number in range(256):
        shelf.put(Visitor(f"new{number}@example.com"), TOKEN, later)
    assert len(shelf) == 256
