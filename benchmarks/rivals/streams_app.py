"""The least that brings a message to a browser: a queue for each, and nothing kept."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

queues: dict[str, asyncio.Queue[bytes]] = {}


async def events(request: Request) -> StreamingResponse:
    """Stream what is said to the visitor whose number is in the path."""
    mine = queues.setdefault(request.path_params["who"], asyncio.Queue())

    async def frames() -> AsyncIterator[bytes]:
        yield b": hello\n\n"
        while True:
            yield b"data: " + await mine.get() + b"\n\n"

    return StreamingResponse(frames(), media_type="text/event-stream")


async def say(request: Request) -> JSONResponse:
    """Say something to one visitor."""
    await queues[request.path_params["who"]].put(json.dumps(await request.json()).encode())
    return JSONResponse({}, status_code=201)


app = Starlette(
    routes=[Route("/events/{who}", events), Route("/say/{who}", say, methods=["POST"])]
)
