"""Programs that sign a visitor in, one a language, to be copied into a backend.

They need nothing but their language's own library. Each reads the key's secret from the
environment, signs for an example visitor and prints the token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from callingcard.desk.model.visitors import SigningKey

_HMAC: Final = (
    ("Python", "sign.py"),
    ("Node", "sign.mjs"),
    ("PHP", "sign.php"),
    ("Ruby", "sign.rb"),
    ("Go", "sign.go"),
    ("Java", "Sign.java"),
)
_PUBLIC: Final = (("Node", "sign_with_private_key.mjs"),)
_BY_ALGORITHM: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "HS256": _HMAC,
    "RS256": _PUBLIC,
    "ES256": _PUBLIC,
    "EdDSA": _PUBLIC,
}


@dataclass(frozen=True, slots=True)
class Example:
    """A program, and what its file would be called."""

    language: str
    file: str
    code: str


def examples(key: SigningKey, inbox: str) -> list[Example]:
    """Return the programs that sign with *key* for *inbox*; its secret is in none."""
    filled = {"KID": key.kid, "INBOX": inbox, "ALGORITHM": key.algorithm}
    return [
        Example(language, file, _fill(_read(file), filled))
        for language, file in _BY_ALGORITHM.get(key.algorithm, ())
    ]


@cache
def _read(file: str) -> str:
    folder = files("callingcard.desk.service.visitors") / "examples"
    return (folder / f"{file}.txt").read_text(encoding="utf-8")


def _fill(text: str, filled: Mapping[str, str]) -> str:
    """Put values, which are plain words of an URL, in the place of their names."""
    for name, value in filled.items():
        text = text.replace(f"__{name}__", value)
    return text
