"""The shop's forms work from the shop's pages only, and its pages run only known scripts."""

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from callingcard.demo.shop.browser import content_policy, require_own_page


def form_from(**headers: str) -> Request:
    """Make a form sent to shop.example with *headers*."""
    sent = {"host": "shop.example"} | {k.replace("_", "-"): v for k, v in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    return Request({"type": "http", "method": "POST", "headers": raw})


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"origin": "http://shop.example"},
        {"sec_fetch_site": "same-origin", "origin": "http://shop.example"},
    ],
)
def test_the_shops_own_forms_pass(headers: dict[str, str]):
    """What browsers send with a form of the page itself is accepted."""
    require_own_page(form_from(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://shop.example.evil.example"},
        {"origin": "http://shop.example:8400"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "cross-site", "origin": "http://shop.example"},
    ],
)
def test_forms_of_other_pages_are_refused(headers: dict[str, str]):
    """Another site, another port of this host and an unknown sender are all foreign."""
    with pytest.raises(HTTPException) as refused:
        require_own_page(form_from(**headers))
    assert refused.value.status_code == 403


def test_only_the_shop_and_the_desk_may_run_scripts():
    """Without a nonce no inline script runs, and only the desk may be framed."""
    policy = dict(
        part.strip().split(" ", 1)
        for part in content_policy("http://127.0.0.1:8400/base", "abc").split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' http://127.0.0.1:8400 'nonce-abc'"
    assert policy["frame-src"] == "http://127.0.0.1:8400"
    assert policy["style-src"] == "'self'"
