"""``/v1/admin/functions`` and ``/templates``, as the app uses them."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from tests.support.deploying import House, house, raised

from callingcard.backends.database import Database
from callingcard.functions.api.deploys import Deploys, deploy_routes
from callingcard.functions.api.functions import FunctionPages, function_routes
from callingcard.functions.api.templates import template_routes
from callingcard.functions.model.activity import Activity, Hour
from callingcard.functions.model.triggers import ScheduleState
from callingcard.functions.model.values import FunctionName
from callingcard.functions.service.deploying.starters import starter
from callingcard.functions.service.templates import TemplateDesk
from callingcard.functions.store.payloads import SqlPayloads
from callingcard.functions.templates.gallery import Gallery
from callingcard.kit.actor import Actor
from callingcard.kit.clock import FakeClock
from callingcard.kit.crypto import Sealer
from callingcard.server import problems

TEMPLATE = """\
# /// script
# dependencies = ["httpx"]
# [tool.callingcard]
# description = "A token"
# connectors = ["hubspot"]
# storage = ["tokens"]
# trigger = { http = "POST", auth = "visitor" }
# ///
from connectors import hubspot


def main() -> str:
    return hubspot.create_token(email="a@b.c").token
"""


async def who(_request: Request) -> Actor:
    """Say that an agent asks."""
    return Actor("agent", "9", "Grace")


class Numbers:
    """Says that every function ran twice."""

    async def activity(
        self, names: Collection[str], now: datetime
    ) -> Mapping[FunctionName, Activity]:
        """Return the same for each."""
        one = Activity(
            2, 1, timedelta(milliseconds=12.5), None, now, tuple(Hour(now, 2, 1) for _ in "a")
        )
        return {FunctionName(name): one for name in names}


class Schedules:
    """Knows of one schedule."""

    def __init__(self, clock: FakeClock) -> None:
        self.now = clock.now()

    async def schedules(self, _function: str | None = None) -> Sequence[ScheduleState]:
        """Return where it stands."""
        return [ScheduleState(FunctionName("a"), 0, "0 9 * * *", "UTC", self.now, self.now)]


@pytest.fixture
def here(database: Database, clock: FakeClock) -> House:
    """Return a desk over each database in turn."""
    return house(database, clock)


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    """Return a gallery of one template."""
    folder = tmp_path / "gallery" / "token"
    folder.mkdir(parents=True)
    (folder / "template.toml").write_text('title = "Token"\ndescription = "Makes one."\n')
    (folder / "token.py").write_text(TEMPLATE)
    return Gallery(tmp_path / "gallery")


@pytest.fixture
async def client(
    here: House, database: Database, clock: FakeClock, gallery: Gallery
) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the routes."""
    pages = FunctionPages(
        functions=here.desk,
        payloads=SqlPayloads(database, Sealer([b"k" * 32], "payloads")),
        numbers=Numbers(),
        triggers=Schedules(clock),  # type: ignore[arg-type]
        connectors=here.shelf,
        clock=clock,
        public_url="https://chat.example",
    )
    deploys = Deploys(here.desk, clock)
    app = FastAPI()
    problems.install(app)
    app.include_router(function_routes(pages, who))
    app.include_router(deploy_routes(deploys, who))
    app.include_router(
        template_routes(TemplateDesk(gallery, here.desk, here.shelf), pages, who)
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk/v1/admin"
    ) as opened:
        yield opened
    await deploys.close()


async def deployed(client: httpx.AsyncClient, name: str, source: str) -> dict[str, object]:
    """Deploy over HTTP, and wait for the end."""
    begun = await client.post(f"/functions/{name}/deploys", json={"source": source})
    assert begun.status_code == 202
    where = f"/functions/{name}/deploys/{begun.json()['id']}"
    async with asyncio.timeout(10):
        while True:
            found = (await client.get(where)).json()
            if found["state"] != "running":
                return found
            await asyncio.sleep(0.01)


async def test_a_function_is_begun_written_and_deployed(client: httpx.AsyncClient):
    """From a starter, over a draft, to a version that counts."""
    begun = await client.post("/functions", json={"name": "a"})
    assert begun.status_code == 201
    assert begun.json()["draftSource"] == starter("a")
    assert begun.json()["version"] is None
    assert (await client.post("/functions", json={"name": "a"})).status_code == 409
    saved = await client.put("/functions/a/draft", json={"source": "def main(): ..."})
    assert saved.json() == {"savedAt": "2030-01-01T12:00:00Z"}
    done = await deployed(client, "a", "def main(): ...")
    assert done["state"] == "done"
    assert done["version"]["number"] == 1
    assert [step["name"] for step in done["steps"]] == ["read", "check", "describe", "publish"]
    shown = (await client.get("/functions/a")).json()
    assert (shown["draft"], shown["draftSource"]) == (False, None)
    assert shown["source"] == "def main(): ..."
    assert shown["version"]["deployedBy"] == "agent 9"
    assert shown["schema"] == {"type": "object"}
    assert shown["manifest"] == {
        "timeoutMs": 5000,
        "memoryBytes": 128 * 1024 * 1024,
        "onError": "fail",
        "sensitive": [],
        "dependencies": [],
    }


