"""The documents that the article describes: chatflows, teams, their hours, and routing."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any


def when(name: str, value: object, operator: str = "eq") -> dict[str, object]:
    """Return a condition on one property."""
    return {"property": name, "operator": operator, "value": value}


def at(path: str) -> dict[str, object]:
    """Return the target of a chatflow for the pages below *path*."""
    return when("page.path", path, "starts_with")


GREETING = "Hi {{ contact.firstname | default: 'there' }}, how can we help?"
HAND = {"type": "route", "text": "Thank you. Somebody takes over."}
CUSTOMER = when("contact.lifecyclestage", "customer")
EMAIL = {"property": "contact.email", "label": "E-mail", "required": True}
COMPANY = {"property": "contact.company", "label": "Company", "required": True}
PHONE = {"property": "contact.phone", "label": "Phone"}

FLOWS: Mapping[str, Mapping[str, Any]] = {
    "shop": {
        "target": at("/shop"),
        "welcome": GREETING,
        "start": "triage",
        "steps": {
            "triage": {
                "type": "branch",
                "cases": [{"when": CUSTOMER, "next": "plan"}],
                "else": "details",
            },
            "plan": {
                "type": "branch",
                "cases": [{"when": when("contact.plan", "pro"), "next": "pro"}],
                "else": "free",
            },
            "pro": {
                "type": "message",
                "text": "On the {{ contact.plan | default: 'free' }} plan we call you back.",
                "next": "topic",
            },
            "free": {
                "type": "message",
                "text": "On the free plan we write to you.",
                "next": "topic",
            },
            "details": {
                "type": "form",
                "fields": [EMAIL, COMPANY],
                "skip_known": True,
                "next": "topic",
            },
            "topic": {
                "type": "question",
                "text": "What is it about?",
                "options": ["Billing", "Technical"],
                "save_to": "contact.shop_topic",
                "skip_known": True,
                "next": "hand",
            },
            "hand": HAND,
        },
    },
    "quote": {
        "target": at("/quote"),
        "welcome": GREETING,
        "start": "details",
        "steps": {
            "details": {
                "type": "form",
                "text": "Whom is the offer for?",
                "fields": [EMAIL, COMPANY, PHONE],
                "prefill": True,
                "next": "hand",
            },
            "hand": HAND,
        },
    },
    "night": {
        "target": at("/night"),
        "hours": "night",
        "welcome": GREETING,
        "start": "here",
        "steps": {
            "here": {
                "type": "branch",
                "cases": [{"when": when("hours.open", True), "next": "hand"}],  # noqa: FBT003
                "else": "away",
            },
            "away": {
                "type": "message",
                "text": "Nobody is here at this hour.",
                "next": "reach",
            },
            "reach": {
                "type": "form",
                "text": "Where do we reach you in the morning?",
                "fields": [EMAIL],
                "skip_known": True,
                "next": "later",
            },
            "later": {"type": "route", "team": "night", "text": "We answer in the morning."},
            "hand": HAND,
        },
    },
    "door": {
        "target": at("/door"),
        "welcome": GREETING,
        "start": "hand",
        "steps": {"hand": HAND},
    },
}

AGENTS = ("pia", "sol", "cora")


def agent(name: str) -> str:
    """Return the address of an agent."""
    return f"{name}@shop.example"


def team(name: str, **more: object) -> Mapping[str, Any]:
    """Return a team of one agent, who has room for every test's visitors."""
    return {"agents": [agent(name)], "capacity": 50, **more}


TEAMS: Mapping[str, Mapping[str, Any]] = {
    "priority": team("pia", when_away="keep"),
    "sales": team("sol"),
    "success": team("cora"),
    "night": team("cora", hours="night"),
    "support": {"agents": [], "strategy": "manual"},
}
ROUTING: Mapping[str, Any] = {
    "rules": [
        {
            "name": "VIP",
            "when": when("contact.plan", "vip"),
            "team": "priority",
            "priority": "high",
        },
        {"name": "large deal", "when": when("deal.amount", 100_000, "gte"), "team": "sales"},
        {"name": "customer", "when": CUSTOMER, "team": "success"},
    ],
    "fallback": {"team": "support"},
    "capacity": 100,
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPEN: Mapping[str, Any] = {"zone": "UTC", "days": {day: ["00:00-24:00"] for day in DAYS}}


def closed() -> Mapping[str, Any]:
    """Return hours that begin again in three days, whatever day this is."""
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    return {"zone": "UTC", "days": {day: ["09:00-17:00"]}}


HOURS: Mapping[str, Mapping[str, Any]] = {"night": closed()}
