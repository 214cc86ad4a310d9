"""The page that tests the logged-in experience, from a browser against the server itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.desk_settings_house import api, desk_house, every_width, signed_in
from tests.e2e.pictures import take
from tests.e2e.sites_house import AGENT, House

STEPS = 15


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a server of this module's own."""
    assert browser.is_connected()
    with desk_house(tmp_path_factory.mktemp("check")) as house:
        yield house


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Open the owner's browser on the page."""
    with signed_in(browser, house) as page:
        page.goto(f"{house.url}/app/check/web")
        expect(page.get_by_role("button", name="Test now")).to_be_visible()
        yield page


def run(page: Page) -> None:
    """Run the test, which takes some seconds."""
    page.get_by_role("button", name="Test now").click()
    expect(page.locator(".check-steps")).to_be_visible(timeout=60_000)


def identify(page: Page, mode: str) -> None:
    """Have the inbox identify visitors, or not."""
    api(page, "PATCH", "/v1/inboxes/web", {"identification": mode})


def test_a_house_in_order_works(page: Page):
    """Every step holds, for both accounts, and nothing of the test is left."""
    run(page)
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    expect(page.locator(".check-step")).to_have_count(STEPS)
    expect(page.locator(".check-step:not([data-level=ok])")).to_have_count(0)
    assert api(page, "GET", "/v1/contacts")["results"] == []
    assert api(page, "GET", "/v1/inbox/conversations")["results"] == []


def test_what_does_not_hold_says_what_to_do(page: Page):
    """With identification off the chat knows nobody: the step and the remedy say so."""
    identify(page, "off")
    run(page)
    expect(page.get_by_role("heading", name="One thing does not hold.")).to_be_visible()
    broken = page.locator(".check-step[data-level=fail]")
    expect(broken).to_contain_text("The chat knows who it is")
    expect(broken).to_contain_text("Set identification to optional or required")
    identify(page, "optional")


def test_it_comes_as_a_contact_when_asked_to(page: Page):
    """Somebody who is there is named by their address; somebody unknown fails in words."""
    page.get_by_text("Come as contacts of yours").click()
    page.get_by_label("First contact").fill("nobody")
    page.get_by_role("button", name="Test now").click()
    expect(page.get_by_text("An address, as in")).to_be_visible()
    page.get_by_label("First contact").fill("nobody@example.com")
    run(page)
    expect(page.locator(".check-step[data-level=fail]")).to_contain_text(
        "No contact with this address"
    )


def test_an_inbox_leads_here(house: House, page: Page):
    """The page of an inbox offers the test of that inbox."""
    page.goto(f"{house.url}/app/inboxes/web")
    page.get_by_role("link", name="Test it").click()
    page.wait_for_url("**/app/check/web")


def test_the_test_is_for_owners_and_operators(browser: Browser, house: House):
    """Who only answers is told who may."""
    with signed_in(browser, house, AGENT) as page:
        page.goto(f"{house.url}/app/check")
        expect(page.get_by_text("Settings are for owners and operators")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(browser: Browser, house: House, scheme: str):
    """Before, when it works, and when something does not hold."""
    with every_width(browser, house, scheme) as pages:
        for width, page in pages.items():
            page.goto(f"{house.url}/app/check")
            expect(page.get_by_role("button", name="Test now")).to_be_visible()
            take(page, f"check-before-{scheme}-{width}")
            run(page)
            take(page, f"check-works-{scheme}-{width}", tall=True)
            identify(page, "off")
            run(page)
            expect(page.get_by_role("heading", name="One thing")).to_be_visible()
            take(page, f"check-fails-{scheme}-{width}", tall=True)
            identify(page, "optional")
