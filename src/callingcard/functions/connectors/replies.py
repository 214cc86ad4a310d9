"""What a service answered, as a function is shown it."""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn, cast

from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import CallFailed
from callingcard.kit.log import redact

MAX_WORDS: Final = 300

_TOLD: Final = ("message", "error_description", "error", "detail", "title", "reason")


def value_of(text: str, kind: str, title: str) -> Json:
    """Return the JSON in *text*, or the text where the service says it is something else.

    >>> value_of('{"a": 1}', "application/json", "Shop"), value_of("ok", "text/plain", "Shop")
    ({'a': 1}, 'ok')
    """
    if not text.strip():
        return None
    says_json = "json" in kind.partition(";")[0].lower()
    if not says_json and (kind or text.lstrip()[0] not in "[{"):
        return text
    try:
        return cast("Json", json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError):
        if says_json:
            raise CallFailed(
                f"{title} answered with what is no JSON.", cause="reply"
            ) from None
        return text


def problem_of(text: str) -> str:
    """Return what a refusal says about itself, after a colon; tokens and addresses are out.

    >>> problem_of('{"status": "error", "message": "Contact already exists."}')
    ': Contact already exists.'
    >>> problem_of("")
    '.'
    """
    said = text
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
        said = "" if text.lstrip().startswith("<") else text
    if isinstance(found, Mapping):
        said = _told(cast("Mapping[str, Any]", found))
    words = redact(" ".join(said.split()))[:MAX_WORDS]
    plain = "".join(letter for letter in words if letter.isprintable())
    return f": {plain}" if plain else "."


def _told(found: Mapping[str, Any]) -> str:
    """Return the member of an error that is meant for people."""
    for name in _TOLD:
        value = found.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, Mapping):
            return _told(cast("Mapping[str, Any]", value))
    return ""


def _refuse(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(name)
