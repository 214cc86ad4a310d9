"""Somebody's browser, whatever house they are in: what fails in it, and what they may ask."""

from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

DESK = {"width": 1440, "height": 900}
"""How large a window is where a test says nothing of it."""


def watched_page(context: BrowserContext, errors: list[str]) -> Page:
    """Open a page, and take down in *errors* what fails in it."""
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))

    def take_down(line: ConsoleMessage) -> None:
        # A refusal that a test asks for is in the console too.
        if line.type == "error" and not line.text.startswith("Failed to load resource"):
            errors.append(line.text)

    page.on("console", take_down)
    return page


def ask(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Ask our API as the person who is signed in; fail on a refusal."""
    script = """async ([method, path, body]) => {
        const headers = {'Content-Type': 'application/json'};
        const said = body === null ? {} : {body: JSON.stringify(body)};
        const answer = await fetch(path, {method, headers, ...said});
        const text = await answer.text();
        if (!answer.ok) throw new Error(answer.status + ' ' + text);
        return text ? JSON.parse(text) : null;
    }"""
    return page.evaluate(script, [method, path, body])
