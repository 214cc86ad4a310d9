"""Where in a request a token may stand."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from callingcard.identity.model import Presented

Spot: TypeAlias = Literal["bearer", "header", "cookie"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place that a token is looked for in; *name* is of the header or cookie."""

    spot: Spot
    name: str = ""

    def token(self, given: Presented) -> str | None:
        """Return the token of *given* that stands here, None when there is none.

        >>> Place("cookie", "s").token(Presented((("cookie", "a=1; s=x.y.z"),)))
        'x.y.z'
        """
        if self.spot == "bearer":
            return given.bearer()
        return given.header(self.name) if self.spot == "header" else given.cookie(self.name)

    def holding(self, token: str) -> Presented:
        """Return a request that has *token* here and nothing else.

        >>> BEARER.holding("x.y.z").bearer()
        'x.y.z'
        """
        if self.spot == "bearer":
            return Presented((("authorization", f"Bearer {token}"),))
        if self.spot == "header":
            return Presented(((self.name, token),))
        return Presented((("cookie", f"{self.name}={token}"),))


BEARER: Final = Place("bearer")
