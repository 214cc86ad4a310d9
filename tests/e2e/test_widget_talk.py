"""The chat in a shop's page: what a chatflow asks, the queue, and who is known where."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect
from tests.e2e.widget_house import SALES, SUPPORT, House, chat, open_chat, opened, told, write

MANUAL: Mapping[str, Any] = {"agents": [], "strategy": "manual"}
LOG_OF_CODES = {"CALLINGCARD_MAIL__TO_LOG": "true"}

PLACE = re.compile(r"You are (next\.|number \d+)")
"""What is said of the queue, in which others of these tests may wait."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[House]:
    """Start one server for these tests: each has people of its own."""
    assert browser.is_connected()
    folder: Path = tmp_path_factory.mktemp("widget")
    with opened(folder, SUPPORT, SALES, **LOG_OF_CODES) as house:
        house.call("PUT", "/v1/teams/support", MANUAL)
        house.call("PUT", "/v1/routing", {"rules": [], "fallback": {"team": "support"}})
        yield house


@pytest.fixture
def second_device(browser: Browser) -> Iterator[Page]:
    """Open a page of another browser."""
    context: BrowserContext = browser.new_context(viewport={"width": 390, "height": 780})
    yield context.new_page()
    context.close()


def sends(frame: FrameLocator) -> None:
    """Press the button under the form."""
    frame.get_by_role("button", name="Send answers").click()


def test_a_stranger_is_asked_by_button_and_form_and_then_waits_for_a_person(
    house: House, visitor: Page
):
    """Greeting, button, a form that is refused and mended, the queue, an agent, the end."""
    visitor.goto(f"{house.shop}/shop")
    frame = open_chat(visitor)
    log = frame.get_by_role("log")
    expect(log.get_by_text("Hi there, how can we help?")).to_be_visible()
    expect(log.get_by_text("Customers come first")).to_have_count(0)
    frame.get_by_role("button", name="An order").click()
    expect(frame.get_by_role("group", name="Answers")).to_have_count(0)

    email = frame.get_by_label("E-mail")
    expect(email).to_have_value("")
    sends(frame)
    expect(email).to_be_focused()
    expect(frame.get_by_text("Fill this in, please.")).to_be_visible()
    email.fill("stranger@nowhere")
    frame.get_by_label("Company").fill("Analytical Engines")
    sends(frame)
    expect(frame.get_by_label("E-mail")).to_have_value("stranger@nowhere")
    expect(frame.get_by_label("Company")).to_have_value("Analytical Engines")
    expect(frame.get_by_text("This does not look like an e-mail address.")).to_be_visible()
    frame.get_by_label("E-mail").fill("stranger@example.com")
    sends(frame)
    expect(log.get_by_text("Thank you. Somebody takes over.")).to_be_visible()
    expect(log.get_by_text(PLACE)).to_be_visible()
    expect(log.get_by_text("Automatic reply").first).to_be_visible()

    conversation = house.newest()
    typing = {"kind": "typing", "active": True}
    house.does("POST", f"/{conversation}/presence", typing)
    expect(frame.get_by_text(re.compile("is typing…$"))).to_be_visible()
    house.say(conversation, "Hello, a person here.")
    expect(log.get_by_text("Hello, a person here.")).to_be_visible()
    expect(log.get_by_text(PLACE)).to_have_count(0)
    house.does("PATCH", f"/{conversation}", {"status": "closed"})
    expect(log.get_by_text("This conversation was closed.")).to_be_visible()

    number = {"conversation": {"conversationId": int(conversation)}}
    assert told(visitor, "conversationStarted") == [number]
    assert told(visitor, "conversationClosed") == [number]
    pressed = {"name": "QUICK_REPLIES", "multiSelect": False, "value": ["order"]}
    assert told(visitor, "quickReplyButtonClick") == [pressed]
    assert len(told(visitor, "userInteractedWithWidget")) == 1
    assert told(visitor, "widgetLoaded") == [{"message": "widget has loaded"}]


def test_a_customer_takes_another_branch_and_finds_the_form_filled_in(
    house: House, visitor: Page
):
    """What the desk knows of Ada decides what she is asked, and saves her the typing."""
    house.know("ada", "ada@example.com", lifecyclestage="customer", company="Engines")
    visitor.goto(f"{house.shop}/shop?as=ada")
    frame = open_chat(visitor)
    expect(frame.get_by_text("Hi Ada, how can we help?")).to_be_visible()
    expect(frame.get_by_text("Customers come first here.")).to_be_visible()
    frame.get_by_role("button", name="An order").click()
    expect(frame.get_by_label("E-mail")).to_have_value("ada@example.com")
    expect(frame.get_by_label("Company")).to_have_value("Engines")
    sends(frame)
    expect(frame.get_by_text("Thank you. Somebody takes over.")).to_be_visible()


