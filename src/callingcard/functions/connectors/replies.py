r"""What a service answered, as a function is shown it: read, and without our key.

A service may write a slash as ``\/``, a plus as ``\u002B`` or ``%2B``, an ampersand as
``&amp;``: what a function can decode must not be the key. So JSON is scrubbed after it was
read, and in a text every letter that is not a plain one is looked for in each writing.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NoReturn, cast
from urllib.parse import quote

from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import CallFailed
from callingcard.kit.log import REDACTED, redact

MAX_WORDS: Final = 300

MIN_HIDDEN: Final = 6
"""Shorter values are not looked for in replies: they are in every second word."""

_TOLD: Final = ("message", "error_description", "error", "detail", "title", "reason")
_ENTITIES: Final = {'"': "quot", "&": "amp", "<": "lt", ">": "gt", "'": "apos"}


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


def problem_of(text: str, scrub: Callable[[str], str] = str) -> str:
    """Return what a refusal says about itself, after a colon; tokens and addresses are out.

    *scrub* takes our key out of it, before it is cut.

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
    words = redact(scrub(" ".join(said.split())))[:MAX_WORDS]
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


class Scrubber:
    r"""Knows the secrets of one call.

    >>> scrubber = Scrubber(["ab/cd+ef"])
    >>> scrubber.text(r"1: ab/cd+ef 2: ab\/cd\u002Bef 3: ab%2fcd%2Bef 4: ab&#47;cd&#x2b;ef")
    '1: [redacted] 2: [redacted] 3: [redacted] 4: [redacted]'
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        found = {secret for secret in secrets if len(secret) >= MIN_HIDDEN}
        longest_first = sorted(found, key=len, reverse=True)
        written = ("".join(map(_written, secret)) for secret in longest_first)
        self._pattern = re.compile("|".join(written)) if found else None

    def text(self, text: str) -> str:
        """Return *text* without any secret."""
        return text if self._pattern is None else self._pattern.sub(REDACTED, text)

    def value(self, value: Json) -> Json:
        """Return *value* without any; raises RecursionError where it is too deep."""
        if self._pattern is None or value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(name): self.value(one) for name, one in value.items()}
        if isinstance(value, (int, float)):
            return REDACTED if self._pattern.search(str(value)) else value
        return [self.value(one) for one in value]


def _written(letter: str) -> str:
    """Return a pattern for every way in which *letter* may be written.

    Backslashes are as many as JSON in JSON in JSON has, and no more: a pattern without an
    end would be slow on a text of nothing else.
    """
    if letter.isalnum() and letter.isascii():
        return letter
    in_json = json.dumps(letter)[1:-1].replace("\\", r"\\{1,7}")
    in_url = quote(letter, safe="", errors="replace").replace("%", "%(?:25){0,3}")
    if "%" not in in_url:  # it need not be escaped there, and may be
        in_url = f"%(?:25){{0,3}}{ord(letter):02x}"
    number = ord(letter)
    ways = [
        r"\\{0,7}" + re.escape(letter),
        f"(?i:{in_json})" if "\\" in in_json else "",
        rf"(?i:\\{{1,7}}u{number:04x})",
        rf"(?i:\\{{1,7}}x{number:02x})",
        f"(?i:{in_url})",
        f"&#0{{0,4}}{number};",
        f"(?i:&#x0{{0,4}}{number:x};)",
        f"&{_ENTITIES[letter]};" if letter in _ENTITIES else "",
        r"\+" if letter == " " else "",
    ]
    return f"(?:{'|'.join(filter(None, ways))})"
