"""Conditions that people write as a JSON tree, and what they say about facts.

A tree is ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}`` or a leaf
``{"property", "operator", "value"}``. It is compiled once to closures, so that one
evaluation costs microseconds, and it can tell which leaf said what.

Logic has three values. A leaf about a property that is missing or empty, or that
cannot be compared with the value, says neither yes nor no: it is *unknown*, under
``neq`` and ``not_in`` too. ``not`` of unknown is unknown, ``all`` needs every part to
be true, ``any`` needs one, and only a condition that is true matches. So nobody gets
the offer for new customers because we happen not to know who they are; who wants
that asks ``is_unknown``, which always says yes or no.

Invariant: reading a tree costs no more than its caps allow, and neither reading nor
evaluating one runs a pattern that somebody else wrote.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias, cast

from callingcard.errors import Invalid
from callingcard.kit.conditions.comparisons import (
    MAX_LIST,
    MAX_TEXT,
    Operator,
    Truth,
    Value,
    comparison,
    wrong_value,
)

Facts: TypeAlias = Mapping[str, Value]
"""What is known, by the name of the property, such as ``contact.lifecyclestage``."""

MAX_DEPTH: Final = 8
MAX_LEAVES: Final = 200
MAX_NAME: Final = 150

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]{1,100}){1,2}\Z")
_HINT: Final = "A condition is {all|any: [...]}, {not: ...} or {property, operator, value}."


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison of a tree; *path* is where it stands, such as ``when.all.0``."""

    path: str
    property: str
    operator: Operator
    value: Any = None


class Said(NamedTuple):
    """What one leaf said, and of what; *found* may be personal data."""

    leaf: Leaf
    found: Value
    holds: Truth

    def __repr__(self) -> str:
        """Tell what was asked, and not of whom."""
        return f"Said({self.leaf.path}, holds={self.holds})"

    def as_json(self, *, with_found: bool = False) -> dict[str, Any]:
        """Return a line of a trace; *with_found* tells the value, which may be personal."""
        told: dict[str, Any] = {
            "path": self.leaf.path,
            "property": self.leaf.property,
            "operator": self.leaf.operator.value,
            "value": self.leaf.value,
            "holds": self.holds,
        }
        if with_found:
            found = self.found
            told["found"] = found.isoformat() if isinstance(found, date) else found
        return told


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition matched, and what the leaves that were asked said, in order."""

    matched: bool
    trace: Sequence[Said] = ()


_Say: TypeAlias = Callable[[Facts, list[Said]], Truth]


@dataclass(frozen=True, slots=True)
class Condition:
    """A tree that was read, ready to be asked."""

    leaves: Sequence[Leaf]
    _say: _Say = field(repr=False, compare=False)


def evaluate(condition: Condition, facts: Facts) -> Verdict:
    """Say whether *condition* holds for *facts*; leaves that cannot matter are not asked.

    >>> tree = {"not": {"property": "contact.plan", "operator": "eq", "value": "free"}}
    >>> condition = parse_condition(tree)
    >>> evaluate(condition, {"contact.plan": "Pro"}).matched
    True
    >>> evaluate(condition, {}).matched
    False
    """
    trace: list[Said] = []
    truth = condition._say(facts, trace)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return Verdict(truth is True, trace)


def parse_condition(document: object, *, path: str = "when") -> Condition:
    """Read a tree; raises Invalid, whose ``fields`` say where (below *path*) and why.

    >>> parse_condition({"property": "page.path", "operator": "is", "value": "/"})
    Traceback (most recent call last):
    ...
    callingcard.errors.Invalid: this is not a condition
    """
    reader = _Reader()
    say = reader.read(document, path, depth=1)
    if reader.problems:
        raise Invalid("this is not a condition", fields=reader.problems, hint=_HINT)
    return Condition(tuple(reader.leaves), say)


class _Reader:
    """Reads one tree, and gathers what is wrong with it."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.problems: dict[str, str] = {}

    def read(self, node: object, path: str, *, depth: int) -> _Say:
        if depth > MAX_DEPTH:
            return self._wrong(path, f"nested deeper than {MAX_DEPTH}")
        if not isinstance(node, Mapping):
            return self._wrong(path, "must be an object")
        given = cast("Mapping[object, object]", node)
        names = set(given)
        if names in ({"all"}, {"any"}):
            word = "all" if "all" in names else "any"
            return self._several(given[word], f"{path}.{word}", word=word, depth=depth)
        if names == {"not"}:
            part = self.read(given["not"], f"{path}.not", depth=depth + 1)
            return _negated(part)
        if names in ({"property", "operator"}, {"property", "operator", "value"}):
            return self._leaf(given, path)
        return self._wrong(path, "must have only all, any, not, or property and operator")

    def _several(self, nodes: object, path: str, *, word: str, depth: int) -> _Say:
        if not isinstance(nodes, Sequence) or isinstance(nodes, str) or not nodes:
            return self._wrong(path, "must be a list with something in it")
        items = cast("Sequence[object]", nodes)
        if len(items) > MAX_LEAVES:
            return self._wrong(path, f"has more than {MAX_LEAVES} parts")
        parts = [
            self.read(item, f"{path}.{index}", depth=depth + 1)
            for index, item in enumerate(items)
        ]
        return _joined(parts, stops_at=word == "any")

    def _leaf(self, given: Mapping[object, object], path: str) -> _Say:
        name, word, value = given["property"], given["operator"], given.get("value")
        if len(self.leaves) >= MAX_LEAVES:
            return self._wrong(path, f"the condition has more than {MAX_LEAVES} comparisons")
        if not isinstance(name, str) or len(name) > MAX_NAME or not _NAME.match(name):
            return self._wrong(f"{path}.property", "must be a name such as contact.plan")
        if not isinstance(word, str) or word not in set(Operator):
            return self._wrong(f"{path}.operator", f"must be one of {', '.join(Operator)}")
        operator = Operator(word)
        reason = wrong_value(operator, value, given="value" in given)
        if reason:
            return self._wrong(f"{path}.value", reason)
        leaf = Leaf(path, name, operator, value)
        self.leaves.append(leaf)
        return _said_by(leaf)

    def _wrong(self, path: str, reason: str) -> _Say:
        if len(self.problems) < MAX_LIST:
            self.problems[path[:MAX_TEXT]] = reason
        return _unknown


def _unknown(_facts: Facts, _trace: list[Said]) -> Truth:
    return None


def _negated(part: _Say) -> _Say:
    def say(facts: Facts, trace: list[Said]) -> Truth:
        truth = part(facts, trace)
        return None if truth is None else not truth

    return say


def _joined(parts: Sequence[_Say], *, stops_at: bool) -> _Say:
    """Return ``any`` of *parts*, which stops at a true one, or ``all``, at a false one."""

    def say(facts: Facts, trace: list[Said]) -> Truth:
        answer: Truth = not stops_at
        for part in parts:
            truth = part(facts, trace)
            if truth is stops_at:
                return stops_at
            if truth is None:
                answer = None
        return answer

    return say


def _said_by(leaf: Leaf) -> _Say:
    name, compare = leaf.property, comparison(leaf.operator, leaf.value)

    def say(facts: Facts, trace: list[Said]) -> Truth:
        found = facts.get(name)
        holds = compare(found)
        trace.append(Said(leaf, found, holds))
        return holds

    return say
