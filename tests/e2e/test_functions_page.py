"""The functions' pages: writing one, trying it, deploying it, and going back."""

import re

from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.functions_house import (
    FAILING,
    GREET,
    MINT,
    TOKEN_OF_ADA,
    api,
    connect,
    deploy,
    open_editor,
    owners_page,
    source,
    write,
)
from tests.e2e.sites_house import AGENT, GOOD_TOKEN, PAGE, House, proof


def go(page: Page, house: House, path: str) -> None:
    """Open *path* of the app."""
    page.goto(f"{house.url}/app/{path}")


def argument(page: Page, name: str) -> Locator:
    """Return the field of the argument *name*."""
    return page.get_by_role("complementary", name="Run").get_by_role("textbox", name=name)


def run(page: Page) -> Locator:
    """Press the keys that run, and return what came of it."""
    page.keyboard.press("ControlOrMeta+Enter")
    report = page.get_by_role("region", name="Result")
    expect(report.locator(".run-head")).to_be_visible()
    return report


def test_a_first_function_is_begun_run_and_deployed(first_page: Page):
    """From the empty list to a live version; a bad name is told before it is sent."""
    page = first_page  # on the list of functions
    expect(page.get_by_role("link", name="Start from a template")).to_be_visible()
    page.get_by_role("link", name="Write one").click()
    page.get_by_label("Name").fill("First One")
    expect(page.get_by_text("Begin with a small letter")).to_be_visible()
    page.get_by_label("Name").fill("first")
    page.get_by_role("button", name="Write it").click()
    expect(page.locator('.code-host[data-ready="true"]')).to_be_visible()
    argument(page, "name").fill("Ada")
    report = run(page)
    expect(report).to_contain_text("Succeeded")
    expect(report).to_contain_text("Hello, Ada!")
    expect(report).to_contain_text("greeting somebody")
    page.keyboard.press("ControlOrMeta+Shift+Enter")
    expect(page.get_by_text("Version 1 is live. How to call it")).to_be_visible()
    page.get_by_role("link", name="All functions").click()
    row = page.locator("tbody.function-rows").filter(has_text="first")
    expect(row).to_contain_text("Programs with a key")
    expect(row.get_by_text("Draft")).to_have_count(0)


def test_a_token_is_minted_as_a_visitor_and_shown_on_demand(house: House, page: Page):
    """With a connector, ``made.token`` is offered; the run shows its calls, not the key."""
    connect(page, house)
    api(page, "POST", "/functions", {"name": "mint", "source": MINT})
    open_editor(page, house, "mint")
    write(page, MINT.replace("lease.put(made.token", "lease.put(made"))
    page.get_by_role("button", name=re.compile("Line")).first.wait_for(state="hidden")
    page.keyboard.press("ControlOrMeta+f")
    page.keyboard.type("lease.put(made")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(".")
    offered = page.locator(".cm-tooltip-autocomplete")
    expect(offered).to_contain_text("token")
    page.keyboard.type("tok")
    page.keyboard.press("Enter")
    expect(page.locator(".cm-content")).to_contain_text('lease.put(made.token, ttl="11h30m")')
    page.get_by_label("E-mail").fill("ada@example.com")
    report = run(page)
    calls = report.get_by_role("table")
    expect(calls.get_by_role("row", name="hubspot.create_token")).to_contain_text("200")
    expect(calls).to_contain_text("tokens.lease")
    expect(report).not_to_contain_text(TOKEN_OF_ADA)
    report.get_by_role("button", name="Show token").click()
    expect(report).to_contain_text(TOKEN_OF_ADA)
    assert GOOD_TOKEN not in page.content()
    asked = len(house.hubspot.shown)
    run(page)
    expect(calls.get_by_role("row", name="hubspot.create_token")).to_have_count(0)
    assert len(house.hubspot.shown) == asked


