"""How well a visitor is known."""

from enum import StrEnum


class Evidence(StrEnum):
    """How well we know who a visitor is, from not at all to vouched for."""

    ANONYMOUS = "anonymous"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    SIGNED = "signed"
