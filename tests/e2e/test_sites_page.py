"""The Sites page: looking at sites, mending one, adding one, asking why a proof fails."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.people import DESK, watched_page
from tests.e2e.sites_house import (
    AGENT,
    GOOD_TOKEN,
    OWNER,
    PAGE,
    SHOP_SECRET,
    STALE_TOKEN,
    House,
    opened,
    proof,
)

from callingcard.identity.proofs.header import HEADER_PRESETS
from callingcard.identity.proofs.presets import PRESETS

SITES: dict[str, dict[str, Any]] = {
    "shop": {},
    "stale": {"access": STALE_TOKEN},
    "open": {"more": 'unverified = "mint"'},
}


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start the server with three sites; one has an access token that HubSpot refuses."""
    assert browser.is_connected()
    with opened(tmp_path_factory.mktemp("sites"), SITES) as house:
        yield house


@pytest.fixture(autouse=True)
def as_in_the_file(house: House) -> None:
    """Begin every test with the file that all of them know."""
    house.write(*(house.site(name, **more) for name, more in SITES.items()))


@pytest.fixture
def errors() -> list[str]:
    """Return where the page's errors are taken down."""
    return []


@pytest.fixture
def page(browser: Browser, house: House, errors: list[str]) -> Iterator[Page]:
    """Open the owner's browser, in which no script may fail."""
    yield from _page(browser, house, OWNER, errors)
    assert errors == []


@pytest.fixture
def agents_page(browser: Browser, house: House, errors: list[str]) -> Iterator[Page]:
    """Open the browser of somebody who only answers chats."""
    yield from _page(browser, house, AGENT, errors)


def _page(browser: Browser, house: House, email: str, errors: list[str]) -> Iterator[Page]:
    """Open a page as the person with this address."""
    context = house.context(browser, email, viewport=DESK)
    page = watched_page(context, errors)
    yield page
    context.close()


def go(page: Page, house: House, path: str) -> None:
    """Open *path* of the app."""
    page.goto(f"{house.url}/app/{path}")


def row(page: Page, name: str) -> Locator:
    """Return the row of the site *name*, with the note under it."""
    link = page.get_by_role("link", name=name, exact=True)
    return page.locator("tbody.site-rows").filter(has=link)


def reload_file(page: Page) -> None:
    """Have the settings file read again."""
    page.get_by_role("button", name="Reload").click()


def test_the_list_says_what_there_is_and_what_it_is_worth(house: House, page: Page):
    """Each site has its platform, pages, proof and source; a site that mints is warned of."""
    go(page, house, "sites")
    for words in ("HubSpot", "From the file", PAGE, "and 1 more", "Your backend's token"):
        expect(row(page, "shop")).to_contain_text(words)
    expect(row(page, "shop")).to_contain_text("Unproved: refused")
    expect(row(page, "open")).to_contain_text("Any address gets a token")
    warning = page.locator(".text-warning:visible")
    expect(warning).to_have_text("Any address gets a token")
    assert page.get_by_role("link", name="Sites").get_attribute("aria-current") == "page"


def test_a_refused_access_token_is_trouble_with_a_remedy(house: House, page: Page):
    """After HubSpot's 401 the list and the site's page say what is wrong and what to do."""
    assert house.token("stale", proof()).status_code >= 500
    go(page, house, "sites")
    expect(row(page, "stale")).to_contain_text("In trouble")
    expect(row(page, "stale")).to_contain_text("access token")
    assert STALE_TOKEN not in page.content()
    page.get_by_role("link", name="stale", exact=True).click()
    failure = page.locator(".failure").first
    expect(failure).to_contain_text("Code identity.")
    expect(page.locator(".site-trouble")).to_be_visible()
    expect(page.get_by_role("region", name="Calls to HubSpot")).to_contain_text(
        re.compile(r"[1-9]\d* calls, [1-9]\d* failed")
    )


