"""What history may keep of a run: inputs, outputs and logs without what is secret.

Three looks, since each misses something. By *name*: what a function declared as sensitive,
and members called ``token``, ``password``, ``email`` … By *shape*: keys, JWTs, addresses
and long random-looking words. By *value*: whatever was found secret in the input, in a
connector's reply or in storage is masked wherever else it turns up, so that a token which a
function returns bare, or prints, is not kept either.

It errs on the side of masking: a long order number may become ``[redacted]``.

Invariant: redaction comes before shortening, so that no half of a secret survives.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from callingcard.functions.model.runs import Failure, RunVisitor
from callingcard.functions.model.values import Json
from callingcard.functions.service.running.masks import Mask
from callingcard.kit.log import REDACTED

_DEEPEST: Final = 16
_LONGEST_TEXT: Final = 4_000
_LONGEST_READ: Final = 16_000
_LONGEST_LIST: Final = 100
_LONGEST_JSON: Final = 32_000

_TOO_LARGE: Final = "[too large to be kept]"

_NAMES: Final = re.compile(
    r"token|secret|passw|passphrase|authorization|cookie|e_?mail|jwt|jwe|signature|hmac"
    r"|credential|session|bearer|private|webhook|(?:api|access|client)_?key|(?:^|[_-])key$"
    r"|[a-z]Key$|^(?:otp|pin|cvv|iban|ssn|phone|phone_?number)$",
    re.IGNORECASE,
)
_KEYS: Final = re.compile(
    r"(?<![\w-])(?:cc_[a-z]{2}_|pat-[a-z0-9]{1,20}-)[\w-]{8,}"
    r"|(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*){1,4}"
    r"|(?<![\w+-])(?=[\w+-]{0,200}\d)(?=[\w+-]{0,200}[A-Za-z])[\w+-]{24,}={0,2}"
    r"|(?<![\w+/-])[A-Za-z0-9+/]{40,}={0,2}"
)
"""Keys, JWTs, and words that nobody made up: letters and digits, 24 of them or more.

