"""Nothing that was told in confidence comes out again where it should not.

One real server, with a marked value in the place of every secret, token, cookie and
address. Everything it can do is done once, and everything that can go wrong goes wrong
once; then each byte that was written is searched.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest
from tests.support.processes import Product, free_port
from tests.support.quoting_hubspot import PREFIXES, quoting_hubspot

SHOP_SECRET = "canary-shop-secret-0123456789abcdef"
ACCESS_TOKEN = "pat-na1-canary-access-token-0123456789"
DESK_SECRET = "canary-desk-secret-0123456789abcdef"
PASSWORD = "canary password, long enough"
COOKIE = "canary-cookie-value"
PAGE = "https://shop.example"
AGENT = "canary.agent@shop.example"
FORGERIES = [
    "/v1/sites/shop/token%0d%0a{%22event%22:%22forged%22}",
    "/%1b[2J%1b[31mforged",
    "/forged%e2%80%a8{%22event%22:%22forged%22}%c2%85",
    "/forged%00%0b%0c%7f",
    '/forged","event":"forged',
]
SETTINGS = """
[log]
level = "debug"
[cache]
url = "sqlite:///callingcard-data/tokens.db"
[sites.shop]
platform = "hubspot"
origins = ["{page}"]
unverified = "mint"
[sites.shop.jwt]
issuer = "shop"
keys = [ {{ kid = "1", secret = "{shop_secret}" }} ]
[sites.shop.hubspot]
access_token = "{access_token}"
base_url = "{upstream}"
[sites.tripped]
platform = "hubspot"
[sites.tripped.jwt]
issuer = "shop"
keys = [ {{ kid = "1", secret = "{shop_secret}" }} ]
[sites.tripped.hubspot]
access_token = "{access_token}"
base_url = "{upstream}"
[sites.signed]
platform = "desk"
origins = ["{page}"]
[sites.signed.jwt]
issuer = "shop"
keys = [ {{ kid = "1", secret = "{shop_secret}" }} ]
[sites.signed.desk]
base_url = "http://127.0.0.1:8400"
inbox = "web"
key_id = "canary-key"
secret = "{desk_secret}"
"""


def address(name: str) -> str:
    """Return a marked address."""
    return f"{name}.canary@example.com"


def proof(email: str, **claims: Any) -> str:
    """Return the shop's own word that *email* is signed in."""
    now = int(datetime.now(UTC).timestamp())
    said = {"iss": "shop", "aud": "callingcard", "iat": now, "exp": now + 300, "sub": "u-1"}
    said |= {"email": email, "email_verified": True, "given_name": "Canary", **claims}
    return jwt.encode(said, SHOP_SECRET, "HS256", headers={"kid": "1"})


@dataclass
class Aftermath:
    """What one server wrote, said and kept, and what it was told in confidence."""

    product: Product
    http: httpx.Client
    secrets: set[str] = field(
        default_factory=lambda: {
            *(SHOP_SECRET, ACCESS_TOKEN, DESK_SECRET, PASSWORD, COOKIE),
            *("canary-upstream-token", "canary-reason-phrase"),
        }
    )
    server_key: str = ""
    answered: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    refusals: list[str] = field(default_factory=list[str])
    shown: list[str] = field(default_factory=list[str])
    kept: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def ask(self, method: str, path: str, bearer: str = "", **more: Any) -> httpx.Response:
        """Make one request; remember what was refused, and the credential it bore."""
        headers = {"cookie": f"session={COOKIE}", "user-agent": "canary-agent@example.com"}
        headers |= more.pop("headers", {})
        if bearer:
            headers["authorization"] = f"Bearer {bearer}"
            self.secrets.add(bearer)
        reply = self.http.request(method, path, headers=headers, **more)
        self.answered.append((f"{method} {path}", reply.status_code))
        if reply.status_code >= 400:
            self.refusals.append(f"{reply.headers}\n{reply.text}")
        return reply

    def command(self, *arguments: str, stdin: str = "", shows: bool = False) -> str:
        """Run a command; what it prints is looked at, unless it *shows* a secret once."""
        try:
            said = self.product.run(*arguments, stdin=stdin)
        except AssertionError as failed:
            said = str(failed).partition(":")[2]  # without the arguments, which we gave
            self.shown.append(said)
            return said
        if not shows:
            self.shown.append(said)
        return said

    def new_key(self, *arguments: str) -> str:
        """Return a new API key."""
        made = json.loads(
            self.command("keys", "create", "k", *arguments, "--json", shows=True)
        )
        self.secrets.add(made["key"])
        return str(made["key"])

    def snapshot(self, when: str) -> None:
        """Keep every byte of the data folder as it is now."""
        for path in (self.product.folder / "callingcard-data").rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file():
                    self.kept[f"{when} {path.name}"] = path.read_bytes()


