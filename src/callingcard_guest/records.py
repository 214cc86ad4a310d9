"""What a connector answers, with its members as attributes: ``made.token``."""

import keyword
from collections.abc import Iterator
from typing import Any


class Record:
    """An object of JSON. Members are attributes, ``record["name"]`` works as well.

    It has no methods but ``to_dict``, so that every member name is free for what came.

    >>> made = Record({"token": "t", "items": [{"id": 1}]})
    >>> made.token, made.items[0].id, "token" in made, made["token"]
    ('t', 1, True, 't')
    """

    __slots__ = ("_members",)

    _members: dict[str, Any]

    def __init__(self, members: dict[str, Any]) -> None:
        object.__setattr__(self, "_members", {k: wrap(v) for k, v in members.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return it as a plain dict, all the way down."""
        return {name: unwrap(value) for name, value in self._members.items()}

    def __getattr__(self, name: str) -> Any:
        """Return a member; raises AttributeError, which names those there are."""
        try:
            return self._members[name]
        except KeyError:
            raise AttributeError(f"there is no {name!r}; there is {_names(self)}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: it is what came."""
        raise AttributeError("what a connector answered cannot be changed; use to_dict()")

    def __getitem__(self, name: str) -> Any:
        """Return a member; raises KeyError."""
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        """Say whether there is such a member."""
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the members."""
        return iter(self._members)

    def __len__(self) -> int:
        """Count the members."""
        return len(self._members)

    def __eq__(self, other: object) -> bool:
        """Compare with another record, or with a dict."""
        if isinstance(other, Record):
            return self.to_dict() == other.to_dict()
        return self.to_dict() == other

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __dir__(self) -> list[str]:
        """List what can be written as an attribute."""
        names = [name for name in self._members if name.isidentifier()]
        return ["to_dict", *(name for name in names if not keyword.iskeyword(name))]

    def __repr__(self) -> str:
        """Show the members."""
        return f"Record({self.to_dict()!r})"


def wrap(value: Any) -> Any:
    """Turn the objects inside *value*, which is JSON, into records."""
    if isinstance(value, dict):
        return Record(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, list):
        return [wrap(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def unwrap(value: Any) -> Any:
    """Turn records back into dicts."""
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, list):
        return [unwrap(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _names(record: Record) -> str:
    return ", ".join(list(record)[:20]) or "nothing"
