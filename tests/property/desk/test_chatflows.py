"""Whatever a chatflow says and a visitor does, the talk ends, waits, or goes on."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support.chatflows import ADA, KNOWN, NOON

from callingcard.desk.chatflows.machine import MAX_STEPS_IN_ALL, advance
from callingcard.desk.chatflows.parsing import parse_flow
from callingcard.desk.chatflows.steps import Chatflow
from callingcard.desk.chatflows.talk import (
    Answered,
    Around,
    Began,
    Elapsed,
    Failed,
    Replied,
    Returned,
    Signal,
    State,
)
from callingcard.desk.model.chatflows import Waits
from callingcard.errors import Invalid

NAMES = ["a", "b", "c", "d", "e"]
SECRETS = {
    "contact.firstname": "CANARY-1",
    "contact.plan": "CANARY-2",
    "deal.amount": 777_888.0,
}
NEXT = st.sampled_from([*NAMES, None])
PROPERTIES = st.sampled_from(
    ["contact.firstname", "contact.email", "contact.plan", "contact.seats"]
)
TEXTS = st.sampled_from(
    [
        "Hello",
        "Hi {{ contact.firstname | default: 'you' }}",
        "{{ answer.a | default: '-' }} {{ contact.plan | upcase | default: 'none' }}",
        "{% if contact.plan == 'Pro' %}pro{% else %}free{% endif %}",
    ]
)
LEAVES = st.one_of(
    st.builds(lambda name: {"property": name, "operator": "is_known"}, PROPERTIES),
    st.just({"property": "answer.b", "operator": "eq", "value": "yes"}),
    st.just({"property": "deal.amount", "operator": "gt", "value": 5}),
)
STEPS = st.one_of(
    st.fixed_dictionaries({"type": st.just("message"), "text": TEXTS, "next": NEXT}),
    st.fixed_dictionaries(
        {
            "type": st.just("question"),
            "text": TEXTS,
            "options": st.sampled_from([[], ["yes", {"label": "No", "next": "a"}]]),
            "save_to": st.one_of(st.none(), PROPERTIES),
            "skip_known": st.booleans(),
            "next": NEXT,
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("form"),
            "fields": st.lists(PROPERTIES, min_size=1, max_size=3, unique=True).map(
                lambda names: [{"property": name, "required": True} for name in names]
            ),
            "prefill": st.booleans(),
            "skip_known": st.booleans(),
            "next": NEXT,
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("branch"),
            "cases": st.lists(
                st.fixed_dictionaries({"when": LEAVES, "next": NEXT}), max_size=2
            ),
            "else": NEXT,
        }
    ),
    st.fixed_dictionaries({"type": st.just("function"), "name": st.just("f"), "next": NEXT}),
    st.fixed_dictionaries(
        {"type": st.just("webhook"), "url": st.just("https://bot.example/"), "next": NEXT}
    ),
    st.fixed_dictionaries({"type": st.just("wait"), "for": st.just("5s"), "next": NEXT}),
    st.fixed_dictionaries({"type": st.just("route"), "text": st.one_of(st.none(), TEXTS)}),
    st.fixed_dictionaries({"type": st.just("end"), "close": st.booleans()}),
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "name": st.just("t"),
        "welcome": st.one_of(st.none(), TEXTS),
        "start": st.sampled_from(NAMES),
        "steps": st.fixed_dictionaries(dict.fromkeys(NAMES, STEPS)),
    }
)
SIGNALS = st.one_of(
    st.builds(Answered, st.text(max_size=8)),
    st.builds(Answered, st.sampled_from(["yes", "no", "7", "ada@example.com"])),
    st.builds(
        Answered,
        st.just(""),
        st.dictionaries(PROPERTIES, st.sampled_from(["7", "x@y.de", "", "nobody"])),
    ),
    st.builds(
        Returned, st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists)
    ),
    st.builds(Returned, st.dictionaries(st.text(max_size=5), st.integers() | st.text())),
    st.builds(
        Replied,
        st.one_of(st.none(), st.text(max_size=5)),
        st.one_of(st.none(), st.sampled_from(NAMES), st.text(max_size=3)),
        st.booleans(),
    ),
    st.just(Failed("timed_out")),
    st.just(Elapsed()),
    st.just(Began()),
)


def accepted(document: Mapping[str, Any]) -> Chatflow | None:
    """Return the chatflow, or None when it goes in circles."""
    try:
        return parse_flow(document, KNOWN.get)
    except Invalid as error:
        assert all("for ever" in reason for reason in error.fields.values())  # noqa: PT017
        return None


@given(DOCUMENTS, st.lists(SIGNALS, max_size=25), st.booleans())
def test_a_talk_never_breaks_and_can_be_put_down_anywhere(
    document: dict[str, Any],
    signals: list[Signal],
    proven: bool,  # noqa: FBT001
):
    """After each signal it waits for something, or is over; read back, it goes on alike."""
    flow = accepted(document)
    if flow is None:
        return
    around = Around(ADA, proven=proven, now=NOON)
    state = State()
    for signal in [Began(), *signals]:
        turn = advance(flow, state, signal, around)
        kept = State.of(json.loads(json.dumps(state.as_json())))
        assert advance(flow, kept, signal, around) == turn
        assert all(say.text.strip() for say in turn.says)
        assert turn.ask is not None or turn.state == state
        state = turn.state
        assert state.spent <= MAX_STEPS_IN_ALL + len(signals) + 1
        if state.waits is not Waits.NOTHING:
            assert state.step in flow.steps
        json.dumps([dict(line) for line in turn.trace])


@given(DOCUMENTS, st.lists(SIGNALS, max_size=15))
def test_nothing_of_the_crm_is_said_to_who_proved_nothing(
    document: dict[str, Any], signals: list[Signal]
):
    """No line, form, question to a function or change holds a value of the CRM."""
    flow = accepted(document)
    if flow is None:
        return
    around = Around({**ADA, **SECRETS}, proven=False, now=NOON)
    nobody = Around({}, proven=False, now=NOON)
    state = State()
    for signal in [Began(), *signals]:
        turn = advance(flow, state, signal, around)
        assert turn == advance(flow, state, signal, nobody)
        assert "CANARY" not in str([turn.says, turn.changes, turn.ask, turn.state.as_json()])
        state = turn.state


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=4)
        | st.sampled_from(NAMES),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["name", "steps", "start", "type", "text", "fields", "cases", "when", "a"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=15,
    )
)
def test_reading_a_document_never_fails_in_another_way(document: object):
    """Whatever is sent is a chatflow or is refused with its reasons."""
    try:
        parse_flow(document, KNOWN.get)
    except Invalid as error:
        assert error.fields  # noqa: PT017
