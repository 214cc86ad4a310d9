"""The article's sign-in: who is known in which browser, for how long, and by which key."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from tests.e2e.article_house import (
    House,
    Key,
    Shop,
    article_house,
    new_key,
    newest,
    open_chat,
    says,
    write,
)

GREETING = "Hi {}, how can we help?"
FOREIGN_SECRET = "not the secret that the desk gave to the shop"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[House]:
    """Start one server for these tests: each has contacts of its own."""
    assert browser.is_connected()
    with article_house(tmp_path_factory.mktemp("identity"), "pia") as house:
        yield house


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Open a page of another device."""
    context = browser.new_context(viewport={"width": 390, "height": 780})
    yield context.new_page()
    context.close()


def test_signing_out_ends_it_in_every_tab_and_on_the_server(house: House, visitor: Page):
    """Nothing of Olga is left, her sessions and her token are spent, the chat stays hers."""
    olga = house.meet("olga", firstname="Olga")
    house.shop.tokens["olga"] = house.shop.token("olga")
    sessions = sessions_of(visitor.context)
    write(house.shop.visit(visitor, "olga"), "Olga's own affair")
    other = visitor.context.new_page()
    other.goto(f"{house.shop.url}/shop")
    behind = open_chat(other)
    says(behind, "Olga's own affair")
    spent = {*sessions}

    visitor.bring_to_front()
    visitor.get_by_role("button", name="Sign out").click()
    for page, chat in ((visitor, open_chat(visitor)), (other, behind)):
        expect(chat.get_by_text("Not signed in")).to_be_visible()
        nothing_of("Olga", page)
    events = f"{house.shop.desk}/v1/widget/web/events?after=0&wait=0"
    assert spent
    for bearer in spent:
        assert house.api.get(events, headers={"Authorization": bearer}).status_code == 401

    says(house.shop.visit(visitor, "olga"), GREETING.format("there"))
    nothing_of("Olga", visitor)
    del house.shop.tokens["olga"]
    says(house.shop.visit(visitor, "olga"), "Olga's own affair")
    assert house.transcript(house.thread(olga))[-1] == "Olga's own affair"


def test_the_next_person_in_the_browser_sees_nothing_of_the_one_before(
    house: House, visitor: Page
):
    """Paula never signed out; Rosa signs in over her, and then Paula finds her own again."""
    house.meet("paula", firstname="Paula")
    rosa = house.meet("rosa", firstname="Rosa")
    frame = house.shop.visit(visitor, "paula")
    write(frame, "Paula's own affair")
    frame = house.shop.visit(visitor, "rosa")
    says(frame, GREETING.format("Rosa"))
    nothing_of("Paula", visitor)
    write(frame, "Rosa's own affair")
    assert house.transcript(house.thread(rosa))[-1] == "Rosa's own affair"
    frame = house.shop.visit(visitor, "paula")
    says(frame, "Paula's own affair")
    nothing_of("Rosa", visitor)


def test_two_devices_have_one_history_as_it_is_written(
    house: House, visitor: Page, phone: Page
):
    """What is written on one is on the other at once, answers too, in one conversation."""
    dora = house.meet("dora", firstname="Dora")
    laptop = house.shop.visit(visitor, "dora")
    write(laptop, "From the desk")
    small = house.shop.visit(phone, "dora")
    says(small, "From the desk")
    write(small, "From the train")
    says(laptop, "From the train")
    thread = house.thread(dora)
    house.answer(thread, house.people["pia"], "Good journey!")
    for chat in (laptop, small):
        says(chat, "Good journey!")
    said = house.transcript(thread)
    assert said[-3:] == ["From the desk", "From the train", "Good journey!"]


