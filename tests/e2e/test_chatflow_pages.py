"""The pages about chatflows, as an owner uses them: making, changing, trying, publishing."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect
from tests.e2e.desk_talks_house import SUPPORT, v1
from tests.e2e.functions_house import owners_page
from tests.e2e.sites_house import AGENT, House


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    """Open the owner's browser, without any chatflow; nothing may fail in it."""
    errors: list[str] = []
    for page in owners_page(browser, house, errors):
        for flow in v1(page, "GET", "/chatflows")["results"]:
            v1(page, "DELETE", f"/chatflows/{flow['name']}")
        yield page
    assert errors == []


def edit(page: Page, house: House, name: str = "support") -> None:
    """Open the editor of a chatflow that is there."""
    page.goto(f"{house.url}/app/chatflows/{name}")
    expect(page.get_by_role("heading", name="Preview")).to_be_visible()


def stored(page: Page, name: str = "support") -> dict[str, Any]:
    """Return the chatflow as the server has it."""
    return cast("dict[str, Any]", v1(page, "GET", f"/chatflows/{name}"))


def order(page: Page) -> list[str]:
    """Return the names of the steps as they are listed."""
    return page.locator(".step-title code").all_inner_texts()


def test_a_chatflow_is_made_and_published(page: Page, house: House):
    """From the empty list to a chatflow that visitors get, with a version to go back to."""
    page.goto(f"{house.url}/app/chatflows")
    expect(page.get_by_role("heading", name="No chatflows yet")).to_be_visible()
    page.get_by_role("link", name="New chatflow").click()
    page.get_by_label("Name").fill("Two words")
    expect(page.get_by_text("Use 1 to 64 small letters")).to_be_visible()
    page.get_by_label("Name").fill("support")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Visitors do not get this chatflow yet")).to_be_visible()
    page.get_by_label("Greeting").fill("Welcome!")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 is live.")).to_be_visible()
    document = stored(page)["document"]
    assert document["welcome"] == "Welcome!"
    page.get_by_role("switch", name="Talks to visitors").click()
    expect(page.get_by_text("This chatflow is switched off.")).to_be_visible()
    page.get_by_role("link", name="All chatflows").click()
    row = page.get_by_role("row").filter(has_text="support")
    expect(row.get_by_role("switch")).not_to_be_checked()
    row.get_by_role("switch").click()
    expect(row.get_by_role("switch")).to_be_checked()
    assert stored(page)["version"] == 3


def test_steps_are_added_moved_named_and_taken_out(page: Page, house: House):
    """The list is changed by keyboard alone, and ways follow the names of steps."""
    v1(page, "PUT", "/chatflows/support", SUPPORT)
    edit(page, house)
    assert order(page) == ["triage", "hello", "topic", "who", "people", "bye"]
    page.get_by_role("button", name="Form who").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".step-title code").nth(2)).to_have_text("who")
    expect(page.get_by_role("button", name="Form who")).to_be_focused()
    page.get_by_label("Another step").select_option("wait")
    page.get_by_role("button", name="Add step").press("Enter")
    expect(page.get_by_role("button", name="Wait wait")).to_be_visible()
    page.get_by_role("button", name="Wait wait").press("Enter")
    page.get_by_label("For", exact=True).fill("soon")
    page.get_by_role("button", name="Question topic").press("Enter")
    page.locator("#step-topic").get_by_label("Name of the step").fill("subject")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Question subject")).to_be_visible()
    page.get_by_role("button", name="Delete hello").press("Enter")
    expect(page.get_by_text("The step hello was taken out.")).to_be_visible()
    expect(page.get_by_role("button", name="Form who")).to_be_focused()
    page.get_by_role("button", name="Undo").press("Enter")
    assert "hello" in order(page)
    page.get_by_role("button", name="Save draft").click()
    wrong = page.locator(".save-problems")
    wrong.get_by_role("button", name="Step wait, for").press("Enter")
    expect(page.get_by_label("For", exact=True)).to_be_focused()
    page.get_by_label("For", exact=True).fill("2h")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    draft = stored(page)["draft"]
    assert [*draft["steps"]] == ["triage", "hello", "who", "subject", "people", "bye", "wait"]
    assert draft["steps"]["hello"]["next"] == "subject"
    assert draft["steps"]["wait"] == {"type": "wait", "for": "2h"}
    assert stored(page)["version"] == 1


def test_a_condition_is_put_together_in_words(page: Page, house: House):
    """Properties, operators and values are chosen; groups nest; a mistake is said there."""
    v1(page, "PUT", "/chatflows/support", {"welcome": "Hello"})
    edit(page, house)
    target = page.get_by_role("group", name="Which visitors get it")
    target.get_by_role("button", name="Add a condition").click()
    expect(target.get_by_label("Property")).to_be_focused()
    target.get_by_label("Property").select_option("deal.amount")
    target.get_by_label("Comparison").select_option(label="is between")
    target.get_by_label("Lowest").fill("10")
    target.get_by_label("Highest").fill("5")
    target.get_by_role("button", name="Add a group").click()
    target.get_by_label("Property").nth(1).select_option("page.query.")
    target.get_by_label("Query parameter: which").fill("plan")
    target.get_by_label("Value").fill("pro")
    page.get_by_role("button", name="Publish").click()
    expect(target.get_by_text("the lowest comes first")).to_be_visible()
    target.get_by_label("Highest").fill("50")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is live.")).to_be_visible()
    document = stored(page)["document"]
    assert document["target"] == {
        "all": [
            {"property": "deal.amount", "operator": "between", "value": [10, 50]},
            {"any": [{"property": "page.query.plan", "operator": "eq", "value": "pro"}]},
        ]
    }


