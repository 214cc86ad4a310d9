"""The inboxes' pages: what an inbox says and asks, its keys, and how long it keeps things."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect
from tests.e2e.desk_settings_house import (
    LONG_TITLE,
    api,
    desk_house,
    every_width,
    signed_in,
    visit,
    write,
)
from tests.e2e.pictures import take
from tests.e2e.sites_house import AGENT, House

PRIVATE = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----"
PUBLIC = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----"""


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a server of this module's own."""
    assert browser.is_connected()
    with desk_house(tmp_path_factory.mktemp("inboxes")) as house:
        yield house


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Open the owner's browser on the inbox ``web``, with no key in it."""
    with signed_in(browser, house) as page:
        page.goto(f"{house.url}/app/inboxes/web")
        expect(page.get_by_role("heading", name="Signing keys")).to_be_visible()
        for key in api(page, "GET", "/v1/inboxes/web/keys")["results"]:
            api(page, "DELETE", f"/v1/inboxes/web/keys/{key['kid']}")
        api(page, "PATCH", "/v1/inboxes/web", {"identification": "optional", "title": "Chat"})
        page.reload()
        expect(page.get_by_text("No keys yet")).to_be_visible()
        yield page


def token(kid: str, secret: str, email: str = "ada@example.com") -> str:
    """Sign a visitor in as a backend does."""
    now = datetime.now(UTC)
    claims = {"aud": "web", "email": email, "iat": now, "exp": now + timedelta(minutes=10)}
    return jwt.encode(claims, secret, "HS256", headers={"kid": kid})


def add_key(page: Page) -> tuple[str, str]:
    """Add a key as an owner does; return its id and the secret that is shown."""
    page.get_by_role("button", name="Add key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add key").click()
    expect(dialog.get_by_role("heading", name="Copy the secret now")).to_be_visible()
    secret = dialog.get_by_label("The secret", exact=True).inner_text()
    kid = dialog.locator("p code").first.inner_text()
    dialog.get_by_role("button", name="I have kept it").click()
    expect(page.locator(".keys-table td code").get_by_text(kid, exact=True)).to_be_visible()
    return kid, secret


def test_a_key_signs_visitors_in_and_is_shown_once(house: House, page: Page):
    """The secret of the dialog signs; the page shows its end only, and when it was used."""
    kid, secret = add_key(page)
    assert visit(house, token=token(kid, secret))["evidence"] == "signed"
    page.reload()
    row = page.locator(".keys-table tbody tr")
    expect(row).to_contain_text("just now")
    expect(row).to_contain_text(f"…{secret[-4:]}")
    assert secret not in page.content()


def test_two_keys_overlap_until_the_old_one_is_revoked(house: House, page: Page):
    """Changing keys interrupts nobody, and a revoked key proves nothing."""
    old, new = add_key(page), add_key(page)
    for key in (old, new):
        assert visit(house, token=token(*key))["evidence"] == "signed"
    page.get_by_role("row", name=old[0]).get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator(".keys-table tbody tr")).to_have_count(1)
    assert visit(house, token=token(*old))["evidence"] == "anonymous"
    assert visit(house, token=token(*new))["evidence"] == "signed"


def test_five_keys_are_the_most(page: Page):
    """The button is off then, and the page says what to do."""
    for _ in range(5):
        api(page, "POST", "/v1/inboxes/web/keys", {})
    page.reload()
    expect(page.get_by_text("Revoke one to add another.")).to_be_visible()
    expect(page.get_by_role("button", name="Add key")).to_be_disabled()


def test_a_private_key_stays_with_its_owner(page: Page):
    """The wrong half of a pair is refused before it is sent; the right one is trusted."""
    page.get_by_role("button", name="Add key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Kind").select_option("EdDSA")
    dialog.get_by_label("Public key").fill(PRIVATE)
    dialog.get_by_role("button", name="Add key").click()
    expect(dialog.get_by_text("This is the private key.")).to_be_visible()
    expect(dialog.get_by_label("Public key")).to_be_focused()
    dialog.get_by_label("Public key").fill(PUBLIC)
    dialog.get_by_label("Key id").fill("own-2030")
    dialog.get_by_role("button", name="Add key").click()
    expect(
        page.locator(".keys-table td code").get_by_text("own-2030", exact=True)
    ).to_be_visible()
    assert "MC4CAQ" not in page.content()


