"""Contacts as agents and operators use them: edit, merge, undo, export, import, erase."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.inbox_house import Desk, ask, persons_page
from tests.e2e.sites_house import AGENT


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Open the owner's browser, in which no script may fail."""
    errors: list[str] = []
    yield from persons_page(browser, desk, errors)
    assert errors == []


@pytest.fixture
def agents_page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Open the browser of somebody who only answers chats."""
    errors: list[str] = []
    yield from persons_page(browser, desk, errors, email=AGENT)
    assert errors == []


def known(desk: Desk, **properties: str) -> str:
    """Make a contact; return its id."""
    given = {"properties": properties}
    return str(desk.crm("POST", "/crm/v3/objects/contacts", given)["id"])


def test_properties_are_changed_by_their_types(desk: Desk, page: Page):
    """A choice is chosen, a wrong value is told at its field, and what is kept is shown."""
    one = known(desk, email="edda@example.com", firstname="Edda", lastname="Edited")
    page.goto(f"{desk.house.url}/app/contacts/{one}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Lifecycle Stage").select_option("customer")
    page.get_by_label("Company Name").fill("Ink & Paper")
    email = page.get_by_label("Email", exact=True)
    email.fill("no address")
    page.get_by_role("button", name="Save").click()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_be_focused()
    email.fill("edda@ink.example")
    page.get_by_role("button", name="Save").click()
    facts = page.locator(".properties")
    expect(facts).to_contain_text("Customer")
    expect(facts).to_contain_text("Ink & Paper")
    expect(page.locator(".card")).to_contain_text("edda@ink.example")
    expect(page.get_by_role("button", name="Edit")).to_be_focused()
    desk.crm("GET", f"/crm/v3/objects/contacts/{one}?properties=lifecyclestage")


def test_companies_and_deals_are_beside_the_contact(desk: Desk, page: Page):
    """With the primary company first, and how far each deal is."""
    one = known(desk, email="rita@example.com", firstname="Rita", lastname="Related")
    company = desk.crm(
        "POST", "/crm/v3/objects/companies", {"properties": {"name": "Paper Mill"}}
    )
    deal = {"dealname": "Ten reams", "amount": "1200", "dealstage": "contractsent"}
    made = desk.crm("POST", "/crm/v3/objects/deals", {"properties": deal})
    for kind, other in (("companies", company["id"]), ("deals", made["id"])):
        path = f"/crm/v4/objects/contacts/{one}/associations/default/{kind}/{other}"
        desk.crm("PUT", path)
    page.goto(f"{desk.house.url}/app/contacts/{one}")
    expect(page.locator(".related").first).to_contain_text("Paper MillPrimary")
    expect(page.locator(".related").last).to_contain_text("1,200 · Contract Sent")


def test_two_contacts_become_one_and_two_again(desk: Desk, page: Page):
    """The consequences are told before, the timeline tells of it after, and undo restores."""
    desk.visitor("mona@example.com", "Mona", "Merged").say("From my old address")
    kept = known(desk, email="mona@new.example", firstname="Mona", lastname="Kept")
    page.goto(f"{desk.house.url}/app/contacts/{kept}")
    page.get_by_role("button", name="Merge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("The other contact").fill("mona")
    expect(dialog.get_by_role("button", name="Mona Kept")).to_have_count(0)
    dialog.get_by_role("button", name="Mona Merged").click()
    expect(dialog).to_contain_text("conversations, companies and deals of Mona Merged")
    dialog.get_by_role("button", name="Merge", exact=True).click()
    timeline = page.locator(".timeline")
    expect(timeline).to_contain_text("merged into this one by you")
    expect(timeline).to_contain_text("From my old address")
    page.get_by_role("button", name="Undo merge").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo merge").click()
    expect(timeline).to_contain_text("The merge was undone by you")
    expect(timeline).not_to_contain_text("From my old address")


def test_sessions_end_everywhere(desk: Desk, page: Page):
    """The chat of somebody who is signed out goes on as a stranger's."""
    visitor = desk.visitor("sina@example.com", "Sina", "Signed")
    visitor.say("Hello")
    page.get_by_role("link", name="Contacts", exact=True).click()
    page.get_by_role("link", name="Sina Signed").click()
    page.get_by_role("button", name="End all sessions").click()
    page.get_by_role("dialog").get_by_role("button", name="End all sessions").click()
    expect(page.locator(".person-act").first).to_contain_text("1 ended.")
    with pytest.raises(AssertionError, match="session"):
        visitor.say("Still me?")


