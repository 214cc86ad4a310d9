"""A server without chatflows or teams, and an owner who sets them up, for browser tests."""

from typing import Any

from playwright.sync_api import Page
from tests.e2e import people
from tests.e2e.sites_house import AGENT, House

SUPPORT: dict[str, Any] = {
    "name": "support",
    "welcome": "Hi {{ contact.firstname | default: 'there' }}, how can we help?",
    "target": {"property": "page.path", "operator": "starts_with", "value": "/"},
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
                    "next": "hello",
                }
            ],
            "else": "topic",
        },
        "hello": {
            "type": "message",
            "text": "Good to see you again.",
            "next": "topic",
        },
        "topic": {
            "type": "question",
            "text": "What is it about?",
            "options": ["Billing", "Technical", {"label": "Nothing", "next": "bye"}],
            "next": "who",
        },
        "who": {
            "type": "form",
            "text": "How can we reach you?",
            "fields": [{"property": "contact.email", "required": True}],
            "skip_known": True,
            "next": "people",
        },
        "people": {"type": "route", "text": "One moment."},
        "bye": {"type": "end", "text": "Have a nice day.", "close": True},
    },
}
OFFICE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "days": {
        day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")
    }
    | {"sat": ["22:00-06:00"]},
    "holidays": [
        {"date": "2030-12-25", "name": "Christmas Day"},
        {"date": "2030-12-24", "name": "Christmas Eve", "spans": ["09:00-12:00"]},
    ],
}
VIP: dict[str, Any] = {
    "name": "Large customers",
    "when": {
        "all": [
            {"property": "contact.lifecyclestage", "operator": "eq", "value": "customer"},
            {"property": "deal.amount", "operator": "gte", "value": 100_000},
        ]
    },
    "team": "sales",
    "priority": "high",
}


def v1(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as the person who is signed in; fail on a refusal."""
    return people.ask(page, method, f"/v1{path}", body)


def furnish(page: Page) -> None:
    """Make office hours, two teams, a plan and two chatflows, once."""
    if v1(page, "GET", "/chatflows")["results"]:
        return
    v1(page, "PUT", "/hours/office", OFFICE)
    support = {"agents": [AGENT], "hours": "office", "sticky": "24h"}
    v1(page, "PUT", "/teams/support", support)
    overflow = {"team": "support", "after": "2m"}
    sales = {"agents": [AGENT], "strategy": "owner", "overflow": overflow}
    v1(page, "PUT", "/teams/sales", sales)
    v1(page, "PUT", "/routing", {"rules": [VIP], "fallback": {"team": "support"}})
    v1(page, "PUT", "/chatflows/support", SUPPORT)
    changed = {**SUPPORT, "priority": 5, "welcome": "Hello!"}
    v1(page, "PUT", "/chatflows/support", changed)
    v1(page, "PUT", f"/chatflows/{'a-long-name-' * 5}x?draft=true", {"welcome": "Hello"})


def visit(page: Page, house: House) -> str:
    """Begin a conversation as a visitor's widget does; return its id."""
    script = """async () => {
        const post = (path, body, bearer) => fetch('/v1/widget/web' + path, {
            method: 'POST', credentials: 'omit', body: JSON.stringify(body),
            headers: {'Content-Type': 'application/json',
                      ...(bearer ? {Authorization: 'Bearer ' + bearer} : {})}});
        const {session} = await (await post('/session', {})).json();
        const said = {clientMessageId: crypto.randomUUID(), text: 'Hello?'};
        return (await (await post('/messages', said, session)).json()).conversationId;
    }"""
    page.goto(f"{house.url}/app/decisions")
    return str(page.evaluate(script))