def test_examples_are_in_the_readers_language(page: Page):
    """Six languages beside the key, filled in with its id; the choice is remembered."""
    kid, secret = add_key(page)
    group = page.get_by_role("group", name="Language")
    for language, word in (
        ("Python", "def visitor_token"),
        ("Node", "createHmac"),
        ("PHP", "hash_hmac"),
        ("Ruby", "OpenSSL"),
        ("Go", "package main"),
        ("Java", "import java"),
    ):
        group.get_by_text(language, exact=True).click()
        shown = page.get_by_label(f"Example in {language}", exact=True)
        expect(shown).to_contain_text(word)
        expect(shown).to_contain_text(kid)
        expect(shown).not_to_contain_text(secret)
    page.reload()
    expect(page.get_by_label("Example in Java", exact=True)).to_be_visible()


def test_what_an_inbox_says_and_asks_counts_for_the_next_visitor(house: House, page: Page):
    """Only what was changed is sent; visitors read it, and who is not signed in is refused."""
    page.get_by_label("Title", exact=True).fill("Help")
    page.get_by_role("radio", name="Required").check()
    page.get_by_role("checkbox", name="Refuse messages of who is not signed in").check()
    with page.expect_request(lambda sent: sent.method == "PATCH") as sent:
        page.get_by_role("button", name="Save", exact=True).click()
    assert sent.value.post_data_json == {
        "title": "Help",
        "identification": "required",
        "enforced": True,
    }
    expect(page.get_by_text("Saved.")).to_be_visible()
    opened = visit(house)
    assert (opened["inbox"]["name"], opened["inbox"]["refusesUnproven"]) == ("Help", True)
    assert write(house, opened["session"], "hello").status_code == 403
    page.reload()
    expect(page.get_by_role("radio", name="Required")).to_be_checked()
    page.get_by_label("Title", exact=True).fill(" ")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It needs a title")).to_be_visible()


def test_nothing_is_lost_by_leaving(page: Page):
    """With something unsaved the reader is asked, and can stay."""
    page.get_by_label("Who answers").fill("Two of us")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_label("Who answers")).to_have_value("Two of us")
    assert len(asked) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Webhooks").click()
    page.wait_for_url("**/app/webhooks")


def test_what_tokens_may_state_is_a_list(house: House, page: Page):
    """A property that is taken off is dropped from tokens from then on."""
    before = api(page, "GET", "/v1/inboxes/web")["props"]
    page.get_by_text("What tokens may state").click()
    group = page.get_by_role("group", name="Properties that tokens may state")
    group.get_by_role("checkbox", name="Plan", exact=True).uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    after = api(page, "GET", "/v1/inboxes/web")["props"]
    assert set(before) - set(after) == {"plan"}
    api(page, "PATCH", "/v1/inboxes/web", {"props": before})


def test_how_long_things_are_kept(page: Page):
    """Days are checked in the form; the rule is kept."""
    page.get_by_role("checkbox", name="Remove closed conversations").check()
    page.get_by_label("After so many days").fill("0")
    page.get_by_role("button", name="Save what is kept").click()
    expect(page.get_by_text("A whole number of days")).to_be_visible()
    page.get_by_label("After so many days").fill("30")
    page.get_by_role("button", name="Save what is kept").click()
    expect(page.get_by_text("removed after 30 days")).to_be_visible()
    rule = api(page, "GET", "/v1/inboxes/web/retention")
    assert rule == {"keepClosedDays": 30, "storeSilentVisitors": True}
    page.get_by_role("checkbox", name="Remove closed conversations").uncheck()
    page.get_by_role("button", name="Save what is kept").click()
    expect(page.get_by_text("kept for good")).to_be_visible()


