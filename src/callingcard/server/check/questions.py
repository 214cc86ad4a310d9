"""Answers what a chatflow asks a test account, until there is nothing left to answer."""

from collections.abc import Mapping
from typing import Any, Final

from callingcard.kit.ids import random_id
from callingcard.server.check.visiting import Browser

MOST: Final = 10
"""How many questions are answered before a chatflow is called endless."""

_SAMPLES: Final = {"number": "1", "bool": "true", "date": "2030-01-01"}


async def answer_questions(browser: Browser, email: str) -> int:
    """Answer in *browser* whatever is asked; return how many answers were given."""
    answered = 0
    seen = -1
    while answered < MOST:
        asked = _last_of_bot((await browser.read()).list("events"))
        if asked is None or asked.get("seq") == seen:
            break
        seen = int(asked["seq"])
        message = random_id("m_")
        given = answer_to(asked.get("data") or {}, email)
        more = {} if given is None else {"answer": given}
        await browser.write("A test answer", message, **more)
        answered += 1
    return answered


def answer_to(data: Mapping[str, Any], email: str) -> dict[str, Any] | None:
    """Return an answer that fits what was offered; None where any words will do.

    >>> answer_to({"options": [{"label": "Billing", "value": "billing"}]}, "")
    {'value': 'billing'}
    >>> answer_to({"form": {"fields": [{"name": "seats", "type": "number"}]}}, "")
    {'values': {'seats': '1'}}
    """
    options = data.get("options")
    if options:
        return {"value": str(options[0]["value"])}
    form = data.get("form")
    if not form:
        return None
    return {"values": {field["name"]: _filled(field, email) for field in form["fields"]}}


def _filled(field: Mapping[str, Any], email: str) -> str:
    """Return what to put into a field of a form: what stands there, or something fitting."""
    if field.get("value"):
        return str(field["value"])
    if field.get("options"):
        return str(field["options"][0]["value"])
    if str(field["name"]).endswith("email"):
        return email
    return _SAMPLES.get(str(field.get("type")), "Test")


def _last_of_bot(lines: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the newest line of a chatflow, if nobody answered it yet."""
    said = [one for one in lines if one.get("type") == "message"]
    if not said:
        return None
    newest = said[-1]
    author: Mapping[str, Any] = newest.get("author") or {}
    return newest if author.get("kind") == "bot" else None
