"""A talk asks what it does not know, keeps what it hears, and always ends with people."""

from typing import Any

import pytest
from tests.support.chatflows import ADA, KNOWN, NOON, SUPPORT, did, flow_of, play, said

from callingcard.desk.chatflows.machine import MAX_STEPS_IN_ALL, advance
from callingcard.desk.chatflows.parsing import parse_flow
from callingcard.desk.chatflows.talk import (
    Answered,
    Around,
    Began,
    CallFunction,
    CallWebhook,
    Elapsed,
    Failed,
    Finish,
    HandOver,
    Pause,
    Replied,
    Returned,
    State,
)
from callingcard.desk.model.chatflows import Waits

FLOW = parse_flow(SUPPORT, KNOWN.get)
TOPIC = "What is it about?"


def test_a_customer_is_greeted_and_asked_only_what_is_not_known():
    """Ada is known: her name and plan are said, and no form is shown."""
    talk = play(FLOW, "billing", facts=ADA)
    assert said(talk) == ["Hi Ada, how can we help?", "You are on the Pro plan.", TOPIC]
    assert talk.changes == {"contact.last_topic": "Billing"}
    assert talk.handed_over == HandOver(None)


def test_who_proved_nothing_gets_the_fallbacks_whatever_the_crm_says():
    """An address that somebody typed opens neither a name, nor a plan, nor a branch."""
    talk = play(FLOW, facts=ADA, proven=False)
    assert said(talk) == ["Hi there, how can we help?", "Please fill this in."]
    assert "Ada" not in str(talk.says)
    assert "ada@example.com" not in str(talk.says)


def test_a_form_asks_only_for_what_is_missing():
    """Users who are known are not asked again (chatwoot#12256)."""
    facts = {"contact.email": "ada@example.com"}
    form: Any = play(FLOW, facts=facts).says[-1][1].data
    assert [one["name"] for one in form["form"]["fields"]] == ["contact.company"]
    everything = {**facts, "contact.company": "Engines"}
    assert said(play(FLOW, facts=everything))[-1] == TOPIC


FORM = {
    "type": "form",
    "text": "About you",
    "fields": [
        {"property": "contact.email", "required": True, "label": "Your address"},
        {"property": "contact.seats"},
        {"property": "contact.lifecyclestage"},
    ],
}


def test_a_form_shows_what_is_known():
    """With ``prefill`` the values stand in the fields, and may be changed."""
    flow = flow_of({"a": {**FORM, "prefill": True}})
    form: Any = play(flow, facts=ADA).says[-1][1].data
    assert form["form"]["fields"] == [
        {
            "name": "contact.email",
            "label": "Your address",
            "type": "email",
            "required": True,
            "value": "ada@example.com",
        },
        {"name": "contact.seats", "label": "Seats", "type": "number", "required": False},
        {
            "name": "contact.lifecyclestage",
            "label": "Lifecyclestage",
            "type": "enum",
            "required": False,
            "options": ["lead", "customer"],
            "value": "customer",
        },
    ]


def test_a_form_says_which_fields_are_wrong():
    """What is wrong is named, nothing of the form is kept, and it may be sent again."""
    flow = flow_of({"a": FORM})
    wrong = {"contact.email": "nobody", "contact.seats": "many"}
    talk = play(flow, wrong, facts={}, proven=False)
    form: Any = talk.says[-1][1].data
    assert form["form"]["wrong"] == ["contact.email", "contact.seats"]
    assert talk.changes == {}
    right = {
        "contact.email": " X@Y.de ",
        "contact.seats": "12",
        "contact.lifecyclestage": "LEAD",
    }
    talk = play(flow, wrong, right, proven=False)
    assert talk.changes == {
        "contact.email": "x@y.de",
        "contact.seats": "12",
        "contact.lifecyclestage": "lead",
    }


def test_who_writes_instead_of_filling_in_a_form_is_not_kept_from_people():
    """After three texts the talk goes on without the form."""
    talk = play(flow_of({"a": FORM}), "hello", "hello?", "human!", proven=False)
    assert talk.handed_over is not None
    assert did(talk, "a").count("not understood") == 3


