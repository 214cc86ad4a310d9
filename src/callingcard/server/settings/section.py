"""What every part of the settings is made of, and how a secret among them is known."""

from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

SectionTree: TypeAlias = dict[str, Any]
"""Settings before they are checked: sections within sections."""

_SECRET_WORDS = ("secret", "token", "key", "password")
_IN_EVERY_PAGE = ("website_token", "key_encoding")
"""What sounds like a secret and is none: the page itself shows it, or it is a word."""


class Section(BaseModel):
    """A part of the settings: frozen, and strict about names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def sounds_secret(name: str) -> bool:
    """Say whether a setting of this *name* holds a secret, as platforms' arguments do.

    >>> sounds_secret("access_token"), sounds_secret("base_url"), sounds_secret("key_id")
    (True, False, False)
    """
    if name in _IN_EVERY_PAGE or name.endswith("_id"):
        return False
    return any(word in name for word in _SECRET_WORDS)


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section that *field* is, also when it may be absent or repeated."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
