"""What a person needs to know to set up one chat platform; the docs pages are made of it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Guide:
    """How one platform is set up, enforced and logged out of.

    *snippet* and *logout* are JavaScript for those who hand over by hand; ``settings``
    in them is the member of that name in our answer.
    """

    title: str
    where: str
    """Where in the vendor's pages the arguments are found."""
    snippet: str
    logout: str
    refresh: Literal["pull", "push", "never"]
    """Whether the widget asks for a new token, the page brings one, or it never ends."""
    enforce: str
    """How to make the vendor refuse visitors without a token, and what that breaks."""
    failure: str
    """What it looks like when the vendor does not accept the token."""
    docs_url: str
    """The vendor's own page."""
    unsure: str = ""
    """What the vendor does not document, and the default we chose."""
