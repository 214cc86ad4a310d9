"""Pictures of the pages about chatflows and routing: light and dark, wide and narrow."""

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.desk_talks_house import furnish, visit
from tests.e2e.pictures import require_room, shot
from tests.e2e.sites_house import House

pytestmark = pytest.mark.usefixtures("face")

EMPTY = {
    "chatflows": "No chatflows yet",
    "teams": "No teams yet",
    "hours": "No office hours yet",
    "decisions": "Nothing was decided yet",
}


def picture(page: Page, name: str, scheme: str, *, tall: bool = True) -> None:
    """Take a picture of one of these pages, in which nothing is too wide."""
    shot(page, f"talks-{name}", scheme, tall=tall)
    require_room(page)


def test_empty_pages(bare_page: Page, bare_house: House, scheme: str):
    """What there is nothing of says what it is for, and how to begin."""
    for path, title in EMPTY.items():
        bare_page.goto(f"{bare_house.url}/app/{path}")
        expect(bare_page.get_by_role("heading", name=title)).to_be_visible()
        picture(bare_page, f"{path}-empty", scheme, tall=False)
    bare_page.goto(f"{bare_house.url}/app/new-chatflow")
    expect(bare_page.get_by_label("Name")).to_be_visible()
    picture(bare_page, "new-chatflow", scheme)
    bare_page.goto(f"{bare_house.url}/app/routing")
    expect(bare_page.get_by_text("No rules yet")).to_be_visible()
    picture(bare_page, "routing-empty", scheme)


def test_lists(page: Page, house: House, scheme: str):
    """Lists of chatflows, teams, hours and decisions hold long names."""
    furnish(page)
    for path, text in (("chatflows", "support"), ("teams", "sales"), ("hours", "office")):
        page.goto(f"{house.url}/app/{path}")
        expect(page.get_by_role("link", name=text, exact=True)).to_be_visible()
        if path == "hours":
            expect(page.locator(".open-now")).to_contain_text(".")
        picture(page, path, scheme)
    conversation = visit(page, house)
    page.goto(f"{house.url}/app/decisions")
    expect(page.get_by_text("Sent to the team support").first).to_be_visible()
    picture(page, "decisions", scheme)
    page.goto(f"{house.url}/app/decisions/{conversation}")
    expect(page.get_by_text("Sent to the team support").first).to_be_visible()
    picture(page, "decision", scheme)


def test_the_editor(page: Page, house: House, scheme: str):
    """The editor shows steps as lines, opened as forms, and the talk beside."""
    furnish(page)
    page.goto(f"{house.url}/app/chatflows/support")
    expect(page.get_by_label("The talk").get_by_text("What is it about?")).to_be_visible()
    picture(page, "editor", scheme)
    for name in ("Branch triage", "Question topic"):
        page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="Quote what is known").first.click()
    page.get_by_label("Question", exact=True).fill("Hi {{ contact.firstname }}")
    picture(page, "editor-open", scheme)
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".save-problems")).to_be_visible()
    picture(page, "editor-wrong", scheme)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{house.url}/app/chatflows/support/versions")
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
    expect(page.locator(".comparison-host .cm-editor")).to_be_visible()
    picture(page, "versions", scheme)


def test_forms(page: Page, house: House, scheme: str):
    """The plan, a team and office hours are forms in one column."""
    furnish(page)
    page.goto(f"{house.url}/app/routing")
    expect(page.get_by_text("Goes to the team support")).to_be_visible()
    page.locator(".step-open").first.click()
    picture(page, "routing", scheme)
    page.goto(f"{house.url}/app/teams/sales")
    expect(page.get_by_text("How conversations are given out")).to_be_visible()
    picture(page, "team", scheme)
    page.goto(f"{house.url}/app/hours/office")
    expect(page.locator(".open-now")).to_contain_text(".")
    picture(page, "hours", scheme)
