"""The OpenAPI document, made without starting anything, for the front end's types."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from callingcard.server.app import create_api
from callingcard.server.settings.model import Settings
from callingcard.server.wiring import open_services


def openapi_document() -> dict[str, Any]:
    """Return the document that a server with default settings serves."""
    return asyncio.run(_document())


async def _document() -> dict[str, Any]:
    """Open a product in an empty folder, ask it, and close it."""
    with tempfile.TemporaryDirectory() as folder:
        services = await open_services(Settings(data_dir=Path(folder)), owner=True)
        try:
            return create_api(services).openapi()
        finally:
            await services.close()