def ask_for_tokens(run: Aftermath) -> None:
    """Go through the token door by proof and by key, right and wrong."""
    door = "/v1/sites/shop/token"
    good = proof(address("ada"))
    issued = run.ask("POST", door, good)
    assert issued.status_code == 200, issued.text
    run.secrets.add(issued.json()["token"])
    run.ask("POST", door, good, json={"email": address("grace")})
    run.ask("POST", door, good, headers={"origin": "https://canary.evil.example"})
    run.ask("POST", door, good[:-4] + "AAAA")
    run.ask("POST", door, proof(address("late"), exp=1, iat=0))
    run.ask("POST", door, proof(address("mallory"), aud="canary-audience"))
    run.ask("POST", door, jwt.encode({"email": address("eve")}, "k" * 32, "HS256"))
    key = run.server_key
    run.ask("POST", door, key + "canary", json={"email": address("eve")})
    bodies: list[Any] = [
        {"email": address("no canary")},
        {"email": ["canary"], "unknown": address("unknown")},
        {"email": address("eve"), "emailVerified": True, "properties": {"a": ["canary"]}},
        {"email": address("eve"), "emailVerified": False},
        {"email": f"{address('eve')}\r\n{{}}\x1b\u2028", "emailVerified": True},
    ]
    for body in bodies:
        run.ask("POST", door, key, json=body)
    # The last one unannounced: a size told beforehand is refused while it is being sent.
    for content in (b"canary{", b"\xffcanary", iter([b"canary" * 3000])):
        headers = {"content-type": "application/json"}
        run.ask("POST", door, key, content=content, headers=headers)
    run.ask("POST", door, key, data={"email": address("form")})
    for name in (*PREFIXES, "garbage"):
        site = "tripped" if name in {"denied", "scope"} else "shop"
        failed = run.ask("POST", f"/v1/sites/{site}/token", proof(address(name)))
        assert failed.status_code >= 500 or name in PREFIXES, failed.text
    run.ask("DELETE", door, good)
    run.ask("GET", door, good)
    run.ask("POST", f"/v1/sites/{address('site')}/token", good)


def come_by_landing_pages(run: Aftermath) -> None:
    """Claim addresses, bring invites, and do both wrong."""
    door, page = "/v1/sites/shop/token", {"origin": PAGE}
    public = run.new_key("--scope", "tokens:issue", "--site", "shop", "--origin", PAGE)
    minted = run.ask("POST", door, public, json={"email": address("claim")}, headers=page)
    assert minted.status_code == 200, minted.text
    run.ask("POST", door, public, json={"email": address("nowhere")})
    run.ask("POST", door, public + "x", json={"email": address("key")}, headers=page)
    run.ask("POST", door, public, json={"email": "canary@@", "userId": "canary"}, headers=page)
    run.ask("POST", door, json={"email": address("nothing")}, headers=page)
    for number in range(30):
        claimed = {"email": address(f"many{number}")}
        last = run.ask("POST", door, public, json=claimed, headers=page)
    assert last.status_code == 429, last.text
    key = run.server_key
    made = run.ask(
        "POST", "/v1/sites/shop/invites", key, json={"email": address("invited"), "page": PAGE}
    )
    assert made.status_code == 201, made.text
    invite = made.json()["invite"]
    other = {"email": address("other")}
    assert run.ask("POST", door, invite, json=other, headers=page).status_code == 403
    assert run.ask("POST", door, invite, headers=page).status_code == 200
    assert run.ask("POST", door, invite, headers=page).status_code == 401
    run.ask("POST", "/v1/sites/signed/token", invite, headers=page)
    run.ask("POST", f"/?callingcard_invite={invite}")
    refused = {"email": address("eve"), "page": "https://canary.evil.example/"}
    run.ask("POST", "/v1/sites/shop/invites", key, json=refused)
    run.ask("POST", "/v1/sites/shop/invites", public, json=other, headers=page)
    printed = run.command(
        *("invite", "--site", "shop", "--email", address("cli"), "--json"), shows=True
    )
    run.secrets.add(json.loads(printed)["invite"])


