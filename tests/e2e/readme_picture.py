"""Lays two screenshots side by side, as the picture at the top of the README."""

import base64
import os
from pathlib import Path

from playwright.sync_api import Page

TARGET = os.environ.get("CALLINGCARD_TEST_README_PICTURE", "")
"""Where to write the picture; ``make picture`` sets it, other runs write none."""


def lay_side_by_side(left: Page, right: Page) -> None:
    """Write the picture of two pages, if one was asked for."""
    if not TARGET:
        return
    images = [base64.b64encode(page.screenshot()).decode() for page in (left, right)]
    context = left.context.browser.new_context(  # type: ignore[union-attr]
        viewport={"width": 1640, "height": 620}, color_scheme="light"
    )
    page = context.new_page()
    page.set_content(
        "<style>body{margin:0;padding:30px;display:flex;gap:28px;background:#F3EFE7}"
        "img{height:560px;width:776px;object-fit:cover;object-position:right bottom;"
        "border:1px solid #E6E0D4;border-radius:10px}</style>"
        + "".join(f'<img src="data:image/png;base64,{image}">' for image in images)
    )
    page.wait_for_timeout(200)
    page.screenshot(path=str(Path(TARGET)))
    context.close()
