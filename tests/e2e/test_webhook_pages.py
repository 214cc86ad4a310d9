"""The webhooks' pages: adding one, seeing what went out, sending it again, turning it off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.desk_settings_house import (
    Receiver,
    api,
    desk_house,
    every_width,
    receiver,
    signed_in,
    visit,
    write,
)
from tests.e2e.pictures import take
from tests.e2e.sites_house import AGENT, House

LONG_URL = "https://shop.example/a/path/to/hooks/that/is/long/" + "x" * 60


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a server of this module's own."""
    assert browser.is_connected()
    with desk_house(tmp_path_factory.mktemp("webhooks")) as house:
        yield house


@pytest.fixture
def backend() -> Iterator[Receiver]:
    """Start somebody's backend."""
    with receiver() as listening:
        yield listening


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Open the owner's browser on the webhooks, of which there are none."""
    with signed_in(browser, house) as page:
        page.goto(f"{house.url}/app/webhooks")
        expect(page.get_by_role("heading", name="Webhooks", exact=True)).to_be_visible()
        clear(page)
        page.reload()
        expect(page.get_by_text("No webhooks yet")).to_be_visible()
        yield page


def clear(page: Page) -> None:
    """Remove every webhook."""
    for one in api(page, "GET", "/v1/webhooks")["results"]:
        api(page, "DELETE", f"/v1/webhooks/{one['id']}")


def add(page: Page, url: str) -> str:
    """Add a webhook as an owner does; return the secret that is shown."""
    page.get_by_role("button", name="Add webhook").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill(url)
    dialog.get_by_role("button", name="Add webhook").click()
    expect(dialog.get_by_role("heading", name="Copy the secret now")).to_be_visible()
    secret = dialog.get_by_label("The secret", exact=True).inner_text()
    dialog.get_by_role("button", name="I have kept it").click()
    page.wait_for_url("**/app/webhooks/*")
    return secret


def chat(house: House, text: str) -> None:
    """Have a visitor write."""
    assert write(house, visit(house)["session"], text).status_code == 201


def row(page: Page, kind: str) -> Locator:
    """Return the delivery of this kind."""
    return page.locator("table.deliveries tbody tr").filter(has=page.get_by_text(kind)).first


def state(page: Page, kind: str, words: str) -> None:
    """Wait until the delivery of this kind is so."""
    for _ in range(30):
        if row(page, kind).count() and words in row(page, kind).inner_text():
            return
        page.wait_for_timeout(300)
        page.reload()
        expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()
        page.wait_for_timeout(300)
    expect(row(page, kind)).to_contain_text(words)


def test_a_webhook_is_told_and_the_log_says_so(house: House, page: Page, backend: Receiver):
    """Its secret is shown once; what went out, and what was answered, is in its log."""
    secret = add(page, backend.url)
    expect(page.get_by_text("Nothing that it hears of has happened yet.")).to_be_visible()
    chat(house, "Do you ship to Norway?")
    state(page, "conversation.newMessage", "Delivered")
    expect(row(page, "conversation.newMessage")).to_contain_text("Answered 204")
    assert {"conversation.creation", "conversation.newMessage"} <= set(backend.kinds)
    assert secret not in page.content()
    row(page, "conversation.newMessage").locator("summary").click()
    shown = row(page, "conversation.newMessage").get_by_label("What is sent")
    expect(shown).to_contain_text("eventId")
    expect(shown).not_to_contain_text("Norway")


def test_a_receiver_that_fails_is_seen_and_told_again(
    house: House, page: Page, backend: Receiver
):
    """A refusal is on the page with its status; mended, the event is sent again by hand."""
    backend.status = 500
    add(page, backend.url)
    chat(house, "Is anybody there?")
    state(page, "conversation.creation", "Answered 500")
    expect(page.locator(".health").first).to_contain_text("Failing")
    expect(page.get_by_text("The newest calls did not arrive.")).to_be_visible()
    backend.status = 200
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Turn on")).to_be_visible()
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_delivery_is_sent_again(house: House, page: Page, backend: Receiver):
    """What arrived can be sent once more, with the same event id."""
    add(page, backend.url)
    chat(house, "Again, please")
    state(page, "conversation.creation", "Delivered")
    told = len(backend.kinds)
    row(page, "conversation.creation").get_by_role("button", name="Send again").click()
    for _ in range(50):
        if len(backend.kinds) > told:
            break
        page.wait_for_timeout(100)
    again = [
        event["eventId"]
        for body in backend.bodies
        for event in body
        if event["subscriptionType"] == "conversation.creation"
    ]
    assert len(again) == 2
    assert len(set(again)) == 1


