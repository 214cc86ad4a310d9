"""What was called once can be answered from paper, and the paper holds no secret."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from callingcard.functions.connectors.recording import RecordingCalls, ReplayingCalls
from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import CallFailed, ConnectorReply
from callingcard.functions.ports.sandbox import AskRefused


class Service:
    """Answers with a token, and refuses the second address."""

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Answer one call."""
        assert (name, operation, function) == ("shop", "create", "f")
        if arguments.get("first_name") == "Eve":
            raise CallFailed("Shop answered 409: ada@example.com", cause="status", status=409)
        token = "eyJhbGciOiJIUzI1NiJ9.eyJlIjoxfQ.canary"
        return ConnectorReply({"token": token, "state": "new", "n": [1, True, None]}, 201)


async def ask(calls: RecordingCalls | ReplayingCalls, name: str) -> ConnectorReply:
    """Make one call."""
    arguments = {"email": "ada@example.com", "first_name": name}
    return await calls.call("shop", "create", arguments, function="f")


async def test_a_recorded_call_is_answered_again(tmp_path: Path):
    """Replies and refusals come back as they were, but for what is secret."""
    recording = RecordingCalls(Service(), tmp_path / "recordings")
    await ask(recording, "Ada")
    await ask(recording, "Ada")
    with pytest.raises(CallFailed):
        await ask(recording, "Eve")
    text = (tmp_path / "recordings" / "shop.json").read_text()
    assert len(json.loads(text)) == 2
    assert not any(word in text for word in ("canary", "eyJ", "ada@"))
    replaying = ReplayingCalls(tmp_path / "recordings")
    reply = await ask(replaying, "Ada")
    assert (reply.status, reply.value) == (
        201,
        {"token": "[redacted]", "state": "new", "n": [1, True, None]},
    )
    with pytest.raises(CallFailed) as failed:
        await ask(replaying, "Eve")
    assert failed.value.status == 409


async def test_what_was_never_recorded_fails_and_says_what_was(tmp_path: Path):
    """A test does not reach the network by mistake."""
    await ask(RecordingCalls(Service(), tmp_path), "Ada")
    with pytest.raises(AskRefused, match=r"no recording of shop.create .*recorded: create"):
        await ask(ReplayingCalls(tmp_path), "Bob")
    with pytest.raises(AskRefused, match="recorded: nothing"):
        await ask(ReplayingCalls(tmp_path / "nowhere"), "Ada")


async def test_a_file_that_is_no_recording_is_told(tmp_path: Path):
    """A broken file is not taken for an empty one."""
    (tmp_path / "shop.json").write_text('{"a": 1}')
    with pytest.raises(AskRefused, match="not a list"):
        await ask(ReplayingCalls(tmp_path), "Ada")
