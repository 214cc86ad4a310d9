"""The inbox as agents use it: views, handing on, notes, search, who is here, and why."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.inbox_house import Desk, ask, other, own, persons_page
from tests.e2e.sites_house import AGENT


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Open the owner's inbox, in which no script may fail."""
    errors: list[str] = []
    yield from persons_page(browser, desk, errors)
    assert errors == []


@pytest.fixture
def colleagues_page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Open the agent's inbox."""
    errors: list[str] = []
    yield from persons_page(browser, desk, errors, email=AGENT)
    assert errors == []


def row(page: Page, name: str) -> Locator:
    """Return the row of the visitor called *name*."""
    return page.locator(".row", has_text=name)


def view(page: Page, name: str) -> None:
    """Choose a view of the inbox."""
    page.get_by_role("group", name="Show").get_by_role("button", name=name).click()


def test_a_conversation_is_taken_handed_on_and_let_go(
    desk: Desk, page: Page, colleagues_page: Page
):
    """Whose it is shows in every view at once, on both screens, and in the thread."""
    desk.visitor("hanna@example.com", "Hanna", "Handed").say("Where is my order?")
    hanna = row(page, "Hanna Handed")
    hanna.click()
    page.get_by_role("button", name="Take").click()
    expect(page.get_by_text("You took this conversation")).to_be_visible()
    expect(page.get_by_label("Whose conversation it is")).to_have_value(f"agent:{own(page)}")
    view(page, "Unassigned")
    expect(hanna).to_have_count(0)
    view(page, "Mine")
    expect(hanna).to_be_visible()
    whose = page.get_by_label("Whose conversation it is")
    whose.select_option(f"agent:{other(page)}")
    expect(hanna).to_have_count(0)
    view(colleagues_page, "Mine")
    row(colleagues_page, "Hanna Handed").click()
    expect(colleagues_page.get_by_text("gave this conversation to you")).to_be_visible()
    colleagues_page.get_by_label("Whose conversation it is").select_option("nobody")
    expect(colleagues_page.get_by_text("You let go of this conversation")).to_be_visible()
    view(page, "Unassigned")
    expect(hanna).to_be_visible()


def test_notes_are_for_colleagues_alone(desk: Desk, page: Page, colleagues_page: Page):
    """A note looks like none of the answers, reaches colleagues, and never the visitor."""
    visitor = desk.visitor("nora@example.com", "Nora", "Noted")
    visitor.say("Can I return this?")
    row(page, "Nora Noted").click()
    page.get_by_label("Write to").fill("Yes, within 30 days.")
    page.get_by_role("radio", name="Internal note").click()
    field = page.get_by_label("Write an internal note")
    expect(field).to_have_value("")
    field.fill("She returned three things last month.")
    field.press("Enter")
    expect(page.get_by_role("article", name="Internal note")).to_contain_text("three things")
    expect(field).to_have_value("")
    page.get_by_role("radio", name="Answer").click()
    answer = page.get_by_label("Write to")
    expect(answer).to_have_value("Yes, within 30 days.")
    answer.press("Enter")
    expect(page.locator(".delivery")).to_have_text("Sent")
    row(colleagues_page, "Nora Noted").click()
    expect(colleagues_page.get_by_role("article", name="Internal note")).to_be_visible()
    assert visitor.reads() == ["Can I return this?", "Yes, within 30 days."]


def test_a_closed_conversation_still_takes_notes(desk: Desk, page: Page):
    """It can be noted upon without being reopened, and reopened to be answered."""
    desk.visitor("clara@example.com", "Clara", "Closed").say("Thanks, bye!")
    clara = row(page, "Clara Closed")
    clara.click()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("This conversation is closed")).to_be_visible()
    field = page.get_by_label("Write an internal note")
    field.fill("All settled.")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("article", name="Internal note")).to_contain_text("All settled.")
    expect(clara).to_have_count(0)
    view(page, "Closed")
    expect(clara).to_be_visible()
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_label("Write to")).to_be_visible()


