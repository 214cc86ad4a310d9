"""The pages beside the functions: runs, connectors, secrets, alerts, templates."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.functions_house import (
    FAILING,
    GREET,
    api,
    connect,
    deploy,
    functions_house,
    owners_page,
    source,
)
from tests.e2e.sites_house import AGENT, PAGE, House, proof

SHOP_KEY = "shop-key-that-nobody-may-see-0123456789"
FOR_VISITORS = '# trigger = { http = "POST", auth = "visitor", site = "shop" }\n'
ORDERS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders/{number}": {
            "get": {
                "operationId": "getOrder",
                "summary": "One order by its number",
                "parameters": [
                    {
                        "name": "number",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string"},
                    }
                ],
                "responses": {
                    "200": {
                        "description": "It",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["state"],
                                    "properties": {"state": {"type": "string"}},
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}
ASKING = source(
    '\nfrom connectors import my_shop\n\n\ndef main(number: str = "1") -> str:\n'
    "    order = my_shop.get_order(number=number)\n    return order.state\n",
    description="Finds an order",
    more='# connectors = ["my_shop"]\n',
)


class Shop(BaseHTTPRequestHandler):
    """A service that takes one key in a header."""

    def do_GET(self) -> None:
        """Answer who asks with the key, and refuse the others."""
        good = self.headers["X-Key"] == SHOP_KEY
        body = json.dumps({"state": "sent"} if good else {"error": "no"}).encode()
        self.send_response(200 if good else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start the server, in which there is no function yet."""
    assert browser.is_connected()
    with functions_house(tmp_path_factory.mktemp("beside")) as house:
        yield house


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """Serve the shop; return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Open the owner's browser, in which no script may fail."""
    errors: list[str] = []
    yield from owners_page(browser, house, errors)
    assert errors == []


def go(page: Page, house: House, path: str) -> None:
    """Open *path* of the app."""
    page.goto(f"{house.url}/app/{path}")


def run(page: Page, function: str, **arguments: Any) -> str:
    """Run what is deployed; return the run's id."""
    given = {"source": None, "arguments": arguments}
    return str(api(page, "POST", f"/functions/{function}/run", given)["id"])


def dialog(page: Page) -> Locator:
    """Return the dialog that is open."""
    return page.locator("dialog[open]")


def rows(page: Page) -> Locator:
    """Return the rows of the table of runs."""
    return page.locator(".runs-table tbody tr")


def time_runs_right(page: Page) -> bool:
    """Say whether a plot's times run as its bars do, also where words run to the left."""
    page.evaluate("document.documentElement.dir = 'rtl'")
    ticks = [tick.bounding_box() for tick in page.locator(".plot-x span:visible").all()]
    page.evaluate("document.documentElement.dir = 'ltr'")
    places = [box["x"] for box in ticks if box]
    return len(places) > 1 and places == sorted(places)


def test_runs_are_found_narrowed_down_and_followed(empty_house: House, first_page: Page):
    """The address holds the choice, errors are found by their words, and new runs wait."""
    house, page = empty_house, first_page
    go(page, house, "runs")
    expect(page.get_by_text("No runs yet")).to_be_visible()
    deploy(page, "greet", GREET)
    deploy(page, "find-order", source(FAILING))
    run(page, "greet", name="Ada")
    run(page, "find-order", order="A-1")
    go(page, house, "runs")
    expect(rows(page)).to_have_count(2)
    failed = rows(page).filter(has_text="find-order")
    expect(failed).to_contain_text("Failed")
    expect(failed).to_contain_text("LookupError: there is no order A-1")
    page.get_by_label("State").select_option("succeeded")
    expect(rows(page)).to_have_count(1)
    assert page.url.endswith("?state=succeeded")
    page.go_back()
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Search errors and logs").fill("no such words")
    expect(page.get_by_text("No such run")).to_be_visible()
    page.get_by_label("Search errors and logs").fill("no order")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Search errors and logs").fill("")
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Function", exact=True).select_option("greet")
    expect(page.get_by_role("img", name="Runs, last 24 hours")).to_be_visible()
    assert time_runs_right(page)
    expect(rows(page)).to_have_count(1)
    run(page, "greet", name="Grace")
    page.get_by_role("button", name="Show 1 new run").click()
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Follow").check()
    run(page, "greet", name="Edsger")
    expect(rows(page)).to_have_count(3)


