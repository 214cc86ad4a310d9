"""The main job, in a browser: a signed-in visitor is known, and then nobody again."""

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Page, expect
from tests.e2e.conftest import Demo
from tests.e2e.readme_picture import lay_side_by_side

FRAME = "#hubspot-messages-iframe-container > iframe"
GREETING_TO = "Hi {}, how can we help?"


def chat(page: Page) -> FrameLocator:
    """Return the widget's frame in a shop's page."""
    return page.frame_locator(FRAME)


def open_chat(page: Page) -> FrameLocator:
    """Open the chat by its launcher."""
    frame = chat(page)
    frame.get_by_role("button", name=re.compile("^Open chat")).click()
    return frame


def sign_in(page: Page, demo: Demo, name: str) -> None:
    """Sign in to the shop as one of its people."""
    page.goto(f"{demo.shop}/sign-in")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_text(f"Signed in as {name.partition(' ')[0]}")).to_be_visible()


def say(frame: FrameLocator, text: str) -> None:
    """Write a message in the chat and wait until it is kept."""
    frame.get_by_role("textbox", name="Write a message").fill(text)
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("log").get_by_text(text).last).to_be_visible()
    expect(frame.get_by_text("Sent", exact=True)).to_be_visible()


def open_inbox(agent: Page, demo: Demo) -> None:
    """Open the agents' app, signed in by the shop's link."""
    agent.goto(f"{demo.shop}/agent")
    expect(agent).to_have_url(re.compile(r"/app/inbox$"))


def pick(agent: Page, name: str) -> None:
    """Open a conversation in the inbox."""
    agent.get_by_role("link", name=re.compile(name)).first.click()


def answer(agent: Page, text: str) -> None:
    """Answer as the agent."""
    agent.get_by_role("textbox", name=re.compile("^Write to ")).fill(text)
    agent.get_by_role("button", name="Send").click()


def test_a_signed_in_visitor_is_known_and_then_forgotten(
    demo: Demo, visitor: Page, agent: Page, picture: Callable[[Page, str], None]
):
    """Ada is greeted, vouched for, answered, forgotten; Grace sees nothing of her."""
    sign_in(visitor, demo, "Ada Lovelace")
    frame = open_chat(visitor)
    expect(frame.get_by_text(GREETING_TO.format("Ada"))).to_be_visible()
    expect(frame.get_by_text("Signed in as Ada")).to_be_visible()
    say(frame, "Do you have the blue ink again?")

    open_inbox(agent, demo)
    pick(agent, "Ada Lovelace")
    main = agent.get_by_role("main")
    expect(main.get_by_text("Signed").first).to_be_visible()
    expect(main.get_by_text("ada@example.com").first).to_be_visible()
    expect(main.get_by_text("Analytical Engines").first).to_be_visible()

    answer(agent, "Yes, since this morning.")
    expect(frame.get_by_role("log").get_by_text("Yes, since this morning.")).to_be_visible()
    say(frame, "Wonderful, thank you!")
    expect(main.get_by_text("Wonderful, thank you!").first).to_be_visible()
    picture(visitor, "visitor-ada")
    picture(agent, "agent-ada")
    lay_side_by_side(visitor, agent)

    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    frame = open_chat(visitor)
    expect(frame.get_by_text(GREETING_TO.format("there"))).to_be_visible()
    expect(frame.get_by_text("Not signed in")).to_be_visible()
    assert_nothing_of_ada(frame)
    picture(visitor, "visitor-signed-out")

    sign_in(visitor, demo, "Grace Hopper")
    frame = open_chat(visitor)
    expect(frame.get_by_text(GREETING_TO.format("Grace"))).to_be_visible()
    assert_nothing_of_ada(frame)
    say(frame, "Grace here.")
    agent.get_by_role("link", name=re.compile("Grace Hopper")).first.wait_for()


def assert_nothing_of_ada(frame: FrameLocator) -> None:
    """No word that Ada wrote or read is anywhere in the frame, nor her name."""
    shown = frame.locator("body").inner_text()
    for trace in ("Ada", "blue ink", "this morning", "Wonderful"):
        assert trace not in shown


def test_hubspots_own_snippet_is_enough(demo: Demo, visitor: Page):
    """A page with HubSpot's documented code, and no callingcard.js, identifies its visitor."""
    sign_in(visitor, demo, "Ada Lovelace")
    visitor.goto(f"{demo.shop}/hubspot-only")
    assert "callingcard.js" not in [
        (source or "").rpartition("/")[2]
        for source in visitor.locator("script").evaluate_all("all => all.map(s => s.src)")
    ]
    frame = open_chat(visitor)
    expect(frame.get_by_text(GREETING_TO.format("Ada"))).to_be_visible()
    say(frame, "From HubSpot's own snippet.")


def test_history_follows_the_visitor_to_a_second_device(
    demo: Demo, visitor: Page, agent: Page
):
    """What Ada wrote in one browser is there when she signs in with another."""
    sign_in(visitor, demo, "Ada Lovelace")
    say(open_chat(visitor), "Written on the first device.")
    sign_in(agent, demo, "Ada Lovelace")
    frame = open_chat(agent)
    expect(frame.get_by_text("Written on the first device.")).to_be_visible()


def test_a_message_written_offline_arrives_once(demo: Demo, visitor: Page):
    """A break in the connection delays a message, and does not double it."""
    frame = open_chat_at_home(visitor, demo)
    say(frame, "Before the break.")
    visitor.context.set_offline(True)
    frame.get_by_role("textbox", name="Write a message").fill("During the break.")
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("log").get_by_text("During the break.")).to_be_visible()
    visitor.context.set_offline(False)
    expect(frame.get_by_text("Sent", exact=True)).to_be_visible(timeout=40_000)
    visitor.reload()
    frame = open_chat(visitor)
    expect(frame.get_by_text("Before the break.")).to_have_count(1)
    expect(frame.get_by_text("During the break.")).to_have_count(1)


def open_chat_at_home(page: Page, demo: Demo) -> FrameLocator:
    """Open the shop without signing in, and the chat in it."""
    page.goto(demo.shop)
    return open_chat(page)


def test_no_token_is_in_a_url_or_in_the_pages_storage(demo: Demo, visitor: Page):
    """Tokens travel in bodies and messages only, and the page keeps none."""
    urls: list[str] = []
    visitor.on("request", lambda request: urls.append(request.url))
    sign_in(visitor, demo, "Ada Lovelace")
    frame = open_chat(visitor)
    expect(frame.get_by_text("Signed in as Ada")).to_be_visible()
    token = visitor.evaluate("window.hsConversationsSettings.identificationToken")
    assert token
    assert [url for url in urls if token in url or "ada%40" in url or "ada@" in url] == []
    kept = visitor.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert token not in kept


def test_what_a_visitor_writes_is_never_markup(demo: Demo, visitor: Page, agent: Page):
    """Scripts in messages are shown as text, in the widget and in the app."""
    hostile = (
        "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    )
    frame = open_chat_at_home(visitor, demo)
    say(frame, hostile)
    open_inbox(agent, demo)
    pick(agent, "Visitor")
    expect(agent.get_by_role("main").get_by_text(hostile).first).to_be_visible()
    assert "owned" not in agent.title()
    assert "owned" not in visitor.title()
