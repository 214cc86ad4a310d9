"""What was acknowledged is there after a power cut: once, and in order."""

import json
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.support.processes import Product, free_port

KILLS = 10
WRITERS = 4


@dataclass
class Ledger:
    """What the writers sent, and what they were told was kept."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Visitor:
    """One visitor who writes without pause, repeating until the answer comes."""

    url: str
    session: str
    name: str
    ledger: Ledger

    def write_until(self, stop: threading.Event) -> None:
        """Post message after message, each under its own id."""
        number = 0
        with httpx.Client(trust_env=False, timeout=5) as client:
            while not stop.is_set():
                number += 1
                self._post(client, f"{self.name}-{number}", stop)
                time.sleep(0.35)  # stays under the pace that a session may keep

    def _post(self, client: httpx.Client, message: str, stop: threading.Event) -> None:
        """Post one message, again and again until it is acknowledged."""
        self.ledger.sent.add(message)
        while not stop.is_set():
            try:
                reply = client.post(
                    f"{self.url}/v1/widget/web/messages",
                    json={"clientMessageId": message, "text": message},
                    headers={"Authorization": f"Bearer {self.session}"},
                )
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if reply.status_code in {200, 201}:
                with self.ledger.lock:
                    self.ledger.acknowledged[message] = reply.json()["seq"]
                return
            assert reply.status_code in {429, 503}, reply.text
            time.sleep(0.2)


def open_session(url: str) -> str:
    """Open an anonymous session and return its secret."""
    reply = httpx.post(f"{url}/v1/widget/web/session", json={}, trust_env=False)
    return str(reply.json()["session"])


def read_log(url: str, session: str) -> list[dict[str, object]]:
    """Read a visitor's whole conversation through the long poll."""
    events: list[dict[str, object]] = []
    while True:
        reply = httpx.get(
            f"{url}/v1/widget/web/events",
            params={"after": len(events), "wait": 0},
            headers={"Authorization": f"Bearer {session}", "Accept": "application/json"},
            trust_env=False,
        ).json()
        events += reply["events"]
        if len(events) >= reply["head"]:
            return events


@pytest.mark.slow
@pytest.mark.timeout(170)
def test_an_acknowledged_message_survives_ten_power_cuts(tmp_path: Path):
    """Writers post under load while the server is killed and started ten times."""
    chance = random.Random(20261121)
    product = Product(tmp_path, "serve", port=free_port()).start()
    ledgers = [Ledger() for _ in range(WRITERS)]
    visitors = [
        Visitor(product.url, open_session(product.url), f"v{index}", ledger)
        for index, ledger in enumerate(ledgers)
    ]
    stop = threading.Event()
    threads = [threading.Thread(target=v.write_until, args=(stop,)) for v in visitors]
    try:
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.5, 1.5))
            product.kill()
            product.start()
        time.sleep(1)
        stop.set()
        for thread in threads:
            thread.join()
        for visitor in visitors:
            events = read_log(product.url, visitor.session)
            stored = [str(event["clientMessageId"]) for event in events]
            assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
            assert len(stored) == len(set(stored)), "a message is there twice"
            assert set(visitor.ledger.acknowledged) <= set(stored), "a message was lost"
            assert set(stored) <= visitor.ledger.sent
            told = visitor.ledger.acknowledged
            assert {m: stored.index(m) + 1 for m in told} == told, "the order is not as told"
            numbers = [int(m.rpartition("-")[2]) for m in stored]
            assert numbers == sorted(numbers), "a visitor's messages changed places"
            assert len(told) > KILLS
    finally:
        stop.set()
        product.kill()


def test_a_stop_ends_open_streams_and_answers_first(tmp_path: Path):
    """SIGTERM with a stream open ends within the drain time, with exit code 0."""
    product = Product(tmp_path, "serve", port=free_port()).start()
    session = open_session(product.url)
    with httpx.stream(
        "GET",
        f"{product.url}/v1/widget/web/events",
        headers={"Authorization": f"Bearer {session}"},
        trust_env=False,
        timeout=20,
    ) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("event:")
        started = time.monotonic()
        assert product.stop() == 0
        assert time.monotonic() - started < 10
        list(lines)


def test_logs_are_json_lines_without_addresses_or_tokens(tmp_path: Path):
    """Every line of the log parses, and none shows a key, a token or an address."""
    product = Product(tmp_path, "serve", port=free_port()).start()
    try:
        key = json.loads(product.run("keys", "create", "t", "--scope", "desk", "--json"))[
            "key"
        ]
        reply = httpx.post(
            f"{product.url}/visitor-identification/v3/tokens/create",
            json={"email": "canary.ada@example.com", "firstName": "Canary"},
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
        )
        token = reply.json()["token"]
        session = httpx.post(
            f"{product.url}/v1/widget/web/session",
            json={"email": "canary.ada@example.com", "token": token},
            trust_env=False,
        ).json()["session"]
        httpx.get(f"{product.url}/v1/contacts?query=canary.ada@example.com", trust_env=False)
    finally:
        product.stop()
    written = product.log.read_text()
    for line in written.splitlines():
        json.loads(line)
    for canary in (key, token, session, "canary.ada"):
        assert canary not in written
