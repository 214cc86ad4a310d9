"""What chatflows ask of others is carried out, and what goes wrong is told plainly."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from callingcard.backends.guarded import GuardedFetch, Outgoing
from callingcard.functions.service.running.invoke import Invoker
from callingcard.functions.service.running.run_calls import Call
from callingcard.kit.wire import Reply
from callingcard.server.desk.flows import BotSilent, GuardedBotWebhooks, InvokedFunctions

URL = "https://bot.example/hook"


class Wire:
    """Answers every call with one reply, or not at all."""

    def __init__(self, reply: Reply | None) -> None:
        self.reply = reply
        self.calls: list[Outgoing] = []

    async def send(self, call: Outgoing) -> Reply:
        """Answer."""
        self.calls.append(call)
        if self.reply is None:
            await asyncio.Event().wait()
        assert self.reply is not None
        return self.reply


def webhooks(wire: Wire, *, private: bool = False) -> GuardedBotWebhooks:
    """Return what calls over *wire*."""
    fetch = cast("GuardedFetch", wire)
    return GuardedBotWebhooks(fetch, private=private, timeout=timedelta(milliseconds=20))


async def test_a_bot_is_asked_with_the_calls_name():
    """The event is the body; a repeated call can be known by its header."""
    wire = Wire(Reply(200, body=b'{"botMessage": "Hi"}'))
    answer = await webhooks(wire).call(URL, {"a": 1}, once="chatflow-7-1")
    assert answer == {"botMessage": "Hi"}
    (call,) = wire.calls
    assert (call.method, call.body) == ("POST", b'{"a":1}')
    assert call.headers["callingcard-call"] == "chatflow-7-1"


@pytest.mark.parametrize(
    ("reply", "retryable"),
    [
        (Reply(500), False),
        (Reply(302, {"location": "https://x.example/"}), False),
        (Reply(200, body=b"[]"), False),
        (Reply(200, body=b"no"), False),
        (None, True),
    ],
)
async def test_a_bot_without_an_answer_is_silent(reply: Reply | None, retryable: bool):  # noqa: FBT001
    """An error, a redirect, nonsense and silence all end the step."""
    with pytest.raises(BotSilent) as silent:
        await webhooks(Wire(reply)).call(URL, {}, once="x")
    assert silent.value.retryable is retryable
    assert "bot.example" not in silent.value.message


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/"])
async def test_a_bot_inside_our_network_is_not_called(url: str):
    """Unless the settings allow it."""
    wire = Wire(Reply(200, body=b"{}"))
    with pytest.raises(BotSilent):
        await webhooks(wire).call(url, {}, once="x")
    assert wire.calls == []
    assert await webhooks(wire, private=True).call(url, {}, once="x") == {}


async def test_a_function_runs_once_for_each_name():
    """A call that is made again after a crash is the same run."""
    seen: list[Call] = []

    class Runner:
        async def invoke(self, call: Call) -> Any:
            seen.append(call)

            class Done:
                value: Mapping[str, Any] = {"status": "paid"}

            return Done

    functions = InvokedFunctions(cast("Invoker", Runner()))
    assert await functions.call("lookup-order", {"id": "7"}, once="chatflow-7-1") == {
        "status": "paid"
    }
    (call,) = seen
    assert (call.function, call.arguments, call.idempotency_key) == (
        "lookup-order",
        {"id": "7"},
        "chatflow-7-1",
    )
