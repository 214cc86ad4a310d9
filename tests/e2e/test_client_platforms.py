"""callingcard.js on every platform it knows: from the first page to the next person."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.e2e.client_pages.house import NOBODY, Answer, House, fake_vendors, granted, opened
from tests.e2e.client_pages.platforms import PLATFORMS, SALESFORCE, ZENDESK, Platform


@pytest.fixture
def house() -> Iterator[House]:
    """Open the customer's site."""
    with opened() as house:
        yield house


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser of somebody's own, which reaches fake vendors only."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    fake_vendors(context)
    yield context
    context.close()


def watched(context: BrowserContext, warnings: list[str]) -> Page:
    """Open a page that takes down what it says in the console and what breaks in it."""
    page = context.new_page()
    page.on("console", lambda said: warnings.append(said.text))
    page.on("pageerror", lambda error: warnings.append(str(error)))
    return page


def shows(page: Page, who: str | None) -> None:
    """Wait until the vendor's widget is open and shows *who*."""
    page.wait_for_function(
        "who => window.vendor?.openedAs && window.vendor.who === who", arg=who
    )


def left_behind(page: Page, who: str) -> str:
    """Return what the browser still keeps of *who*."""
    stored = str(page.evaluate("document.cookie + JSON.stringify({...localStorage})"))
    return stored if who in stored else ""


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_a_person_comes_stays_leaves_and_another_comes(
    house: House, context: BrowserContext, platform: Platform
):
    """Known before the chat opens, undisturbed by a renewal, gone for the next person."""
    said: list[str] = []
    page = watched(context, said)
    house.use(platform)
    house.answer = granted(platform, "ada", 1)
    page.goto(house.url)
    shows(page, "ada")
    if platform.early:
        assert page.evaluate("vendor.openedAs") == "ada"

    page.evaluate("vendor.draft = 'half a sentence'")
    house.answer = granted(platform, "ada", 2)
    page.evaluate("callingcard.refresh()")
    if not platform.pulls:
        page.wait_for_function("vendor.token === 'ada-2'")
    assert page.evaluate("callingcard.token()") == "ada-2"
    assert page.evaluate("[vendor.who, vendor.draft]") == ["ada", "half a sentence"]
    assert "forget" not in page.evaluate("vendor.log")

    house.answer = NOBODY
    page.evaluate("callingcard.logout()")
    shows(page, None)
    assert page.evaluate("vendor.draft") == ""
    assert left_behind(page, "ada") == ""
    assert house.asked[-1].method == "DELETE"

    for who in ("ada", "grace"):  # the second comes while the first is still shown
        house.answer = granted(platform, who, 3)
        page.evaluate("callingcard.identify()")
        shows(page, who)
    page.wait_for_timeout(100)
    assert page.evaluate("[vendor.who, vendor.wrong]") == ["grace", []]

    house.answer = (
        NOBODY  # the session ended elsewhere, and the vendor's cookies are still here
    )
    page.goto(f"{house.url}/other")
    shows(page, None)
    page.wait_for_timeout(150)
    assert page.evaluate("vendor.who") is None
    assert left_behind(page, "grace") == ""
    assert page.evaluate("vendor.wrong") == []
    assert said == []


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_the_chat_opens_for_anybody_when_the_server_fails(
    house: House, context: BrowserContext, platform: Platform
):
    """A 503 leaves an anonymous chat and one warning."""
    said: list[str] = []
    page = watched(context, said)
    house.use(platform)
    house.answer = Answer(503, {"code": "upstream"})
    page.goto(house.url)
    shows(page, None)
    assert page.evaluate("vendor.wrong") == []
    for _ in range(100):  # a guest's chat may be there before the answer is
        if any(line.startswith("Callingcard") for line in said):
            break
        page.wait_for_timeout(100)
    warned = [line for line in said if line.startswith("Callingcard")]
    assert warned == ["Callingcard: the chat is anonymous: 503 upstream."]


@pytest.mark.parametrize("platform", [ZENDESK, SALESFORCE], ids=lambda platform: platform.name)
def test_a_widget_whose_token_ends_gets_a_new_one(
    house: House, context: BrowserContext, platform: Platform
):
    """Zendesk asks through its callback, Salesforce with an event."""
    page = context.new_page()
    house.use(platform)
    house.answer = granted(platform, "ada", 1)
    page.goto(house.url)
    page.wait_for_function("window.vendor?.token === 'ada-1'")
    page.evaluate("vendor.draft = 'half a sentence'")
    house.answer = granted(platform, "ada", 2)
    page.evaluate("vendor.expire()")
    page.wait_for_function("vendor.token === 'ada-2'")
    assert page.evaluate("vendor.draft") == "half a sentence"
    assert page.evaluate("vendor.wrong") == []
