"""A server with a connector to a fake HubSpot, for the tests of the functions' pages."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e import people
from tests.e2e.people import DESK, watched_page
from tests.e2e.sites_house import GOOD_TOKEN, OWNER, House, opened

LONG_NAME = "a-function-with-a-name-as-long-as-names-may-be-which-is-63-lett"
TOKEN_OF_ADA = "hubspot-ada@example.com"

HEAD = """\
# /// script
# [tool.callingcard]
# description = "{description}"
{more}# ///
"""
GREETING = """
def main(name: str = "world", times: int = 1) -> str:
    print("greeting", name)
    return ", ".join(["Hello " + name] * times)
"""
TOKEN = """
from connectors import hubspot
from storage import tokens
import visitor


def main(note: str = "hello") -> dict[str, str]:
    print("asked by somebody")
    lease = tokens.lease(["token", visitor.email])
    if lease.hit:
        return {"token": lease.value, "note": note}
    made = hubspot.create_token(email=visitor.email)
    lease.put(made.token, ttl="11h30m")
    return {"token": made.token, "note": note}
"""
TOKEN_HEAD = """\
# connectors = ["hubspot"]
# storage = ["tokens"]
# trigger = { http = "POST", auth = "visitor", site = "shop" }
"""
FAILING = """
def main(order: str) -> str:
    return found(order)


def found(order: str) -> str:
    raise LookupError("there is no order " + order)
"""


def source(body: str, *, description: str = "Says hello", more: str = "") -> str:
    """Return a function's file: the block at its head, then *body*."""
    return HEAD.format(description=description, more=more) + body


GREET = source(GREETING)
MINT = source(TOKEN, description="Gives the chat a token", more=TOKEN_HEAD)


@contextmanager
def functions_house(folder: Path) -> Generator[House]:
    """Start a server with one site."""
    with opened(folder, {"shop": {}}) as house:
        yield house


def owners_page(
    browser: Browser, house: House, errors: list[str], *, email: str = OWNER, **face: Any
) -> Generator[Page]:
    """Open a page as the person with this address, taking down what fails in it."""
    context = house.context(browser, email, **({"viewport": DESK} | face))
    page = watched_page(context, errors)
    page.goto(f"{house.url}/app/functions")
    yield page
    context.close()


def api(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as the person who is signed in; fail on a refusal."""
    return people.ask(page, method, f"/v1/admin{path}", body)


def connect(page: Page, house: House) -> None:
    """Set the connector ``hubspot`` up: the built-in one, on the fake."""
    built_in = api(page, "GET", "/connectors")["builtIn"]
    definition = next(one["definition"] for one in built_in if one["name"] == "hubspot")
    definition |= {"base_url": house.hubspot.url, "private": True}
    given = {"definition": definition, "secrets": {"HUBSPOT_TOKEN": GOOD_TOKEN}}
    api(page, "PUT", "/connectors/hubspot", given)


def deploy(page: Page, name: str, text: str) -> None:
    """Deploy *text* as the function *name*, and wait until it is live."""
    path = f"/functions/{name}/deploys"
    begun = api(page, "POST", path, {"source": text})
    for _ in range(300):
        now = api(page, "GET", f"{path}/{begun['id']}")
        if now["state"] != "running":
            assert now["state"] == "done", now["error"]
            return
        page.wait_for_timeout(100)
    raise AssertionError("the deploy does not end")


def open_editor(page: Page, house: House, name: str) -> Locator:
    """Open the editor of *name*; return where its code is."""
    page.goto(f"{house.url}/app/functions/{name}")
    expect(page.locator('.code-host[data-ready="true"]')).to_be_visible()
    return page.locator(".code-host .cm-content")


def write(page: Page, text: str) -> None:
    """Put *text* into the editor in the place of what is there, and save it."""
    page.locator(".code-host .cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)
    page.keyboard.press("ControlOrMeta+s")
    expect(page.locator(".save-state")).to_have_text(re.compile("saved|live"))
