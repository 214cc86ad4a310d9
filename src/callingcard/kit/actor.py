"""Who is calling us: an API key or an agent, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Scope(StrEnum):
    """What an API key may be used for."""

    TOKENS = "tokens:issue"
    FUNCTIONS = "functions:invoke"
    DESK = "desk"
    ADMIN = "admin"


class Role(StrEnum):
    """What a person who signs in may do; each includes those after it."""

    OWNER = "owner"
    OPERATOR = "operator"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who proved who they are: an API key, or a person who signed in."""

    kind: Literal["key", "agent"]
    id: str
    name: str
    scopes: frozenset[Scope] = frozenset()
    role: Role | None = None
    site: str | None = None
    """The only site that a key is for, or None when it is for all."""
    functions: frozenset[str] = frozenset()
    """The only functions that a key may call; none named means all."""

    def may(self, scope: Scope, *, site: str | None = None) -> bool:
        """Say whether this actor may use *scope*, on *site* where that matters.

        >>> key = Actor("key", "1", "shop", frozenset({Scope.TOKENS}), site="shop")
        >>> key.may(Scope.TOKENS, site="shop"), key.may(Scope.TOKENS, site="other")
        (True, False)
        """
        if self.site is not None and site != self.site:
            return False
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def may_call(self, function: str) -> bool:
        """Say whether this actor may call the function of this name.

        >>> scopes = frozenset({Scope.FUNCTIONS})
        >>> key = Actor("key", "1", "shop", scopes, functions=frozenset("a"))
        >>> key.may_call("a"), key.may_call("b")
        (True, False)
        """
        named = not self.functions or function in self.functions
        return named and self.may(Scope.FUNCTIONS, site=self.site)
