"""A document is accepted or every fault of it is named with its path."""

from typing import Any

import pytest
from tests.support.chatflows import KNOWN, SUPPORT, flow_of

from callingcard.desk.chatflows.parsing import parse_flow
from callingcard.errors import Invalid

MESSAGE = {"type": "message", "text": "x"}


def problems(document: object, name: str | None = None) -> dict[str, str]:
    """Return what is wrong with *document*."""
    with pytest.raises(Invalid) as refused:
        parse_flow(document, KNOWN.get, name=name)
    return refused.value.fields


def test_the_contracts_document_is_accepted():
    """It is read word for word, and the step that nothing leads to is mentioned."""
    flow = parse_flow(SUPPORT, KNOWN.get, name="support")
    assert (flow.name, flow.inbox, flow.enabled, flow.start) == (
        "support",
        "web",
        True,
        "triage",
    )
    assert list(flow.steps) == list(SUPPORT["steps"])
    assert flow.warnings == ["steps.order: no step leads here"]


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"name": "Bad Name"}, "name", "a-z"),
        ({"priority": 1.5}, "priority", "whole number"),
        ({"enabled": "yes"}, "enabled", "true or false"),
        ({"identification": "maybe"}, "identification", "optional or required"),
        ({"identification": []}, "identification", "optional or required"),
        ({"colour": "red"}, "colour", "is not one of"),
        ({"welcome": "Hi {{ contact.firstname }}"}, "welcome", "may be unknown"),
        ({"target": {"all": []}}, "target.all", "something in it"),
        ({"start": None}, "start", "step to begin with"),
        ({"start": "nowhere"}, "start", "no step of this name"),
        ({"steps": []}, "steps", "an object"),
        ({"steps": {}, "start": None, "welcome": None}, "steps", "a welcome or a step"),
        ({"steps": {str(at): MESSAGE for at in range(201)}}, "steps", "more than 200"),
        ({"steps": {"a b": MESSAGE}}, "steps.a b", "name it with"),
        ({"inbox": "x" * 300_000}, "document", "longer than"),
        ({"welcome": float("nan")}, "document", "no JSON"),
    ],
)
def test_a_wrong_document(change: dict[str, Any], path: str, reason: str):
    """Its own members are checked."""
    assert reason in problems({**SUPPORT, **change})[path]


@pytest.mark.parametrize(
    ("step", "path", "reason"),
    [
        (7, "", "an object"),
        ({"type": "dance"}, ".type", "must be one of"),
        ({"type": "message"}, ".text", "must be a text"),
        ({"type": "message", "text": "x", "nxt": "a"}, ".nxt", "is not one of"),
        ({"type": "message", "text": "x", "next": "z"}, ".next", "no step of this name"),
        ({"type": "question", "text": "?", "options": "ab"}, ".options", "a list"),
        ({"type": "question", "text": "?", "options": ["a", "A"]}, ".options", "the same"),
        ({"type": "question", "text": "?", "options": [""]}, ".options.0", "1 to 100"),
        ({"type": "question", "text": "?", "save_to": "contact.risk"}, ".save_to", "written"),
        ({"type": "question", "text": "?", "save_to": "deal.amount"}, ".save_to", "written"),
        (
            {"type": "question", "text": "?", "save_to": "contact.shoe"},
            ".save_to",
            "no property",
        ),
        ({"type": "form", "fields": []}, ".fields", "something in it"),
        (
            {"type": "form", "fields": [{"property": "contact.plan"}] * 2},
            ".fields",
            "twice",
        ),
        ({"type": "form", "fields": [{}]}, ".fields.0.property", "no property"),
        (
            {"type": "branch", "cases": [{"when": {"property": "a", "operator": "eq"}}]},
            ".cases.0.when.property",
            "a name",
        ),
        (
            {
                "type": "branch",
                "cases": [{"when": {"property": "contact.shoe", "operator": "is_known"}}],
            },
            ".cases.0.when.property",
            "no property contact.shoe",
        ),
        (
            {
                "type": "branch",
                "cases": [{"when": {"property": "answer.zz", "operator": "is_known"}}],
            },
            ".cases.0.when.property",
            "no property answer.zz",
        ),
        (
            {
                "type": "branch",
                "cases": [
                    {"when": {"property": "deal.amount", "operator": "gt", "value": "big"}}
                ],
            },
            ".cases.0.when.value",
            "deal.amount is a number",
        ),
        ({"type": "function", "name": "a b"}, ".name", "a-z"),
        (
            {"type": "function", "name": "a", "arguments": {"x": "{{ contact.plan }}"}},
            ".arguments.x",
            "may be unknown",
        ),
        ({"type": "webhook", "url": "http://a.example"}, ".url", "https://"),
        ({"type": "webhook", "url": "https://u:p@a.example"}, ".url", "password"),
        ({"type": "webhook", "url": "https://["}, ".url", "https://"),
        ({"type": "wait", "for": "soon"}, ".for", "length of time"),
        ({"type": "wait", "for": "8d"}, ".for", "at most 7d"),
        ({"type": "route", "team": 3}, ".team", "name of a team"),
        ({"type": "end", "close": 1}, ".close", "true or false"),
    ],
)
def test_a_wrong_step(step: object, path: str, reason: str):
    """Each kind of step is checked, and the path leads to the fault."""
    found = problems({"name": "t", "start": "a", "steps": {"a": step}})
    assert reason in found[f"steps.a{path}"]


def test_every_fault_is_told_at_once():
    """An author mends them in one go."""
    steps = {"a": {"type": "message"}, "b": {"type": "wait", "for": "x"}}
    found = problems({"name": "t", "start": "z", "steps": steps, "priority": "high"})
    assert set(found) >= {"steps.a.text", "steps.b.for", "start", "priority"}


@pytest.mark.parametrize("document", [None, [], "x", 3, {1: 2}])
def test_what_is_no_object_is_no_chatflow(document: object):
    """The reply says so."""
    assert problems(document)["document"] == "must be an object"


def test_a_document_keeps_the_name_it_is_put_under():
    """A name in it that differs is refused; none is fine."""
    assert "put" in problems(SUPPORT, name="sales")["name"]
    unnamed = {key: value for key, value in SUPPORT.items() if key != "name"}
    assert parse_flow(unnamed, KNOWN.get, name="sales").name == "sales"


WAIT = {"type": "wait", "for": "1s"}


def test_a_circle_that_asks_nobody_is_refused():
    """It would talk for ever; the circle is named."""
    steps = {
        "a": {**MESSAGE, "next": "b"},
        "b": {**WAIT, "next": "c"},
        "c": {**MESSAGE, "next": "b"},
    }
    found = problems({"name": "t", "start": "a", "steps": steps})
    (path,) = found
    assert path in {"steps.b", "steps.c"}
    assert "→" in found[path]


def test_a_question_that_may_be_skipped_does_not_break_a_circle():
    """Once its answer is known, the circle would turn by itself."""
    ask = {"type": "question", "text": "?", "next": "b"}
    steps = {"a": {**ask, "skip_known": True}, "b": {**MESSAGE, "next": "a"}}
    assert "for ever" in str(problems({"name": "t", "start": "a", "steps": steps}))
    assert flow_of({"a": ask, "b": {**MESSAGE, "next": "a"}}).warnings == []


def test_a_step_that_leads_to_itself_is_a_circle():
    """The smallest one."""
    found = problems({"name": "t", "start": "a", "steps": {"a": {**MESSAGE, "next": "a"}}})
    assert "a → a" in found["steps.a"]
