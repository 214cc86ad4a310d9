"""callingcard.js over time: sleep, failures, other tabs, landing pages, strict pages."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.e2e.client_pages.house import (
    NOBODY,
    Answer,
    Asked,
    House,
    fake_vendors,
    granted,
    opened,
)
from tests.e2e.client_pages.platforms import HUBSPOT, INTERCOM

INVITE = "invite-secret"


@pytest.fixture
def house() -> Iterator[House]:
    """Open the customer's site, with HubSpot's widget on its pages."""
    with opened() as house:
        house.use(HUBSPOT)
        house.answer = granted(HUBSPOT, "ada", 1)
        yield house


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser of somebody's own, which reaches fake vendors only."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    fake_vendors(context)
    yield context
    context.close()


@pytest.fixture
def said() -> list[str]:
    """Return where the page's console is taken down."""
    return []


@pytest.fixture
def page(context: BrowserContext, said: list[str]) -> Page:
    """Open a page whose clock the test may move."""
    page = context.new_page()
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.clock.install()
    return page


def shows(page: Page, who: str | None) -> None:
    """Wait until the vendor's widget is open and shows *who*."""
    page.wait_for_function(
        "who => window.vendor?.openedAs && window.vendor.who === who", arg=who
    )


def test_nobody_signed_in_is_no_trouble(house: House, page: Page, said: list[str]):
    """A 204 opens the chat anonymously and leaves the console silent."""
    house.answer = NOBODY
    page.goto(house.url)
    shows(page, None)
    assert page.evaluate("callingcard.token()") is None
    assert said == []


def test_a_slow_server_does_not_keep_the_chat_closed(
    house: House, page: Page, said: list[str]
):
    """After ten seconds the chat opens without a token; the late answer changes nothing."""
    house.answer = Answer(200, granted(HUBSPOT, "ada", 1).body, delay=1.5)
    page.goto(house.url)
    page.wait_for_function("window.callingcard")
    page.clock.fast_forward(10_500)
    shows(page, None)
    page.wait_for_timeout(1600)
    shows(page, None)
    assert said == ["Callingcard: the chat is anonymous: no answer in time."]


def test_a_busy_server_is_asked_again_when_it_says(house: House, page: Page):
    """Retry-After is waited out, and then the open chat learns who is there."""
    house.answer = Answer(503, {"code": "upstream"}, {"Retry-After": "120"})
    page.goto(house.url)
    shows(page, None)
    house.answer = granted(HUBSPOT, "ada", 1)
    page.clock.fast_forward(110_000)
    page.wait_for_timeout(100)
    assert house.posts() == 1
    page.clock.fast_forward(15_000)
    shows(page, "ada")
    assert house.posts() == 2


def test_a_refusal_is_final(house: House, page: Page, said: list[str]):
    """After a 403 nothing is asked again, however long the page stays."""
    house.answer = Answer(403, {"code": "identity.origin_not_allowed"})
    page.goto(house.url)
    shows(page, None)
    for _ in range(3):
        page.clock.fast_forward("08:00:00")
    page.wait_for_timeout(100)
    assert house.posts() == 1
    assert len([line for line in said if line.startswith("Callingcard")]) == 1


def test_a_laptop_that_slept_catches_up_at_once(house: House, page: Page):
    """Thirteen hours later there is one new token, and the draft is still there."""
    page.goto(house.url)
    shows(page, "ada")
    page.evaluate("vendor.draft = 'half a sentence'")
    house.answer = granted(HUBSPOT, "ada", 2)
    page.clock.fast_forward("13:00:00")
    page.wait_for_function("vendor.token === 'ada-2'")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    assert page.evaluate("[vendor.who, vendor.draft]") == ["ada", "half a sentence"]
    assert house.posts() == 2


def test_a_proof_that_is_good_no_more_empties_the_chat(house: House, page: Page):
    """A 401 at a renewal means that nobody is known any more."""
    page.goto(house.url)
    shows(page, "ada")
    house.answer = Answer(401, {"code": "identity.proof_expired"})
    page.evaluate("callingcard.refresh()")
    shows(page, None)
    assert page.evaluate("callingcard.token()") is None


