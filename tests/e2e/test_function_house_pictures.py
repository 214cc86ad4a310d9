"""Pictures of the pages beside the functions: light and dark, wide and narrow."""

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.functions_house import (
    FAILING,
    GREET,
    LONG_NAME,
    MINT,
    api,
    connect,
    deploy,
    source,
)
from tests.e2e.pictures import require_room, shot
from tests.e2e.sites_house import PAGE, House, proof

pytestmark = pytest.mark.usefixtures("face")

FOR_VISITORS = '# trigger = { http = "POST", auth = "visitor", site = "shop" }\n'
EMPTY = {
    "runs": "No runs yet",
    "connectors": "No connectors yet",
    "secrets": "No secrets yet",
    "alerts": "Nobody is told yet",
}


def picture(page: Page, name: str, scheme: str, *, tall: bool = True) -> None:
    """Take a picture of one of these pages, in which nothing is too wide."""
    shot(page, f"beside-{name}", scheme, tall=tall)
    require_room(page)


def call(house: House, function: str, order: str) -> None:
    """Call *function* as a visitor's page does."""
    httpx.post(
        f"{house.url}/v1/functions/{function}",
        json={"order": order},
        headers={"Authorization": f"Bearer {proof()}", "Origin": PAGE},
        trust_env=False,
    )


def furnish(page: Page, house: House) -> None:
    """Make functions that run and fail, connectors, secrets, and a channel, once."""
    if api(page, "GET", "/connectors")["connectors"]:
        return
    connect(page, house)
    built_in = api(page, "GET", "/connectors")["builtIn"]
    slack = next(one["definition"] for one in built_in if one["name"] == "slack")
    api(page, "PUT", "/connectors/slack", {"definition": slack})
    long_one = {
        "title": LONG_NAME,
        "base_url": f"https://{LONG_NAME}.example/a/long/path/to/it",
    }
    api(page, "PUT", f"/connectors/{'long_' * 12}", {"definition": long_one})
    api(page, "PUT", "/secrets/SPARE_KEY_WITH_A_NAME_AS_LONG_AS_SOME", {"value": "x" * 20})
    deploy(page, "hubspot-token", MINT)
    deploy(page, "greet", GREET)
    deploy(page, LONG_NAME, source(FAILING, more=FOR_VISITORS))
    deploy(page, "find-order", source(FAILING.replace("Lookup", "Key"), more=FOR_VISITORS))
    for times in range(5):
        given = {"source": None, "arguments": {"name": "Ada", "times": times}}
        api(page, "POST", "/functions/greet/run", given)
    visitor = {"email": "ada@example.com", "userId": "", "firstName": "Ada", "lastName": ""}
    minting = {"source": None, "arguments": {}, "visitor": visitor}
    api(page, "POST", "/functions/hubspot-token/run", minting)
    call(house, LONG_NAME, "A-1")
    for _ in range(3):
        call(house, "find-order", "A-2")
    api(page, "POST", "/connectors/hubspot/check", {})
    channel = {"name": "Operators", "url": "json://127.0.0.1:9/x"}
    api(page, "POST", "/alerts/channels", channel)
    page.goto(f"{house.url}/app/alerts")
    expect(page.locator(".fault")).to_have_count(2, timeout=20_000)


def test_before_there_is_anything(bare_house: House, bare_page: Page, scheme: str):
    """What each page is for, and the one next step."""
    for path, words in EMPTY.items():
        bare_page.goto(f"{bare_house.url}/app/{path}")
        expect(bare_page.get_by_text(words)).to_be_visible()
        picture(bare_page, f"{path}-empty", scheme, tall=False)


def test_runs(house: House, page: Page, scheme: str):
    """The list, one function's day, a good run with its calls, and a failed one."""
    furnish(page, house)
    page.goto(f"{house.url}/app/runs")
    expect(page.locator(".runs-table")).to_be_visible()
    picture(page, "runs", scheme)
    page.goto(f"{house.url}/app/runs?function=find-order")
    expect(page.locator(".plot")).to_be_visible()
    picture(page, "runs-of-one", scheme)
    runs = api(page, "GET", "/runs")["runs"]
    for name in ("hubspot-token", "find-order"):
        run = next(one for one in runs if one["function"] == name)
        page.goto(f"{house.url}/app/runs/{run['id']}")
        expect(page.locator(".run-report")).to_be_visible()
        picture(page, f"run-{name}", scheme)
    page.get_by_role("button", name="Replay").click()
    picture(page, "replay", scheme, tall=False)


def test_connectors_and_secrets(house: House, page: Page, scheme: str):
    """The list, one of them, the shelf, the forms, and the secrets that they use."""
    furnish(page, house)
    for path, seen, name in (
        ("connectors", ".connectors-table", "connectors"),
        ("connectors/hubspot", ".operations", "connector"),
        ("connectors?add", ".shelf", "shelf"),
        ("connectors?add=own", ".connector-form", "connector-own"),
        ("connectors/slack?edit", ".connector-form", "connector-edit"),
        ("secrets", ".secrets-table", "secrets"),
    ):
        page.goto(f"{house.url}/app/{path}")
        expect(page.locator(seen)).to_be_visible()
        picture(page, name, scheme)
    page.get_by_role("button", name="Set a secret").click()
    picture(page, "set-secret", scheme, tall=False)


def test_alerts_and_templates(house: House, page: Page, scheme: str):
    """Two faults, a channel that does not work, the gallery, and one template."""
    furnish(page, house)
    page.goto(f"{house.url}/app/alerts")
    expect(page.locator(".fault")).to_have_count(2)
    page.get_by_role("button", name="Send a test to all").click()
    expect(page.locator(".went")).to_be_visible(timeout=60_000)
    picture(page, "alerts", scheme)
    page.get_by_role("button", name="Add channel").click()
    picture(page, "add-channel", scheme, tall=False)
    page.goto(f"{house.url}/app/templates")
    expect(page.locator(".shelf-card").first).to_be_visible()
    picture(page, "templates", scheme)
    page.goto(f"{house.url}/app/templates/hubspot-token-cached")
    expect(page.locator(".source-host .cm-content")).to_be_visible()
    picture(page, "template", scheme)
