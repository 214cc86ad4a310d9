"""Pictures of the functions' pages, light and dark, wide and narrow, empty and full."""

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.functions_house import (
    FAILING,
    GREET,
    GREETING,
    LONG_NAME,
    MINT,
    TOKEN_OF_ADA,
    api,
    connect,
    deploy,
    open_editor,
    source,
)
from tests.e2e.pictures import shot
from tests.e2e.sites_house import House

pytestmark = pytest.mark.usefixtures("face")

LONG_WORDS = "It does so much that its description is longer than any table has room for, " * 2


def picture(page: Page, name: str, scheme: str, *, tall: bool = False) -> None:
    """Take a picture of one of these pages."""
    shot(page, f"functions-{name}", scheme, tall=tall)


def furnish(page: Page, house: House) -> None:
    """Make five functions with a few runs, once; one has the longest name there can be."""
    if api(page, "GET", "/functions")["functions"]:
        return
    connect(page, house)
    deploy(page, "hubspot-token", MINT.replace("11h30m", "11h"))
    deploy(page, "hubspot-token", MINT)
    deploy(page, "greet", GREET)
    deploy(page, "find-order", source(FAILING, description="Finds an order"))
    unplugged = source(GREETING, more='# connectors = ["slack"]\n')
    api(page, "POST", "/functions", {"name": "unplugged", "source": unplugged})
    long_one = source("\ndef main() -> None: ...\n", description=LONG_WORDS)
    deploy(page, LONG_NAME, long_one)
    for number in range(6):
        api(
            page,
            "POST",
            "/functions/greet/run",
            {"source": None, "arguments": {"times": number}},
        )
    failing = {"source": None, "arguments": {"order": "A-1"}}
    api(page, "POST", "/functions/find-order/run", failing)
    visitor = {"email": "ada@example.com", "userId": "", "firstName": "Ada", "lastName": ""}
    api(
        page,
        "POST",
        "/functions/hubspot-token/run",
        {"source": None, "arguments": {}, "visitor": visitor},
    )


def test_before_there_is_a_function(house: House, page: Page, scheme: str):
    """What functions are for, and the two ways to begin."""
    for function in api(page, "GET", "/functions")["functions"]:
        api(page, "DELETE", f"/functions/{function['name']}?storage=true")
    page.goto(f"{house.url}/app/functions")
    expect(page.get_by_text("No functions yet")).to_be_visible()
    picture(page, "empty", scheme)
    page.goto(f"{house.url}/app/new-function")
    page.get_by_label("Name").fill("Not a name")
    picture(page, "new", scheme)


def test_the_list_and_the_tabs(house: House, page: Page, scheme: str):
    """Five functions, and what there is to see of one beside its editor."""
    furnish(page, house)
    page.goto(f"{house.url}/app/functions")
    expect(page.locator("tbody.function-rows")).to_have_count(5)
    picture(page, "list", scheme)
    for tab, seen in (
        ("versions", ".cm-changedLine"),
        ("triggers", ".trigger-url"),
        ("storage", ".storage-table"),
        ("settings", ".function-facts"),
    ):
        page.goto(f"{house.url}/app/functions/hubspot-token/{tab}")
        expect(page.locator(seen).first).to_be_visible()
        picture(page, tab, scheme, tall=True)
    page.goto(f"{house.url}/app/functions/{LONG_NAME}/settings")
    expect(page.locator(".function-facts")).to_be_visible()
    picture(page, "long-name", scheme)


def test_the_editor_and_what_came_of_a_run(house: House, page: Page, scheme: str):
    """A run that went well, one that did not, a completion, and a question."""
    furnish(page, house)
    open_editor(page, house, "hubspot-token")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(".run-report")).to_be_visible()
    assert TOKEN_OF_ADA not in page.content()
    picture(page, "editor", scheme, tall=True)
    code = open_editor(page, house, "hubspot-token")
    code.focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("tokens.")
    expect(page.locator(".cm-tooltip-autocomplete")).to_be_visible()
    picture(page, "completion", scheme)
    api(page, "DELETE", "/functions/hubspot-token/draft")
    open_editor(page, house, "find-order")
    page.get_by_role("textbox", name="order", exact=True).fill("A-1")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(".run-error")).to_be_visible()
    picture(page, "failed-run", scheme, tall=True)
