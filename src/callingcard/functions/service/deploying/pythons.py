"""Whether a version of Python is one that ``requires-python`` lets in.

The clauses of https://packaging.python.org/en/latest/specifications/version-specifiers/
for released versions, which is what a running interpreter has.
"""

import re
from typing import Final

_CLAUSE: Final = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*(\d{1,4}(?:\.\d{1,4}){0,2})(\.\*)?\Z")

Release = tuple[int, int, int]


def allows(requires: str, python: Release) -> bool:
    """Say whether *requires* lets *python* in; raises ValueError when it cannot be read.

    >>> allows(">=3.11,<4", (3, 12, 1)), allows("==3.11.*", (3, 12, 1))
    (True, False)
    >>> allows("~=3.11", (3, 13, 0)), allows("", (3, 11, 0))
    (True, True)
    """
    clauses = [clause.strip() for clause in requires.split(",") if clause.strip()]
    return all(_holds(clause, python) for clause in clauses)


def _holds(clause: str, python: Release) -> bool:
    """Say whether one clause holds for *python*."""
    found = _CLAUSE.match(clause)
    if found is None or (found[3] and found[1] not in {"==", "!="}):
        raise ValueError("write it like >=3.11 or >=3.11,<3.14")
    parts = tuple(int(part) for part in found[2].split("."))
    if found[1] == "~=":
        if len(parts) == 1:
            raise ValueError("~= needs two numbers, such as ~=3.11")
        return python >= _padded(parts) and python[: len(parts) - 1] == parts[:-1]
    if found[3]:
        return (python[: len(parts)] == parts) is (found[1] == "==")
    wanted = _padded(parts)
    return {
        "==": python == wanted,
        "!=": python != wanted,
        "<=": python <= wanted,
        ">=": python >= wanted,
        "<": python < wanted,
        ">": python > wanted,
    }[found[1]]


def _padded(parts: tuple[int, ...]) -> Release:
    """Return *parts* with zeros for what is not said."""
    first, second, third = (*parts, 0, 0)[:3]
    return first, second, third
