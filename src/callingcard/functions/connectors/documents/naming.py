"""Names as Python writes them, made of the names that services use."""

import keyword
import re
from collections.abc import Container
from typing import Final

from callingcard.functions.model.connectors import GENERIC

MAX_NAME: Final = 100

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
"""What connectors and hand-written operations are called."""

_BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")
_SOFT: Final = frozenset({"match", "case", "type", "_"})


def is_name(text: str) -> bool:
    """Say whether *text* can be what a connector, an operation or a parameter is called."""
    return bool(NAME.match(text)) and not keyword.iskeyword(text)


def snake_case(text: str) -> str:
    """Return *text* as an identifier in lower case; a keyword gets a dash after it.

    >>> snake_case("getHTTPStatus"), snake_case("post-/crm/v3/objects_create")
    ('get_http_status', 'post_crm_v3_objects_create')
    >>> snake_case("from"), snake_case("2fa")
    ('from_', 'n2fa')
    """
    plain = _OTHER.sub("_", _BORDER.sub("_", text)).strip("_").lower()[:MAX_NAME].strip("_")
    if not plain:
        return "unnamed"
    if plain[0].isdigit():
        plain = f"n{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def class_name(text: str) -> str:
    """Return *text* as the name of a class.

    >>> class_name("create_token"), class_name("public.api-Error")
    ('CreateToken', 'PublicApiError')
    """
    return "".join(part[:1].upper() + part[1:] for part in snake_case(text).split("_"))


def operation_name(text: str) -> str:
    """Return what an operation is called; the generic ones keep their names.

    >>> operation_name("getContact"), operation_name("get")
    ('get_contact', 'get_')
    """
    name = snake_case(text)
    return f"{name}_" if name in GENERIC else name


def distinct(name: str, taken: Container[str]) -> str:
    """Return *name*, or the first of name_2, name_3 … that is not *taken*.

    >>> distinct("list", {"list", "list_2"})
    'list_3'
    """
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
