"""The article's chatflows and routing: what the desk knows decides what happens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.article_documents import AGENTS, HOURS, OPEN
from tests.e2e.article_house import (
    THREADS,
    House,
    article_house,
    furnish,
    newest,
    says,
    send_form,
    write,
)

GREETING = "Hi {}, how can we help?"
PRO = "On the pro plan we call you back."
FREE = "On the free plan we write to you."
HANDED_OVER = "Thank you. Somebody takes over."


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[House]:
    """Start one server for these tests: each has contacts of its own."""
    assert browser.is_connected()
    with article_house(tmp_path_factory.mktemp("flows"), *AGENTS) as house:
        furnish(house)
        yield house


@pytest.fixture
def house(opened: House) -> House:
    """Have everybody at their desks."""
    for colleague in opened.people.values():
        colleague.is_here()
    return opened


def test_a_known_visitor_is_greeted_by_the_name_in_the_crm(house: House, visitor: Page):
    """The token says who it is, and the contact says what they are called."""
    house.meet("augusta", firstname="Augusta")
    says(house.shop.visit(visitor, "augusta"), GREETING.format("Augusta"))


def test_an_unknown_visitor_is_greeted_all_the_same(house: House, visitor: Page):
    """Who is not signed in has no name, and the greeting does without."""
    frame = house.shop.visit(visitor)
    says(frame, GREETING.format("there"))
    expect(frame.get_by_text("Not signed in")).to_be_visible()


def test_an_empty_name_leaves_no_hole_in_the_greeting(house: House, visitor: Page):
    """Who is signed in and has no name, in the CRM or in the token, gets the fallback."""
    house.meet("nameless", lastname="Nemo")
    frame = house.shop.visit(visitor, "nameless")
    says(frame, GREETING.format("there"))
    expect(frame.get_by_text("Signed in", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("plan", "told", "untold"), [("pro", PRO, FREE), ("basic", FREE, PRO)]
)
def test_a_customer_is_told_what_their_plan_holds(
    house: House, visitor: Page, plan: str, told: str, untold: str
):
    """One branch on the lifecycle stage, and in it one on the plan."""
    house.meet(f"on-{plan}", lifecyclestage="customer", plan=plan)
    frame = house.shop.visit(visitor, f"on-{plan}")
    says(frame, told)
    expect(frame.get_by_text(untold)).to_have_count(0)
    expect(frame.get_by_role("button", name="Billing")).to_be_visible()


def test_a_lead_is_asked_only_what_is_not_known_and_never_twice(house: House, visitor: Page):
    """The form leaves the address out; the next conversation asks nothing at all."""
    lead = house.meet("lena", firstname="Lena", lifecyclestage="lead", plan="pro")
    frame = house.shop.visit(visitor, "lena")
    company = frame.get_by_label("Company")
    expect(company).to_be_visible()
    expect(frame.get_by_label("E-mail")).to_have_count(0)
    expect(frame.get_by_text(PRO)).to_have_count(0)
    company.fill("Looms & Co")
    send_form(frame)
    frame.get_by_role("button", name="Billing").click()
    says(frame, HANDED_OVER)
    found = house.contact(lead, "company", "shop_topic")
    assert found == {"company": "Looms & Co", "shop_topic": "Billing"}

    frame.get_by_role("button", name="Your conversations").click()
    frame.get_by_role("button", name="New conversation").click()
    says(frame, GREETING.format("Lena"))
    write(frame, "Lena again.")
    says(frame, HANDED_OVER)
    expect(frame.get_by_label("Company")).to_have_count(0)
    expect(frame.get_by_role("button", name="Billing")).to_have_count(0)


def test_a_form_is_filled_in_with_what_is_known_and_can_be_corrected(
    house: House, visitor: Page
):
    """What the visitor corrects is in the CRM, and what they leave is as it was."""
    known = {"firstname": "Quinn", "company": "Old Mill", "phone": "+1 555 0100"}
    quinn = house.meet("quinn", **known)
    frame = house.shop.visit(visitor, "quinn", "/quote")
    expect(frame.get_by_label("E-mail")).to_have_value("quinn@example.com")
    expect(frame.get_by_label("Phone")).to_have_value("+1 555 0100")
    expect(frame.get_by_label("Company")).to_have_value("Old Mill")
    frame.get_by_label("Company").fill("New Mill")
    send_form(frame)
    says(frame, HANDED_OVER)
    found = house.contact(quinn, "email", "phone", "company")
    assert found == {
        "email": "quinn@example.com",
        "phone": "+1 555 0100",
        "company": "New Mill",
    }


@pytest.mark.parametrize(
    ("name", "known", "deals", "way"),
    [
        pytest.param(
            "grace",
            {"plan": "vip", "lifecyclestage": "customer"},
            [(500_000, "qualifiedtobuy")],
            ("VIP", "priority", "high", "pia"),
            id="a VIP goes to the priority team, whatever else they are",
        ),
        pytest.param(
            "linus",
            {"lifecyclestage": "lead", "company": "Berg Bindery"},
            [(2_500, "qualifiedtobuy"), (250_000, "contractsent")],
            ("large deal", "sales", "normal", "sol"),
            id="a lead with a deal of 250,000 goes to sales",
        ),
        pytest.param(
            "carl",
            {"lifecyclestage": "customer"},
            [(250_000, "closedwon"), (2_500, "qualifiedtobuy")],
            ("customer", "success", "normal", "cora"),
            id="a customer goes to customer success: a deal that is won is no lead",
        ),
    ],
)
def test_who_you_are_decides_who_answers(
    house: House,
    visitor: Page,
    name: str,
    known: dict[str, str],
    deals: list[tuple[int, str]],
    way: tuple[str, str, str, str],
):
    """The rule, the team and the agent; the agent's answer; the transcript on the contact."""
    rule, team, priority, agent = way
    contact = house.meet(name, firstname=name.title(), **known)
    for amount, stage in deals:
        house.deal(contact, amount, stage)
    frame = house.shop.visit(visitor, name, "/door")
    write(frame, f"This is {name}.")
    says(frame, HANDED_OVER)

    thread = house.thread(contact)
    colleague = house.people[agent]
    assigned = house.assigned(thread, colleague)
    routed = house.decisions(thread)[0]
    assert (routed["step"], routed["rule"]) == ("routed", rule)
    assert (routed["team"], routed["priority"]) == (team, priority)
    assert (assigned["step"], assigned["by"]) == ("assigned", "balanced")
    assert assigned["agentId"] == colleague.id
    house.answer(thread, colleague, f"{colleague.name} here.")
    says(frame, f"{colleague.name} here.")
    assert house.transcript(thread) == [
        GREETING.format(name.title()),
        HANDED_OVER,
        f"This is {name}.",
        f"{colleague.name} here.",
    ]