def test_a_run_shows_what_happened_and_is_run_again(house: House, page: Page):
    """Frames lead into the editor, the input is redacted, and a replay is a run of its own."""
    deploy(page, "find-order", source(FAILING))
    failed = run(page, "find-order", order="ada@example.com")
    go(page, house, f"runs/{failed}")
    report = page.locator(".run-report")
    expect(report).to_contain_text("LookupError")
    expect(report.get_by_role("button", name=re.compile("Line"))).to_have_count(2)
    expect(page.locator(".run-input")).to_contain_text("[redacted]")
    assert "ada@example.com" not in page.content()
    report.get_by_role("button", name=re.compile("Line")).first.click()
    expect(page).to_have_url(re.compile(r"/app/functions/find-order\?line=\d+$"))
    line = page.url.rpartition("=")[2]
    expect(page.locator(".cm-activeLineGutter").first).to_have_text(line)
    page.go_back()
    page.get_by_role("button", name="Replay").click()
    expect(dialog(page)).to_contain_text("really called")
    dialog(page).get_by_role("button", name="Replay").click()
    expect(page.get_by_role("link", name=failed)).to_be_visible()
    expect(page.get_by_text("Replay", exact=True).first).to_be_visible()
    expect(page).not_to_have_url(re.compile(failed))


def test_a_connector_is_set_up_checked_and_deleted(house: House, page: Page, shop: str):
    """What is wrong stands at its field; the key goes in and never comes out."""
    go(page, house, "connectors")
    page.get_by_role("link", name="Add connector").click()
    page.get_by_role("link", name="Another service").click()
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("my_shop")
    page.get_by_label("Title").fill("My shop")
    page.get_by_label("Address", exact=True).fill(shop)
    page.get_by_label("How it shows who it is").select_option("header")
    page.get_by_label("Header").fill("X-Key")
    page.get_by_label("Key", exact=True).fill("wrong-key-0123456789")
    page.get_by_label("OpenAPI document").fill("openapi: 3.1.0")
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_text("Convert YAML to JSON first")).to_be_visible()
    page.get_by_label("OpenAPI document").fill(json.dumps(ORDERS))
    page.get_by_text("More settings").click()
    page.get_by_label("How to check it").fill("/orders/1")
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_label("Address", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("It is in our own network").check()
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_role("rowheader", name="get_order")).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Broken")).to_be_visible()
    page.get_by_role("button", name="Replace MY_SHOP_KEY").click()
    dialog(page).get_by_label("New value").fill(f"{SHOP_KEY}\n")
    dialog(page).get_by_role("button", name="Replace").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Good")).to_be_visible()
    page.get_by_text("Its names and types").click()
    expect(page.get_by_label("my_shop.pyi")).to_contain_text("def get_order(")
    assert SHOP_KEY not in page.content()
    deploy(page, "ask-shop", ASKING)
    run(page, "ask-shop")
    page.reload()
    expect(page.get_by_text("It cannot be deleted while ask-shop uses it")).to_be_visible()


