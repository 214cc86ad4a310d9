"""A support chatflow, and properties it may use, for tests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from callingcard.desk.chatflows.parsing import parse_flow
from callingcard.desk.chatflows.simulating import Scenario, Simulated, simulate
from callingcard.desk.chatflows.steps import Chatflow
from callingcard.desk.chatflows.talk import Answered
from callingcard.desk.model.chatflows import PropertyInfo
from callingcard.kit.conditions import Facts

NOON: Final = datetime(2030, 1, 1, 12, tzinfo=UTC)
KNOWN: Final[Mapping[str, PropertyInfo]] = {
    info.name: info
    for info in (
        PropertyInfo("contact.firstname", label="First name"),
        PropertyInfo("contact.email", label="Email"),
        PropertyInfo("contact.company"),
        PropertyInfo("contact.plan"),
        PropertyInfo("contact.lifecyclestage", "enum", options=("lead", "customer")),
        PropertyInfo("contact.last_topic"),
        PropertyInfo("contact.seats", "number"),
        PropertyInfo("contact.newsletter", "bool"),
        PropertyInfo("contact.since", "date"),
        PropertyInfo("contact.risk", visible=False, writable=False),
        PropertyInfo("deal.amount", "number", writable=False),
    )
}
SUPPORT: Final[Mapping[str, Any]] = {
    "name": "support",
    "enabled": True,
    "inbox": "web",
    "identification": "optional",
    "target": {"property": "page.path", "operator": "starts_with", "value": "/"},
    "welcome": "Hi {{ contact.firstname | default: 'there' }}, how can we help?",
    "start": "triage",
    "steps": {
        "triage": {
            "type": "branch",
            "cases": [
                {
                    "when": {
                        "property": "contact.lifecyclestage",
                        "operator": "eq",
                        "value": "customer",
                    },
                    "next": "plan",
                }
            ],
            "else": "details",
        },
        "details": {
            "type": "form",
            "fields": [
                {"property": "contact.email", "required": True},
                {"property": "contact.company"},
            ],
            "prefill": True,
            "skip_known": True,
            "next": "topic",
        },
        "plan": {
            "type": "message",
            "text": "You are on the {{ contact.plan | default: 'free' }} plan.",
            "next": "topic",
        },
        "topic": {
            "type": "question",
            "text": "What is it about?",
            "options": ["Billing", "Technical"],
            "save_to": "contact.last_topic",
            "skip_known": False,
            "next": "hand",
        },
        "order": {
            "type": "function",
            "name": "lookup-order",
            "next": "hand",
            "on_error": "hand",
        },
        "hand": {"type": "route"},
    },
}
"""The document of the contract, word for word."""

ADA: Final[Facts] = {
    "contact.firstname": "Ada",
    "contact.email": "ada@example.com",
    "contact.lifecyclestage": "customer",
    "contact.plan": "Pro",
}


def flow_of(steps: Mapping[str, Any], **more: Any) -> Chatflow:
    """Return a chatflow of these steps, which begins with the first."""
    document = {"name": "t", "start": next(iter(steps), None), "steps": steps, **more}
    return parse_flow(document, KNOWN.get)


def play(
    flow: Chatflow,
    *inputs: str | Mapping[str, str],
    facts: Facts | None = None,
    proven: bool = True,
    returns: Mapping[str, Any] | None = None,
) -> Simulated:
    """Return what comes of a visitor's *inputs*: texts, or the values of a form."""
    page: Facts = {"page.url": "https://shop.example/", "page.path": "/"}
    given = [
        Answered(one) if isinstance(one, str) else Answered("", dict(one)) for one in inputs
    ]
    scenario = Scenario(
        facts_at=lambda _: {**page, **(facts or {})},
        proven=proven,
        now=NOON,
        inputs=given,
        returns=returns or {},
    )
    return simulate(flow, scenario)


def said(talk: Simulated) -> list[str]:
    """Return what the chatflow said."""
    return [say.text for author, say in talk.says if author == "bot"]


def did(talk: Simulated, step: str) -> list[str]:
    """Return what the trace says that a step did."""
    return [str(line.get("did", "")) for line in talk.trace if line["step"] == step]