def test_tokens_are_plotted_and_told_as_a_table(house: House, page: Page):
    """One call and one answer from the cache are seen as lines, bars, words and numbers."""
    for _ in range(2):
        assert house.token("shop", proof("plotted@example.com")).status_code == 200
    go(page, house, "sites/shop")
    tokens = page.get_by_role("region", name="Tokens", exact=True)
    expect(tokens).to_contain_text(re.compile(r"[2-9]\d* issued, [1-9]\d* of them"))
    expect(tokens.get_by_role("img", name="Tokens, last 1 hour")).to_be_visible()
    heights = re.findall(
        r"[ML][\d.]+ ([\d.]+)", tokens.locator(".plot-line").nth(2).get_attribute("d") or ""
    )
    assert len(heights) == 60
    assert min(float(height) for height in heights) < 120
    tokens.get_by_text("Show as a table").click()
    expect(tokens.get_by_role("columnheader", name="From the cache")).to_be_visible()
    assert tokens.get_by_role("rowheader").count() >= 1
    page.get_by_text("24 hours").click()
    expect(page.get_by_role("img", name="Tokens, last 24 hours")).to_be_visible()
    expect(page.get_by_role("region", name="How long a call takes")).to_contain_text(
        "95 of 100 calls took at most"
    )


def test_an_access_token_is_replaced_without_the_old_one_being_seen(house: House, page: Page):
    """The new one counts at once, the badge says so, and going back brings the file's."""
    go(page, house, "sites/stale/settings")
    secret = page.get_by_label("access_token")
    expect(secret).to_have_attribute("placeholder", "Set")
    expect(secret).to_have_attribute("type", "password")
    expect(secret).to_have_value("")
    expect(page.get_by_label("Secret", exact=True)).to_have_value("")
    secret.fill(GOOD_TOKEN)
    page.get_by_label("Pages at").fill(f"{PAGE}\nhttps://new.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Changed here")).to_be_visible()
    assert house.token("stale", proof("mended@example.com")).status_code == 200
    assert house.hubspot.shown[-1] == GOOD_TOKEN
    go(page, house, "sites/stale/settings")
    page.get_by_text("What differs (1)").click()
    compared = page.get_by_role("row", name="origins")
    expect(compared).to_contain_text("https://new.example")
    expect(compared).to_contain_text("https://www.shop.example")
    assert all(
        secret not in page.content() for secret in (GOOD_TOKEN, STALE_TOKEN, SHOP_SECRET)
    )
    page.get_by_role("button", name="Use the file’s settings again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("stale")
    dialog.get_by_role("button", name="Use the file’s settings again").click()
    expect(page.get_by_text("From the file")).to_be_visible()
    assert house.token("stale", proof("again@example.com")).status_code >= 500
    assert house.hubspot.shown[-1] == STALE_TOKEN


def test_a_site_is_added_and_deleted_here(house: House, page: Page):
    """What is wrong stands beside its field; a good site serves at once; deleting asks."""
    go(page, house, "sites")
    page.get_by_role("link", name="Add site").click()
    page.get_by_label("Name", exact=True).fill("shop")
    page.get_by_label("Chat platform").select_option("hubspot")
    expect(page.get_by_text("Private Apps: make an app")).to_be_visible()
    page.get_by_label("Issuer").fill("shop")
    page.get_by_role("button", name="Add site").click()
    expect(page.get_by_text("There is a site of this name already")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("blog")
    page.get_by_label("access_token").fill(GOOD_TOKEN)
    page.get_by_text("More settings").first.click()
    page.get_by_label("base_url").fill(house.hubspot.url)
    page.get_by_label("Pages at").fill("https://blog.example/path")
    page.get_by_label("Key id").fill("1")
    page.get_by_label("Secret", exact=True).fill(SHOP_SECRET)
    page.get_by_role("button", name="Add site").click()
    expect(page.get_by_label("Pages at")).to_be_focused()
    expect(page.get_by_label("Pages at")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Pages at").fill(PAGE)
    page.get_by_role("button", name="Add site").click()
    expect(page.get_by_text("Only here")).to_be_visible()
    assert house.token("blog", proof()).status_code == 200
    page.get_by_role("link", name="Edit settings").click()
    page.get_by_role("button", name="Delete this site").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete this site").click()
    expect(page.get_by_role("link", name="Add site")).to_be_visible()
    expect(page.get_by_role("link", name="blog", exact=True)).to_have_count(0)
    assert house.token("blog", proof()).status_code == 404


def test_believing_any_address_is_warned_of(house: House, page: Page):
    """Choosing it says in plain words what it lets others do."""
    go(page, house, "sites/shop/settings")
    warning = page.get_by_text("may read what that person wrote")
    expect(page.get_by_label("Refused")).to_be_checked()
    expect(warning).to_have_count(0)
    page.get_by_label("Gets a token").check()
    expect(warning).to_be_visible()


def test_a_reload_says_what_changed_and_what_failed(house: House, page: Page):
    """A changed site is named; one that cannot be used goes on as it was, with the reason."""
    go(page, house, "sites")
    reload_file(page)
    expect(page.get_by_text("No site changed.")).to_be_visible()
    more = 'unverified = "anonymous"'
    house.write(house.site("shop", more=more), house.site("open"), house.site("stale"))
    reload_file(page)
    expect(page.get_by_text("Changed: open, shop, stale.")).to_be_visible()
    expect(page.locator(".text-warning:visible")).to_have_count(0)
    house.write(house.site("shop").replace("hubspot", "hubspod"), house.site("open"))
    reload_file(page)
    expect(page.get_by_text("shop goes on as it was.")).to_be_visible()
    expect(page.get_by_text("Served as it was before")).to_be_visible()
    assert house.token("shop", proof("still@example.com")).status_code == 200
    as_it_was = [house.site(name, **more) for name, more in SITES.items()]
    house.write(*as_it_was)
    reload_file(page)
    expect(page.get_by_text(re.compile("Changed: .*shop"))).to_be_visible()


def test_the_doctor_looks_at_one_site(house: House, page: Page):
    """The findings have a level in words and a remedy."""
    go(page, house, "sites/stale")
    page.get_by_role("button", name="Check now").click()
    broken = page.locator('.finding[data-level="fail"]')
    expect(broken.first).to_contain_text("Broken")
    expect(page.locator('.finding[data-level="ok"]').first).to_contain_text("Good")


def explain(page: Page, text: str) -> None:
    """Paste *text* into the debugger and ask."""
    page.get_by_label("Paste a proof").fill(text)
    page.get_by_role("button", name="Explain").click()


def test_the_debugger_tells_good_from_old_from_foreign(house: House, page: Page):
    """A good proof shows whom it proves; an old and a foreign one the step that fails."""
    go(page, house, "sites/shop")
    verdict = page.locator(".verdict")
    explain(page, proof("ada@example.com"))
    expect(verdict).to_contain_text("It is accepted, and proves ada@example.com, user u-1.")
    explain(page, proof(age=3600))
    expect(verdict).to_contain_text("It is refused.")
    expect(verdict).to_contain_text("Its age: not in order")
    expect(verdict).to_contain_text("The signature: in order")
    explain(page, proof(iss="elsewhere"))
    expect(verdict).to_contain_text("Who made it: not in order")
    explain(page, proof()[:-6] + "AAAAAA")
    expect(verdict).to_contain_text("The signature: not in order")
    explain(page, "not a proof")
    expect(verdict).to_contain_text("The token: not in order")


def test_a_pasted_proof_is_left_nowhere(house: House, page: Page):
    """It is in no address and no storage, and gone when the reader comes back."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    go(page, house, "sites/shop")
    pasted = proof("secret@example.com")
    explain(page, pasted)
    expect(page.locator(".verdict")).to_be_visible()
    assert not [url for url in [*asked, page.url] if pasted in url]
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "eyJ" not in stored
    page.get_by_role("link", name="Contacts").click()
    page.go_back()
    expect(page.get_by_label("Paste a proof")).to_have_value("")
    explain(page, pasted)
    expect(page.locator(".verdict")).to_be_visible()
    page.goto("about:blank")
    page.go_back()
    expect(page.get_by_label("Paste a proof")).to_have_value("")
    assert pasted not in house.product.log.read_text()
    assert "secret@example.com" not in house.product.log.read_text()


def test_those_who_only_answer_chats_are_told_so(house: House, agents_page: Page):
    """An agent finds no Sites in the rail, and by the address a plain sentence."""
    go(agents_page, house, "inbox")
    expect(agents_page.get_by_role("link", name="Contacts")).to_be_visible()
    expect(agents_page.get_by_role("link", name="Sites")).to_have_count(0)
    for path in ("sites", "sites/shop", "sites/shop/settings", "new-site"):
        go(agents_page, house, path)
        expect(agents_page.get_by_text("Sites are for owners and operators")).to_be_visible()


def press_until(page: Page, key: str, reached: Callable[[], bool]) -> None:
    """Press *key* until *reached*, as somebody without a mouse does."""
    for _ in range(60):
        if reached():
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead there")


def focused(page: Page, words: str) -> Callable[[], bool]:
    """Return what says whether the thing with these *words* has the focus."""
    script = """words => {
        const it = document.activeElement;
        const labels = [...(it.labels ?? [])].map(label => label.textContent);
        return [it.textContent, ...labels].some(name => name?.trim() === words);
    }"""
    return lambda: bool(page.evaluate(script, words))


def test_everything_is_done_with_the_keyboard_alone(house: House, page: Page):
    """From the list to a changed setting and back to the file's, without a mouse."""
    go(page, house, "sites")
    expect(page.get_by_role("link", name="shop", exact=True)).to_be_visible()
    press_until(page, "j", focused(page, "shop"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Edit settings")).to_be_visible()
    press_until(page, "Tab", focused(page, "Edit settings"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Pages at")).to_be_visible()
    press_until(page, "Tab", focused(page, "Pages at"))
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("\nhttps://keys.example")
    press_until(page, "Tab", focused(page, "Save"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("https://keys.example")).to_be_visible()
    press_until(page, "Tab", focused(page, "Edit settings"))
    page.keyboard.press("Enter")
    back = "Use the file’s settings again"
    expect(page.get_by_role("button", name=back)).to_be_visible()
    press_until(page, "Tab", focused(page, back))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Enter")
    in_dialog = page.get_by_role("dialog").get_by_role("button", name=back)
    press_until(page, "Tab", lambda: in_dialog.evaluate("it => it === document.activeElement"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("From the file")).to_be_visible()


def test_the_form_knows_every_provider_and_proxy(house: House, page: Page):
    """What can be chosen is what the server knows, no more and no less."""
    go(page, house, "sites/shop/settings")
    page.get_by_label("Your provider's token").check()
    options = "it => [...it.options].map(option => option.value)"
    assert set(page.get_by_label("Provider", exact=True).evaluate(options)) == set(PRESETS)
    page.get_by_label("A proxy's headers").check()
    assert set(page.get_by_label("Proxy", exact=True).evaluate(options)) == set(HEADER_PRESETS)


def test_every_kind_of_proof_comes_back_as_it_was_written(house: House, page: Page):
    """A provider with a claim of its own, then a proxy with a header of its own, are kept."""
    go(page, house, "sites/open/settings")
    page.get_by_label("Your provider's token").check()
    page.get_by_label("Provider", exact=True).select_option("auth0")
    page.get_by_label("Issuer").fill("https://shop.eu.auth0.com/")
    page.get_by_label("Audience").fill("chat")
    page.get_by_text("More settings").last.click()
    page.get_by_label("Claim that the address is proved").fill("https://shop.example/proved")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your provider's token")).to_be_visible()
    page.get_by_role("link", name="Edit settings").click()
    claim = page.get_by_label("Claim that the address is proved")
    expect(claim).to_have_value("https://shop.example/proved")
    page.get_by_label("A proxy's headers").check()
    page.get_by_label("Proxy", exact=True).select_option("authelia")
    page.get_by_label("Who may set the headers").fill("0.0.0.0/0")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".site-form .form-error").first).to_be_visible()
    page.get_by_label("Who may set the headers").fill("10.1.2.3\nunix")
    page.get_by_text("More settings").last.click()
    page.get_by_label("Header with the user's id").fill("x-shop-id")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("there is no proof to paste")).to_be_visible()
    page.get_by_role("link", name="Edit settings").click()
    expect(page.get_by_label("Who may set the headers")).to_have_value("10.1.2.3\nunix")
    expect(page.get_by_label("Header with the user's id")).to_have_value("x-shop-id")
    page.get_by_label("Your provider's token").check()
    expect(claim).to_have_value("https://shop.example/proved")
    page.get_by_role("button", name="Use the file’s settings again").click()
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.get_by_text("From the file")).to_be_visible()
