"""JSON, which is all that crosses the wall."""

from collections.abc import Mapping, Sequence
from typing import NewType, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

FunctionName = NewType("FunctionName", str)
"""``[a-z][a-z0-9-]{0,62}``: part of a URL, and of a module's file name."""

RunId = NewType("RunId", str)
VersionId = NewType("VersionId", str)
"""The hash of a version's content: equal content has an equal id."""
