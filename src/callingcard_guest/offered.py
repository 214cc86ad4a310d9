"""The three modules that only exist in here: ``connectors``, ``storage`` and ``visitor``."""

import base64
import json
import sys
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from types import ModuleType
from typing import Any

from callingcard_guest.records import unwrap, wrap
from callingcard_guest.results import to_json
from callingcard_guest.wire import Refused

Ask = Callable[[str, str, str, dict[str, Any]], Any]
"""Asks the broker: subject, name, operation, arguments; raises Refused."""

_WITH_PATH = frozenset({"get", "post", "put", "patch", "delete"})


class ConnectorError(Exception):
    """A call to a connector failed; *status* is the HTTP status, if there was an answer.

    *kind* says why: ``connector``, ``limit``, ``unknown`` (operation) or ``invalid``.
    """

    def __init__(
        self, message: str, status: int | None = None, kind: str = "connector"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind


class StorageError(Exception):
    """Storage did not do what was asked; *kind* is ``storage``, ``limit`` or ``invalid``."""

    def __init__(self, message: str, kind: str = "storage") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind


class Connector:
    """One connector: every attribute is one of its operations."""

    def __init__(self, name: str, ask: Ask) -> None:
        self._name = name
        self._ask = ask

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return the function that asks for *operation*."""
        if operation.startswith("_"):
            raise AttributeError(operation)

        def call(**arguments: Any) -> Any:
            return self._do(operation, arguments)

        def call_path(
            path: str, query: Any = None, body: Any = None, headers: Any = None
        ) -> Any:
            given = {"path": path, "query": query, "body": body, "headers": headers}
            return self._do(operation, given)

        made = call_path if operation in _WITH_PATH else call
        made.__name__ = made.__qualname__ = operation
        return made

    def __repr__(self) -> str:
        """Show the name."""
        return f"<connector {self._name}>"

    def _do(self, operation: str, arguments: dict[str, Any]) -> Any:
        given = to_json(unwrap(arguments), f"the argument of {self._name}.{operation}")
        try:
            return wrap(self._ask("connector", self._name, operation, given))
        except Refused as refused:
            raise ConnectorError(refused.message, refused.status, refused.kind) from None


class Lease:
    """What ``lease(key)`` gives: a value that is there, or the only right to make it."""

    def __init__(self, space: "Namespace", key: Any, answer: dict[str, Any]) -> None:
        self.hit: bool = answer["hit"]
        self.value: Any = wrap(answer.get("value"))
        self._space = space
        self._key = key
        self._id = answer.get("lease")

    def put(self, value: Any, ttl: Any = None) -> Any:
        """Store *value* and let those go on who wait for it; returns it."""
        arguments = {"key": self._key, "lease": self._id, "value": value, "ttl": seconds(ttl)}
        self._space.do("lease_put", arguments)
        self.value = value
        return value

    def release(self) -> None:
        """Give the right back without a value; the next who waits gets it."""
        self._space.do("lease_release", {"key": self._key, "lease": self._id})


class Namespace:
    """One namespace of storage: keys with values that may expire. See the guest API."""

    def __init__(self, name: str, ask: Ask) -> None:
        self._name = name
        self._ask = ask

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of *key*, or *default* when there is none or it has expired."""
        return wrap(self.do("get", {"key": key, "default": default}))

    def set(self, key: Any, value: Any, ttl: Any = None) -> None:
        """Store *value*, to be forgotten after *ttl*: ``"11h30m"``, seconds or a timedelta."""
        self.do("set", {"key": key, "value": value, "ttl": seconds(ttl)})

    def delete(self, key: Any) -> bool:
        """Forget *key*; says whether it was there."""
        return self.do("delete", {"key": key})

    def incr(self, key: Any, by: int = 1, ttl: Any = None) -> int:
        """Add *by* to the number at *key*, at once and undivided; returns the sum."""
        return self.do("incr", {"key": key, "by": by, "ttl": seconds(ttl)})

    def compare_and_set(self, key: Any, expected: Any, value: Any, ttl: Any = None) -> bool:
        """Store *value* if *expected* is there now; says whether it did."""
        arguments = {"key": key, "expected": expected, "value": value, "ttl": seconds(ttl)}
        return self.do("compare_and_set", arguments)

    def list(self, prefix: Any = "", limit: int = 100) -> Any:
        """Return up to *limit* keys that begin with *prefix*."""
        return self.do("list", {"prefix": prefix, "limit": limit})

    def lease(self, key: Any) -> Lease:
        """Return the value of *key*, or the only right to make it; waits for another's."""
        return Lease(self, key, self.do("lease", {"key": key}))

    def __repr__(self) -> str:
        """Show the name."""
        return f"<storage {self._name}>"

    def do(self, operation: str, arguments: dict[str, Any]) -> Any:
        """Ask the broker for *operation*; raises StorageError."""
        given = to_json(unwrap(arguments), f"the argument of {self._name}.{operation}")
        try:
            return self._ask("storage", self._name, operation, given)
        except Refused as refused:
            raise StorageError(refused.message, refused.kind) from None


def seconds(ttl: Any) -> Any:
    """Turn a timedelta into seconds; the broker reads text and numbers itself."""
    return ttl.total_seconds() if isinstance(ttl, timedelta) else ttl


def until_exp(token: str, skew: float = 300) -> float:
    """Return for how many seconds the JWT *token* can still be used, *skew* before its end.

    It is read, not verified: its issuer gave it to you. Raises ValueError without an ``exp``.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        end = float(claims["exp"])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ValueError("this is no JWT with an exp") from None
    return max(0.0, end - skew - time.time())  # noqa: TID251 - in here there is no Clock


class _Offering(ModuleType):
    """A module whose members are what the function declared."""

    def __init__(self, name: str, members: dict[str, Any], declared: Iterable[str]) -> None:
        super().__init__(name)
        self.__dict__.update(members)
        self.__all__ = list(declared)

    def __getattr__(self, name: str) -> Any:
        """Raise ImportError, which says how to declare *name*."""
        if name.startswith("__"):
            raise AttributeError(name)
        # Not AttributeError: `from connectors import x` would put words of its own over these.
        raise ImportError(
            f"{self.__name__} has no {name!r}: "
            f'write {self.__name__} = ["{name}"] below [tool.callingcard] in its head'
        )


class _NoVisitor:
    """Says why ``import visitor`` fails, where nobody was proven to be calling."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise ImportError for ``visitor``; know nothing of any other module."""
        del path, target
        if name == "visitor":
            raise ImportError(
                "there is no visitor: only a call through a trigger with "
                'auth = "visitor" proves who is calling',
                name="visitor",
            )


def offer(task: dict[str, Any], ask: Ask) -> None:
    """Make the three modules importable, as *task* says."""
    connectors = {name: Connector(name, ask) for name in task["connectors"]}
    spaces = {name: Namespace(name, ask) for name in task["storage"]}
    sys.modules["connectors"] = _Offering(
        "connectors",
        {"ConnectorError": ConnectorError, **connectors},
        connectors,
    )
    sys.modules["storage"] = _Offering(
        "storage", {"StorageError": StorageError, "until_exp": until_exp, **spaces}, spaces
    )
    if task["visitor"] is None:
        sys.meta_path.insert(0, _NoVisitor())  # pyright: ignore[reportArgumentType]
        return
    visitor = ModuleType("visitor", "Whom the site proved to be calling.")
    visitor.__dict__.update(task["visitor"])
    sys.modules["visitor"] = visitor
