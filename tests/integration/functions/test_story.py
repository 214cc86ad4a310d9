"""A chat that knows who is there, from an empty folder to a page: all of it is real.

One server is the customer's, with functions; another one's desk answers as HubSpot. What
is typed here is what somebody types who follows the guide.
"""

import asyncio
import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import jwt
import pytest
from tests.support.processes import Product, free_port

from callingcard.cli.output import services
from callingcard.functions.templates.gallery import Gallery
from callingcard.kit.clock import SystemClock
from callingcard.server.settings.loading import load

AT_ONCE: Final = 500
SECRET: Final = "canary-shop-secret-0123456789abcdef0123456789"
ORIGIN: Final = "https://shop.example"
ADA: Final = "ada-canary@example.com"
GRACE: Final = "grace-canary@example.com"
SOURCES: Final = {template.name: template.source for template in Gallery().all()}
SITE: Final = f"""
[log]
level = "debug"
[sites.shop]
platform = "desk"
origins = ["{ORIGIN}"]
[sites.shop.jwt]
issuer = "shop"
keys = [{{ kid = "one", secret = "{SECRET}" }}]
[sites.shop.desk]
base_url = "http://127.0.0.1:1"
inbox = "web"
key_id = "k"
secret = "{SECRET}"
"""


class Story:
    """The customer's server, and the desk that is HubSpot to it."""

    def __init__(self, folder: Path) -> None:
        for name in ("hubspot", "customer"):
            (folder / name).mkdir()
        self.hubspot = Product(folder / "hubspot", "serve", port=free_port())
        self.folder = folder / "customer"
        (self.folder / "callingcard.toml").write_text(SITE)
        self.server = Product(self.folder, "serve", port=free_port())
        self.answers: list[str] = []
        """All that anybody was ever told: over HTTP, and on the command line."""
        self.key = ""
        self.admin = ""

    def begin(self) -> None:
        """Start both, and make a key for each."""
        with ThreadPoolExecutor(2) as both:
            list(both.map(Product.start, (self.hubspot, self.server)))
        self.key = _made(
            self.hubspot.run("keys", "create", "crm", "--scope", "desk", "--json")
        )
        self.admin = _made(
            self.server.run("keys", "create", "app", "--scope", "admin", "--json")
        )

    def end(self) -> None:
        """Stop both; they stop in order."""
        assert [self.server.stop(), self.hubspot.stop()] == [0, 0]

    def kill(self) -> None:
        """Leave nothing running, whatever happened."""
        for product in (self.server, self.hubspot):
            if not product.ended():
                product.kill()

    def type(self, *words: str, stdin: str = "") -> str:
        """Type a command in the customer's folder."""
        printed = self.server.run(*words, stdin=stdin)
        self.answers.append(printed)
        return printed

    def write(self, source: str) -> None:
        """Write the function's file."""
        (self.folder / "chat-token.py").write_text(source)

    def app(self, method: str, path: str, body: Any = None) -> Any:
        """Do what the app does; return its answer."""
        headers = {"Authorization": f"Bearer {self.admin}"}
        url = f"{self.server.url}/v1/admin{path}"
        reply = httpx.request(
            method, url, headers=headers, json=body, trust_env=False, timeout=30
        )
        self.answers.append(reply.text)
        assert reply.status_code < 300, reply.text
        return reply.json()

    def deploy(self, source: str) -> None:
        """Press Deploy in the app, and wait until it is done."""
        path = "/functions/chat-token/deploys"
        under_way = self.app("POST", path, {"source": source})
        while under_way["state"] == "running":
            time.sleep(0.05)
            under_way = self.app("GET", f"{path}/{under_way['id']}")
        assert under_way["state"] == "done", under_way

    def page(
        self, body: Any = None, *, email: str = ADA, origin: str = ORIGIN, proof: bool = True
    ) -> httpx.Response:
        """Call the function as a page does, with the proof of who is signed in."""
        headers = {"Origin": origin} | ({"Authorization": _proof(email)} if proof else {})
        url = f"{self.server.url}/v1/functions/chat-token"
        reply = httpx.post(url, headers=headers, json=body or {}, trust_env=False, timeout=30)
        self.answers.append(f"{reply.headers} {reply.text}")
        return reply

    async def pages(self, email: str) -> Counter[tuple[int, str]]:
        """Call it from many pages at once; return each status and answer, counted."""
        lines = (
            "POST /v1/functions/chat-token HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            "Content-Length: 0",
            f"Origin: {ORIGIN}",
            f"Authorization: {_proof(email)}",
        )
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        return Counter(await asyncio.gather(*(self._raw(head) for _ in range(AT_ONCE))))

    async def _raw(self, request: bytes) -> tuple[int, str]:
        """Send one request on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(request)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        return int(head.split(b" ", 2)[1]), body.decode()

    def upstream(self) -> int:
        """Return how many calls HubSpot has answered well."""
        prefix = 'callingcard_request_seconds_count{route="hubspot",status="200"} '
        lines = httpx.get(f"{self.hubspot.url}/metrics", trust_env=False).text.splitlines()
        return sum(
            int(float(line.removeprefix(prefix))) for line in lines if line.startswith(prefix)
        )

    def known_as(self, token: str, email: str) -> str:
        """Return how well HubSpot's chat knows a visitor who shows this token."""
        url = f"{self.hubspot.url}/v1/widget/web/session"
        reply = httpx.post(url, json={"email": email, "token": token}, trust_env=False)
        return reply.json()["evidence"]

    async def sweep(self) -> None:
        """Clean up, as a server does every now and then."""
        flags = {"data_dir": str(self.folder / "callingcard-data")}
        settings = load(self.folder / "callingcard.toml", flags=flags).settings
        async with services(settings) as opened:
            await opened.storage.sweep(SystemClock().now())