def test_whom_no_rule_knows_goes_to_support_for_anybody_to_take(house: House, visitor: Page):
    """A small deal is no large one: the fallback, whose trace says that no rule held."""
    contact = house.meet("mila", lifecyclestage="lead")
    house.deal(contact, 2_500)
    frame = house.shop.visit(visitor, "mila", "/door")
    write(frame, "Mila, with a small order.")
    expect(frame.get_by_text("You are n", exact=False)).to_be_visible()
    thread = house.thread(contact)
    (routed,) = house.decisions(thread)
    assert (routed["rule"], routed["team"]) == (None, "support")
    assert [line["matched"] for line in routed["trace"]] == [False, False, False]
    assert "assignedTo" not in house.call("GET", f"{THREADS}/{thread}")


def test_out_of_hours_a_stranger_leaves_an_address_and_is_answered_by_day(
    house: House, visitor: Page
):
    """The away path; nobody is given the conversation until the office opens."""
    frame = house.shop.visit(visitor, path="/night")
    says(frame, "Nobody is here at this hour.")
    frame.get_by_label("E-mail").fill("owl@example.com")
    send_form(frame)
    says(frame, "We answer in the morning.")
    expect(frame.get_by_text("We are away right now")).to_be_visible()
    thread = newest(house)
    routed = house.decisions(thread)[-1]
    assert (routed["step"], routed["team"]) == ("routed", "night")
    assert "assignedTo" not in house.call("GET", f"{THREADS}/{thread}")
    try:
        house.call("PUT", "/v1/hours/night", OPEN)
        house.assigned(thread, house.people["cora"])
        expect(frame.get_by_text("We are away right now")).to_have_count(0)
        house.answer(thread, house.people["cora"], "Good morning!")
        says(frame, "Good morning!")
    finally:
        house.call("PUT", "/v1/hours/night", HOURS["night"])


def test_with_nobody_at_a_desk_a_vip_is_next_and_gets_who_comes_back_first(
    house: House, visitor: Page
):
    """The team is open and empty: the visitor sees their place until somebody is there."""
    pia = house.people["pia"]
    pia.is_here(here=False)
    vip = house.meet("vera", firstname="Vera", plan="vip")
    frame = house.shop.visit(visitor, "vera", "/door")
    write(frame, "Is anybody there?")
    expect(frame.get_by_text("You are next.")).to_be_visible()
    thread = house.thread(vip)
    assert "assignedTo" not in house.call("GET", f"{THREADS}/{thread}")
    pia.is_here()
    house.assigned(thread, pia)
    expect(frame.get_by_text("You are next.")).to_have_count(0)
