"""What a visitor answered, read as the property it is for."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from callingcard.desk.chatflows.steps import FormField, Option
from callingcard.desk.model.chatflows import Kind, PropertyInfo
from callingcard.kit.conditions.comparisons import Value
from callingcard.kit.email import NotAnAddress, canonical_email

MAX_ANSWER: Final = 1000
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,6})?\Z", re.ASCII)
_TRUTHS: Final = {"true": "true", "yes": "true", "false": "false", "no": "false"}


def read_answer(text: str, info: PropertyInfo | None) -> str | None:
    """Return *text* as it is kept for the property, or None when it is none of its values.

    >>> read_answer(" Yes ", PropertyInfo("contact.vip", "bool"))
    'true'
    >>> read_answer("two", PropertyInfo("contact.seats", "number")) is None
    True
    """
    said = text.encode("utf-8", "replace").decode().replace("\0", "").strip()[:MAX_ANSWER]
    if not said:
        return None
    if info is None:
        return said
    if info.name == "contact.email":
        return _email(said)
    if info.kind == "enum":
        return next(
            (value for value in info.options if value.casefold() == said.casefold()),
            None if info.options else said,
        )
    return _READ[info.kind](said)


def fact_of(kept: str, kind: Kind) -> Value:
    """Return an answer as a fact of its kind.

    >>> fact_of("12", "number"), fact_of("false", "bool")
    (12.0, False)
    """
    if kind == "number" and _NUMBER.match(kept):
        return float(kept)
    return kept == "true" if kind == "bool" else kept


def chosen(text: str, options: Sequence[Option]) -> Option | None:
    """Return the option that the visitor pressed, or wrote."""
    said = text.strip().casefold()
    return next(
        (one for one in options if said in {one.value.casefold(), one.label.casefold()}), None
    )


def read_form(
    values: Mapping[str, str], fields: Sequence[FormField]
) -> tuple[Mapping[str, str], Sequence[FormField]]:
    """Return what the visitor filled in, and the fields that are missing or wrong."""
    kept: dict[str, str] = {}
    amiss: list[FormField] = []
    for field in fields:
        text = values.get(field.info.name, "")
        value = read_answer(text, field.info)
        if value is not None:
            kept[field.info.name] = value
        elif field.required or text.strip():
            amiss.append(field)
    return kept, amiss


def _email(said: str) -> str | None:
    try:
        return canonical_email(said)
    except NotAnAddress:
        return None


def _date(said: str) -> str | None:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        return None


def _number(said: str) -> str | None:
    plain = said.replace(" ", "")
    return plain if _NUMBER.match(plain) else None


_READ: Final[Mapping[Kind, Callable[[str], str | None]]] = {
    "string": str,
    "number": _number,
    "bool": lambda said: _TRUTHS.get(said.casefold()),
    "date": _date,
}
