"""One call of a HubSpot client: who makes it, what it says, and what it may say.

Endpoints are plain functions from a ``Call`` to a reply; ``app`` does for all of
them what is alike: the credential, the limit, the envelope.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from callingcard.desk.api.hubspot.envelope import VALIDATION, Fault, bad_request, malformed
from callingcard.desk.api.hubspot.schemas import Body
from callingcard.errors import TooLarge
from callingcard.kit.actor import Actor
from callingcard.kit.codec import parse_json_object

MAX_BODY_BYTES: Final = 1_048_576
_DEADLINE_SECONDS: Final = 10.0
_SURROGATES: Final = ("\ud800", "\udfff")
BodyType = TypeVar("BodyType", bound=Body)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller is known and may make it."""

    request: Request
    actor: Actor

    def path(self, name: str) -> str:
        """Return the part of the path that the endpoint calls *name*."""
        return str(self.request.path_params[name])

    def text(self, name: str) -> str | None:
        """Return one parameter of the query, or None when it is absent or empty."""
        return self.request.query_params.get(name) or None

    def texts(self, name: str) -> list[str]:
        """Return a list in the query, whether repeated or separated by commas."""
        given = self.request.query_params.getlist(name)
        return [part.strip() for item in given for part in item.split(",") if part.strip()]

    def yes(self, name: str) -> bool:
        """Return a yes or no of the query; no when it is absent."""
        value = (self.text(name) or "false").lower()
        if value not in {"true", "false"}:
            raise bad_request(f"Invalid boolean value for {name}")
        return value == "true"

    def whole(self, name: str, *, default: int, most: int) -> int:
        """Return a number of the query, between 1 and *most*."""
        value = self.text(name)
        if value is None:
            return default
        digits = value.isascii() and value.isdecimal() and len(value) <= len(str(2**53))
        if not digits or not 1 <= int(value) <= most:
            raise bad_request(f"Invalid {name}: it must be a whole number from 1 to {most}")
        return int(value)

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return a parameter of the query that has only a few values, or None."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise bad_request(f"Invalid {name}: it must be one of {', '.join(allowed)}")
        return value

    async def body(self, shape: type[BodyType]) -> BodyType:
        """Return the body as *shape*, or raise the fault that says what is wrong."""
        return shaped(shape, await self.object())

    async def items(self, shape: type[BodyType]) -> BodyType:
        """Return a body that is a list as *shape*, whose member ``items`` it is."""
        value = _parsed(b'{"items":' + await _read(self.request) + b"}")
        if value.keys() != {"items"}:
            raise malformed(" on line 1, column 1: not a JSON list in UTF-8")
        return shaped(shape, value)

    async def object(self, *, max_characters: int | None = None) -> dict[str, Any]:
        """Return the body as a JSON object."""
        raw = await _read(self.request)
        if max_characters is not None and len(raw) > max_characters:
            raise bad_request(f"The request body is longer than {max_characters} characters")
        return _parsed(raw)

    def next_page(self, after: str) -> dict[str, Any]:
        """Return HubSpot's paging member, with the link to the page behind this one."""
        link = str(self.request.url.include_query_params(after=after))
        return {"next": {"after": after, "link": link}}


Endpoint = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint with what a key needs to be allowed to call it, in HubSpot's words."""

    endpoint: Endpoint
    scopes: tuple[str, ...]


Paths = Mapping[str, Mapping[str, Operation]]
"""Operations by path and method."""


async def _read(request: Request) -> bytes:
    """Return the body, reading no more of it than is allowed."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Fault(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json",
            VALIDATION,
        )
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            return await _capped(request)
    except TimeoutError as error:
        raise Fault(
            HTTPStatus.REQUEST_TIMEOUT, "The request body did not arrive in time", VALIDATION
        ) from error


async def _capped(request: Request) -> bytes:
    """Return the body if it is small enough."""
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MAX_BODY_BYTES:
                raise TooLarge(f"The request body is larger than {MAX_BODY_BYTES} bytes")
    except ClientDisconnect as error:
        raise malformed(": the client went away") from error
    return bytes(raw)


def _parsed(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in *raw*, all of whose text can be kept."""
    try:
        value = parse_json_object(raw)
    except json.JSONDecodeError as error:
        raise malformed(
            f" on line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except ValueError as error:
        raise malformed(" on line 1, column 1: not a JSON object in UTF-8") from error
    if _unstorable(value):
        raise malformed(": a character in it is no text")
    return value


def _unstorable(value: Any) -> bool:
    """Say whether a text in *value* has a NUL or half a character in it.

    Neither can be stored by every engine; a stack and no recursion, as the depth is
    the caller's choice.
    """
    left: list[Any] = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            tree = cast("dict[str, Any]", item)
            left += [*tree.keys(), *tree.values()]
        elif isinstance(item, list):
            left += cast("list[Any]", item)
        elif isinstance(item, str) and _no_text(item):
            return True
    return False


def _no_text(text: str) -> bool:
    if text.isascii():
        return "\0" in text
    low, high = _SURROGATES
    return any(character == "\0" or low <= character <= high for character in text)


def shaped(shape: type[BodyType], value: Mapping[str, Any]) -> BodyType:
    """Return *value* as *shape*, or raise HubSpot's fault for what does not fit."""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
    missing = [_where(item["loc"]) for item in found if item["type"] == "missing"]
    if missing:
        names = ", ".join(missing)
        raise bad_request(
            f"Invalid input JSON: some of required attributes are not set [{names}]"
        )
    first = found[0]
    raise bad_request(f"Invalid input JSON: {_where(first['loc'])}: {first['msg']}")


def _where(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)
