"""The examples in a browser: the page's chat knows who is signed in, and then nobody."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from tests.support.example_apps import Example, running
from tests.support.processes import Product, free_port

FRAME = "#hubspot-messages-iframe-container > iframe"


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start one desk for all examples, unless there is no browser to look at them."""
    product = Product(tmp_path_factory.mktemp("desk"), "serve", port=free_port()).start()
    yield product
    product.stop()


@pytest.fixture(scope="module")
def key(desk: Product) -> str:
    """Make the key that the READMEs make."""
    return str(json.loads(desk.run("keys", "create", "k", "--scope", "desk", "--json"))["key"])


@pytest.fixture(params=["flask", "django", "fastapi", "starlette"])
def example(
    request: pytest.FixtureRequest, desk: Product, key: str, tmp_path: Path
) -> Iterator[Example]:
    """Start one example after the other."""
    with running(request.param, desk, key, tmp_path) as started:
        yield started


def open_chat(page: Page) -> FrameLocator:
    """Open the chat by its launcher."""
    frame = page.frame_locator(FRAME)
    frame.get_by_role("button", name=re.compile("^Open chat")).click()
    return frame


def sign_in(page: Page, example: Example) -> None:
    """Sign in as Ada by the page's own form."""
    if example.name == "django":
        page.get_by_role("link", name="Sign in").click()
        page.get_by_role("button", name="Sign in").click()
    else:
        page.get_by_role("button", name="Sign in as Ada").click()
    expect(page.get_by_text("Signed in as Ada")).to_be_visible()


def test_the_chat_knows_ada_until_she_signs_out(example: Example, visitor: Page):
    """Anonymous, then vouched for, then nobody again; what Ada wrote is gone with her."""
    visitor.goto(example.url)
    assert visitor.evaluate("callingcard.token()") is None

    sign_in(visitor, example)
    frame = open_chat(visitor)
    expect(frame.get_by_text("Signed in as")).to_be_visible()
    frame.get_by_role("textbox", name="Write a message").fill("For Ada's eyes only")
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_text("Sent", exact=True)).to_be_visible()

    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor.get_by_text("the chat is anonymous")).to_be_visible()
    visitor.wait_for_load_state("load")
    assert visitor.evaluate("callingcard.token()") is None
    frame = open_chat(visitor)
    expect(frame.get_by_role("textbox", name="Write a message")).to_be_visible()
    expect(frame.get_by_text("For Ada's eyes only")).not_to_be_visible()