WRONG: dict[str, Callable[[Shop, str], str]] = {
    "of-another-secret": lambda shop, name: shop.token(
        name, key=Key(shop.key.kid, FOREIGN_SECRET)
    ),
    "of-another-key": lambda shop, name: shop.token(
        name, key=Key("elsewhere", shop.key.secret)
    ),
    "changed": lambda shop, name: swapped(shop.token("mallory"), shop.token(name)),
    "of-somebody-else": lambda shop, _: shop.token("mallory"),
    "for-another-inbox": lambda shop, name: shop.token(name, aud="elsewhere"),
    "expired": lambda shop, name: shop.token(name, **ended()),
    "undefined": lambda _shop, _name: "undefined",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_token_is_nobody_and_no_error(house: House, visitor: Page, wrong: str):
    """The chat opens for a stranger, and what they write is on no contact."""
    name = f"wanda-{wrong}"
    wanda = house.meet(name, firstname="Wanda")
    house.shop.tokens[name] = WRONG[wrong](house.shop, name)
    frame = house.shop.visit(visitor, name)
    says(frame, GREETING.format("there"))
    expect(frame.get_by_text("Not signed in")).to_be_visible()
    write(frame, f"My token is {wrong}")
    assert house.transcript(newest(house))[-1] == f"My token is {wrong}"
    assert house.threads(wanda) == []
    nothing_of("Wanda", visitor)


def test_an_expired_token_is_made_good_by_a_new_one_in_the_same_chat(
    house: House, visitor: Page
):
    """What Erin wrote as nobody is hers as soon as the shop's new token arrives."""
    erin = house.meet("erin", firstname="Erin")
    house.shop.tokens["erin"] = house.shop.token("erin", **ended())
    frame = house.shop.visit(visitor, "erin")
    write(frame, "Written with an old token")
    assert house.threads(erin) == []
    del house.shop.tokens["erin"]
    visitor.evaluate("identify().then(() => HubSpotConversations.widget.refresh())")
    expect(frame.get_by_text("Signed in as Erin")).to_be_visible()
    says(frame, "Written with an old token")
    assert house.transcript(house.thread(erin))[-1] == "Written with an old token"


def test_a_key_is_rotated_in_the_middle_of_a_chat(house: House, visitor: Page, phone: Page):
    """Both keys count, then the new one alone; the chat goes on, and the old one is over."""
    kim = house.meet("kim", firstname="Kim")
    old, pia = house.shop.key, house.people["pia"]
    laptop = house.shop.visit(visitor, "kim")
    write(laptop, "Signed with the old key")
    thread = house.thread(kim)
    house.shop.key = new_key(house)
    small = house.shop.visit(phone, "kim")
    says(small, "Signed with the old key")
    house.call("DELETE", f"/v1/inboxes/web/keys/{old.kid}")

    write(laptop, "Written after the old key went")
    house.answer(thread, pia, "I read you.")
    for chat in (laptop, small):
        says(chat, "I read you.")
    assert house.thread(kim) == thread
    house.shop.tokens["kim"] = house.shop.token("kim", key=old)
    says(house.shop.visit(phone, "kim"), GREETING.format("there"))
    nothing_of("Kim", phone)
    del house.shop.tokens["kim"]
    says(house.shop.visit(visitor, "kim"), "I read you.")


def ended() -> dict[str, Any]:
    """Return the times of a token that ended an hour ago."""
    now = datetime.now(UTC)
    return {"iat": now - timedelta(hours=2), "exp": now - timedelta(hours=1)}


def swapped(one: str, other: str) -> str:
    """Return a token that says what *other* says under the signature of *one*."""
    head, _, signature = one.split(".")
    return f"{head}.{other.split('.')[1]}.{signature}"


def sessions_of(browser: BrowserContext) -> set[str]:
    """Return a set to which every session is added that a chat in the browser uses."""
    found: set[str] = set()

    def note(request: Request) -> None:
        found.update({request.headers.get("authorization", "")} - {""})

    browser.on("request", note)
    return found


def nothing_of(name: str, page: Page) -> None:
    """No word of the person with this name is anywhere in the page's chat."""
    for frame in page.frames[1:]:
        assert name not in frame.locator("body").inner_text()
