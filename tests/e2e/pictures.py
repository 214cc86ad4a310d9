"""Pictures of pages, to look at, and what must hold in every one of them."""

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

PICTURES: Final = Path(__file__).parent / "screenshots"
WIDTHS: Final = ((1440, 900), (1024, 768), (390, 780))
"""A desk, a tablet and a phone, as width and height."""

_TOO_WIDE: Final = """direction => {
    document.documentElement.dir = direction;
    const content = document.querySelector('.content');
    return content.scrollWidth - content.clientWidth;
}"""


def take(page: Page, name: str, *, tall: bool = False) -> None:
    """Take a picture once nothing moves any more; *tall* shows what is below, too.

    Nothing may be wider than the window.
    """
    PICTURES.mkdir(exist_ok=True)
    size = page.viewport_size
    assert size is not None
    if tall:
        height = page.evaluate("document.querySelector('.content').scrollHeight + 140")
        page.set_viewport_size({"width": size["width"], "height": height})
    page.wait_for_timeout(250)
    page.screenshot(path=str(PICTURES / f"{name}.png"))
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} at {size}"
    page.set_viewport_size(size)


def shot(page: Page, name: str, scheme: str, *, tall: bool = False) -> None:
    """Take a picture named after what is seen, its colours and its width."""
    size = page.viewport_size
    assert size is not None
    take(page, f"{name}-{scheme}-{size['width']}", tall=tall)


def require_room(page: Page) -> None:
    """Fail when the content is wider than its place, in either direction of writing."""
    for direction in ("rtl", "ltr"):
        too_wide = page.evaluate(_TOO_WIDE, direction)
        assert too_wide <= 0, f"{page.url} at {page.viewport_size}, {direction}"
