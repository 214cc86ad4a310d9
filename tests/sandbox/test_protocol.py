"""A run that writes nonsense on its line to the broker is ended, and told why."""
# ruff: noqa: E501

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from callingcard.functions.model.runs import RunState
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from tests.sandbox.house import LEVELS, NotingBroker, a_task, need

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEAD = """
import json, os, struct, time
def raw(data):
    while data:
        data = data[os.write(3, data):]
def say(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    raw(struct.pack(">I", len(data)) + data)
def ask(number, name="hubspot", **more):
    say({"kind": "ask", "id": number, "subject": "connector", "name": name,
         "operation": "create_token", "arguments": {}, **more})
def hear():
    size, = struct.unpack(">I", os.read(3, 4))
    return json.loads(os.read(3, size))
"""


@dataclass(frozen=True)
class Case:
    """What is written, and how often the broker may be asked meanwhile."""

    name: str
    body: str
    asks: int = 0


BROKEN = [
    Case("junk", "raw(bytes(range(255, -1, -1)) * 40); time.sleep(9)"),
    Case("a huge length", "raw(b'\\xff' * 4); time.sleep(9)"),
    Case("a huge frame", "raw(struct.pack('>I', 9 << 20) + bytes(9 << 20))"),
    Case("no JSON", "say(b'hello')"),
    Case("an empty frame", "say(b'')"),
    Case("no UTF-8", "say(b'\"\\xff\"')"),
    Case("deep lists", "say(b'[' * 500_000)"),
    Case("deep objects", "say(b'{\"a\":' * 100_000 + b'1' + b'}' * 100_000)"),
    Case("a deep value", "say(b'{\"kind\":\"done\",\"value\":' + b'['*200 + b']'*200 + b'}')"),
    Case("NaN", "say(b'{\"kind\":\"done\",\"value\":NaN}')"),
    Case("infinity", "say(b'{\"kind\":\"done\",\"value\":1e999}')"),
    Case("a number of many digits", "say(b'{\"kind\":\"done\",\"value\":' + b'9'*9999 + b'}')"),
    Case("half a character", "say(b'{\"kind\":\"done\",\"value\":\"\\\\ud800\"}')"),
    Case("a list", "say([])"),
    Case("no kind", "say({})"),
    Case("an unknown kind", "say({'kind': 'task'})"),
    Case("a kind that is none", "say({'kind': []})"),
    Case("a result with more", "say({'kind': 'done', 'value': 1, 'state': 'x'})"),
    Case("a result that is too large", "say({'kind': 'done', 'value': 'x' * 200_000})"),
    Case("a failure of no state", "say({'kind': 'failed', 'state': 'lost', 'type': '', "
         "'message': '', 'frames': []})"),
    Case("a failure with endless text", "say({'kind': 'failed', 'state': 'raised', 'type': 'x', "
         "'message': 'x' * 9999, 'frames': []})"),
    Case("a failure with false lines", "say({'kind': 'failed', 'state': 'raised', 'type': 'x', "
         "'message': '', 'frames': [{'line': '1'}]})"),
    Case("an ask without members", "say({'kind': 'ask', 'id': 1})"),
    Case("an ask of no number", "ask('1')"),
    Case("an ask of a true number", "ask(True)"),
    Case("an ask out of turn", "ask(2)"),
    Case("an ask twice", "ask(1); hear(); ask(1)", asks=1),
    Case("an ask of no subject", "ask(1, subject='server')"),
    Case("an ask without arguments", "ask(1, arguments=[])"),
    Case("an ask with a long name", "ask(1, name='x' * 9999)"),
    Case("a truncated frame", "raw(b'\\0\\0\\1\\0{'); os._exit(0)"),
    Case("a closed line", "os.close(3); time.sleep(9)"),
    Case("everything closed", "os.closerange(0, 4096); time.sleep(9)"),
    Case("another file in its place", "os.dup2(os.open('/dev/null', os.O_WRONLY), 3)"),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=LEVELS)
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[ForkSandbox]:
    """Open a sandbox on each level in turn."""
    await need(request.param)
    opened = ForkSandbox(level=request.param)
    yield opened
    await opened.close()


async def attack(sandbox: ForkSandbox, body: str, broker: NotingBroker):
    """Run a function with that body, which may use the connector ``hubspot``."""
    source = f"{HEAD}\ndef main():\n    {body}\n    return 'honest'"
    return await sandbox.run(a_task(source, connectors=("hubspot",)), broker)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
async def test_nonsense_ends_the_run(sandbox: ForkSandbox, case: Case):
    """It counts as a crash at once, and the next run is served."""
    broker = NotingBroker()
    outcome = await attack(sandbox, case.body, broker)
    assert outcome.state is RunState.CRASHED, outcome
    assert outcome.failure is not None
    assert outcome.failure.type == "Crash"
    assert outcome.duration.total_seconds() < 0.9
    assert (len(broker.asks), broker.closed) == (case.asks, 1)
    after = await attack(sandbox, "pass", NotingBroker())
    assert after.value == "honest"


async def test_too_many_asks_at_once_end_the_run(sandbox: ForkSandbox):
    """A run that asks and never listens is not given the server's memory."""
    broker = NotingBroker(waits=True)
    outcome = await attack(sandbox, "[ask(n) for n in range(1, 5000)]; time.sleep(9)", broker)
    assert outcome.state is RunState.CRASHED
    assert len(broker.asks) <= 64


async def test_asks_whose_answers_nobody_reads_end_with_the_run(sandbox: ForkSandbox):
    """A full line holds up the run that filled it, until its time is up."""
    broker = NotingBroker()
    body = "[ask(n, arguments={'x': 'y' * 250_000}) for n in range(1, 40)]; time.sleep(9)"
    outcome = await attack(sandbox, body, broker)
    assert outcome.state is RunState.TIMED_OUT
    assert broker.closed == 1


async def test_the_first_result_counts(sandbox: ForkSandbox):
    """What comes after the last word is not heard: no second result, and no ask."""
    broker = NotingBroker()
    body = "say({'kind': 'done', 'value': 'first'}); say({'kind': 'done', 'value': 2}); ask(1)"
    outcome = await attack(sandbox, body, broker)
    assert (outcome.state, outcome.value) == (RunState.SUCCEEDED, "first")
    assert broker.asks == []


async def test_an_undeclared_connector_is_refused(sandbox: ForkSandbox):
    """A forged ask for what was not declared does not reach the broker."""
    broker = NotingBroker()
    outcome = await attack(sandbox, "ask(1, name='stripe'); return hear()", broker)
    assert outcome.state is RunState.SUCCEEDED
    assert isinstance(outcome.value, dict)
    assert (outcome.value["kind"], outcome.value["error"]) == ("refused", "unknown")
    assert broker.asks == []


async def test_storage_is_no_connector(sandbox: ForkSandbox):
    """A name that was declared as a connector opens no namespace of storage."""
    broker = NotingBroker()
    outcome = await attack(
        sandbox, "ask(1, subject='storage'); return hear()['error']", broker
    )
    assert (outcome.value, broker.asks) == ("unknown", [])
