"""How long a condition and a simulated chatflow take: ``python benchmarks/flows.py``.

The condition is the rule of the reference; the chatflow has thirty steps.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from timeit import repeat
from typing import Any

from callingcard.desk.chatflows.parsing import parse_flow
from callingcard.desk.chatflows.simulating import Scenario, simulate
from callingcard.desk.model.chatflows import PropertyInfo
from callingcard.kit.conditions import Facts, evaluate, parse_condition

RULE = {
    "all": [
        {"property": "contact.lifecyclestage", "operator": "eq", "value": "customer"},
        {
            "any": [
                {"property": "deal.amount", "operator": "gte", "value": 50_000},
                {"property": "contact.tags", "operator": "contains", "value": "vip"},
            ]
        },
        {"property": "page.path", "operator": "starts_with", "value": "/"},
    ]
}
FACTS: Facts = {
    "contact.firstname": "Ada",
    "contact.lifecyclestage": "customer",
    "contact.tags": ["vip"],
    "deal.amount": 3.0,
    "page.path": "/pricing",
}
STEPS = 30
ROUNDS = 20_000


def flow_document() -> dict[str, Any]:
    """Return a chatflow of thirty steps: branches, and texts with tokens."""
    steps: dict[str, Any] = {"s29": {"type": "route"}}
    for at in range(STEPS - 1):
        after = f"s{at + 1}"
        steps[f"s{at}"] = (
            {"type": "branch", "cases": [{"when": RULE, "next": after}], "else": "s29"}
            if at % 2
            else {
                "type": "message",
                "text": "Hi {{ contact.firstname | default: 'there' }}",
                "next": after,
            }
        )
    return {"name": "bench", "start": "s0", "steps": steps}


def best(work: Callable[[], object], rounds: int) -> float:
    """Return the seconds that *work* takes once, in the quietest of five measurements."""
    return min(repeat(work, number=rounds, repeat=5)) / rounds


def main() -> None:
    """Print the times as JSON."""
    condition = parse_condition(RULE)
    once = best(lambda: evaluate(condition, FACTS), ROUNDS)
    known = {name: PropertyInfo(name) for name in FACTS}
    known["deal.amount"] = PropertyInfo("deal.amount", "number")
    document = flow_document()
    flow = parse_flow(document, known.get)
    scenario = Scenario(lambda _: FACTS, proven=True, now=datetime(2030, 1, 1, tzinfo=UTC))
    imagined = best(lambda: simulate(flow, scenario), 50)
    read = best(lambda: parse_flow(document, known.get), 10)
    print(
        json.dumps(
            {
                "condition_us": round(once * 1e6, 2),
                "simulate_30_steps_ms": round(imagined * 1e3, 3),
                "read_30_steps_ms": round(read * 1e3, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
