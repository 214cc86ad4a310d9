"""What the generic platforms are told to say of a visitor, written in the settings.

A text in braces is a field of the visitor, and the visitor is refused without it;
``{field?}`` is left out instead. Everything else is a constant, and mappings may be
nested. There is nothing more: no expression, no text around a field.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.signing import full_name

Template: TypeAlias = Mapping[str, Any]

FIELDS: Final = ("email", "email_verified", "user_id", "first_name", "last_name", "name")
_FIELD: Final = re.compile(r"\{([a-z_]+|properties\.[^{}?]+)(\??)\}\Z")


def checked(template: Template, where: str) -> Template:
    """Return a copy of *template*; raises ConfigError, naming *where* it is set."""
    if not isinstance(template, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (from TOML)
        raise ConfigError(f"{where} is no table.")
    copy: dict[str, Any] = {}
    for name, value in template.items():
        if isinstance(value, Mapping):
            copy[name] = checked(cast("Template", value), f"{where}.{name}")
        elif isinstance(value, (str, int)):
            copy[name] = value
            _check(value, f"{where}.{name}")
        else:
            raise ConfigError(f"{where}.{name} is no text, number, true, false or table.")
    return MappingProxyType(copy)


def filled(template: Template, visitor: Visitor, *, email: str | None) -> dict[str, Any]:
    """Return *template* with the fields of *visitor*, and *email* for their address.

    Raises InvalidVisitor when a field that is needed is empty.

    >>> ada = Visitor("ada@example.com", user_id="7")
    >>> filled({"sub": "{user_id}", "email": "{email?}", "scope": "user"}, ada, email=None)
    {'sub': '7', 'scope': 'user'}
    """
    members: dict[str, Any] = {}
    for name, value in template.items():
        if isinstance(value, Mapping):
            members[name] = filled(cast("Template", value), visitor, email=email)
            continue
        found = _FIELD.match(value) if isinstance(value, str) else None
        said = _read(visitor, found[1], email) if found else value
        if said is not None and said != "":
            members[name] = said
        elif found and not found[2]:
            raise InvalidVisitor(
                "The visitor lacks what this platform is set up to be told.",
                fields={found[1]: "is needed for this platform"},
            )
    return members


def needs(template: Template, field: str) -> bool:
    """Say whether a member of *template* itself is *field*, and is not optional."""
    return f"{{{field}}}" in template.values()


def plain(template: Template) -> dict[str, Any]:
    """Return *template* as dictionaries, as JSON is written of them."""
    return {
        name: plain(cast("Template", value)) if isinstance(value, Mapping) else value
        for name, value in template.items()
    }


def _check(value: str | int, where: str) -> None:
    """Raise ConfigError for braces that are no field."""
    if not isinstance(value, str) or ("{" not in value and "}" not in value):
        return
    found = _FIELD.match(value)
    if not found or not (found[1] in FIELDS or found[1].startswith("properties.")):
        raise ConfigError(
            f"{where} is no field of a visitor.",
            hint=f"A field stands alone in braces: {', '.join(FIELDS)} or properties.NAME;"
            " a question mark before the closing brace makes it optional.",
        )


def _read(visitor: Visitor, field: str, email: str | None) -> Any:
    """Return the *field* of *visitor*."""
    match field:
        case "email":
            return email
        case "name":
            return full_name(visitor)
        case _ if field.startswith("properties."):
            return visitor.properties.get(field.removeprefix("properties."))
        case _:
            return getattr(visitor, field)