def _made(printed: str) -> str:
    return str(json.loads(printed)["key"])


def _proof(email: str) -> str:
    """Return what the shop's backend signs for a visitor."""
    now = int(time.time())
    claims = {
        "iss": "shop",
        "aud": "callingcard",
        "iat": now,
        "exp": now + 300,
        "email": email,
    }
    return f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256', headers={'kid': 'one'})}"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """Return both servers, running."""
    made = Story(tmp_path)
    try:
        made.begin()
        yield made
    finally:
        made.kill()


@pytest.mark.slow
@pytest.mark.timeout(300)  # much of it is starting processes, which a busy machine is slow at
async def test_the_story_of_the_article(story: Story):
    """Connector, completion, Run, page, memory, expiry, crowd, export; the key is nowhere."""
    _connect(story)
    _write_and_run(story)
    token = _deploy_and_call(story)
    _refuse(story)
    tokens = [token, *_remember(story), *await _stand_a_crowd(story)]
    await _forget(story)
    _tell_ada(story, tokens)
    story.end()
    _look_for_leaks(story, tokens)


def _connect(story: Story) -> None:
    """Add the connector; its key goes into the sealed store."""
    story.type("connectors", "add", "hubspot", "--base-url", story.hubspot.url, "--private")
    story.type("secrets", "set", "HUBSPOT_TOKEN", stdin=story.key)
    assert "answers, and accepts the key" in story.type("connectors", "check", "hubspot")


def _write_and_run(story: Story) -> None:
    """Write the function in the editor, which knows what HubSpot answers; run it there."""
    source = SOURCES["hubspot-token"]
    story.app("POST", "/functions", {"name": "chat-token", "source": source})
    line = source[: source.index("made.token")].count("\n") + 1
    place = {"line": line, "column": source.splitlines()[line - 1].index("made.") + 5}
    asked = {"name": "chat-token", "source": source, **place}
    offered = story.app("POST", "/functions/complete", asked)["completions"]
    assert "token" in [one["label"] for one in offered]
    ran = story.app(
        "POST",
        "/functions/chat-token/run",
        {
            "source": source,
            "arguments": {"first_name": "Ada"},
            "visitor": {"email": ADA, "userId": "", "firstName": "", "lastName": ""},
            "idempotencyKey": None,
        },
    )
    assert (ran["state"], [call["operation"] for call in ran["calls"]]) == (
        "succeeded",
        ["create_token"],
    )
    assert story.known_as(ran["result"], ADA) == "signed"
    assert ran["output"] != ran["result"]  # history keeps no token