def test_a_form_of_one_field_may_be_answered_in_words():
    """A text is then the field's value."""
    flow = flow_of({"a": {"type": "form", "fields": [{"property": "contact.company"}]}})
    assert play(flow, "Engines").changes == {"contact.company": "Engines"}


def test_a_typed_address_never_becomes_that_of_somebody_proven():
    """Who signed in as Ada cannot make another's address hers by typing it."""
    flow = flow_of({"a": {"type": "form", "fields": [{"property": "contact.email"}]}})
    talk = play(flow, {"contact.email": "grace@example.com"}, facts={"contact.plan": "Pro"})
    assert talk.changes == {}
    assert talk.state.said == {"contact.email": "grace@example.com"}
    assert "contact.email" not in talk.facts


QUESTION = {
    "type": "question",
    "text": "Which plan?",
    "options": ["Free", {"label": "Pro", "value": "pro-2", "next": "pro"}],
    "save_to": "contact.plan",
    "next": "free",
    "else": "lost",
}
PLANS = {
    "ask": QUESTION,
    "free": {"type": "message", "text": "Free it is."},
    "pro": {"type": "message", "text": "Pro: {{ answer.ask | default: '?' }}"},
    "lost": {"type": "message", "text": "Never mind."},
}


def test_a_button_leads_its_own_way():
    """The value is kept, and a reply's own next step goes before the question's."""
    talk = play(flow_of(PLANS), "PRO")
    assert said(talk)[-1] == "Pro: pro-2"
    assert talk.changes == {"contact.plan": "pro-2"}
    assert said(play(flow_of(PLANS), "free"))[-1] == "Free it is."


def test_an_answer_that_is_none_is_asked_for_again():
    """The buttons are shown again twice; then the talk goes on without."""
    talk = play(flow_of(PLANS), "what?", "hm", "eh")
    assert said(talk) == ["Which plan?", "Which plan?", "Which plan?", "Never mind."]
    assert talk.changes == {}


def test_a_question_whose_answer_is_known_is_skipped():
    """Its answer counts as given, so that branches on it work."""
    flow = flow_of({**PLANS, "ask": {**QUESTION, "skip_known": True}})
    assert said(play(flow, facts={"contact.plan": "pro-2"})) == ["Pro: pro-2"]
    again = flow_of(
        {
            "a": {"type": "question", "text": "1?", "next": "b"},
            "b": {"type": "question", "text": "2?", "save_to": "contact.plan", "next": "c"},
            "c": {
                "type": "question",
                "text": "3?",
                "save_to": "contact.plan",
                "skip_known": True,
            },
        }
    )
    assert said(play(again, "x", "y", proven=False)) == ["1?", "2?"]


@pytest.mark.parametrize(
    ("name", "wrong", "right", "kept"),
    [
        ("contact.seats", "many", "1 000", "1000"),
        ("contact.newsletter", "maybe", "Yes", "true"),
        ("contact.since", "yesterday", "2020-02-29", "2020-02-29"),
        ("contact.email", "at home", "A@b.de", "a@b.de"),
        ("contact.lifecyclestage", "friend", "Customer", "customer"),
    ],
)
def test_an_answer_is_of_its_propertys_type(name: str, wrong: str, right: str, kept: str):
    """What is no number, date or address is asked for again."""
    flow = flow_of({"a": {"type": "question", "text": "?", "save_to": name}})
    talk = play(flow, wrong, right, proven=False)
    assert talk.changes == {name: kept}
    assert len(said(talk)) == 2


CALL = {
    "call": {
        "type": "function",
        "name": "lookup-order",
        "arguments": {"who": "{{ contact.firstname | default: 'nobody' }}"},
        "next": "tell",
        "on_error": "sorry",
    },
    "tell": {"type": "message", "text": "It is {{ answer.call.status | default: '?' }}."},
    "sorry": {"type": "message", "text": "Sorry."},
}


def test_a_function_is_asked_for_and_its_result_is_an_answer():
    """The arguments are rendered; the result's values are there by their names."""
    flow, around = flow_of(CALL), Around(ADA, proven=True, now=NOON)
    turn = advance(flow, State(), Began(), around)
    assert turn.ask == CallFunction("call", "lookup-order", {"who": "Ada"})
    assert turn.state.waits is Waits.FUNCTION
    done = advance(flow, turn.state, Returned({"status": "paid", "more": [1]}), around)
    assert [say.text for say in done.says] == ["It is paid."]
    failed = advance(flow, turn.state, Failed("timed_out"), around)
    assert [say.text for say in failed.says] == ["Sorry."]


