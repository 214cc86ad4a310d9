"""The editor's questions over HTTP: shapes, limits, and nobody who was not let in."""

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI, Request

from callingcard.access.errors import ScopeMissing
from callingcard.errors import Invalid
from callingcard.functions.api.editing import editing_routes
from callingcard.functions.errors import SandboxUnavailable
from callingcard.functions.model.findings import Finding, Severity
from callingcard.functions.model.values import FunctionName, VersionId
from callingcard.functions.model.versions import Version
from callingcard.functions.ports.editing import Checked, Completion, Place, Signature
from callingcard.functions.service.deploying.manifests import read_manifest
from callingcard.functions.service.deploying.refusals import SourceRefused
from callingcard.kit.actor import Actor, Scope
from callingcard.server.problems import install

SOURCE = """# /// script
# [tool.callingcard]
# timeout = "1500ms"
# trigger = { http = "POST", auth = "visitor", site = "shop" }
# ///
def main(): ...
"""


class Asked:
    """Answers with what a test expects, and remembers what it was asked."""

    def __init__(self) -> None:
        self.places: list[Place] = []

    async def complete(self, place: Place) -> Sequence[Completion]:
        """Return one completion, or refuse a column that is too far."""
        self.places.append(place)
        if place.column > 100:
            raise Invalid("there is no such column", fields={"column": "from 0 to 3"})
        return [Completion("token", "value", "token: str", "The token.", "token")]

    async def signature(self, place: Place) -> Signature | None:
        """Return a call in the first line, and none elsewhere."""
        return Signature("f(a, b)", "Does.", ("a", "b"), 1) if place.line == 1 else None

    async def check(self, function: str, source: str) -> Checked:
        """Return one finding."""
        finding = Finding(2, 4, 2, 9, Severity.WARNING, "types.x", f"see {function}")
        return Checked((finding,), read_manifest(source))


class Tried:
    """Tells what a main takes, unless the source says what else shall happen."""

    async def trial(self, name: str, source: str) -> Version:
        """Return a version with a schema."""
        if source.endswith("boom"):
            finding = Finding(7, 0, 8, 0, Severity.ERROR, "describe", "NameError: boom")
            raise SourceRefused([finding])
        if source.endswith("away"):
            raise SandboxUnavailable("nothing can be run", retryable=False)
        return Version(
            id=VersionId("v"),
            function=FunctionName(name),
            number=0,
            source=source,
            manifest=read_manifest(source),
            schema={"type": "object"},
            returns={},
            lock="",
            environment="",
            deployed_at=datetime(2030, 1, 1, tzinfo=UTC),
            deployed_by="",
        )


@pytest.fixture
def asked() -> Asked:
    """Return what stands in for the editor."""
    return Asked()


@pytest.fixture
def client(asked: Asked) -> httpx.AsyncClient:
    """Return a client of the routes; only a request that says so is let in."""

    async def who(request: Request) -> Actor:
        if "authorization" not in request.headers:
            raise ScopeMissing("nobody")
        return Actor("key", "1", "app", scopes=frozenset({Scope.ADMIN}))

    app = FastAPI()
    install(app)
    app.include_router(editing_routes(asked, who, trials=Tried()))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://test/v1/admin/functions",
        headers={"authorization": "Bearer x"},
    )


async def test_completions_are_asked_for_with_a_place(client: httpx.AsyncClient, asked: Asked):
    """What the editor sends is what is asked, and the answer is camelCase JSON."""
    sent = {"name": "token", "source": SOURCE, "line": 6, "column": 3}
    reply = await client.post("/complete", json=sent)
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store, private"
    assert asked.places == [Place("token", SOURCE, 6, 3)]
    assert reply.json() == {
        "completions": [
            {
                "label": "token",
                "kind": "value",
                "detail": "token: str",
                "documentation": "The token.",
                "insert": "token",
            }
        ]
    }


async def test_a_signature_names_its_parameters_and_the_active_one(client: httpx.AsyncClient):
    """Or there is none."""
    sent = {"name": "token", "source": SOURCE, "line": 1, "column": 0}
    reply = await client.post("/signature", json=sent)
    assert reply.json()["signature"] == {
        "label": "f(a, b)",
        "documentation": "Does.",
        "parameters": [{"label": "a"}, {"label": "b"}],
        "active": 1,
    }
    reply = await client.post("/signature", json={**sent, "line": 2})
    assert reply.json() == {"signature": None}


async def test_a_check_tells_findings_manifest_and_triggers(client: httpx.AsyncClient):
    """The app marks the one and makes its forms of the others."""
    reply = await client.post("/check", json={"name": "token", "source": SOURCE})
    told = reply.json()
    assert told["findings"] == [
        {
            "line": 2,
            "column": 4,
            "endLine": 2,
            "endColumn": 9,
            "severity": "warning",
            "code": "types.x",
            "message": "see token",
        }
    ]
    assert told["manifest"]["timeoutMs"] == 1500
    trigger = told["triggers"][0]
    assert (trigger["kind"], trigger["auth"], trigger["site"]) == ("http", "visitor", "shop")
    assert told["schema"] == {"type": "object"}


@pytest.mark.parametrize(
    ("source", "codes", "schema"),
    [
        (f"{SOURCE}boom", ["types.x", "describe"], None),
        (f"{SOURCE}away", ["types.x"], None),
        (SOURCE.replace("# [tool", '# dependencies = ["httpx"]\n# [tool'), ["types.x"], None),
    ],
)
async def test_what_main_takes_is_told_when_it_can_be(
    client: httpx.AsyncClient, source: str, codes: list[str], schema: object
):
    """A source that cannot be imported has one more finding; no sandbox is no problem."""
    told = (await client.post("/check", json={"name": "token", "source": source})).json()
    assert [finding["code"] for finding in told["findings"]] == codes
    assert told["schema"] == schema


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../x"},
        {"line": 0},
        {"column": -1},
        {"column": 101},
        {"source": 1},
        {"source": "x" * 600_000},
        {"more": 1},
    ],
)
async def test_what_is_no_place_is_refused(
    client: httpx.AsyncClient, change: dict[str, object]
):
    """A wrong request is 422, and its source is not repeated."""
    sent = {"name": "token", "source": SOURCE, "line": 1, "column": 0, **change}
    reply = await client.post("/complete", json=sent)
    assert reply.status_code == 422
    assert "tool.callingcard" not in reply.text


@pytest.mark.parametrize("path", ["/check", "/complete", "/signature"])
async def test_nobody_asks_without_being_let_in(
    client: httpx.AsyncClient, asked: Asked, path: str
):
    """The door is before every route."""
    del client.headers["authorization"]
    sent = {"name": "token", "source": SOURCE, "line": 1, "column": 0}
    reply = await client.post(path, json=sent)
    assert (reply.status_code, asked.places) == (403, [])