def test_an_inbox_is_added_by_keyboard_and_opens(house: House, page: Page):
    """From the list: a name is taken once; the new one has a chat at once."""
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Inboxes")).to_be_visible()
    page.get_by_role("button", name="Add inbox").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("web")
    dialog.get_by_label("Title").fill("Made by keyboard")
    dialog.get_by_label("Title").press("Enter")
    expect(dialog.get_by_text("There is one of this name.")).to_be_visible()
    dialog.get_by_label("Name").fill("by-keyboard")
    dialog.get_by_label("Name").press("Enter")
    expect(page).to_have_url(f"{house.url}/app/inboxes/by-keyboard")
    expect(page.get_by_label("Snippet for your pages")).to_contain_text(
        f"{house.url}/widget/by-keyboard.js"
    )
    assert visit(house, inbox="by-keyboard")["inbox"]["name"] == "Made by keyboard"
    page.get_by_role("link", name="Inboxes").first.click()
    expect(page.locator("tbody tr").filter(has_text="Made by keyboard")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{house.url}/app/inboxes/by-keyboard")


def test_settings_are_for_owners_and_operators(browser: Browser, house: House):
    """Who only answers has no such place, and is told who has it."""
    with signed_in(browser, house, AGENT) as page:
        page.goto(f"{house.url}/app/inboxes")
        expect(page.get_by_text("Settings are for owners and operators")).to_be_visible()
        expect(page.get_by_role("link", name="Settings")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(browser: Browser, house: House, scheme: str):
    """The list, an inbox with and without keys, the dialogs; wide and narrow."""
    with every_width(browser, house, scheme) as pages:
        wide = pages[1440]
        wide.goto(f"{house.url}/app/inboxes")
        listed = api(wide, "GET", "/v1/inboxes")["results"]
        if "orders" not in {one["name"] for one in listed}:
            api(wide, "POST", "/v1/inboxes", {"name": "orders", "title": LONG_TITLE})
            for kid in (
                "2029-11",
                "a-key-with-a-name-as-long-as-names-may-be-64-letters-in-all-xxxx",
            ):
                api(wide, "POST", "/v1/inboxes/orders/keys", {"kid": kid})
            api(wide, "POST", "/v1/inboxes", {"name": "empty", "title": "Empty"})
        for width, page in pages.items():
            page.goto(f"{house.url}/app/inboxes")
            expect(page.get_by_text(LONG_TITLE)).to_be_visible()
            take(page, f"inboxes-{scheme}-{width}")
            page.goto(f"{house.url}/app/inboxes/empty")
            expect(page.get_by_text("No keys yet")).to_be_visible()
            take(page, f"inbox-empty-{scheme}-{width}", tall=True)
            page.goto(f"{house.url}/app/inboxes/orders")
            expect(page.get_by_role("group", name="Language")).to_be_visible()
            page.get_by_text("What tokens may state").click()
            page.get_by_role("radio", name="Required").check()
            page.get_by_role("checkbox", name="Remove closed conversations").check()
            take(page, f"inbox-settings-{scheme}-{width}", tall=True)
            page.get_by_role("button", name="Add key").click()
            page.get_by_role("dialog").get_by_label("Kind").select_option("ES256")
            page.get_by_role("dialog").get_by_role("button", name="Add key").click()
            take(page, f"inbox-add-key-{scheme}-{width}")
            page.get_by_role("dialog").get_by_label("Kind").select_option("HS256")
            page.get_by_role("dialog").get_by_role("button", name="Add key").click()
            expect(page.get_by_role("heading", name="Copy the secret now")).to_be_visible()
            take(page, f"inbox-secret-{scheme}-{width}")
            kid = page.get_by_role("dialog").locator("p code").first.inner_text()
            api(page, "DELETE", f"/v1/inboxes/orders/keys/{kid}")