def test_a_deployed_function_says_how_it_is_called_and_answers_so(house: House, page: Page):
    """Its address and its lines to copy are there, and a visitor's proof is let in."""
    connect(page, house)
    deploy(page, "call-me", MINT)
    go(page, house, "functions/call-me/triggers")
    address = page.locator(".trigger-url code").inner_text()
    expect(page.get_by_text("Visitors of shop")).to_be_visible()
    expect(page.get_by_label("How to call it, JavaScript")).to_contain_text(address)
    page.get_by_text("curl", exact=True).click()
    expect(page.get_by_label("How to call it, curl")).to_contain_text("curl")
    answer = page.request.post(
        f"{house.url}/v1/functions/call-me",
        data={"note": "hi"},
        headers={"Authorization": f"Bearer {proof('ada@example.com')}", "Origin": PAGE},
    )
    assert answer.json() == {"token": TOKEN_OF_ADA, "note": "hi"}
    go(page, house, "functions/call-me/storage")
    entry = page.get_by_role("row", name="token › ada@example.com")
    expect(entry).to_be_visible()
    assert TOKEN_OF_ADA not in page.content()
    entry.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing is kept")).to_be_visible()


def test_an_error_leads_to_its_line(house: House, page: Page):
    """The traceback names the function's own lines, and each leads to the editor."""
    api(page, "POST", "/functions", {"name": "fails", "source": source(FAILING)})
    open_editor(page, house, "fails")
    page.get_by_label("order").fill("A-1")
    report = run(page)
    expect(report).to_contain_text("Failed")
    expect(report.get_by_role("region", name="Error")).to_contain_text(
        "LookupError there is no order A-1"
    )
    raised = source(FAILING).splitlines().index(FAILING.splitlines()[-1]) + 1
    report.get_by_role("button", name=f"Line {raised}", exact=True).click()
    expect(page.locator(".cm-activeLineGutter").first).to_have_text(str(raised))


def test_an_address_leads_to_a_line(house: House, page: Page):
    """A link with a line opens the editor there, in the middle, and ready to type."""
    long_one = GREET + "\n".join(f"# {number}" for number in range(200)) + "\n"
    api(page, "POST", "/functions", {"name": "addressed", "source": long_one})
    line = len(long_one.splitlines()) - 50
    open_editor(page, house, f"addressed?line={line}")
    active = page.locator(".cm-activeLineGutter").first
    expect(active).to_have_text(str(line))
    expect(active).to_be_in_viewport()
    assert page.evaluate(FOCUSED) == "code"
    page.keyboard.type("here")
    expect(page.locator(".cm-line", has_text="here")).to_have_text("here# 149")


def test_mistakes_are_underlined_after_a_save_and_refuse_a_deploy(house: House, page: Page):
    """F8 leads to what is wrong and reads it out; the live version stays live."""
    deploy(page, "mistaken", GREET)
    open_editor(page, house, "mistaken")
    write(page, GREET.replace("return", "give"))
    findings = page.get_by_role("list", name="Findings")
    line = next(
        number for number, text in enumerate(GREET.splitlines(), 1) if "return" in text
    )
    expect(findings.get_by_role("button", name=f"Line {line}").first).to_be_visible()
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    page.keyboard.press("F8")
    expect(page.locator(".editor-code > p[role=status]")).to_contain_text(f"Line {line}")
    page.keyboard.press("ControlOrMeta+Shift+Enter")
    expect(page.get_by_text("It was not deployed.")).to_be_visible()
    expect(page.get_by_text("Version 1 is live as before.")).to_be_visible()
    page.get_by_role("button", name="Discard the draft").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard the draft").click()
    expect(page.locator(".save-state")).to_have_text("Version 1 is live")
    expect(page.locator(".cm-content")).to_contain_text("return")
    expect(findings).to_have_count(0)


