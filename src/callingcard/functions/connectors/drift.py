"""How two versions of a connector differ, in sentences that say what to do about it.

Operations are matched by name; one whose path differs only in its version (``v3``,
``2026-09``) counts as the same under a new name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from callingcard.functions.model.connectors import Connector, Operation, Parameter, ResultClass

MAX_CHANGES: Final = 500

_VERSION: Final = re.compile(r"/(?:v\d+(?:\.\d+)?|20\d\d-\d\d(?:-\d\d)?)(?=/|\Z)")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def changes(old: Connector, new: Connector) -> tuple[str, ...]:
    """Say what *new* does otherwise than *old*, the operations in their order."""
    found: list[str] = []
    for line in _changes(old, new):
        if len(found) == MAX_CHANGES:
            return (*found, "… and more")
        found.append(line)
    return tuple(found)


def _changes(old: Connector, new: Connector) -> Iterator[str]:
    """Yield each difference."""
    gone = [one for name, one in old.operations.items() if name not in new.operations]
    added = {name: one for name, one in new.operations.items() if name not in old.operations}
    renamed = _renamed(gone, added)
    for operation in gone:
        other = renamed.get(operation.name)
        if other is None:
            yield f"{operation.name}: operation removed"
        else:
            added.pop(other.name)
            yield f"{operation.name}: is now called {other.name}"
            yield from _of_operation(operation, other)
    for name, operation in old.operations.items():
        if name in new.operations:
            yield from _of_operation(operation, new.operations[name])
    yield from (f"{name}: operation added" for name in added)
    yield from _of_classes(old, new)


def _renamed(gone: list[Operation], added: Mapping[str, Operation]) -> Mapping[str, Operation]:
    """Return what operations that are gone are called now."""
    by_place: dict[tuple[str, str], Operation] = {}
    for one in added.values():
        by_place.setdefault((one.method, _plain(one.path)), one)
    found: dict[str, Operation] = {}
    for one in gone:
        other = by_place.pop((one.method, _plain(one.path)), None)
        if other is not None:
            found[one.name] = other
    return found


def _plain(path: str) -> str:
    """Return a path without its version."""
    return _VERSION.sub("", path)


def _of_operation(old: Operation, new: Operation) -> Iterator[str]:
    """Yield what changed in one operation."""
    name = new.name
    if (old.method, old.path) != (new.method, new.path):
        yield f"{name}: {old.method} {old.path} → {new.method} {new.path}"
    before = {one.name: one for one in old.parameters}
    after = {one.name: one for one in new.parameters}
    for key, one in before.items():
        if key not in after:
            yield f"{name}: parameter {key} removed"
        else:
            yield from _of_parameter(name, one, after[key])
    for key, one in after.items():
        if key not in before:
            yield f"{name}: new {'required ' if one.required else ''}parameter {key}"
    if old.result != new.result:
        yield f"{name}: result {old.result} → {new.result}"


def _of_parameter(name: str, old: Parameter, new: Parameter) -> Iterator[str]:
    """Yield what changed in one parameter."""
    if old.required != new.required:
        how = "required" if new.required else "optional"
        yield f"{name}: parameter {new.name} is now {how}"
    if old.annotation != new.annotation:
        yield f"{name}: parameter {new.name}: {old.annotation} → {new.annotation}"


def _of_classes(old: Connector, new: Connector) -> Iterator[str]:
    """Yield what changed in the results that operations share."""
    before = {one.name: one for one in old.classes}
    uses = _uses(new)
    for one in new.classes:
        if one.name in before:
            prefix = f"{', '.join(uses[one.name])}: result" if uses.get(one.name) else one.name
            yield from _of_class(prefix, before[one.name], one)


def _of_class(prefix: str, old: ResultClass, new: ResultClass) -> Iterator[str]:
    """Yield what changed in the members of one class."""
    after = {one.name: one for one in new.members}
    for one in old.members:
        other = after.pop(one.name, None)
        if other is None:
            yield f"{prefix} {one.name}: removed"
        elif other.annotation != one.annotation:
            yield f"{prefix} {one.name}: {one.annotation} → {other.annotation}"
        elif one.required and not other.required:
            yield f"{prefix} {one.name}: no longer always there"
    yield from (f"{prefix} {name}: added" for name in after)


def _uses(connector: Connector) -> Mapping[str, tuple[str, ...]]:
    """Return which operations answer with a class, at most three of them."""
    found: dict[str, tuple[str, ...]] = {}
    for operation in connector.operations.values():
        for name in _NAME.findall(operation.result):
            known = found.get(name, ())
            if len(known) < 3 and operation.name not in known:  # noqa: PLR2004
                found[name] = (*known, operation.name)
    return found
