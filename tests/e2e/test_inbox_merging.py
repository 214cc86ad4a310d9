"""Merging conversations in the browser: the agent's dialog, both threads, and the way back."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.inbox_house import Desk, Visitor, ask, inbox_house, persons_page
from tests.e2e.pictures import shot

NAME = "Merge into another conversation"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start the server, in which each test has a visitor of its own."""
    assert browser.is_connected()
    with inbox_house(tmp_path_factory.mktemp("merging")) as desk:
        yield desk


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Open the owner's inbox, in which no script may fail."""
    errors: list[str] = []
    yield from persons_page(browser, desk, errors)
    assert errors == []


def twice(desk: Desk, page: Page) -> tuple[Visitor, str, str]:
    """Let somebody write, be answered and done with, and then begin another conversation."""
    number = next(_numbers)
    visitor = desk.visitor(f"ada{number}@example.com", "Ada", f"Twice {number}")
    first = visitor.say("Where is my order?")
    body = {"clientMessageId": "1", "text": "It left our house yesterday."}
    ask(page, "POST", f"/inbox/conversations/{first}/messages", body)
    ask(page, "PATCH", f"/inbox/conversations/{first}", {"status": "closed"})
    visitor.ask("POST", "/conversations", {})
    return visitor, first, visitor.say("It has not come yet, and the ribbon is missing.")


def test_two_conversations_become_one_and_two_again(desk: Desk, page: Page):
    """All by keyboard; what the visitor writes meanwhile is in the one that goes on."""
    visitor, first, second = twice(desk, page)
    page.goto(f"{desk.house.url}/app/inbox/{second}")
    page.get_by_role("button", name=NAME).press("Enter")
    dialog = page.get_by_role("dialog", name=NAME)
    expect(dialog.get_by_role("radio")).to_have_count(1)
    dialog.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.url.endswith(second), "Escape closes the dialog and leaves the thread alone"
    page.get_by_role("button", name=NAME).press("Enter")
    dialog.get_by_role("radio").press("Space")
    dialog.get_by_role("button", name="Merge").press("Enter")
    page.wait_for_url(f"**/inbox/{first}")
    merged = page.get_by_role("region", name="Merged from another conversation")
    expect(merged).to_contain_text("the ribbon is missing")
    expect(page.get_by_text("merged another conversation into this one").last).to_be_visible()
    assert visitor.say("Hello?") == first
    expect(page.locator(".bubble", has_text="Hello?")).to_be_visible()
    page.goto(f"{desk.house.url}/app/inbox/{second}")
    expect(page.get_by_text("goes on there")).to_be_visible()
    expect(page.get_by_label("Write to")).to_have_count(0)
    page.get_by_role("link", name="Open it").click()
    expect(merged).to_contain_text("the ribbon is missing")
    merged.get_by_role("button", name="Undo").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Undo").press("Enter")
    expect(merged).to_have_count(0)
    page.goto(f"{desk.house.url}/app/inbox/{second}")
    expect(page.get_by_label("Write to")).to_be_visible()
    expect(page.locator(".bubble")).to_have_text(
        ["It has not come yet, and the ribbon is missing."]
    )
    assert visitor.say("I am back") == second


def test_another_open_app_sees_a_merge_and_its_end(browser: Browser, desk: Desk, page: Page):
    """What a colleague merges is shown at once, above what is open."""
    _, first, second = twice(desk, page)
    errors: list[str] = []
    for other in persons_page(browser, desk, errors):
        other.goto(f"{desk.house.url}/app/inbox/{first}")
        expect(other.locator(".bubble").first).to_be_visible()
        ask(page, "POST", f"/inbox/conversations/{second}/merge", {"into": first})
        merged = other.get_by_role("region", name="Merged from another conversation")
        expect(merged).to_contain_text("the ribbon is missing")
        ask(page, "POST", f"/inbox/conversations/{second}/unmerge")
        expect(merged).to_have_count(0)
    assert errors == []


def test_pictures_of_merging(browser: Browser, desk: Desk, scheme: str, face: dict[str, Any]):
    """The dialog, the survivor, and what was merged."""
    errors: list[str] = []
    for page in persons_page(browser, desk, errors, **face):
        visitor, first, second = twice(desk, page)
        visitor.ask("POST", "/conversations", {})
        visitor.say("A" * 60 + " a third one, " + "with a long line " * 8)
        page.goto(f"{desk.house.url}/app/inbox/{second}")
        page.get_by_role("button", name=NAME).click()
        dialog = page.get_by_role("dialog", name=NAME)
        dialog.get_by_role("radio").last.check()
        shot(page, "desk-merge-dialog", scheme)
        dialog.get_by_role("button", name="Merge").click()
        page.wait_for_url(f"**/inbox/{first}")
        expect(page.locator(".merged .bubble")).to_be_visible()
        shot(page, "desk-merge-survivor", scheme)
        page.locator(".merged").get_by_role("button", name="Undo").click()
        shot(page, "desk-merge-undo", scheme)
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        page.goto(f"{desk.house.url}/app/inbox/{second}")
        expect(page.get_by_text("goes on there")).to_be_visible()
        shot(page, "desk-merge-merged", scheme)
    assert errors == []