def test_one_that_is_off_is_told_nothing(house: House, page: Page, backend: Receiver):
    """Paused, the page says why nothing comes; what happens meanwhile is not sent."""
    add(page, backend.url)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Somebody turned it off.")).to_be_visible()
    chat(house, "Unheard")
    page.wait_for_timeout(700)
    assert backend.kinds == []
    page.get_by_role("link", name="Webhooks").first.click()
    expect(page.locator("tbody tr")).to_contain_text("Off")


def test_what_it_hears_of_is_changed(page: Page):
    """Another address and other kinds; nothing chosen is refused in the form."""
    add(page, "https://shop.example/hooks")
    page.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    for words in ("One begins", "A message or a note in one"):
        dialog.get_by_role("checkbox", name=words).uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Choose what it is to hear of.")).to_be_visible()
    dialog.get_by_role("checkbox", name="Two become one").check()
    dialog.get_by_label("Address").fill("https://shop.example/other")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".kinds")).to_have_text("contact.merge")
    expect(page.locator(".desk-url")).to_have_text("https://shop.example/other")


def test_what_is_no_address_is_refused_with_the_reason(page: Page):
    """The form refuses half an address, and shows what the server says of others."""
    page.get_by_role("button", name="Add webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("shop.example/hooks")
    dialog.get_by_role("button", name="Add webhook").click()
    expect(dialog.get_by_text("A whole address")).to_be_visible()
    dialog.get_by_label("Address").fill("https://user:word@shop.example/hooks")
    dialog.get_by_role("button", name="Add webhook").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This endpoint cannot be kept.")
    expect(dialog.get_by_label("Address")).to_have_attribute("aria-invalid", "true")


def test_a_secret_is_replaced_and_a_webhook_removed(page: Page):
    """The new secret is another one and shown once; removing leads back to an empty list."""
    first = add(page, "https://shop.example/hooks")
    page.get_by_role("button", name="New secret").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make a new secret").click()
    expect(dialog.get_by_role("heading", name="Copy the secret now")).to_be_visible()
    second = dialog.get_by_label("The secret", exact=True).inner_text()
    assert first != second
    dialog.get_by_role("button", name="I have kept it").click()
    page.get_by_role("button", name="Remove webhook").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove webhook").click()
    expect(page.get_by_text("No webhooks yet")).to_be_visible()


def test_webhooks_are_for_owners_and_operators(browser: Browser, house: House):
    """Who only answers is told who may."""
    with signed_in(browser, house, AGENT) as page:
        page.goto(f"{house.url}/app/webhooks")
        expect(page.get_by_text("Settings are for owners and operators")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(browser: Browser, house: House, backend: Receiver, scheme: str):
    """None; several, one failing, one off, one with a long address; a page with a log."""
    with every_width(browser, house, scheme) as pages:
        wide = pages[1440]
        wide.goto(f"{house.url}/app/webhooks")
        clear(wide)
        for width, page in pages.items():
            page.goto(f"{house.url}/app/webhooks")
            expect(page.get_by_text("No webhooks yet")).to_be_visible()
            take(page, f"webhooks-0-{scheme}-{width}")
            page.get_by_role("button", name="Add webhook").click()
            take(page, f"webhooks-add-{scheme}-{width}")
        events = ["conversation.creation", "conversation.newMessage", "contact.creation"]
        made = {
            url: api(wide, "POST", "/v1/webhooks", {"url": url, "events": events})["webhook"]
            for url in (backend.url, LONG_URL, "https://shop.example/off")
        }
        off = made["https://shop.example/off"]["id"]
        api(wide, "PATCH", f"/v1/webhooks/{off}", {"enabled": False})
        api(wide, "PATCH", f"/v1/webhooks/{made[LONG_URL]['id']}", {"enabled": False})
        chat(house, "One that arrives")
        wide.wait_for_timeout(600)
        backend.status = 503
        chat(house, "One that does not")
        wide.wait_for_timeout(900)
        for width, page in pages.items():
            page.goto(f"{house.url}/app/webhooks")
            expect(page.locator("tbody tr")).to_have_count(3)
            take(page, f"webhooks-3-{scheme}-{width}")
            page.goto(f"{house.url}/app/webhooks/{made[backend.url]['id']}")
            expect(page.locator("table.deliveries tbody tr").first).to_be_visible()
            take(page, f"webhook-{scheme}-{width}", tall=True)
            page.goto(f"{house.url}/app/webhooks/{off}")
            expect(page.get_by_text("Somebody turned it off.")).to_be_visible()
            take(page, f"webhook-off-{scheme}-{width}")