async def test_the_list_shows_what_is_used_and_what_is_wrong(
    client: httpx.AsyncClient, here: House
):
    """Deployed functions and drafts by name, with the last day of each."""
    source = (
        '# /// script\n# [tool.callingcard]\n# connectors = ["hubspot"]\n'
        '# trigger = { schedule = "0 9 * * *" }\n# ///\ndef main(): ...'
    )
    await deployed(client, "a", source)
    await client.post("/functions", json={"name": "b", "source": "x = 1"})
    here.shelf.installed.clear()
    first, second = (await client.get("/functions")).json()["functions"]
    assert (first["name"], first["draft"]) == ("a", False)
    assert first["problems"] == ["There is no connector hubspot: its calls fail."]
    assert first["triggers"][0]["nextAt"] == "2030-01-01T12:00:00Z"
    assert first["activity"]["runs24h"] == 2
    assert (first["activity"]["p50Ms"], first["activity"]["p95Ms"]) == (12.5, None)
    assert (second["name"], second["draft"], second["version"]) == ("b", True, None)


async def test_a_deploy_that_fails_says_where(client: httpx.AsyncClient, here: House):
    """With the line to jump to; and nothing counts."""
    here.sandbox.answer = raised("no", 3)
    failed = await deployed(client, "a", "def main(): ...")
    assert failed["state"] == "failed"
    assert failed["error"] == {"message": "line 3: ValueError: no", "hint": "", "line": 3}
    assert (await client.get("/functions/a")).status_code == 404
    assert (await client.get("/functions/a/deploys/dep_" + "0" * 32)).status_code == 404


async def test_versions_are_shown_and_gone_back_to(client: httpx.AsyncClient):
    """The newest first, one of them current, each with its source."""
    for number in (1, 2):
        await deployed(client, "a", f"def main(): return {number}")
    listed = (await client.get("/functions/a/versions")).json()
    assert [(v["number"], v["current"]) for v in listed["versions"]] == [(2, True), (1, False)]
    assert {release["kind"] for release in listed["releases"]} == {"deploy"}
    one = (await client.get(f"/functions/a/versions/{listed['versions'][1]['id']}")).json()
    assert (one["source"], one["current"]) == ("def main(): return 1", False)
    back = await client.post("/functions/a/rollback", json={"version": one["id"]})
    assert back.json()["version"]["number"] == 1
    missing = await client.post("/functions/a/rollback", json={"version": "9"})
    assert (missing.status_code, missing.json()["code"]) == (404, "functions.unknown_version")


async def test_a_deleted_function_is_not_found(client: httpx.AsyncClient, here: House):
    """Its storage is erased only when somebody says so."""
    await deployed(client, "a", "def main(): ...")
    assert (await client.delete("/functions/a?storage=true")).status_code == 204
    assert here.erased.functions == ["a"]
    assert (await client.get("/functions/a")).status_code == 404
    assert (await client.delete("/functions/a")).status_code == 404


async def test_payloads_are_kept(client: httpx.AsyncClient):
    """As they were given; of a function that there is, and of a bearable size."""
    await client.post("/functions", json={"name": "a"})
    ada = {"email": "ada@example.com", "userId": "7", "firstName": "Ada", "lastName": ""}
    given = {"payloads": [{"name": "one", "arguments": {"n": [1]}, "visitor": ada}]}
    assert (await client.put("/functions/a/payloads", json=given)).json() == given
    assert (await client.get("/functions/a/payloads")).json() == given
    large = {"payloads": [{"name": "x", "arguments": "x" * 600_000}]}
    assert (await client.put("/functions/a/payloads", json=large)).status_code == 422
    assert (await client.get("/functions/b/payloads")).status_code == 404


async def test_a_template_shows_what_it_asks_for(client: httpx.AsyncClient, here: House):
    """Connectors with operations, storage, triggers, packages, and missing secrets."""
    here.shelf.installed.clear()
    (shown,) = (await client.get("/templates")).json()["templates"]
    asks = shown["asks"]
    assert asks["connectors"] == [
        {"name": "hubspot", "operations": ["create_token"], "present": False}
    ]
    assert (asks["storage"], asks["dependencies"]) == (["tokens"], ["httpx"])
    assert asks["secrets"] == ["HUBSPOT_ACCESS_TOKEN"]
    assert asks["triggers"][0]["auth"] == "visitor"


async def test_a_template_is_installed_on_consent_only(client: httpx.AsyncClient, here: House):
    """Without it nothing is touched; with it, its connector comes along."""
    here.shelf.installed.clear()
    for body in ({"as": "t"}, {"as": "t", "consent": False}):
        assert (await client.post("/templates/token/install", json=body)).status_code == 422
    assert here.shelf.installed == set()
    agreed = {"as": "t", "consent": True}
    done = await client.post("/templates/token/install", json=agreed)
    assert done.json()["version"]["number"] == 1
    assert here.shelf.installed == {"hubspot"}
    again = await client.post("/templates/token/install", json=agreed)
    assert (again.status_code, again.json()["code"]) == (409, "functions.name_taken")
    nothing = await client.post("/templates/nope/install", json=agreed)
    assert nothing.status_code == 404


async def test_every_answer_is_private(client: httpx.AsyncClient):
    """No cache keeps a source."""
    answer = await client.get("/functions")
    assert answer.headers["Cache-Control"] == "no-store, private"


async def test_unknown_members_and_names_are_refused(client: httpx.AsyncClient):
    """What is sent holds what is known, and a name is a name."""
    assert (await client.post("/functions", json={"name": "A"})).status_code == 422
    assert (await client.post("/functions", json={"name": "a", "x": 1})).status_code == 422
    assert (await client.get("/functions/A%2Fb")).status_code in {404, 422}
