"""Pictures of inbox, contacts and audit log: light and dark, wide and narrow, to look at."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.inbox_house import LONG_NAME, Desk, ask, inbox_house, persons_page
from tests.e2e.pictures import shot
from tests.e2e.sites_house import AGENT

ARABIC = "مرحبا، هل لديكم حبر أزرق؟"


@pytest.fixture(scope="module")
def bare(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start a server in which there is nothing, and never will be."""
    assert browser.is_connected()
    with inbox_house(tmp_path_factory.mktemp("bare")) as desk:
        yield desk


@pytest.fixture
def page(browser: Browser, desk: Desk, face: dict[str, Any]) -> Iterator[Page]:
    """Open the owner's browser at one size and in one pair of colours."""
    errors: list[str] = []
    yield from persons_page(browser, desk, errors, **face)
    assert errors == []


def picture(page: Page, name: str, scheme: str, *, tall: bool = False) -> None:
    """Take a picture of one of these pages."""
    shot(page, f"desk-{name}", scheme, tall=tall)


def furnish(desk: Desk, page: Page) -> None:
    """Let people write, note things, and set routing up, once."""
    if ask(page, "GET", "/contacts?query=Lovelace")["results"]:
        return
    for name in (
        "support",
        "a-team-with-a-name-as-long-as-names-may-be-which-is-64-letters-x",
    ):
        ask(page, "PUT", f"/teams/{name}", {"agents": [AGENT], "capacity": 1})
    vip = {"property": "contact.company", "operator": "eq", "value": "Ink & Paper"}
    rule = {"name": "VIP", "when": vip, "team": "support", "priority": "urgent"}
    ask(page, "PUT", "/routing", {"rules": [rule], "fallback": {"team": "support"}})
    first, _, last = LONG_NAME.rpartition(" ")
    desk.visitor("long@example.com", first, last).say("A" * 300 + "\n\nand " + "x" * 90)
    for number in range(8):
        desk.visitor().say(ARABIC if number == 1 else f"Question {number}: open on Monday?")
    ada = desk.visitor("ada@example.com", "Ada", "Lovelace")
    talk = ada.say("Where is my order? It was to come on Tuesday.")
    note = {"clientNoteId": "1", "text": "Parcel 77 is stuck in customs. Offer express."}
    ask(page, "POST", f"/inbox/conversations/{talk}/notes", note)
    answer = {"clientMessageId": "1", "text": "Let me look that up for you."}
    ask(page, "POST", f"/inbox/conversations/{talk}/messages", answer)
    ada.say("Thank you!")
    contact = ask(page, "GET", f"/inbox/conversations/{talk}")["contactId"]
    given = {"company": "Ink & Paper", "jobtitle": "Countess", "lifecyclestage": "customer"}
    ask(page, "PATCH", f"/contacts/{contact}", {"properties": given})
    deal = {"dealname": "Ten reams", "amount": "1200", "dealstage": "contractsent"}
    made = desk.crm("POST", "/crm/v3/objects/deals", {"properties": deal})["id"]
    path = f"/crm/v4/objects/contacts/{contact}/associations/default/deals/{made}"
    desk.crm("PUT", path)
    twin = {"email": "ada@old.example", "firstname": "Ada", "lastname": "King"}
    old = desk.crm("POST", "/crm/v3/objects/contacts", {"properties": twin})["id"]
    ask(page, "POST", f"/contacts/{contact}/merge", {"other": old})


def test_before_there_is_anything(
    browser: Browser, bare: Desk, scheme: str, face: dict[str, Any]
):
    """What each page is for, and the one next step."""
    errors: list[str] = []
    for page in persons_page(browser, bare, errors, **face):
        expect(page.get_by_text("Nobody has written yet")).to_be_visible()
        picture(page, "inbox-empty", scheme)
        page.goto(f"{bare.house.url}/app/audit")
        expect(page.get_by_text("Nothing is written down yet")).to_be_visible()
        picture(page, "audit-empty", scheme)
        page.goto(f"{bare.house.url}/app/contacts")
        expect(page.get_by_text("No contacts yet")).to_be_visible()
        picture(page, "contacts-empty", scheme)
    assert errors == []


def test_the_inbox_at_work(desk: Desk, page: Page, scheme: str):
    """The list, a conversation with a note, the note being written, why it is here."""
    furnish(desk, page)
    page.reload()
    ada = page.locator(".row", has_text="Ada Lovelace")
    expect(ada).to_be_visible()
    picture(page, "inbox-list", scheme)
    ada.click()
    expect(page.get_by_role("article", name="Internal note")).to_be_visible()
    picture(page, "inbox-open", scheme)
    page.get_by_role("radio", name="Internal note").click()
    page.get_by_label("Write an internal note").fill("Called the carrier at noon.")
    picture(page, "inbox-noting", scheme)
    page.get_by_label("Write an internal note").fill("")
    if page.get_by_role("button", name="Visitor").is_visible():
        page.get_by_role("button", name="Visitor").click()
    page.get_by_text("What the rules said").first.click()
    picture(page, "inbox-why", scheme)
    page.goto(f"{desk.house.url}/app/inbox")
    page.get_by_label("Search conversations").fill("customs")
    expect(page.locator(".row")).to_contain_text("Note: Parcel 77")
    picture(page, "inbox-found", scheme)


def test_contacts_at_work(desk: Desk, page: Page, scheme: str):
    """The list, one contact, its form, and the dialogs that tell consequences."""
    furnish(desk, page)
    page.goto(f"{desk.house.url}/app/contacts")
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()
    picture(page, "contacts", scheme)
    page.get_by_role("button", name="Import").click()
    picture(page, "contacts-import", scheme)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_text("Number ")).to_be_visible()
    expect(page.locator(".timeline")).to_contain_text("merged into this one")
    picture(page, "contact", scheme, tall=True)
    page.get_by_role("button", name="Merge", exact=True).click()
    page.get_by_label("The other contact").fill("Wolfe")
    page.get_by_role("dialog").get_by_role("button", name="Wolfe").click()
    picture(page, "contact-merge", scheme)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Erase", exact=True).click()
    picture(page, "contact-erase", scheme)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Edit").click()
    picture(page, "contact-edit", scheme, tall=True)


def test_the_audit_log_at_work(desk: Desk, page: Page, scheme: str):
    """Rows, filters, and a chain that is whole."""
    furnish(desk, page)
    page.goto(f"{desk.house.url}/app/audit")
    expect(page.locator(".audit-table tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Check the chain").click()
    expect(page.get_by_text("The chain is whole:")).to_be_visible()
    picture(page, "audit", scheme, tall=True)
