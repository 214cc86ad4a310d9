"""Serves what the front end's build made: loader, frame, callingcard.js, app.

Invariant: a page of ours runs no inline script, the pages for agents and visitors use
no inline style, and only the listed sites may frame the widget.
"""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from callingcard.server.middleware import ROUTE_NAME

BUILT = Path(__file__).parent / "static" / "built"
_SHORT = "public, max-age=300"
_NEVER = "no-cache"
_APP_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
_DOCS_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors {}"
)
_MISSING = "The front end is not built here. Run `make web` and start again.\n"


class _Assets(StaticFiles):
    """Files whose names change with their content, so they may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file, and let any site's page load it."""
        scope[ROUTE_NAME] = "static"
        reply = await super().get_response(path, scope)
        hashed = "/assets/" in f"/{path}"
        reply.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else _SHORT
        )
        reply.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return reply


def static_routes(embedders: Sequence[str], built: Path = BUILT) -> list[BaseRoute]:
    """Return the routes of every page and script; *embedders* may frame the widget."""

    def counted(request: Request) -> None:
        request.scope[ROUTE_NAME] = "static"

    async def loader(request: Request) -> Response:
        counted(request)
        return _script(built / "widget" / "loader.js")

    async def frame(request: Request) -> Response:
        counted(request)
        policy = _FRAME_POLICY.format(" ".join(embedders) or "*")
        return _page(built / "widget" / "frame.html", policy)

    async def client(request: Request) -> Response:
        counted(request)
        return _script(built / "client" / request.url.path.lstrip("/"))

    async def platform(request: Request) -> Response:
        counted(request)
        script = built / "client" / "callingcard" / f"{request.path_params['name']}.js"
        if script.parent.is_dir() and not script.is_file():
            return PlainTextResponse("There is no such platform.", 404)
        return _script(script)

    async def app(request: Request) -> Response:
        counted(request)
        return _page(built / "app" / "index.html", _APP_POLICY)

    async def docs(_request: Request) -> Response:
        return _page(built / "docs" / "index.html", _DOCS_POLICY)

    async def home(_request: Request) -> Response:
        return RedirectResponse("/app")

    return [
        Route("/", home),
        Route("/docs", docs),
        Route("/widget/{inbox}.js", loader),
        Route("/widget/{inbox}/frame", frame),
        Route("/callingcard.js", client),
        Route("/callingcard.mjs", client),
        Route("/callingcard/{name}.js", platform),
        Route("/app", app),
        Route("/app/{path:path}", app),
        Mount("/static/built", _Assets(directory=built, check_dir=False)),
    ]


def _script(path: Path) -> Response:
    """Answer with a script that pages of other origins load."""
    if not path.is_file():
        return PlainTextResponse(_MISSING, 503)
    return FileResponse(
        path,
        media_type="text/javascript",
        headers={
            "Cache-Control": _SHORT,
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
        },
    )


def _page(path: Path, policy: str) -> Response:
    """Answer with a page under its content security policy."""
    if not path.is_file():
        return PlainTextResponse(_MISSING, 503)
    return FileResponse(
        path,
        media_type="text/html",
        headers={"Cache-Control": _NEVER, "Content-Security-Policy": policy},
    )
