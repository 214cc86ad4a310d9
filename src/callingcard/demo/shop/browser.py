"""What keeps the shop's pages safe in a browser.

Forms that change something must come from the shop's own pages, and every page
says which scripts it needs, so that no other script runs.
"""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

Next = Callable[[Request], Awaitable[Response]]


def require_own_page(request: Request) -> None:
    """Refuse a form that another site made the visitor's browser send."""
    site = request.headers.get("sec-fetch-site")
    # Browsers send no Sec-Fetch-Site over plain HTTP to other machines, but an Origin always.
    own = site == "same-origin" if site else _is_own_origin(request)
    if not own:
        raise HTTPException(HTTPStatus.FORBIDDEN, "This form was sent from another page.")


def _is_own_origin(request: Request) -> bool:
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


def content_policy(desk_url: str, nonce: str) -> str:
    """Write the content security policy: the shop itself, and the chat of the desk.

    >>> "frame-src http://desk;" in content_policy("http://desk/", "n")
    True
    """
    parts = urlsplit(desk_url)
    desk = f"{parts.scheme}://{parts.netloc}"
    return (
        f"default-src 'none'; script-src 'self' {desk} 'nonce-{nonce}'; "
        "style-src 'self'; img-src 'self'; font-src 'self'; "
        f"connect-src 'self' {desk}; frame-src {desk}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def with_headers(desk_url: str) -> Callable[[Request, Next], Awaitable[Response]]:
    """Make the middleware that adds the security headers to every answer."""

    async def add_headers(request: Request, call_next: Next) -> Response:
        request.state.nonce = nonce = secrets.token_urlsafe(16)
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = content_policy(desk_url, nonce)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Not no-referrer: with it browsers send "Origin: null" with the shop's own forms.
        response.headers["Referrer-Policy"] = "same-origin"
        if "Cache-Control" not in response.headers:
            static = request.url.path.startswith("/static/")
            response.headers["Cache-Control"] = "no-cache" if static else "no-store, private"
        return response

    return add_headers
