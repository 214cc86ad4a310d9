"""Every case in ``cases/*.json``: these requests, in this order, get these replies.

A reply's body is compared in full. In it, ``<uuid>``, ``<time>``, ``<id>`` and
``<text>`` stand for anything of that kind; ``{name}`` is a value that an earlier
reply of the case was asked to save.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.hubspot_house import Api

CASES = Path(__file__).parent / "cases"
KINDS = {
    "<uuid>": r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "<id>": r"\d+",
    "<text>": r"(?s).+",
}


def cases() -> list[Any]:
    """Return every case of every file, named by both."""
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.json"))
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
    ]


def filled(template: Any, saved: dict[str, str]) -> Any:
    """Return *template* with the saved values in their places."""
    if isinstance(template, dict):
        return {name: filled(value, saved) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, saved) for value in template]
    if isinstance(template, str):
        for name, value in saved.items():
            template = template.replace("{" + name + "}", value)
    return template


def masked(expected: Any, actual: Any) -> Any:
    """Return *actual* with a placeholder wherever *expected* has one that it fits."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {name: masked(expected.get(name), value) for name, value in actual.items()}
    if isinstance(expected, list) and isinstance(actual, list):
        longer = [*expected, *[None] * (len(actual) - len(expected))]
        return [masked(one, other) for one, other in zip(longer, actual, strict=False)]
    pattern = KINDS.get(expected) if isinstance(expected, str) else None
    fits = pattern and isinstance(actual, str) and re.fullmatch(pattern, actual)
    return expected if fits else actual


def picked(body: Any, path: str) -> str:
    """Return the value at *path*, such as ``results.0.id``."""
    for part in path.split("."):
        body = body[int(part)] if isinstance(body, list) else body[part]
    return str(body)


@pytest.mark.parametrize("case", cases())
async def test_a_request_gets_its_reply(api: Api, case: dict[str, Any]):
    """Each step is answered with this status, these headers and exactly this body."""
    saved: dict[str, str] = {"inbox": (await api.house.inboxes.get("web")).id}
    if "visitor" in case:
        key = await api.house.shop_key()
        token = key.sign(case["visitor"]) if case["visitor"] else None
        saved["thread"] = await api.chat("Hello?", token=token)
    for step in case["steps"]:
        sent, expected = filled(step["request"], saved), filled(step["reply"], saved)
        content = sent.get("raw") or (json.dumps(sent["body"]) if "body" in sent else None)
        headers = {"content-type": "application/json"} if content else {}
        method, path = sent["send"].split(" ", 1)
        reply = await api.call(
            method, path, content=content, headers={**headers, **sent.get("headers", {})}
        )
        body = reply.json() if reply.content else None
        assert expected.get("body") == masked(expected.get("body"), body)
        assert expected["status"] == reply.status_code
        for name, value in expected.get("headers", {}).items():
            assert value == masked(value, reply.headers.get(name))
        if body is not None and "correlationId" in body:
            assert body["correlationId"] == reply.headers["x-hubspot-correlation-id"]
        assert reply.headers["content-type"] == "application/json;charset=utf-8"
        for name, path in step.get("save", {}).items():
            saved[name] = picked(body, path)