def test_inputs_are_kept_under_a_name(house: House, page: Page):
    """Saved, chosen after a reload, deleted; a wrong number is told at its field."""
    deploy(page, "inputs", GREET)
    open_editor(page, house, "inputs")
    page.get_by_label("times").fill("many")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("This is not a number.")).to_be_visible()
    page.get_by_label("times").fill("2")
    argument(page, "name").fill("Ada")
    saved = page.get_by_label("Saved inputs")
    saved.select_option("Save this input…")
    page.get_by_role("dialog").get_by_label("Name").fill("Ada, twice")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(saved).to_have_value("Ada, twice")
    open_editor(page, house, "inputs")
    saved.select_option("Ada, twice")
    expect(page.get_by_label("times")).to_have_value("2")
    expect(run(page)).to_contain_text("Hello Ada, Hello Ada")
    page.get_by_role("button", name="Delete the input Ada, twice").click()
    expect(saved.get_by_role("option", name="Ada, twice")).to_have_count(0)


def test_an_older_version_is_compared_and_gone_back_to(house: House, page: Page):
    """The lines that differ are signed; the question names the version."""
    deploy(page, "versions", GREET)
    deploy(page, "versions", GREET.replace("Hello ", "Good day "))
    go(page, house, "functions/versions/versions")
    expect(page.get_by_text("1 line came, 1 line went.")).to_be_visible()
    expect(page.locator(".cm-changedLine")).to_contain_text("Good day ")
    expect(page.locator(".cm-deletedLine")).to_contain_text("Hello ")
    page.get_by_role("button", name="Roll back to version 1").click()
    dialog = page.get_by_role("dialog", name="Roll back to version 1?")
    expect(dialog).to_contain_text("Version 1 of versions answers every call")
    dialog.get_by_role("button", name="Roll back").click()
    first = page.locator(".versions-table tbody tr").last
    expect(first).to_contain_text("Live")
    assert api(page, "GET", "/functions/versions")["version"]["number"] == 1


def test_a_function_is_deleted_by_name(house: House, page: Page):
    """The question names it, and afterwards its address leads nowhere."""
    deploy(page, "short-lived", GREET)
    go(page, house, "functions/short-lived/settings")
    page.get_by_role("button", name="Delete this function").click()
    dialog = page.get_by_role("dialog", name="Delete short-lived?")
    dialog.get_by_role("button", name="Delete this function").click()
    expect(page.get_by_role("heading", name="Functions")).to_be_visible()
    expect(page.get_by_role("link", name="short-lived")).to_have_count(0)
    go(page, house, "functions/short-lived")
    expect(page.get_by_text("There is no such thing here")).to_be_visible()


FOCUSED = """() => {
    let it = document.activeElement;
    while (it.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
    return it.matches('.cm-content') ? 'code' : it.tagName.toLowerCase();
}"""


def test_tab_indents_and_after_escape_it_leaves(house: House, page: Page):
    """Nobody is caught in the editor; a draft is kept by itself after a pause."""
    deploy(page, "by-keys", GREET)
    code = open_editor(page, house, "by-keys")
    code.focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("# end")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    expect(code.locator(".cm-line").last).to_have_text("    # end")
    assert page.evaluate(FOCUSED) == "code"
    expect(page.locator(".save-state")).to_contain_text("Draft saved")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "button"
    assert api(page, "GET", "/functions/by-keys")["draftSource"].endswith("    # end")


def test_a_signature_is_shown_while_a_call_is_written(house: House, page: Page):
    """The argument at hand is marked, and Escape closes it."""
    deploy(page, "signature", GREET)
    open_editor(page, house, "signature").focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("main(")
    shown = page.locator(".cm-signature")
    expect(shown).to_contain_text("times")
    expect(shown.locator("strong")).to_contain_text("name")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)


def test_those_who_only_answer_chats_are_told_so(browser: Browser, house: House):
    """An agent finds no Functions in the rail, and by the address a plain sentence."""
    errors: list[str] = []
    for page in owners_page(browser, house, errors, email=AGENT):
        expect(page.get_by_text("Functions are for owners and operators")).to_be_visible()
        expect(page.get_by_role("navigation", name="Main")).not_to_contain_text("Functions")
        go(page, house, "functions/first")
        expect(page.get_by_text("Functions are for owners and operators")).to_be_visible()
    assert errors == []
