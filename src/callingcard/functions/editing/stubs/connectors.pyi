# ruff: noqa: PYI021
"""The services that this function may call. Their keys are kept outside of it."""

class ConnectorError(Exception):
    """A call did not succeed."""

    status: int | None
    """What the service answered, if it did."""
    message: str
    kind: str
    """``connector``, ``limit``, ``unknown`` for no such operation, or ``invalid``."""
