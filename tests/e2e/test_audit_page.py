"""The audit log as operators read it: who looked at whom, and whether the log is whole."""

import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.inbox_house import Desk, inbox_house, persons_page
from tests.e2e.sites_house import AGENT


@pytest.fixture
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start a server of one test's own: one of them tampers with its log."""
    assert browser.is_connected()
    with inbox_house(tmp_path_factory.mktemp("audit")) as desk:
        yield desk


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Open the owner's browser, in which no script may fail."""
    errors: list[str] = []
    yield from persons_page(browser, desk, errors)
    assert errors == []


def test_a_look_is_written_down_narrowed_down_and_verified(
    browser: Browser, desk: Desk, page: Page
):
    """Empty at first; a look at a contact is a row that links there; the chain is whole.

    Who only answers chats is told whose page it is, and reads nothing of it.
    """
    page.goto(f"{desk.house.url}/app/audit")
    expect(page.get_by_text("Nothing is written down yet")).to_be_visible()
    desk.visitor("ada@example.com", "Ada", "Lovelace").say("Hello")
    page.get_by_role("link", name="Contacts", exact=True).click()
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.locator(".timeline")).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Audit").click()
    row = page.locator(".audit-table tbody tr", has_text="contact")
    expect(row).to_contain_text("Looked at contact")
    expect(row).to_contain_text("You")
    page.get_by_label("What", exact=True).select_option("erased")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    assert "action=erased" in page.url
    page.get_by_role("link", name="Show everything").click()
    page.get_by_role("button", name="Check the chain").click()
    expect(page.get_by_text("The chain is whole:")).to_be_visible()
    row.get_by_role("link").click()
    expect(page.locator(".card")).to_contain_text("Ada Lovelace")
    errors: list[str] = []
    for agents_page in persons_page(browser, desk, errors, email=AGENT):
        agents_page.goto(f"{desk.house.url}/app/audit")
        expect(agents_page.get_by_text("are for owners and operators")).to_be_visible()
    assert errors == []


def test_a_row_that_was_changed_by_hand_shows(desk: Desk, page: Page):
    """Whoever changes the database leaves a broken chain, at that row."""
    for email in ("ada@example.com", "bob@example.com"):
        desk.visitor(email, email[:3]).say("Hello")
        page.goto(f"{desk.house.url}/app/contacts")
        page.get_by_role("link", name=email[:3]).click()
        expect(page.locator(".timeline")).to_be_visible()
    found = next(desk.house.product.folder.rglob("callingcard.db"))
    with sqlite3.connect(found) as database:
        database.execute("UPDATE desk_audit SET who_id = '1' WHERE seq = 1")
    page.goto(f"{desk.house.url}/app/audit")
    page.get_by_role("button", name="Check the chain").click()
    expect(page.get_by_role("alert")).to_contain_text("The chain is broken at row 1.")