def test_conversations_follow_a_person_to_another_device_and_nobody_else(
    house: House, visitor: Page, second_device: Page
):
    """Two conversations, both found elsewhere; after signing out, and for another, nothing."""
    house.know("grace", "grace@example.com")
    house.know("linus", "linus@example.com")
    visitor.goto(f"{house.shop}/shop?as=grace")
    frame = open_chat(visitor)
    write(frame, "Where is my parcel?")
    first = house.newest()
    house.say(first, "On its way to you.")
    expect(frame.get_by_text("On its way to you.")).to_be_visible()
    frame.get_by_role("button", name="Your conversations").click()
    frame.get_by_role("button", name="New conversation").click()
    expect(frame.get_by_role("log").get_by_text("Where is my parcel?")).to_have_count(0)
    expect(frame.get_by_text("Hi Grace, how can we help?")).to_be_visible()
    write(frame, "Another matter altogether")
    assert house.newest() != first

    second_device.goto(f"{house.shop}/shop?as=grace")
    small = open_chat(second_device)
    expect(small.get_by_text("Another matter altogether")).to_be_visible()
    small.get_by_role("button", name="Your conversations").click()
    rows = small.get_by_role("listitem")
    expect(rows).to_have_count(2)
    small.get_by_role("button", name=re.compile("On its way to you.")).click()
    expect(small.get_by_text("Where is my parcel?")).to_be_visible()
    number = {"conversation": {"conversationId": int(first)}}
    assert told(second_device, "userSelectedThread") == [number]
    write(small, "It came, thank you.")
    assert house.newest() == first

    second_device.evaluate(
        "hsConversationsSettings = {}; HubSpotConversations.clear({resetWidget: true})"
    )
    small = open_chat(second_device)
    expect(small.get_by_text("Hi there, how can we help?")).to_be_visible()
    expect(small.get_by_role("button", name="Your conversations")).to_have_count(0)
    _nothing_of_grace(small)
    second_device.goto(f"{house.shop}/shop?as=linus")
    small = open_chat(second_device)
    expect(small.get_by_text("Hi Linus, how can we help?")).to_be_visible()
    small.get_by_role("button", name="Your conversations").click()
    expect(small.get_by_text("You have no conversations yet.")).to_be_visible()
    _nothing_of_grace(small)


def test_an_open_chat_is_led_to_where_an_agent_merged_it(house: House, visitor: Page):
    """What was said in both is there, in its order; what is written next is in one of them."""
    house.know("mary", "mary@example.com")
    visitor.goto(f"{house.shop}/shop?as=mary")
    frame = open_chat(visitor)
    write(frame, "Where is my parcel?")
    first = house.newest()
    frame.get_by_role("button", name="Your conversations").click()
    frame.get_by_role("button", name="New conversation").click()
    write(frame, "The ribbon is missing, too")
    second = house.newest()
    house.does("POST", f"/{second}/merge", {"into": first})
    mine = frame.locator(".message.mine .bubble")
    expect(mine).to_have_text(["Where is my parcel?", "The ribbon is missing, too"])
    expect(frame.get_by_text("Another conversation of yours goes on here.")).to_be_visible()
    write(frame, "Hello?")
    assert house.newest() == first
    frame.get_by_role("button", name="Your conversations").click()
    expect(frame.get_by_role("listitem")).to_have_count(1)
    frame.get_by_role("button", name="Back to the chat").click()
    house.does("POST", f"/{second}/unmerge", None)
    expect(mine).to_have_text(["The ribbon is missing, too"])


def test_an_address_is_proved_by_a_code_for_this_tab_alone(
    house: House, visitor: Page, second_device: Page
):
    """The code makes a stranger known, on the next page too, and in no other tab."""
    visitor.goto(f"{house.shop}/shop")
    frame = open_chat(visitor)
    write(frame, "I lost my order number")
    frame.get_by_role("button", name="Confirm your address").click()
    frame.get_by_label("E-mail address").fill("noa@example.com")
    frame.get_by_role("button", name="Send the code").click()
    code = frame.get_by_label("Code")
    expect(code).to_be_focused()
    code.fill("000000")
    frame.get_by_role("button", name="Confirm", exact=True).click()
    expect(frame.get_by_text("That is not the code")).to_be_visible()
    sent = re.findall(r'"says": "(\d{6})', house.product.log.read_text())[-1]
    code.fill(sent)
    frame.get_by_role("button", name="Confirm", exact=True).click()
    expect(frame.get_by_text("Address confirmed")).to_be_visible()
    expect(frame.get_by_role("log").get_by_text("I lost my order number")).to_be_visible()
    visitor.goto(f"{house.shop}/shop/next")
    frame = open_chat(visitor)
    expect(frame.get_by_text("Address confirmed")).to_be_visible()
    expect(frame.get_by_role("log").get_by_text("I lost my order number")).to_be_visible()
    other_tab = visitor.context.new_page()
    other_tab.goto(f"{house.shop}/shop")
    expect(open_chat(other_tab).get_by_text("Not signed in")).to_be_visible()