def chat_at_the_desk(run: Aftermath) -> None:
    """Be a visitor of the widget, an agent in the app, and a program with HubSpot's API."""
    made = json.loads(
        run.command("desk", "key", "create", "--inbox", "web", "--json", shows=True)
    )
    run.secrets.add(made["secret"])
    key = run.new_key("--scope", "desk", "--pat")
    hubspot = "/visitor-identification/v3/tokens/create"
    token = run.ask("POST", hubspot, key, json={"email": address("ada")}).json()["token"]
    run.secrets.add(token)
    run.ask("POST", hubspot, key, json={"email": "canary@@", "firstName": 7})
    run.ask("POST", hubspot, key + "canary", json={"email": address("ada")})
    for _ in range(2):
        contact = {"properties": {"email": address("crm"), "firstname": "Canary"}}
        run.ask("POST", "/crm/v3/objects/contacts", key, json=contact)
    run.ask("POST", "/crm/v3/objects/contacts", key, content=b"canary{")
    opened = run.ask(
        "POST", "/v1/widget/web/session", json={"email": address("ada"), "token": token}
    )
    assert opened.json()["evidence"] == "signed", opened.text
    session = opened.json()["session"]
    said = {"clientMessageId": "c-1", "text": f"I am {address('said')}"}
    assert run.ask("POST", "/v1/widget/web/messages", session, json=said).status_code == 201
    run.ask("POST", "/v1/widget/web/messages", session, json={"text": ["canary"]})
    run.ask("POST", "/v1/widget/web/messages", session + "canary", json=said)
    poll = {"accept": "application/json"}
    run.ask("GET", "/v1/widget/web/events?after=0&wait=0", session, headers=poll)
    run.ask("POST", "/v1/widget/web/session", json={"email": address("b"), "token": "canary"})
    run.ask("DELETE", "/v1/widget/web/session", session)
    sign_in_as_agent(run)


def sign_in_as_agent(run: Aftermath) -> None:
    """Sign in with a wrong password and a right one, and look at people."""
    add = ("users", "add", AGENT, "--role", "owner", "--password-stdin")
    run.command(*add, stdin=f"{PASSWORD}\n")
    run.command(*add, stdin=f"{PASSWORD}\n")
    door, ours = "/v1/app/session", {"origin": run.product.url}
    wrong = {"email": AGENT, "password": f"{PASSWORD}!"}
    assert run.ask("POST", door, json=wrong, headers=ours).status_code == 401
    run.ask("POST", door, json={"email": AGENT, "password": ["canary"]}, headers=ours)
    right = {"email": AGENT, "password": PASSWORD}
    signed_in = run.ask("POST", door, json=right, headers=ours)
    assert signed_in.status_code == 200, signed_in.text
    name, _, value = signed_in.headers["set-cookie"].partition(";")[0].partition("=")
    run.secrets.add(value)
    mine = {**ours, "cookie": f"{name}={value}"}
    run.ask("GET", f"/v1/contacts?query={address('crm')}", headers=mine)
    run.ask("GET", "/v1/inbox/conversations", headers=mine)
    run.ask("GET", f"/v1/contacts/{address('id')}", headers=mine)
    run.ask("GET", "/v1/admin/sites", headers=mine)
    explained = {"proof": proof(address("explained"))}
    run.ask("POST", "/v1/admin/sites/shop/explain", headers=mine, json=explained)
    run.ask("POST", "/v1/admin/sites/shop/explain", headers=mine, json={"proof": ["canary"]})
    run.ask("POST", "/v1/admin/reload", headers=mine)
    run.ask("DELETE", door, headers=mine)


def run_commands(run: Aftermath) -> None:
    """Run the commands that print, and let some fail."""
    run.command("keys", "list")
    run.command("config", "show", "--json")
    run.command("doctor", "--json")
    run.command("token", "--site", "shop", "--email", address("refused"))
    run.command("token", "--site", "canary-nowhere", "--email", address("ada"))
    run.command("invite", "--site", "shop", "--email", "canary@@")
    broken = run.product.folder / "broken.toml"
    broken.write_text(f'[server]\nsecret_keys = ["canary-short"]\nport = "{DESK_SECRET}"\n')
    run.command("config", "check", "--config", "broken.toml")
    broken.write_text(f"[server]\nsecret_keys = [{DESK_SECRET}\n")
    run.command("config", "check", "--config", "broken.toml")


