"""The four people who can sign in to the shop.

A real shop would check a password. Here a click is enough, because who may sign
in is not what the demo shows; what the chat makes of it is.
"""

from dataclasses import dataclass

from starlette.requests import Request

from callingcard import Visitor


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account at the shop."""

    key: str
    first_name: str
    last_name: str
    email: str
    story: str
    """One line for the card on the sign-in page."""

    known_to_desk: bool = True

    @property
    def name(self) -> str:
        """The name as it is said on the page.

        >>> PEOPLE["ada"].name
        'Ada Lovelace'
        >>> PEOPLE["stranger"].name
        'A stranger'
        """
        return f"{self.first_name} {self.last_name}".strip() or "A stranger"

    @property
    def short_name(self) -> str:
        """What the header calls them.

        >>> PEOPLE["stranger"].short_name
        'a stranger'
        """
        return self.first_name or "a stranger"


_ALL = (
    Person("ada", "Ada", "Lovelace", "ada@example.com", "Customer on the pro plan"),
    Person("grace", "Grace", "Hopper", "grace@example.com", "Customer and VIP"),
    Person("linus", "Linus", "Berg", "linus@example.com", "Lead with an open deal of 250,000"),
    Person(
        "stranger",
        "",
        "",
        "stranger@example.net",
        "Has an account here, but is new to the desk",
        known_to_desk=False,
    ),
)

PEOPLE = {person.key: person for person in _ALL}
"""Everybody, by the key that the session cookie holds."""


def signed_in(request: Request) -> Person | None:
    """Say who is signed in to the shop in this browser."""
    return PEOPLE.get(str(request.session.get("person", "")))


def visitor_of(person: Person) -> Visitor:
    """Turn the shop's account into what the library vouches for."""
    return Visitor(
        email=person.email,
        email_verified=True,
        first_name=person.first_name,
        last_name=person.last_name,
    )


def signed_in_visitor(request: Request) -> Visitor | None:
    """Say for whom a chat token may be made: only for whoever is signed in."""
    person = signed_in(request)
    return visitor_of(person) if person else None