def test_a_newer_document_is_looked_at_before_it_counts(house: House, page: Page, shop: str):
    """It says what changes and which line breaks, leads there, and counts once accepted."""
    given = {
        "definition": {
            "base_url": shop,
            "private": True,
            "openapi": "openapi.json",
            "auth": {"kind": "header", "name": "X-Key", "secret": "MY_SHOP_KEY"},
        },
        "openapi": ORDERS,
        "secrets": {"MY_SHOP_KEY": SHOP_KEY},
    }
    api(page, "PUT", "/connectors/my_shop", given)
    deploy(page, "ask-shop", ASKING)
    newer = json.loads(json.dumps(ORDERS).replace("getOrder", "findOrder"))
    go(page, house, "connectors/my_shop")
    page.get_by_label("OpenAPI document").fill(json.dumps(newer))
    page.get_by_role("button", name="Compare").click()
    drift = page.locator(".drift")
    expect(drift).to_contain_text("get_order")
    expect(drift.get_by_role("link", name=re.compile(r"ask-shop, line \d+"))).to_be_visible()
    drift.get_by_role("button", name="Accept, and break them").click()
    expect(page.get_by_text("The newer document counts now.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="find_order")).to_be_visible()
    api(page, "DELETE", "/functions/ask-shop?storage=true")
    page.reload()
    page.get_by_role("button", name="Delete this connector").click()
    expect(dialog(page)).to_contain_text("Delete my_shop?")
    dialog(page).get_by_role("button", name="Delete this connector").click()
    expect(page).to_have_url(re.compile("/app/connectors$"))


def test_secrets_go_in_and_never_come_out(house: House, page: Page):
    """One is set, replaced, kept while it is used, and everything is sealed anew."""
    connect(page, house)
    go(page, house, "secrets")
    page.get_by_role("button", name="Set a secret").click()
    dialog(page).get_by_role("button", name="Set", exact=True).click()
    expect(dialog(page).get_by_label("Name")).to_be_focused()
    dialog(page).get_by_label("Name").fill("spare_key")
    dialog(page).get_by_label("Value").fill(SHOP_KEY)
    dialog(page).get_by_role("button", name="Set", exact=True).click()
    spare = page.get_by_role("row").filter(has_text="SPARE_KEY")
    expect(spare).to_contain_text("just now")
    page.get_by_role("button", name="Replace SPARE_KEY").click()
    expect(dialog(page).get_by_label("New value")).to_have_value("")
    page.keyboard.press("Escape")
    assert SHOP_KEY not in page.content()
    used = page.get_by_role("row").filter(has_text="HUBSPOT_TOKEN")
    expect(used.get_by_role("link", name="connector hubspot")).to_be_visible()
    page.get_by_role("button", name="Delete HUBSPOT_TOKEN").click()
    dialog(page).get_by_role("button", name="Delete").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("used by connector hubspot")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Rotate").click()
    dialog(page).get_by_role("button", name="Rotate").click()
    expect(page.get_by_text("sealed anew.")).to_be_visible()
    page.get_by_role("button", name="Delete SPARE_KEY").click()
    dialog(page).get_by_role("button", name="Delete").click()
    expect(spare).to_have_count(0)


def test_a_fault_is_muted_and_resolved(house: House, page: Page):
    """A failing function is one fault; its state is said in words, and leads to its run."""
    failing = FAILING.replace("LookupError", "KeyError")
    deploy(page, "breaks", source(failing, more=FOR_VISITORS))
    answer = httpx.post(
        f"{house.url}/v1/functions/breaks",
        json={"order": "A-1"},
        headers={"Authorization": f"Bearer {proof()}", "Origin": PAGE},
        trust_env=False,
    )
    assert answer.status_code == 500, answer.text
    go(page, house, "alerts")
    fault = page.locator(".fault").filter(has_text="breaks")
    expect(fault).to_contain_text("KeyError", timeout=20_000)
    expect(fault).to_contain_text("Open")
    fault.get_by_role("combobox", name=re.compile("Mute")).select_option(label="For a day")
    expect(fault).to_contain_text("Muted until")
    fault.get_by_role("button", name=re.compile("Unmute")).click()
    expect(fault.get_by_role("combobox")).to_be_visible()
    fault.get_by_role("button", name=re.compile("Resolve")).click()
    expect(fault).to_contain_text("Over")
    fault.get_by_role("link", name="Last run").click()
    expect(page.locator(".run-report")).to_contain_text("KeyError")


def test_a_channel_is_added_tried_and_deleted(house: House, page: Page):
    """Its URL is not shown again; a test says in words why it did not arrive."""
    hidden = "token-that-nobody-may-see"
    go(page, house, "alerts")
    page.get_by_role("button", name="Add channel").click()
    dialog(page).get_by_label("Name").fill("Operators")
    dialog(page).get_by_label("URL").fill("operators at example.com")
    dialog(page).get_by_role("button", name="Add channel").click()
    expect(dialog(page).get_by_label("URL")).to_be_focused()
    dialog(page).get_by_label("URL").fill(f"json://127.0.0.1:9/{hidden}")
    dialog(page).get_by_role("button", name="Add channel").click()
    channel = page.locator(".channels-table tbody tr").filter(has_text="Operators")
    expect(channel).to_contain_text("json")
    page.get_by_role("button", name="Send a test to all").click()
    went = page.locator(".went li").filter(has_text="Operators")
    expect(went).to_contain_text("Failed", timeout=60_000)
    expect(page.locator(".deliveries-table")).to_contain_text("Operators")
    assert hidden not in page.content()
    page.get_by_role("button", name="Delete Operators").click()
    dialog(page).get_by_role("button", name="Delete").click()
    expect(channel).to_have_count(0)


def test_a_template_is_installed_only_by_consent(house: House, page: Page):
    """What it asks for is listed first; then it is a function under the name we gave."""
    connect(page, house)
    go(page, house, "templates")
    page.goto(f"{house.url}/app/templates/hubspot-token")
    expect(page.get_by_role("link", name="Templates").last).to_be_visible()
    asks = page.locator(".consent")
    expect(asks).to_contain_text("It calls hubspot")
    expect(asks).to_contain_text("create_token")
    expect(page.get_by_role("button", name="Install")).to_be_disabled()
    page.get_by_label("Install as").fill("Not A Name")
    page.get_by_label("It may do all of this here").check()
    page.get_by_role("button", name="Install").click()
    expect(page.get_by_label("Install as")).to_be_focused()
    page.get_by_label("Install as").fill("our-token")
    page.get_by_role("button", name="Install").click()
    expect(page).to_have_url(re.compile("/app/functions/our-token$"), timeout=60_000)


def test_those_who_only_answer_chats_are_told_so(house: House, browser: Browser):
    """Every page says who may see it, and shows nothing."""
    errors: list[str] = []
    for page in owners_page(browser, house, errors, email=AGENT):
        for path in ("runs", "connectors", "secrets", "alerts", "templates"):
            go(page, house, path)
            expect(page.get_by_text("Functions are for owners and operators")).to_be_visible()
    assert errors == []
