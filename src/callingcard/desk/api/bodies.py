"""Reads request bodies: not more than a message needs, and not for ever.

uvicorn waits for a slow sender without end, so the deadline is here; and nothing
is parsed before its size is known.
"""

import asyncio
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from callingcard.desk.errors import BodyTooSlow
from callingcard.errors import Invalid, TooLarge
from callingcard.kit.schemas import inlined

MAX_BODY: Final = 16 * 1024
DEADLINE_SECONDS: Final = 10.0

Model = TypeVar("Model", bound=BaseModel)


async def read_body(
    request: Request, model: type[Model], *, deadline: float = DEADLINE_SECONDS
) -> Model:
    """Return the request's JSON as *model*; raises TooLarge, BodyTooSlow, Invalid.

    An empty body is an empty object.
    """
    try:
        async with asyncio.timeout(deadline):
            raw = await _capped(request)
    except TimeoutError as error:
        raise BodyTooSlow("the rest of the request did not arrive in time") from error
    except ClientDisconnect as error:  # nobody reads the answer, and nothing is wrong here
        raise BodyTooSlow("the rest of the request did not arrive") from error
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise Invalid("the body is not as expected", fields=_reasons(error)) from error


def accepts(model: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI note that a route reads *model*, which it parses by itself."""
    schema = model.model_json_schema(by_alias=True)
    schema = inlined(schema, schema.pop("$defs", {}))
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


async def _capped(request: Request) -> bytes:
    """Return the body if it is small enough."""
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdecimal() and int(announced) > MAX_BODY:
        raise TooLarge("the body is too large", hint=f"At most {MAX_BODY} bytes.")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise TooLarge("the body is too large", hint=f"At most {MAX_BODY} bytes.")
    return bytes(raw)


def _reasons(error: ValidationError) -> dict[str, str]:
    """Return why each field was refused, without repeating what was in it."""
    return {
        ".".join(str(part)[:64] for part in detail["loc"]) or "body": detail["msg"]
        for detail in error.errors(
            include_input=False, include_url=False, include_context=False
        )
    }