A match begins only where a word does. Otherwise a function that prints one long word would
have it read once from each of its letters, and everybody wait meanwhile.
"""
_RUN: Final = re.compile(r"[^\s\"'<>:=,;()]+")
_DOMAIN: Final = re.compile(r"\.[a-zA-Z]{2}")
_WORD: Final = re.compile(r"\S+\Z")


class Redactor:
    """Redacts what one run took, gave and said; it learns what is secret meanwhile.

    >>> redactor = Redactor(["code"])
    >>> redactor.value({"code": "abc-123", "n": 1})
    {'code': '[redacted]', 'n': 1}
    >>> redactor.text("the code is abc-123, mail ada@example.com")
    'the code is [redacted], mail [redacted]'
    """

    def __init__(self, sensitive: Iterable[str] = ()) -> None:
        self._declared = frozenset(name.casefold() for name in sensitive)
        self._mask = Mask()
        self._room = 0
        """How much more of the value at hand may be kept."""

    def learn(self, value: Json) -> None:
        """Remember what is secret by its name in *value*, to mask it by value from now on."""
        self._look(value, secret=False, depth=0)

    def learn_visitor(self, visitor: RunVisitor | None) -> None:
        """Remember who the visitor is."""
        if visitor is not None:
            self._note(visitor.email)
            self._note(visitor.user_id)

    def learn_stored(self, value: Json) -> None:
        """Remember what storage gave: it commonly is a token, and has no name to tell."""
        if isinstance(value, str) and _WORD.match(value):
            self._note(value)
        else:
            self.learn(value)

    def value(self, value: Json) -> Json:
        """Return *value* fit to be kept."""
        self.learn(value)
        self._room = _LONGEST_JSON
        kept = self._kept(value, "", 0)
        if self._room < 0 or len(json.dumps(kept)) > _LONGEST_JSON:
            return _TOO_LARGE
        return kept

    def text(self, text: str) -> str:
        """Return a log, or a message, fit to be kept."""
        text = self._mask.over(text)
        if "@" in text:
            text = _RUN.sub(_without_address, text)
        return _KEYS.sub(REDACTED, text)

    def failure(self, failure: Failure | None) -> Failure | None:
        """Return a failure fit to be kept and to be told."""
        if failure is None:
            return None
        return Failure(
            type=self.text(failure.type)[:200],
            message=self.text(failure.message)[:_LONGEST_TEXT],
            frames=tuple(
                replace(f, function=self.text(f.function)[:200], text=self.text(f.text)[:300])
                for f in failure.frames
            ),
        )

    def _look(self, value: Json, *, secret: bool, depth: int) -> None:
        """Note every text beneath a secret name."""
        if depth > _DEEPEST:
            return
        if isinstance(value, str):
            if secret:
                self._note(value)
        elif isinstance(value, Mapping):
            for name, member in value.items():
                self._look(member, secret=secret or self._is_secret(name), depth=depth + 1)
        elif isinstance(value, Sequence):
            for item in value:
                self._look(item, secret=secret, depth=depth + 1)
        elif secret and value is not None and not isinstance(value, bool):
            self._note(str(value))

    def _note(self, text: str) -> None:
        for written in {text, json.dumps(text)[1:-1], repr(text)[1:-1]}:
            self._mask.add(written)

    def _is_secret(self, name: str) -> bool:
        return name.casefold() in self._declared or _NAMES.search(name) is not None

    def _kept(self, value: Json, name: str, depth: int) -> Json:
        self._room -= 1
        # Without room the whole will be let go of, so the rest need not be read.
        if self._room < 0 or (name and self._is_secret(name)):
            return None if value is None else REDACTED
        if isinstance(value, str):
            return self._short(value)
        if isinstance(value, Mapping):
            return self._kept_members(value, depth)
        if isinstance(value, Sequence):
            if depth >= _DEEPEST:
                return "[too deep to be kept]"
            kept = [self._kept(item, "", depth + 1) for item in value[:_LONGEST_LIST]]
            more = len(value) - _LONGEST_LIST
            return [*kept, f"[{more} more]"] if more > 0 else kept
        return self._kept_number(value)

    def _kept_members(self, value: Mapping[str, Json], depth: int) -> Json:
        if depth >= _DEEPEST:
            return "[too deep to be kept]"
        kept: dict[str, Json] = {}
        for key, member in list(value.items())[:_LONGEST_LIST]:
            kept[self._short(key)] = self._kept(member, key, depth + 1)
        return kept

    def _short(self, text: str) -> str:
        """Return *text* redacted, and cut where nobody would read on.

        No more of it is read than may be needed. What is left of a secret that was cut in
        two then is at the end of what was read, which is not kept.
        """
        read = text[:_LONGEST_READ]
        kept = self.text(read)
        self._room -= len(read) // 8  # also what is not kept takes time
        if len(text) > _LONGEST_READ and len(kept) < 2 * _LONGEST_TEXT:
            kept = _TOO_LARGE
        elif len(kept) > _LONGEST_TEXT:
            more = len(kept) + len(text[_LONGEST_READ:]) - _LONGEST_TEXT
            kept = f"{kept[:_LONGEST_TEXT]}… [{more} more]"
        self._room -= len(kept)
        return kept

    def _kept_number(self, value: float | None) -> Json:
        """Return a number as it is, unless it was a secret elsewhere."""
        if value is None or isinstance(value, bool) or not self._mask:
            return value
        written = str(value)
        return value if self._mask.over(written) == written else REDACTED


def _without_address(found: re.Match[str]) -> str:
    """Return what stands between two spaces, unless it is an address."""
    name, at, domain = found[0].partition("@")
    return REDACTED if name and at and _DOMAIN.search(domain) else found[0]