def _deploy_and_call(story: Story) -> str:
    """Deploy the first version, which asks HubSpot each time; call it from a page."""
    story.write(SOURCES["hubspot-token"])
    story.type("functions", "deploy", "chat-token.py")
    before = story.upstream()
    replies = [story.page({"first_name": "Ada"}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert story.upstream() - before == 2
    reply = replies[0]
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    assert reply.headers["cache-control"] == "no-store, private"
    assert reply.headers["x-run-id"]
    assert story.known_as(reply.json(), ADA) == "signed"
    assert story.known_as(reply.json(), "grace@example.com") == "anonymous"
    return str(reply.json())


def _refuse(story: Story) -> None:
    """Without a proof nothing runs; an address in the body is never used."""
    runs = len(story.app("GET", "/runs?function=chat-token")["runs"])
    before = story.upstream()
    assert story.page(proof=False).status_code == 401
    assert story.page(origin="https://evil.example").status_code == 403
    named = story.page({"email": "grace@example.com"})
    assert (named.status_code, named.json()["fields"].keys()) == (422, {"email"})
    assert story.upstream() == before
    assert len(story.app("GET", "/runs?function=chat-token")["runs"]) == runs


def _remember(story: Story) -> list[str]:
    """Deploy the second version: a second call makes no call upstream."""
    story.deploy(SOURCES["hubspot-token-cached"])
    before = story.upstream()
    first, second = story.page().json(), story.page().json()
    assert first == second
    assert story.upstream() - before == 1
    assert story.known_as(first, ADA) == "signed"
    return [first]


async def _stand_a_crowd(story: Story) -> list[str]:
    """However many pages of one visitor ask at once, HubSpot is asked once."""
    before = story.upstream()
    ((status, body),) = counted = await story.pages(GRACE)
    assert (status, counted[status, body]) == (200, AT_ONCE)
    assert story.upstream() - before == 1
    token = str(json.loads(body))
    assert story.known_as(token, GRACE) == "signed"
    return [token]


async def _forget(story: Story) -> None:
    """Let tokens expire: they are gone at once, and from the disk with the next sweep."""
    story.deploy(SOURCES["hubspot-token-cached"].replace("11h30m", "1s"))
    mary = "mary-canary@example.com"
    before = story.upstream()
    for _ in range(2):
        assert story.page(email=mary).status_code == 200
        await asyncio.sleep(1.05)
    assert story.upstream() - before == 2
    await story.sweep()
    page = story.app("GET", "/functions/chat-token/storage?namespace=tokens")
    kept = {json.loads(entry["key"]) for entry in page["entries"]}
    assert kept == {ADA, GRACE}


def _tell_ada(story: Story, tokens: list[str]) -> None:
    """Export what is kept of her: her runs, and under which keys; no token, nobody else."""
    file = story.folder.parent / "ada.zip"
    story.type("desk", "export", str(file), "--email", ADA)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert json.loads(parts["storage.json"]) == [
        {"function": "chat-token", "namespace": "tokens", "key": json.dumps(ADA)}
    ]
    ran = json.loads(parts["runs.json"])
    assert {(run["function"], run["state"]) for run in ran} == {("chat-token", "succeeded")}
    assert len(ran) >= 4
    whole = "".join(parts.values())
    assert not [token for token in (*tokens, story.key, GRACE) if token in whole]
    file.unlink()


def _look_for_leaks(story: Story, tokens: list[str]) -> None:
    """Look for the key in files and answers, for tokens in files, for people in the log."""
    told = "\n".join(story.answers)
    assert story.key not in told
    log = story.server.log.read_bytes()
    assert log
    files = [path for path in story.folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    written = b"".join(path.read_bytes() for path in files)
    for secret in (story.key, *tokens):
        assert secret.encode() not in written
    assert b"-canary@example.com" not in log