def test_a_simulation_calls_nothing_and_says_so():
    """Without a result to play, the function fails, and the trace says why."""
    talk = play(flow_of(CALL))
    assert said(talk) == ["Sorry."]
    assert any("was not called" in line for line in did(talk, "call"))
    assert said(play(flow_of(CALL), returns={"call": {"status": "sent"}})) == ["It is sent."]


def test_only_what_is_waited_for_counts():
    """A late or repeated signal changes nothing."""
    flow, around = flow_of(CALL), Around({}, proven=False, now=NOON)
    turn = advance(flow, State(), Began(), around)
    for signal in (Began(), Answered("x"), Elapsed(), Replied("x")):
        assert advance(flow, turn.state, signal, around).state == turn.state
    over = advance(flow, turn.state, Returned(1), around)
    assert isinstance(over.ask, HandOver)
    for late in (Returned(1), Failed("x"), Answered("y"), Began()):
        again = advance(flow, over.state, late, around)
        assert (again.state, again.says, again.ask) == (over.state, (), None)


HOOK = {
    "hook": {"type": "webhook", "url": "https://bot.example/", "payload": "p", "next": "b"},
    "b": {"type": "message", "text": "next"},
    "c": {"type": "end", "text": "chosen", "close": True},
}


def test_a_webhook_says_asks_and_leads():
    """As HubSpot's: it may want the next reply, and may name the next step."""
    flow, around = flow_of(HOOK), Around({}, proven=False, now=NOON)
    turn = advance(flow, State(), Began(), around)
    assert turn.ask == CallWebhook("hook", "https://bot.example/", "p")
    asked = advance(
        flow,
        turn.state,
        Replied("Size?", expects_answer=True, options=[("Big", "b")], bot={"n": 1}),
        around,
    )
    assert asked.says[0].data == {"options": [{"label": "Big", "value": "b"}]}
    called = advance(flow, asked.state, Answered("huge"), around)
    assert isinstance(called.ask, CallWebhook)
    assert (called.ask.text, called.state.bot) == ("huge", {"n": 1})
    ended = advance(flow, called.state, Replied(next="c"), around)
    assert ended.ask == Finish(close=True)
    usual = advance(flow, called.state, Replied(next="nowhere"), around)
    assert [say.text for say in usual.says] == ["next"]


def test_a_webhook_that_leads_in_a_circle_is_stopped():
    """Steps are counted over the whole talk, and then people take over."""
    flow, around = flow_of(HOOK), Around({}, proven=False, now=NOON)
    turn = advance(flow, State(), Began(), around)
    for _ in range(MAX_STEPS_IN_ALL):
        if not isinstance(turn.ask, CallWebhook):
            break
        turn = advance(flow, turn.state, Replied(next="hook"), around)
    assert turn.ask == HandOver(None, reason="too many steps")


def test_time_passes():
    """A wait says until when, and goes on then."""
    flow = flow_of({"w": {"type": "wait", "for": "90s", "next": "m"}, "m": HOOK["b"]})
    turn = advance(flow, State(), Began(), Around({}, proven=False, now=NOON))
    assert isinstance(turn.ask, Pause)
    assert (turn.ask.until - NOON).total_seconds() == 90
    assert said(play(flow)) == ["next"]


def test_a_flow_without_steps_hands_over():
    """A welcome is a whole chatflow; whoever is greeted gets to people, and once."""
    flow = parse_flow({"name": "t", "welcome": "Hi"}, KNOWN.get)
    around = Around({}, proven=False, now=NOON)
    turn = advance(flow, State(), Began(), around)
    assert [say.text for say in turn.says] == ["Hi"]
    assert isinstance(turn.ask, HandOver)
    assert advance(flow, turn.state, Began(), around).says == ()


def test_a_route_may_name_its_team():
    """The step's team goes before the rules."""
    flow = flow_of({"r": {"type": "route", "team": "sales", "text": "One moment."}})
    talk = play(flow)
    assert (said(talk), talk.handed_over) == (["One moment."], HandOver("sales"))
