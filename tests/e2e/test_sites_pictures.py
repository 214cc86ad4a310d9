"""Pictures of the sites' pages, light and dark, wide and narrow, with none, one and six."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.pictures import take
from tests.e2e.sites_house import LONG_NAME, OWNER, STALE_TOKEN, House, opened, proof

WIDTHS = ((1440, 900), (390, 780))
SIX: dict[str, dict[str, Any]] = {
    "shop": {},
    "blog": {"more": 'unverified = "anonymous"'},
    "open": {"more": 'unverified = "mint"'},
    "stale": {"access": STALE_TOKEN},
    LONG_NAME: {},
    "help-centre": {},
}


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start the server without a site; the tests write them."""
    assert browser.is_connected()
    with opened(tmp_path_factory.mktemp("pictures"), {}) as house:
        yield house


@pytest.fixture
def pages(browser: Browser, house: House, scheme: str) -> Iterator[dict[int, Page]]:
    """Open the owner's browser at each width in those colours."""
    opened_pages: dict[int, Page] = {}
    for width, height in WIDTHS:
        size = {"width": width, "height": height}
        context = house.context(browser, OWNER, viewport=size, color_scheme=scheme)
        opened_pages[width] = context.new_page()
    yield opened_pages
    for page in opened_pages.values():
        page.context.close()


def serve(house: House, page: Page, sites: dict[str, dict[str, Any]]) -> None:
    """Make *sites* all there are."""
    house.write(*(house.site(name, **more) for name, more in sites.items()))
    page.goto(f"{house.url}/app/sites")
    page.get_by_role("button", name="Reload").click()
    expect(page.locator(".reload-said li").first).to_be_visible()


def live(house: House) -> None:
    """Let visitors come, so that there is something to draw."""
    for number in range(9):
        for _ in range(number % 4 + 1):
            house.token("shop", proof(f"visitor{number}@example.com"))
    house.token("shop", proof("late@example.com", age=3600))
    house.token("shop", proof("foreign@example.com", iss="elsewhere"))
    house.token(LONG_NAME, proof())
    house.token("stale", proof())


def test_the_list_in_every_light(house: House, pages: dict[int, Page], scheme: str):
    """None, one, and six of them, one with the longest name there can be."""
    counts: dict[int, dict[str, dict[str, Any]]] = {0: {}, 1: {"shop": {}}, 6: SIX}
    for count, sites in counts.items():
        serve(house, pages[1440], sites)
        if count == 6:
            live(house)
        for width, page in pages.items():
            page.goto(f"{house.url}/app/sites")
            expect(page.get_by_role("button", name="Reload")).to_be_visible()
            expect(page.locator("tbody.site-rows")).to_have_count(count)
            take(page, f"sites-{count}-{scheme}-{width}")


def test_one_site_in_every_light(house: House, pages: dict[int, Page], scheme: str):
    """Its plots, its check and its debugger, well, in trouble, and with a long name."""
    serve(house, pages[1440], SIX)
    live(house)
    for width, page in pages.items():
        for name in ("shop", "stale", LONG_NAME):
            page.goto(f"{house.url}/app/sites/{name}")
            expect(page.get_by_role("region", name="Tokens", exact=True)).to_be_visible()
            if name == "shop":
                page.get_by_role("button", name="Check now").click()
                expect(page.locator(".finding").first).to_be_visible()
                page.get_by_label("Paste a proof").fill(proof(age=3600))
                page.get_by_role("button", name="Explain").click()
                expect(page.locator(".verdict")).to_be_visible()
            take(page, f"site-{name[:5]}-{scheme}-{width}", tall=True)


def test_the_form_in_every_light(house: House, pages: dict[int, Page], scheme: str):
    """A site to be changed, one that was, what is wrong with a new one, and a question."""
    serve(house, pages[1440], SIX)
    for width, page in pages.items():
        page.goto(f"{house.url}/app/sites/shop/settings")
        expect(page.get_by_label("access_token")).to_be_visible()
        take(page, f"site-form-{scheme}-{width}", tall=True)
        page.goto(f"{house.url}/app/new-site")
        page.get_by_label("Chat platform").select_option("jwt")
        page.get_by_label("A proxy's headers").check()
        page.get_by_label("Gets a token").check()
        page.get_by_role("button", name="Add site").click()
        expect(page.get_by_text("This is needed.").first).to_be_visible()
        take(page, f"site-new-{scheme}-{width}", tall=True)
        page.goto(f"{house.url}/app/sites/{LONG_NAME}/settings")
        page.get_by_label("Pages at").fill(f"https://{width}-{scheme}.example")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Edit settings").click()
        page.get_by_text("What differs").click()
        take(page, f"site-override-{scheme}-{width}")
        page.get_by_role("button", name="Use the file’s settings again").click()
        take(page, f"site-drop-{scheme}-{width}")
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Use the file’s settings again").click()
        expect(page.get_by_text("From the file")).to_be_visible()