def forge_lines(run: Aftermath) -> None:
    """Send what would break a line of the log in two, past any well-behaved client."""
    for number, path in enumerate(FORGERIES):
        head = (
            f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            f"X-Request-Id: forgery-{number:04}\r\n"
            'User-Agent: \u2028{"event": "forged"}\u0085\r\n\r\n'
        )
        with socket.create_connection(("127.0.0.1", run.product.port), timeout=10) as line:
            line.sendall(head.encode())
            while line.recv(65536):
                pass
    for header in ('a" injected="', "x\u2028y", "\x1b[2J", "r" * 200):
        run.ask("GET", "/livez", headers={"x-request-id": header.encode()})


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """Live through everything once."""
    folder = tmp_path_factory.mktemp("canaries")
    with quoting_hubspot() as upstream:
        (folder / "callingcard.toml").write_text(
            SETTINGS.format(
                page=PAGE,
                shop_secret=SHOP_SECRET,
                access_token=ACCESS_TOKEN,
                desk_secret=DESK_SECRET,
                upstream=upstream.url,
            )
        )
        product = Product(folder, "serve", port=free_port()).start()
        try:
            with httpx.Client(base_url=product.url, trust_env=False, timeout=30) as http:
                run = Aftermath(product, http)
                run.server_key = run.new_key("--scope", "tokens:issue", "--site", "shop")
                ask_for_tokens(run)
                come_by_landing_pages(run)
                chat_at_the_desk(run)
                forge_lines(run)
                run_commands(run)
                for path in ("/metrics", "/readyz", "/openapi.json"):
                    run.shown.append(run.ask("GET", path).text)
                run.snapshot("running")
        finally:
            product.stop()
        run.snapshot("stopped")
        yield run


def lines(run: Aftermath) -> list[dict[str, Any]]:
    """Return the log, line by line; fails when one is not an object of its own."""
    return [json.loads(line) for line in run.product.log.read_text().split("\n") if line]


def secrets_in(run: Aftermath, written: bytes | str) -> list[str]:
    """Return which secrets are in what was written."""
    text = written if isinstance(written, bytes) else written.encode()
    return sorted(secret for secret in run.secrets if secret.encode() in text)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(170)]


def test_everything_was_tried(aftermath: Aftermath):
    """Enough was answered, refused and failed for the search to mean something."""
    statuses = {status for _, status in aftermath.answered}
    assert {200, 201, 204, 401, 403, 404, 405, 413, 415, 422, 429, 503} <= statuses
    assert len(aftermath.refusals) >= 50
    assert len(aftermath.secrets) >= 30
    assert any("tokens.db" in name for name in aftermath.kept)
    assert 500 not in statuses


def test_the_log_shows_nothing_of_it(aftermath: Aftermath):
    """No secret, and no marked address, in any line."""
    written = aftermath.product.log.read_text()
    assert secrets_in(aftermath, written) == []
    assert [line for line in lines(aftermath) if "canary" in json.dumps(line).lower()] == []


def test_no_refusal_quotes_it(aftermath: Aftermath):
    """Neither what the caller sent nor what the platform answered."""
    leaks = [text for text in aftermath.refusals if "canary" in text.lower()]
    assert leaks == []
    assert [text for text in aftermath.refusals if secrets_in(aftermath, text)] == []


def test_metrics_and_commands_show_nothing_of_it(aftermath: Aftermath):
    """Nor the readiness, the OpenAPI document, the doctor, or a command's complaint."""
    for text in aftermath.shown:
        assert secrets_in(aftermath, text) == []
        assert "@example.com" not in text


def test_no_file_holds_a_secret_in_plain(aftermath: Aftermath):
    """Database, journal and cache hold hashes and sealed values, also while running."""
    assert {name: secrets_in(aftermath, data) for name, data in aftermath.kept.items()} == {
        name: [] for name in aftermath.kept
    }


def test_the_token_cache_holds_no_address(aftermath: Aftermath):
    """People are the desk's to know; the cache knows keyed hashes."""
    caches = {name: data for name, data in aftermath.kept.items() if "tokens.db" in name}
    assert caches
    assert [name for name, data in caches.items() if b"canary" in data.lower()] == []


def test_no_line_of_the_log_can_be_forged(aftermath: Aftermath):
    """Each line is one object, each request one line, whatever the request was made of."""
    told = [line for line in lines(aftermath) if line["event"] == "request"]
    for number in range(len(FORGERIES)):
        named = [line for line in told if line["request_id"] == f"forgery-{number:04}"]
        assert len(named) == 1, FORGERIES[number]
    text = aftermath.product.log.read_text()
    assert len(text.splitlines()) == len(lines(aftermath))
    assert all(character == "\n" or character.isprintable() for character in text)
    assert {line["event"] for line in lines(aftermath)}.isdisjoint({"forged"})
    assert all(len(line["request_id"]) <= 64 for line in told)
