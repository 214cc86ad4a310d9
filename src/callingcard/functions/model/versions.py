"""A function as it was deployed; each deploy is a version, and none is ever changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callingcard.functions.model.manifest import Manifest
from callingcard.functions.model.values import FunctionName, Json, VersionId


@dataclass(frozen=True, slots=True)
class Version:
    """One deployed content of a function."""

    id: VersionId
    function: FunctionName
    number: int
    """1, 2, 3 … in the order of deploys, for people."""
    source: str = field(repr=False)
    manifest: Manifest
    schema: Mapping[str, Json] = field(repr=False)
    """JSON Schema of the parameters of ``main``: an object, closed."""
    returns: Mapping[str, Json] = field(repr=False)
    """JSON Schema of what ``main`` returns; ``{}`` when it does not say."""
    lock: str = field(repr=False)
    """What uv resolved, as it wrote it; empty without dependencies."""
    environment: str
    """The id of the environment that the lock makes; empty for the standard library."""
    deployed_at: datetime
    deployed_by: str
    """``agent ID``, ``key ID`` or ``command line``."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its name, and the version that counts now."""

    name: FunctionName
    current: Version
    created_at: datetime
