"""Reads the small parts of a document: names, texts, conditions, and where they lead."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar, cast
from urllib.parse import urlsplit

from callingcard.desk.model.chatflows import Kind, PropertyInfo
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.personalisation import Registry, Text, parse_text
from callingcard.errors import Invalid
from callingcard.kit.conditions import Condition, Facts, Leaf, evaluate, parse_condition
from callingcard.kit.conditions.comparisons import Operator

MAX_PRIORITY: Final = 1000
MAX_LABEL: Final = 100
_MAX_PROBLEMS: Final = 100
_MAX_URL: Final = 2000

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_SAMPLES: Final[Mapping[Kind, Facts]] = {"number": {"": 1.0}, "bool": {"": True}}
BUILT_IN: Final[Mapping[str, PropertyInfo]] = {
    info.name: info
    for info in (
        PropertyInfo(
            "visitor.evidence",
            "enum",
            "Evidence of who they are",
            writable=False,
            options=tuple(evidence.value for evidence in Evidence),
        ),
        PropertyInfo("page.url", label="Address of the page", writable=False),
        PropertyInfo("page.path", label="Path of the page", writable=False),
        PropertyInfo("hours.open", "bool", "The office is open", writable=False),
    )
}
"""What every chatflow may ask about besides the properties of the registry."""

Kept = TypeVar("Kept")


class Reader:
    """Reads the parts of one document, and gathers what is wrong with them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.step_names: set[str] = set()
        self.problems: dict[str, str] = {}

    def wrong(self, path: str, reason: str) -> None:
        """Note what is wrong at *path*; the first reason counts."""
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.setdefault(path, reason)

    def mapping(self, given: object, path: str) -> Mapping[str, object]:
        """Return an object with names that are text."""
        if isinstance(given, Mapping):
            found = cast("Mapping[object, object]", given)
            if all(isinstance(name, str) for name in found):
                return cast("Mapping[str, object]", given)
        self.wrong(path, "must be an object")
        return {}

    def sequence(self, given: object, path: str, most: int) -> Sequence[object]:
        """Return a list of at most *most* things."""
        if isinstance(given, Sequence) and not isinstance(given, (str, bytes)):
            found = cast("Sequence[object]", given)
            if len(found) <= most:
                return found
        self.wrong(path, f"must be a list of at most {most}")
        return []

    def only(self, given: Mapping[str, object], members: set[str], path: str) -> None:
        """Refuse members that do not exist: a misspelt one would be left out in silence."""
        for name in given.keys() - members:
            self.wrong(
                f"{path}{name[:MAX_LABEL]}", f"is not one of {', '.join(sorted(members))}"
            )

    def flag(self, given: Mapping[str, object], name: str, path: str, *, usual: bool) -> bool:
        """Return the member *name* as true or false."""
        found = given.get(name, usual)
        if not isinstance(found, bool):
            self.wrong(f"{path}.{name}" if path else name, "must be true or false")
        return found is True

    def optional(
        self, given: object, path: str, read: Callable[[object, str], Kept]
    ) -> Kept | None:
        """Return nothing for nothing, else what *read* makes of it."""
        return None if given is None else read(given, path)

    def name(self, given: object, path: str) -> str:
        """Return a name as it stands in URLs."""
        if isinstance(given, str) and NAME.match(given):
            return given
        self.wrong(path, "must be 1 to 64 of a-z, 0-9, _ and -")
        return ""

    def label(self, given: object, path: str) -> str:
        """Return a short text without tokens."""
        if (
            isinstance(given, str)
            and 0 < len(given.strip()) <= MAX_LABEL
            and "\0" not in given
        ):
            return given.strip()
        self.wrong(path, f"must be a text of 1 to {MAX_LABEL} characters")
        return "?"

    def priority(self, given: object) -> int:
        """Return a whole number of the allowed range."""
        if (
            isinstance(given, int)
            and not isinstance(given, bool)
            and abs(given) <= MAX_PRIORITY
        ):
            return given
        self.wrong(
            "priority", f"must be a whole number from -{MAX_PRIORITY} to {MAX_PRIORITY}"
        )
        return 0

    def url(self, given: object, path: str) -> str:
        """Return an address of the web, over TLS and without a password in it."""
        if isinstance(given, str) and len(given) <= _MAX_URL and _is_https(given):
            return given
        self.wrong(path, "must be a URL that begins with https:// and holds no password")
        return ""

    def next(self, given: object, path: str) -> str | None:
        """Return the name of a step that there is."""
        if given is None:
            return None
        if isinstance(given, str) and given in self.step_names:
            return given
        self.wrong(path, "there is no step of this name")
        return None

    def text(self, given: object, path: str) -> Text:
        """Return a text with its tokens."""
        try:
            return parse_text(given, self.known, path=path)
        except Invalid as error:
            for at, reason in error.fields.items():
                self.wrong(at, reason)
        return Text("")

    def condition(self, given: object, path: str) -> Condition:
        """Return a condition over properties that there are."""
        try:
            condition = parse_condition(given, path=path)
        except Invalid as error:
            for at, reason in error.fields.items():
                self.wrong(at, reason)
            return _NEVER
        for leaf in condition.leaves:
            info = self.known(leaf.property)
            if info is None:
                self.wrong(f"{leaf.path}.property", f"there is no property {leaf.property}")
            elif not _fits(leaf, info.kind):
                self.wrong(f"{leaf.path}.value", f"{leaf.property} is a {info.kind}")
        return condition

    def saved(self, given: object, path: str) -> PropertyInfo:
        """Return the property of a contact that an answer is saved to."""
        info = self._registry(given) if isinstance(given, str) else None
        if info is not None and info.writable and info.name.startswith("contact."):
            return info
        reason = "there is no property of a contact with this name, such as contact.company"
        self.wrong(path, reason if info is None else "cannot be written by a chatflow")
        return PropertyInfo("contact.unknown")

    def known(self, name: str) -> PropertyInfo | None:
        """Return what is known of a property, of those that only chatflows have too."""
        first, _, rest = name.partition(".")
        if first == "answer":
            there = rest.split(".")[0] in self.step_names
            return PropertyInfo(name, writable=False) if there else None
        if name.startswith("page.query."):
            return PropertyInfo(name, writable=False)
        return BUILT_IN.get(name) or self._registry(name)


_NEVER: Final = parse_condition({"property": "visitor.evidence", "operator": "is_unknown"})


def _fits(leaf: Leaf, kind: Kind) -> bool:
    """Say whether a comparison with a property of this kind can say anything at all."""
    sample = _SAMPLES.get(kind)
    if sample is None or leaf.operator in {Operator.IS_KNOWN, Operator.IS_UNKNOWN}:
        return True
    alone = {"property": "sample.x", "operator": leaf.operator.value, "value": leaf.value}
    said = evaluate(parse_condition(alone), {"sample.x": sample[""]}).trace[0]
    return said.holds is not None


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