def test_a_page_for_which_nothing_fits_has_no_chat_until_one_does(house: House, visitor: Page):
    """HubSpot's recipe for targeting by query: pushState, then refresh."""
    visitor.goto(f"{house.shop}/elsewhere")
    launcher = chat(visitor).get_by_role("button", name="Open chat")
    box = visitor.locator("#hubspot-messages-iframe-container")
    expect(box).to_be_hidden()
    visitor.evaluate(
        "history.pushState({}, 'page', '?sales_chat=true');"
        "HubSpotConversations.widget.refresh({openToNewThread: true})"
    )
    expect(chat(visitor).get_by_text("Shall we make you an offer?")).to_be_visible()
    chat(visitor).get_by_role("button", name="Close chat").click()
    expect(launcher).to_be_visible()
    visitor.wait_for_timeout(1100)  # refresh is heard once a second
    visitor.evaluate(
        "history.pushState({}, 'page', '/elsewhere'); HubSpotConversations.widget.refresh()"
    )
    expect(box).to_be_hidden()
    visitor.wait_for_timeout(1100)
    visitor.evaluate(
        "history.pushState({}, 'page', '/shop'); HubSpotConversations.widget.refresh()"
    )
    write(open_chat(visitor), "A conversation that goes on")
    visitor.wait_for_timeout(1100)
    visitor.evaluate(
        "history.pushState({}, 'page', '/elsewhere'); HubSpotConversations.widget.refresh()"
    )
    visitor.wait_for_timeout(500)
    chat(visitor).get_by_role("button", name="Close chat").click()
    expect(launcher).to_be_visible()


def test_inline_the_chat_is_a_part_of_the_page(house: House, visitor: Page):
    """The ids a page styles, no focus taken, nothing moved, and no way to close it."""
    house.settings["inline"] = {
        "inlineEmbedSelector": "#here",
        "disableInitialInputFocus": True,
        "hideNewThreadLink": True,
    }
    visitor.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => { for (const one of"
        " list.getEntries()) window.moved += one.value; })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    visitor.goto(f"{house.shop}/shop?as=inline")
    frame = visitor.frame_locator(
        "#here > #hubspot-conversations-inline-parent > #hubspot-conversations-inline-iframe"
    )
    expect(frame.get_by_text("Hi there, how can we help?")).to_be_visible()
    assert visitor.evaluate("document.activeElement.tagName") == "BODY"
    expect(frame.get_by_role("button", name="Close chat")).to_have_count(0)
    assert told(visitor, "userInteractedWithWidget") == []
    frame.get_by_role("button", name="Something else").click()
    expect(frame.get_by_text("Sent", exact=True)).to_be_visible()
    assert len(told(visitor, "userInteractedWithWidget")) == 1
    assert visitor.evaluate("window.moved") == 0


def test_everything_is_reached_by_keyboard(house: House, visitor: Page):
    """Open, choose, fill in, send and close, without a mouse."""
    visitor.goto(f"{house.shop}/shop")
    frame = chat(visitor)
    frame.get_by_role("button", name="Open chat").focus()
    visitor.keyboard.press("Enter")
    field = frame.get_by_role("textbox", name="Write a message")
    expect(field).to_be_focused()
    visitor.keyboard.press("Shift+Tab")
    expect(frame.get_by_role("button", name="Something else")).to_be_focused()
    visitor.keyboard.press("Shift+Tab")
    visitor.keyboard.press("Enter")
    expect(frame.get_by_label("E-mail")).to_be_visible()
    expect(field).to_be_focused()
    for _ in range(3):
        visitor.keyboard.press("Shift+Tab")
    expect(frame.get_by_label("E-mail")).to_be_focused()
    visitor.keyboard.type("keys@example.com")
    visitor.keyboard.press("Enter")
    expect(frame.get_by_text("Thank you. Somebody takes over.")).to_be_visible()
    expect(field).to_be_focused()
    visitor.keyboard.press("Escape")
    expect(frame.get_by_role("button", name="Open chat")).to_be_focused()


def test_out_of_hours_the_chat_says_when_somebody_is_back(house: House, visitor: Page):
    """A team that is closed is said to be, with the time at which it opens."""
    later = datetime.now(UTC) + timedelta(days=3)
    closed = {"zone": "UTC", "days": {later.strftime("%a").lower(): ["09:00-12:00"]}}
    house.call("PUT", "/v1/hours/later", closed)
    try:
        house.call("PUT", "/v1/teams/support", {**MANUAL, "hours": "later"})
        visitor.goto(f"{house.shop}/shop")
        frame = open_chat(visitor)
        frame.get_by_role("button", name="Something else").click()
        expect(
            frame.get_by_text(re.compile("^We are away right now, and back on .+ at "))
        ).to_be_visible()
    finally:
        house.call("PUT", "/v1/teams/support", MANUAL)


def _nothing_of_grace(frame: FrameLocator) -> None:
    """No word that Grace wrote or read is anywhere in the frame, nor her name."""
    shown = frame.locator("body").inner_text()
    for trace in ("Grace", "parcel", "On its way", "Another matter", "It came"):
        assert trace not in shown
