"""A real Chromium, and the real demo to look at."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.e2e.functions_house import functions_house, owners_page
from tests.e2e.inbox_house import Desk, inbox_house
from tests.e2e.pictures import PICTURES, WIDTHS
from tests.e2e.sites_house import House
from tests.support.processes import Product, free_port

expect.set_options(timeout=15_000)  # a busy machine is slow, and that is no failure

CHROMIUM = os.environ.get("CALLINGCARD_TEST_CHROMIUM", "")
BUILT = Path(__file__).parents[2] / "src/callingcard/server/static/built/app/index.html"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Demo:
    """The running demo: the product, and the shop on an origin of its own."""

    product: Product
    shop: str

    @property
    def url(self) -> str:
        """The product's origin."""
        return self.product.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium, or skip with the reason.

    For one module and no longer: Playwright runs an event loop as long as it lives,
    and other modules have loops of their own.
    """
    missing = "" if CHROMIUM else "set CALLINGCARD_TEST_CHROMIUM, as `make check` does"
    if not BUILT.exists():
        missing = "the front end is not built: run `make web`"
    if missing:
        if os.environ.get("CALLINGCARD_REQUIRE_ALL"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def demo(tmp_path: Path, browser: Browser) -> Iterator[Demo]:
    """Start the demo in an empty folder."""
    port = free_port()
    product = Product(tmp_path, "demo", port=port).start()
    yield Demo(product, f"http://127.0.0.1:{port + 1}")
    product.stop()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Return a page of a visitor's own browser, which must not report errors."""
    yield from _page(browser, width=1280, height=860)


@pytest.fixture
def agent(browser: Browser) -> Iterator[Page]:
    """Return a page of an agent's own browser, which must not report errors."""
    yield from _page(browser, width=1440, height=900)


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a server with one site, which the tests of a module share and furnish."""
    assert browser.is_connected()
    with functions_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def bare_house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a server in which there is nothing, and never will be."""
    assert browser.is_connected()
    with functions_house(tmp_path_factory.mktemp("bare")) as house:
        yield house


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start a server with people to answer chats, in which a test has visitors of its own."""
    assert browser.is_connected()
    with inbox_house(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture
def page(browser: Browser, house: House, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open the owner's browser, in which no script may fail.

    A module that uses the fixture ``face`` has it in every size and pair of colours.
    """
    errors: list[str] = []
    yield from owners_page(browser, house, errors, **_face(request))
    assert errors == []


@pytest.fixture
def bare_page(
    browser: Browser, bare_house: House, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """Open such a browser where there is nothing yet."""
    errors: list[str] = []
    yield from owners_page(browser, bare_house, errors, **_face(request))
    assert errors == []


def _face(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.getfixturevalue("face") if "face" in request.fixturenames else {}


@pytest.fixture
def empty_house(tmp_path: Path, browser: Browser) -> Iterator[House]:
    """Start a server of one test's own: tests run in any order, and leave things behind."""
    assert browser.is_connected()
    with functions_house(tmp_path) as house:
        yield house


@pytest.fixture
def first_page(browser: Browser, empty_house: House) -> Iterator[Page]:
    """Open the owner's browser on the empty house, in which no script may fail."""
    errors: list[str] = []
    yield from owners_page(browser, empty_house, errors)
    assert errors == []


def _page(browser: Browser, *, width: int, height: int) -> Iterator[Page]:
    """Open a page in a context of its own, and fail when a script fails in it."""
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def picture() -> Callable[[Page, str], None]:
    """Return what takes a picture of a page, for people to look at afterwards."""
    PICTURES.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=str(PICTURES / f"{name}.png"))

    return take


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Say which colours the reader prefers."""
    return str(request.param)


@pytest.fixture(params=WIDTHS, ids=lambda size: str(size[0]))
def face(request: pytest.FixtureRequest, scheme: str) -> dict[str, Any]:
    """Say how large the reader's window is, and in which colours."""
    width, height = request.param
    return {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