def test_search_finds_words_notes_and_people(desk: Desk, page: Page):
    """Also in closed conversations; the line with the words is shown."""
    desk.visitor("sara@example.com", "Sara", "Sought").say("My ledger has a torn page")
    other = desk.visitor().say("Do you sell ink?")
    note = {"clientNoteId": "n", "text": "Asks for emerald ink every spring"}
    ask(page, "POST", f"/inbox/conversations/{other}/notes", note)
    ask(page, "PATCH", f"/inbox/conversations/{other}", {"status": "closed"})
    search = page.get_by_label("Search conversations")
    search.fill("torn")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("torn page")
    search.fill("emerald")
    expect(page.locator(".row")).to_contain_text("Note: Asks for emerald")
    search.fill("sought")
    expect(page.locator(".row")).to_contain_text("Sara Sought")
    search.fill("zeppelin")
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_role("group", name="Show")).to_be_visible()


def test_who_types_and_who_else_looks(desk: Desk, page: Page, colleagues_page: Page):
    """The visitor's typing shows to agents, an agent's to the other, and looking, too."""
    visitor = desk.visitor("tilda@example.com", "Tilda", "Typing")
    visitor.say("Hello?")
    row(page, "Tilda Typing").click()
    row(colleagues_page, "Tilda Typing").click()
    expect(page.locator(".lookers")).to_contain_text("Arne")
    visitor.ask("POST", "/typing", {"typing": True})
    expect(page.get_by_text("The visitor is typing")).to_be_visible()
    colleagues_page.get_by_label("Write to").press_sequentially("One moment")
    expect(page.locator(".typing")).to_contain_text("Arne")
    colleagues_page.get_by_role("link", name="Contacts", exact=True).click()
    expect(page.locator(".lookers")).to_have_count(0)


def test_why_it_is_here_and_the_queue_of_a_team(desk: Desk, page: Page):
    """Rules that were asked are told with their outcome; sending it elsewhere is a step."""
    team: dict[str, Any] = {"agents": [], "strategy": "balanced", "capacity": 5}
    for name in ("support", "priority"):
        ask(page, "PUT", f"/teams/{name}", team)
    vip = {"property": "contact.company", "operator": "eq", "value": "Ink & Paper"}
    rule = {"name": "VIP", "when": vip, "team": "priority", "priority": "high"}
    ask(page, "PUT", "/routing", {"rules": [rule], "fallback": {"team": "support"}})
    desk.visitor("wilma@example.com", "Wilma", "Why").say("Hello")
    page.reload()
    view(page, "Waiting")
    row(page, "Wilma Why").click()
    why = page.locator(".why")
    expect(why).to_contain_text("in the queue of support")
    expect(why).to_contain_text("no rule matched")
    why.get_by_text("What the rules said").click()
    expect(why).to_contain_text("contact.company is Ink & Paper: not known")
    page.get_by_label("Whose conversation it is").select_option("team:priority")
    expect(why).to_contain_text("Sent to priority: a person chose it")
    ask(page, "PUT", "/routing", {"rules": []})


def test_available_and_away(page: Page, colleagues_page: Page):
    """The switch says what is so, holds over a reload, and colleagues see it."""
    switch = page.get_by_role("switch", name="Available for new conversations")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).to_have_text("Away")
    page.reload()
    expect(switch).not_to_be_checked()
    listed = ask(colleagues_page, "GET", "/inbox/colleagues")["agents"]
    assert {one["id"]: one["status"] for one in listed}[own(page)] == "away"
    switch.focus()
    page.keyboard.press("Enter")
    expect(switch).to_be_checked()


def test_everything_by_keyboard(desk: Desk, page: Page):
    """From the list into a conversation, a note, and back, without a mouse."""
    desk.visitor("kim@example.com", "Kim", "Keys").say("First")
    expect(row(page, "Kim Keys")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Write to")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Written without a mouse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Internal note")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, "Kim Keys")).to_be_focused()
