"""Pictures of the chat in every state, light and dark, wide and narrow, to look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from tests.e2e.pictures import PICTURES
from tests.e2e.widget_house import INLINE, SUPPORT, House, open_chat, opened, write

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Eyjafjalla"
ARABIC = "مرحبا، هل لديكم حبر أزرق؟"
SIZES = {"wide": (1280, 760), "narrow": (390, 760)}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[House]:
    """Start one server for all pictures."""
    assert browser.is_connected()
    folder: Path = tmp_path_factory.mktemp("widget")
    with opened(folder, SUPPORT, CALLINGCARD_MAIL__TO_LOG="true") as house:
        house.call("PUT", "/v1/teams/support", {"agents": [], "strategy": "manual"})
        house.call("PUT", "/v1/routing", {"rules": [], "fallback": {"team": "support"}})
        yield house


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, browser: Browser, scheme: str) -> Iterator[Page]:
    """Open a page of this width in those colours; its name says both."""
    width, height = SIZES[str(request.param)]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def take(page: Page, name: str, scheme: str) -> None:
    """Take a picture of the window, in which nothing may be wider than it."""
    PICTURES.mkdir(exist_ok=True)
    page.wait_for_timeout(150)
    size = page.viewport_size
    width = "narrow" if size is not None and size["width"] < 600 else "wide"
    page.screenshot(path=str(PICTURES / f"widget-{name}-{width}-{scheme}.png"))
    for frame in page.frames:
        wide = frame.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{name} is wider than its window"


def fill(frame: FrameLocator, email: str) -> None:
    """Give the address that the form asks for, and send it."""
    frame.get_by_label("E-mail").fill(email)
    frame.get_by_role("button", name="Send answers").click()


def test_a_stranger_in_every_light(house: House, page: Page, scheme: str):
    """Launcher, greeting, a form and its fault, the queue, and proving an address."""
    page.goto(f"{house.shop}/shop")
    frame = page.frame_locator("#hubspot-messages-iframe-container > iframe")
    expect(frame.get_by_role("button", name="Open chat")).to_be_visible()
    take(page, "launcher", scheme)
    open_chat(page)
    expect(frame.get_by_role("button", name="An order")).to_be_visible()
    take(page, "greeting", scheme)
    field = frame.get_by_label("Write a message").bounding_box()
    assert field is not None
    assert field["height"] < 50, "an empty field is higher than a line"
    frame.get_by_role("button", name="An order").click()
    fill(frame, "nobody")
    expect(frame.get_by_text("This does not look like an e-mail address.")).to_be_visible()
    take(page, "form", scheme)
    fill(frame, "stranger@example.com")
    expect(frame.get_by_text("You are n", exact=False)).to_be_visible()
    take(page, "queue", scheme)
    frame.get_by_role("button", name="Confirm your address").click()
    expect(frame.get_by_label("E-mail address")).to_have_value("stranger@example.com")
    take(page, "address", scheme)
    frame.get_by_role("button", name="Send the code").click()
    expect(frame.get_by_label("Code")).to_be_visible()
    take(page, "code", scheme)


def test_a_known_person_in_every_light(house: House, page: Page, scheme: str):
    """An empty list, a long name, Arabic, somebody who types, the list, and unread words."""
    size = page.viewport_size
    who = f"p{size['width'] if size else 0}-{scheme}"
    house.know(who, f"{who}@example.com", company=LONG_NAME)
    page.goto(f"{house.shop}/shop?as={who}")
    frame = open_chat(page)
    frame.get_by_role("button", name="Your conversations").click()
    expect(frame.get_by_text("You have no conversations yet.")).to_be_visible()
    take(page, "list-empty", scheme)
    frame.get_by_role("button", name="Back to the chat").click()
    frame.get_by_role("button", name="An order").click()
    expect(frame.get_by_label("Company")).to_have_value(LONG_NAME)
    take(page, "form-known", scheme)
    write(frame, ARABIC)
    conversation = house.newest()
    house.say(conversation, "Yes, since this morning. " + "x" * 90)
    house.does("POST", f"/{conversation}/presence", {"kind": "typing", "active": True})
    expect(frame.get_by_role("status")).to_have_text("Mia is typing…")
    take(page, "talk", scheme)
    frame.get_by_role("button", name="Your conversations").click()
    frame.get_by_role("button", name="New conversation").click()
    write(frame, "Another matter: " + LONG_NAME)
    frame.get_by_role("button", name="Your conversations").click()
    expect(frame.get_by_role("listitem")).to_have_count(2)
    take(page, "list", scheme)
    frame.get_by_role("button", name="Close chat").click()
    house.say(house.newest(), "Are you still there?")
    expect(frame.get_by_role("button", name="Open chat, 1 unread message")).to_be_visible()
    take(page, "unread", scheme)


def test_the_inline_chat_in_every_light(house: House, page: Page, scheme: str):
    """The chat as a part of the page."""
    house.settings["inline"] = {"inlineEmbedSelector": "#here"}
    page.goto(f"{house.shop}/shop?as=inline")
    expect(page.frame_locator(INLINE).get_by_role("button", name="An order")).to_be_visible()
    take(page, "inline", scheme)
