"""Pictures of every page, light and dark, wide and narrow, empty and full, to look at."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.conftest import Demo
from tests.e2e.pictures import PICTURES
from tests.e2e.test_demo import chat, open_chat, say, sign_in

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Eyjafjalla"
ARABIC = "مرحبا، هل لديكم حبر أزرق؟"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Say which colours the reader prefers."""
    return str(request.param)


@pytest.fixture
def pages(browser: Browser, scheme: str) -> Iterator[dict[int, Page]]:
    """Open a browser of each width in those colours."""
    opened: dict[int, Page] = {}
    for width, height in ((1440, 900), (1024, 900), (390, 780)):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        opened[width] = context.new_page()
    yield opened
    for page in opened.values():
        page.context.close()


def take(page: Page, name: str) -> None:
    """Take a picture once nothing moves any more."""
    PICTURES.mkdir(exist_ok=True)
    page.wait_for_timeout(250)
    page.screenshot(path=str(PICTURES / f"{name}.png"))


def fill(demo: Demo) -> None:
    """Write as several visitors, one with a very long name and one in Arabic."""
    with httpx.Client(base_url=demo.url, trust_env=False) as client:
        for number in range(12):
            session = client.post("/v1/widget/web/session", json={}).json()["session"]
            text = ARABIC if number == 1 else f"Question {number}: is the shop open on Monday?"
            _write(client, session, text)
        key = demo.product.run("keys", "create", "pictures", "--scope", "desk", *_data(demo))
        headers = {"Authorization": f"Bearer {key}"}
        email = "long@example.com"
        first, _, last = LONG_NAME.rpartition(" ")
        token = client.post(
            "/visitor-identification/v3/tokens/create",
            json={"email": email, "firstName": first, "lastName": last},
            headers=headers,
        ).json()["token"]
        body = {"email": email, "token": token}
        session = client.post("/v1/widget/web/session", json=body).json()["session"]
        _write(
            client, session, "A" * 300 + "\n\nwith a break and https://example.com/" + "x" * 90
        )


def _data(demo: Demo) -> tuple[str, ...]:
    """Return the option that points a command at the demo's data."""
    settings = demo.product.folder / "demo.toml"
    settings.write_text('data_dir = "callingcard-data/demo"\n')
    return ("--config", str(settings))


def _write(client: httpx.Client, session: str, text: str) -> None:
    """Post one message as a visitor."""
    body: dict[str, Any] = {"clientMessageId": "1", "text": text}
    reply = client.post(
        "/v1/widget/web/messages", json=body, headers={"Authorization": f"Bearer {session}"}
    )
    assert reply.status_code == 201


def no_sideways_scroll(page: Page) -> None:
    """Nothing is wider than the window."""
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} at {page.viewport_size}"


def test_the_agents_app_in_every_light(demo: Demo, pages: dict[int, Page], scheme: str):
    """Sign-in, empty and full inbox, contacts, and a path that leads nowhere."""
    for width, page in pages.items():
        page.goto(f"{demo.url}/app")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        take(page, f"app-sign-in-{scheme}-{width}")
        page.goto(f"{demo.shop}/agent")
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        page.wait_for_timeout(400)
        take(page, f"app-inbox-empty-{scheme}-{width}")
    fill(demo)
    for width, page in pages.items():
        page.goto(f"{demo.url}/app/inbox")
        row = page.get_by_role("link", name="Wolfeschlegel")
        expect(row).to_be_visible()
        take(page, f"app-inbox-list-{scheme}-{width}")
        row.click()
        expect(page.get_by_role("log")).to_be_visible()
        take(page, f"app-inbox-open-{scheme}-{width}")
        no_sideways_scroll(page)
        for name in ("contacts", "nowhere"):
            page.goto(f"{demo.url}/app/{name}")
            page.wait_for_timeout(400)
            take(page, f"app-{name}-{scheme}-{width}")
            no_sideways_scroll(page)
        page.goto(f"{demo.url}/app/contacts")
        page.get_by_role("link", name="Grace Hopper").click()
        expect(page.get_by_text("grace@example.com").first).to_be_visible()
        take(page, f"app-contact-{scheme}-{width}")


def test_the_shop_and_its_chat_in_every_light(demo: Demo, pages: dict[int, Page], scheme: str):
    """The shop's pages, the launcher, and the chat open, anonymous and signed in."""
    for width, page in pages.items():
        page.goto(demo.shop)
        expect(chat(page).get_by_role("button", name="Open chat")).to_be_visible()
        take(page, f"shop-home-{scheme}-{width}")
        open_chat(page)
        page.wait_for_timeout(300)
        take(page, f"shop-chat-anonymous-{scheme}-{width}")
        page.goto(f"{demo.shop}/sign-in")
        take(page, f"shop-people-{scheme}-{width}")
        sign_in(page, demo, "Linus Berg")
        say(open_chat(page), ARABIC)
        take(page, f"shop-chat-signed-{scheme}-{width}")
        no_sideways_scroll(page)


def test_the_api_browser_works_offline(demo: Demo, visitor: Page):
    """``/docs`` lists the operations with files of our own only."""
    urls: list[str] = []
    visitor.on("request", lambda request: urls.append(request.url))
    visitor.goto(f"{demo.url}/docs")
    expect(visitor.get_by_text("/v1/sites/{site}/token").first).to_be_visible()
    assert [url for url in urls if not url.startswith((demo.url, "data:", "blob:"))] == []