def test_tabs_go_together(house: House, context: BrowserContext, page: Page):
    """One tab renews for both; another person or a sign-out in one is one in both."""
    other = context.new_page()
    for tab in (page, other):
        tab.goto(house.url)
        shows(tab, "ada")
    house.answer = granted(HUBSPOT, "ada", 2)
    page.evaluate("callingcard.refresh()")
    other.wait_for_function("vendor.token === 'ada-2'")
    assert house.posts() == 3

    house.answer = granted(HUBSPOT, "grace", 1)
    page.evaluate("callingcard.identify()")
    for tab in (page, other):
        shows(tab, "grace")

    house.answer = NOBODY
    other.evaluate("callingcard.logout()")
    for tab in (page, other):
        shows(tab, None)
        assert tab.evaluate("vendor.wrong") == []
    assert [one.method for one in house.asked].count("DELETE") == 1


def test_a_single_page_app_keeps_its_chat(house: House, page: Page):
    """A change of address reaches the widget, asks for no token and disturbs nothing."""
    page.goto(house.url)
    shows(page, "ada")
    page.evaluate("vendor.draft = 'half a sentence'")
    page.evaluate("history.pushState({}, '', '/basket')")
    assert page.evaluate("vendor.log.at(-2)") == "refresh"
    page.evaluate("history.pushState({}, '', '/basket#there')")
    assert page.evaluate("vendor.log.filter((line) => line === 'refresh').length") == 1
    assert page.evaluate("[vendor.who, vendor.draft]") == ["ada", "half a sentence"]
    assert house.posts() == 1


def test_a_landing_page_says_who_came(house: House, page: Page):
    """Nothing is asked until the page names somebody, and then under its publishable key."""
    house.use(HUBSPOT, 'data-key="cc_pk_test"')
    page.goto(house.url)
    shows(page, None)
    assert house.asked == []
    page.evaluate("callingcard.identify({email: 'ada@example.com', firstName: 'Ada'})")
    shows(page, "ada")
    asked = house.asked[-1]
    assert asked.bearer == "Bearer cc_pk_test"
    assert json.loads(asked.body) == {"email": "ada@example.com", "firstName": "Ada"}


def test_an_invite_is_used_once_and_kept_nowhere(house: House, page: Page):
    """It leaves the address before the page's next script runs, and never comes back."""

    def answer(asked: Asked) -> Answer:
        invited = asked.bearer == f"Bearer {INVITE}"
        return granted(HUBSPOT, "ada", 1) if invited else NOBODY

    house.answer = answer
    house.tag = house.tag.replace(" async", "") + "<script>seen = location.href</script>"
    page.goto(f"{house.url}/welcome?from=mail&callingcard_invite={INVITE}#top")
    shows(page, "ada")
    assert page.evaluate("seen") == f"{house.url}/welcome?from=mail#top"
    expect(page).to_have_url(f"{house.url}/welcome?from=mail#top")
    page.evaluate("callingcard.refresh()")
    page.clock.fast_forward("11:30:00")
    page.wait_for_timeout(100)
    shows(page, "ada")
    assert [one.bearer for one in house.asked] == [None, f"Bearer {INVITE}"]
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert INVITE not in str(page.evaluate(stored))
    page.reload()
    shows(page, None)


def test_a_strict_page_needs_a_nonce_and_the_endpoint_only(
    house: House, page: Page, said: list[str]
):
    """The nonce of the client's tag does for its other file and for the vendor's loader."""
    house.use(INTERCOM, 'nonce="n1"')
    house.policy = "default-src 'none'; script-src 'nonce-n1'; connect-src 'self'"
    house.answer = granted(INTERCOM, "ada", 1)
    page.goto(house.url)
    shows(page, "ada")
    assert said == []


def test_the_module_does_the_same(house: House, page: Page, said: list[str]):
    """``callingcard.mjs`` fetches the platform's file from the origin that it is told."""
    house.answer = granted(INTERCOM, "ada", 1)
    house.tag = """<script type="module">
        import { on, start } from "/callingcard.mjs";
        on("identified", (who) => { window.who = who; });
        start({ endpoint: "/chat/token", platform: "intercom", app: "app1" });
    </script>"""
    page.goto(house.url)
    shows(page, "ada")
    assert page.evaluate("who") == {"email": "ada@example.com", "userId": "ada"}
    assert said == []
