"""The pages about routing, teams and office hours, as an owner uses them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.desk_talks_house import furnish, v1, visit
from tests.e2e.functions_house import functions_house
from tests.e2e.sites_house import House


@pytest.fixture
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a server for each test: what there is decides what the pages say."""
    assert browser.is_connected()
    with functions_house(tmp_path_factory.mktemp("routing")) as house:
        yield house


def test_hours_are_made(page: Page, house: House):
    """Times are tidied, what is wrong is said at its day, and the page says when it opens."""
    page.goto(f"{house.url}/app/hours")
    page.get_by_role("link", name="New office hours").click()
    page.get_by_role("button", name="Make them").click()
    expect(page.get_by_text("Use 1 to 64 small letters")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("late")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Add a span on Saturday").click()
    page.get_by_label("Saturday, span 1, from").fill("22")
    page.get_by_label("Saturday, span 1, to").fill("6")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Saturday, span 1, from")).to_have_value("22:00")
    expect(page.get_by_text("next day")).to_be_visible()
    page.get_by_label("Monday, span 1, to").fill("later")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Make them").click()
    expect(page.get_by_text("write it like 09:00-17:30")).to_be_visible()
    page.get_by_label("Monday, span 1, to").fill("16:00")
    page.get_by_role("button", name="Make them").click()
    expect(page.get_by_role("heading", name="late")).to_be_visible()
    expect(page.locator(".open-now")).to_contain_text("Open")
    kept = v1(page, "GET", "/hours/late")
    assert kept["days"]["sat"] == ["22:00-06:00"]
    assert kept["days"]["mon"] == ["09:00-16:00"]
    v1(page, "DELETE", "/hours/late")


def test_a_click_while_a_time_is_being_written_counts(page: Page, house: House):
    """Leaving the field tidies the time, and moves nothing from under the pointer."""
    page.goto(f"{house.url}/app/new-hours")
    page.get_by_label("Name", exact=True).fill("night")
    page.get_by_role("button", name="Add a span on Friday").click()
    page.get_by_label("Friday, span 2, from").fill("22:00")
    written = page.get_by_label("Friday, span 2, to")
    written.fill("6")
    opening = page.locator(".open-now")
    expect(opening).to_have_text("Some of these hours cannot be read yet.")
    save = page.get_by_role("button", name="Make them")
    before = save.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + 10, before["y"] + 4)
    page.mouse.down()
    expect(written).to_have_value("06:00")
    expect(opening).to_contain_text("now")
    assert save.bounding_box() == before
    page.mouse.up()
    expect(page.get_by_role("heading", name="night")).to_be_visible()
    kept = v1(page, "GET", "/hours/night")["days"]["fri"]
    assert kept == ["09:00-17:00", "22:00-06:00"]


def test_a_team_is_made_and_deleted(page: Page, house: House):
    """Agents are chosen by name; a team that rules name is not deleted, and that is said."""
    v1(page, "PUT", "/hours/late", {"zone": "UTC", "days": {}})
    page.goto(f"{house.url}/app/teams")
    page.get_by_role("link", name="New team").click()
    page.get_by_label("Name", exact=True).fill("night")
    page.get_by_label("Add an agent").select_option(label="Arne Agent")
    page.get_by_label("In turns").check()
    page.get_by_label("How many open conversations").fill("many")
    page.get_by_label("Office hours").select_option("late")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("How many open conversations")).to_be_focused()
    page.get_by_label("How many open conversations").fill("3")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="night")).to_be_visible()
    team = v1(page, "GET", "/teams/night")
    assert (team["strategy"], team["capacity"], team["hours"]) == ("round_robin", 3, "late")
    assert len(team["agents"]) == 1
    v1(page, "PUT", "/routing", {"fallback": {"team": "night"}})
    page.get_by_role("button", name="Delete this team").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete this team").click()
    expect(dialog.get_by_text("sends conversations to this one")).to_be_visible()
    v1(page, "PUT", "/routing", {})
    dialog.get_by_role("button", name="Delete this team").click()
    expect(page.get_by_role("heading", name="No teams yet")).to_be_visible()


def test_a_rule_is_made(page: Page, house: House):
    """A rule without a condition is refused where it is missing; one with it is kept."""
    v1(page, "PUT", "/teams/night", {"agents": []})
    page.goto(f"{house.url}/app/routing")
    expect(page.get_by_text("No rules yet")).to_be_visible()
    page.get_by_role("button", name="Add a rule").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("At night")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("must be a name such as contact.plan")).to_be_visible()
    form = page.locator(".flow-form")
    form.get_by_label("Property").select_option("hours.open")
    form.get_by_label("Value").select_option("false")
    form.get_by_label("Goes to").first.select_option("night")
    form.get_by_label("Priority").first.select_option("urgent")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing changed.")).to_be_visible()
    plan = v1(page, "GET", "/routing")
    when = {"property": "hours.open", "operator": "eq", "value": False}
    assert plan["rules"] == [
        {"name": "At night", "when": when, "team": "night", "priority": "urgent"}
    ]
    v1(page, "PUT", "/routing", {})
    v1(page, "DELETE", "/teams/night")


def test_the_plan_is_tried_as_it_is_written(page: Page, house: House):
    """Somebody made up goes where the page says, with each rule's answer."""
    furnish(page)
    page.goto(f"{house.url}/app/routing")
    trial = page.get_by_role("complementary", name="Who goes where")
    expect(trial.get_by_text("Goes to the team support.")).to_be_visible()
    expect(trial.get_by_text("amount is at least 100,000: not known")).to_be_visible()
    trial.get_by_label("Value").nth(0).select_option("customer")
    trial.get_by_label("Value").nth(1).fill("250000")
    verdict = "Goes to the team sales, with high priority, by the rule “Large customers”."
    expect(trial.get_by_text(verdict)).to_be_visible()
    page.locator(".step-open").first.click()
    page.locator(".flow-form").get_by_label("Value").nth(1).fill("300000")
    expect(trial.get_by_text("Goes to the team support.")).to_be_visible()
    expect(trial.get_by_text("amount is at least 300,000: no")).to_be_visible()


def test_rules_are_moved_by_keyboard(page: Page, house: House):
    """Alt with an arrow moves a rule, and the focus goes along; the order is what is kept."""
    furnish(page)
    before = v1(page, "GET", "/routing")
    second = {**before["rules"][0], "name": "Second"}
    v1(page, "PUT", "/routing", {**before, "rules": [before["rules"][0], second]})
    page.goto(f"{house.url}/app/routing")
    page.locator(".step-open").nth(1).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".step-open").first).to_contain_text("Second")
    expect(page.locator(".step-open").first).to_be_focused()
    page.get_by_role("button", name="Delete Large customers").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing changed.")).to_be_visible()
    assert [rule["name"] for rule in v1(page, "GET", "/routing")["rules"]] == ["Second"]
    v1(page, "PUT", "/routing", before)


def test_why_a_conversation_went_there(page: Page, house: House):
    """The decisions about a visitor's conversation are told in words, rule by rule."""
    furnish(page)
    conversation = visit(page, house)
    page.goto(f"{house.url}/app/decisions")
    first = page.get_by_role("listitem").filter(has_text="Sent to the team support").first
    expect(first).to_contain_text("no rule held")
    first.get_by_text("What each rule said").click()
    expect(first.get_by_text("Rule “Large customers” does not hold.")).to_be_visible()
    page.locator(f'a[href="/app/decisions/{conversation}"]').first.click()
    expect(page.get_by_text("of the queue")).to_be_visible()
    page.get_by_role("link", name="All decisions").click()
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
