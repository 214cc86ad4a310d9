"""Calls the running server as others do: a shop's backend, and a visitor's browser.

Invariant: a secret goes into a header and into nothing that is shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final, Protocol, cast
from urllib.parse import quote

from callingcard.kit.codec import parse_json_object
from callingcard.kit.wire import Reply, Request

_SHOWN: Final = 120


class Sends(Protocol):
    """Carries a call out; ``backends.fetch.AsyncFetch`` does."""

    async def send(self, request: Request) -> Reply:
        """Return the reply; raises Unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, and the JSON object in it, which may be empty."""

    status: int
    data: Mapping[str, Any] = field(repr=False)

    @property
    def done(self) -> bool:
        """Whether the server did what was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def said(self) -> str:
        """The status and what the server says about it, in a few words."""
        told = self.data.get("detail") or self.data.get("message") or self.data.get("title")
        return f"{self.status}: {told}"[:_SHOWN] if isinstance(told, str) else str(self.status)

    def list(self, name: str) -> list[Mapping[str, Any]]:
        """Return the list of objects called *name*; what is none is left out."""
        return objects(self.data.get(name))

    def object(self, name: str) -> Mapping[str, Any]:
        """Return the object called *name*, or an empty one."""
        found = self.data.get(name)
        return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


def objects(found: object) -> list[Mapping[str, Any]]:
    """Return the objects in *found*, if it is a list."""
    if not isinstance(found, list):
        return []
    members = cast("list[object]", found)
    return [cast("Mapping[str, Any]", one) for one in members if isinstance(one, dict)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls the server at *base*, as whoever *bearer* shows them to be."""

    fetch: Sends = field(repr=False)
    base: str
    bearer: str = field(default="", repr=False)

    def by(self, bearer: str) -> "Caller":
        """Return a caller to the same server as somebody else; nobody for ``""``."""
        return replace(self, bearer=bearer)

    async def get(self, path: str, **query: str) -> Answer:
        """Read *path*."""
        asked = "&".join(f"{name}={quote(text, safe='')}" for name, text in query.items())
        return await self._call("GET", f"{path}?{asked}" if asked else path)

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Send *body* to *path*; everything that is sent here may be sent twice."""
        return await self._call("POST", path, json.dumps(body).encode())

    async def delete(self, path: str) -> Answer:
        """Delete *path*."""
        return await self._call("DELETE", path)

    async def _call(self, method: str, path: str, body: bytes = b"") -> Answer:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer}"
        reply = await self.fetch.send(
            Request(method, self.base.rstrip("/") + path, headers, body)
        )
        return Answer(reply.status, _object(reply.body))


def _object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in *raw*; what is none, such as a script, is empty."""
    try:
        return parse_json_object(raw)
    except ValueError:
        return {}