def test_tokens_need_a_fallback(page: Page, house: House):
    """The helper asks for one, and a token that was typed without one is marked beside it."""
    v1(page, "PUT", "/chatflows/support", {"welcome": "Hello"})
    edit(page, house)
    greeting = page.get_by_label("Greeting")
    greeting.fill("Hi {{ contact.firstname }}")
    expect(page.get_by_text("contact.firstname may be unknown: write")).to_be_visible()
    greeting.fill("Hi ")
    page.get_by_role("button", name="Quote what is known").click()
    helper = page.get_by_role("group", name="Quote what is known")
    helper.get_by_label("What").select_option("contact.firstname")
    helper.get_by_role("button", name="Insert").click()
    expect(helper.get_by_text("Say what visitors read")).to_be_visible()
    helper.get_by_label("For whom it is not known").fill("there")
    helper.get_by_role("button", name="Insert").click()
    expect(greeting).to_have_value("Hi {{ contact.firstname | default: 'there' }}")
    expect(greeting).to_be_focused()
    talk = page.get_by_label("The talk")
    expect(talk.get_by_text("Hi there")).to_be_visible()
    page.get_by_label("Who comes").select_option("signed")
    expect(talk.get_by_text("Hi Ada")).to_be_visible()


def test_the_preview_talks_and_says_why(page: Page, house: House):
    """Buttons and forms are answered as a visitor; the end and the reasons are in words."""
    v1(page, "PUT", "/chatflows/support", SUPPORT)
    edit(page, house)
    preview = page.get_by_role("complementary", name="Preview")
    preview.get_by_role("button", name="Billing").click()
    preview.get_by_label("email").fill("nobody")
    preview.get_by_role("button", name="Send as the visitor").click()
    expect(
        preview.get_by_label("The talk").get_by_text("How can we reach you?")
    ).to_have_count(2)
    preview.get_by_label("email").fill("ada@example.com")
    preview.get_by_role("button", name="Send as the visitor").click()
    expect(preview.get_by_text("Anybody may answer.")).to_be_visible()
    preview.get_by_text("Why", exact=True).click()
    expect(preview.get_by_text("Case 1 does not hold.")).to_be_visible()
    expect(
        preview.get_by_text("contact’s lifecycle stage is “customer”: not known")
    ).to_be_visible()
    preview.get_by_label("Who comes").select_option("signed")
    expect(preview.get_by_text("contact’s lifecycle stage is “customer”: yes")).to_be_visible()
    preview.get_by_role("button", name="Start again").click()
    expect(preview.get_by_text("Good to see you again.")).to_be_visible()


def test_somebody_from_the_contacts_is_tried(page: Page, house: House):
    """What is known of a real contact is taken over, and the greeting names them."""
    v1(page, "PUT", "/chatflows/support", SUPPORT)
    page.evaluate(
        """csv => fetch('/v1/contacts/import', {
            method: 'POST', body: csv, headers: {'Content-Type': 'text/csv'}})""",
        "email,firstname,lastname\nkatja@example.com,Katja,Kramer\n",
    )
    edit(page, house)
    preview = page.get_by_role("complementary", name="Preview")
    preview.get_by_text("What is known of them").click()
    preview.get_by_label("Somebody from your contacts").fill("katja")
    page.keyboard.press("Enter")
    preview.get_by_role("button", name="Katja Kramer").click()
    expect(
        preview.get_by_label("The talk").get_by_text("Hi Katja, how can we")
    ).to_be_visible()
    expect(preview.get_by_label("Who comes")).to_have_value("signed")


def test_what_is_not_saved_is_not_lost_by_accident(page: Page, house: House):
    """Leaving asks first, by a link and by the back button; staying keeps what was written."""
    v1(page, "PUT", "/chatflows/support", SUPPORT)
    page.goto(f"{house.url}/app/chatflows")
    page.get_by_role("link", name="support").click()
    greeting = page.get_by_label("Greeting")
    greeting.fill("Not saved yet")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Inbox").click()
    expect(greeting).to_have_value("Not saved yet")
    page.go_back()
    expect(greeting).to_have_value("Not saved yet")
    assert len(asked) == 2
    assert page.url.endswith("/app/chatflows/support")
    page.remove_listener("dialog", stay)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    page.get_by_role("link", name="Inbox").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_an_earlier_version_comes_back(page: Page, house: House):
    """A rollback publishes what was, as a version of its own; deleting ends it all."""
    v1(page, "PUT", "/chatflows/support", SUPPORT)
    v1(page, "PUT", "/chatflows/support", {**SUPPORT, "welcome": "Other words"})
    page.goto(f"{house.url}/app/chatflows/support/versions")
    page.get_by_role("button", name="Roll back to version 1").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("row").filter(has_text="Live")).to_contain_text("3")
    document = stored(page)["document"]
    assert document["welcome"] == SUPPORT["welcome"]
    page.get_by_role("button", name="Delete support").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No chatflows yet")).to_be_visible()


def test_agents_are_told_whose_this_is(browser: Browser, house: House):
    """An agent without the role has no way there, and is told whom to ask."""
    for page in owners_page(browser, house, [], email=AGENT):
        expect(page.get_by_role("link", name="Inbox")).to_be_visible()
        expect(page.get_by_role("link", name="Chatflows")).to_have_count(0)
        page.goto(f"{house.url}/app/chatflows")
        expect(page.get_by_text("This is for owners and operators")).to_be_visible()