def test_a_person_is_exported_and_erased(desk: Desk, page: Page, tmp_path: Path):
    """The zip holds what was said; erasing asks for the name, and leaves a receipt."""
    desk.visitor("erik@example.com", "Erik", "Erased").say("My phone is 555-0100")
    page.get_by_role("link", name="Contacts", exact=True).click()
    page.get_by_role("link", name="Erik Erased").click()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Export everything").click()
    saved = tmp_path / "person.zip"
    begun.value.save_as(saved)
    with zipfile.ZipFile(saved) as export:
        texts = [export.read(name).decode() for name in export.namelist()]
    assert any("555-0100" in text for text in texts)
    assert all(json.loads(export_text) for export_text in texts if export_text[:1] in "[{")
    page.get_by_role("button", name="Erase", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type erik@example.com").fill("erik")
    dialog.get_by_role("button", name="Erase for good").click()
    expect(dialog).to_contain_text("Type erik@example.com to go on.")
    dialog.get_by_label("Type erik@example.com").fill("erik@example.com")
    dialog.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("This person is erased")).to_be_visible()
    address = page.url
    page.goto(address)
    expect(page.get_by_text("This contact is not here")).to_be_visible()


def test_who_looks_on_sees_an_erased_person_go(desk: Desk, page: Page, agents_page: Page):
    """Their open list loses the conversation, and their count of unread ones does too."""
    desk.visitor("greta@example.com", "Greta", "Gone").say("Forget me")
    row = agents_page.locator(".row", has_text="Greta Gone")
    expect(row).to_be_visible()
    count = agents_page.locator(".rail-count")
    before = int((count.text_content() or "").removesuffix(" unread"))
    ask(page, "POST", "/people/erase", {"email": "greta@example.com"})
    expect(row).to_have_count(0)
    if before > 1:
        expect(count).to_have_text(f"{before - 1} unread")
    else:
        expect(count).to_have_count(0)


def test_a_file_is_imported_with_its_refused_rows(desk: Desk, page: Page, tmp_path: Path):
    """Good rows are in, the others are listed by line with the reason, and all comes out."""
    file = tmp_path / "contacts.csv"
    rows = ["email,firstname", "ina@example.com,Ina", "nowhere,Nobody", "ino@example.com,Ino"]
    file.write_text("\n".join(rows) + "\n")
    page.get_by_role("link", name="Contacts", exact=True).click()
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog).to_contain_text("Choose a file first.")
    dialog.get_by_label("CSV file").set_input_files(file)
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog).to_contain_text("3 rows read, 2 added, 0 changed, 1 refused")
    expect(dialog.get_by_role("region", name="Refused rows")).to_contain_text("3")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("link", name="Ina", exact=True)).to_be_visible()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Export").click()
    saved = tmp_path / "out.csv"
    begun.value.save_as(saved)
    assert "ina@example.com" in saved.read_text()


def test_who_only_answers_chats_sees_no_way_to_everybodys_data(desk: Desk, agents_page: Page):
    """They edit and merge; import, export and erasing are not offered, and not allowed."""
    one = known(desk, email="olli@example.com", firstname="Olli")
    agents_page.goto(f"{desk.house.url}/app/contacts/{one}")
    expect(agents_page.get_by_role("button", name="Edit")).to_be_visible()
    expect(agents_page.get_by_text("are for owners and operators")).to_be_visible()
    expect(agents_page.get_by_role("button", name="Erase")).to_have_count(0)
    agents_page.goto(f"{desk.house.url}/app/contacts")
    expect(agents_page.get_by_role("link", name="Olli")).to_be_visible()
    expect(agents_page.get_by_role("button", name="Import")).to_have_count(0)
    with pytest.raises(Exception, match="403"):
        ask(agents_page, "POST", "/people/erase", {"contactId": one})
