"""Scripts that pages of other sites load come from here, and nothing else does."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from callingcard.server.static import static_routes


def client_of(built: Path) -> httpx.AsyncClient:
    """Return a client of an application over *built*."""
    app = Starlette(routes=static_routes((), built))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
def pages(tmp_path: Path) -> httpx.AsyncClient:
    """Return a client of an application with one platform's script built."""
    folder = tmp_path / "client" / "callingcard"
    folder.mkdir(parents=True)
    (folder / "crisp.js").write_text("crisp")
    (tmp_path / "client" / "callingcard.js").write_text("client")
    (tmp_path / "secret.js").write_text("secret")
    return client_of(tmp_path)


async def test_a_platforms_script_may_be_loaded_by_any_page(pages: httpx.AsyncClient):
    """It holds nothing of anybody."""
    reply = await pages.get("/callingcard/crisp.js")
    assert (200, "crisp", "*") == (
        reply.status_code,
        reply.text,
        reply.headers["access-control-allow-origin"],
    )


@pytest.mark.parametrize("name", ["nobody", "..", "%2e%2e%2f%2e%2e%2fsecret", ".", "a%00b"])
async def test_other_names_find_nothing(pages: httpx.AsyncClient, name: str):
    """Neither a platform that is not there nor a way out of the folder."""
    assert (await pages.get(f"/callingcard/{name}.js")).status_code == 404


async def test_what_was_not_built_says_so(tmp_path: Path):
    """A server without its front end tells what is missing."""
    assert (await client_of(tmp_path).get("/callingcard/crisp.js")).status_code == 503
