"""Each example runs as its README says, beside a real desk that believes its tokens."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.example_apps import COMMANDS, EXAMPLES, Example, running
from tests.support.processes import Product, free_port


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start one desk for all examples."""
    product = Product(tmp_path_factory.mktemp("desk"), "serve", port=free_port()).start()
    yield product
    product.stop()


@pytest.fixture(scope="module")
def key(desk: Product) -> str:
    """Make the key that the READMEs make."""
    return desk.run("keys", "create", "example", "--scope", "desk")


@pytest.fixture(params=COMMANDS)
def example(
    request: pytest.FixtureRequest, desk: Product, key: str, tmp_path: Path
) -> Iterator[Example]:
    """Start one example after the other."""
    with running(request.param, desk, key, tmp_path) as started:
        yield started


def sign_in(browser: httpx.Client, name: str) -> None:
    """Sign in by the example's own form, which has a token against forgery in Django."""
    page = browser.get("/sign-in").text
    forged = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    if forged is None:
        reply = browser.post("/sign-in", data={"name": name.title()})
    else:
        person = {"username": name, "password": name, "csrfmiddlewaretoken": forged[1]}
        reply = browser.post("/sign-in", data=person)
    assert f"Signed in as {name.title()}" in reply.text


def sign_out(browser: httpx.Client) -> None:
    """Sign out by the example's own form."""
    page = browser.get("/").text
    forged = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    reply = browser.post(
        "/sign-out", data={"csrfmiddlewaretoken": forged[1]} if forged else {}
    )
    assert "the chat is anonymous" in reply.text


def evidence(desk: Product, settings: dict[str, str], email: str) -> str:
    """Return how well the desk knows whoever comes with *settings* as *email*."""
    session = {"email": email, "token": settings["identificationToken"]}
    reply = httpx.post(f"{desk.url}/v1/widget/web/session", json=session, trust_env=False)
    return str(reply.json()["evidence"])


def test_the_chat_knows_whoever_is_signed_in(example: Example):
    """From anonymous to signed and back, and no other site can cause a token."""
    with example.browser() as browser:
        assert browser.post("/chat/token", json={}).status_code == 204
        sign_in(browser, "ada")
        reply = browser.post("/chat/token", json={}, headers={"Origin": example.url})
        assert reply.status_code == 200
        settings = reply.json()["settings"]
        assert settings["identificationEmail"] == "ada@example.com"
        assert evidence(example.desk, settings, "ada@example.com") == "signed"
        assert evidence(example.desk, settings, "grace@example.com") == "anonymous"

        abroad = {"Origin": "https://evil.example"}
        assert browser.post("/chat/token", json={}, headers=abroad).status_code == 403
        assert browser.post("/chat/token", data={"a": "b"}).status_code == 415
        assert browser.get("/chat/token").status_code == 405

        with example.browser() as other:
            sign_in(other, "grace")
            hers = other.post("/chat/token", json={}).json()
            assert hers["settings"]["identificationEmail"] == "grace@example.com"

        assert browser.delete("/chat/token").status_code == 204
        sign_out(browser)
        assert browser.post("/chat/token", json={}).status_code == 204


def test_the_page_asks_its_own_app(example: Example):
    """Its script comes from the desk, its token from the app, and the script is there."""
    with example.browser() as browser:
        page = browser.get("/").text
    tag = re.search(r"<script src=\"([^\"]+)\" ([^>]*)>", page)
    assert tag is not None
    assert tag[1] == f"{example.desk.url}/callingcard.js"
    assert tag[2] == 'data-endpoint="/chat/token" data-inbox="web" async'


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_says_how_it_is_run_here(name: str):
    """The command of the README is the one of this test."""
    readme = (EXAMPLES / name / "README.md").read_text()
    command = COMMANDS[name].format(folder=f"examples/{name}", port=8500)
    said = command.removeprefix("-m ") if command.startswith("-m") else f"python {command}"
    key = "HUBSPOT_ACCESS_TOKEN=$(callingcard keys create example --scope desk)"
    assert "\ncallingcard serve\n" in readme
    assert f"\n{key} {said}\n" in readme
