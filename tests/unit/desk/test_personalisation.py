"""A text greets by name whom we know, and nobody ever reads an empty name."""

import pytest
from tests.support.chatflows import KNOWN

from callingcard.desk.model.chatflows import PropertyInfo
from callingcard.desk.personalisation import MAX_OUTPUT, Text, parse_text
from callingcard.errors import Invalid
from callingcard.kit.conditions.comparisons import Value


def text(source: str) -> Text:
    """Return an accepted text."""
    return parse_text(source, (KNOWN | PAGE).get, path="welcome")


PAGE = {"page.path": PropertyInfo("page.path"), "answer.order.status": PropertyInfo("x")}
HI = "Hi {{ contact.firstname | default: 'there' }}!"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada", "Hi Ada!"),
        ("", "Hi there!"),
        ("   ", "Hi there!"),
        (None, "Hi there!"),
        ("O'Neil & <b>", "Hi O'Neil & <b>!"),
        ("{{ contact.plan }}", "Hi {{ contact.plan }}!"),
        ("{% for x in (1..9) %}", "Hi {% for x in (1..9) %}!"),
    ],
)
def test_a_greeting(name: str | None, expected: str):
    """A known name is said as it is, and an unknown or empty one is the fallback."""
    assert text(HI).render({"contact.firstname": name}) == expected


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("{{ contact.plan | upcase | default: 'x' }}", "pro", "PRO"),
        ("{{ contact.plan | capitalize | default: 'x' }}", "pro plus", "Pro plus"),
        ("{{ contact.plan | downcase | default: 'x' }}", "PRO", "pro"),
        ("{{ contact.plan | truncate: 5 | default: 'x' }}", "professional", "prof…"),
        ("{{ contact.plan | number: 2 | default: 'x' }}", 1234.5, "1,234.50"),
        ("{{ contact.plan | round | default: 'x' }}", "2.6", "3"),
        ("{{ contact.plan | round: 1 | default: 'x' }}", 2.66, "2.7"),
        ("{{ contact.plan | number | default: 'x' }}", "many", "x"),
        ("{{ contact.plan | date: '%d.%m.%Y' | default: 'x' }}", "2030-02-01", "01.02.2030"),
        ("{{ contact.plan | date | default: 'soon' }}", "now", "soon"),
        ("{{ contact.plan | date: '%q' | default: 'soon' }}", "2030-02-01", "soon"),
        ("{{ contact.plan | default: 'x' }}", 12.0, "12"),
        ("{{ contact.plan | default: 'x' }}", ["a", "b"], "a, b"),
        ("{% if contact.plan == 'pro' %}P{% else %}F{% endif %}", "pro", "P"),
        ("{% if contact.plan == 'pro' %}P{% else %}F{% endif %}", None, "F"),
        ("{% if contact.plan > 5 %}P{% else %}F{% endif %}", "pro", "F"),
        ("{% raw %}{{ x }}{% endraw %}", None, "{{ x }}"),
        ("no token", None, "no token"),
    ],
)
def test_filters_and_conditions(source: str, value: Value, expected: str):
    """Each filter does its work, and what it cannot use falls back."""
    assert text(source).render({"contact.plan": value}) == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ contact.firstname }}", "contact.firstname may be unknown"),
        ("{{ contact.firstname | default: '' }}", "may be unknown"),
        ("{{ contact.firstname | default: contact.plan }}", "no filter default of this form"),
        ("{{ contact.firstname | upcase }}", "contact.firstname may be unknown"),
        ("{% if contact.plan %}{{ contact.firstname }}{% endif %}", "may be unknown"),
        ("{{ contact.nickname | default: 'x' }}", "no property contact.nickname"),
        ("{% if contact.nickname %}x{% endif %}", "no property contact.nickname"),
        ("{{ contact.risk | default: 'x' }}", "visitors may not see contact.risk"),
        ("{% if contact.risk == 'high' %}x{% endif %}", "visitors may not see contact.risk"),
        ("{{ 'now' | date }}", "begin with a property"),
        ("{{ contact | default: 'x' }}", "no property contact"),
        ("{% for x in contact.plan %}{% endfor %}", "is no template"),
        ("{% assign x = 1 %}", "is no template"),
        ("{% include 'x' %}", "is no template"),
        ("{{ contact.plan | base64_decode | default: 'x' }}", "no filter base64_decode"),
        ("{{ contact.plan | upcase: a: 1 | default: 'x' }}", "no filter upcase of this form"),
        ("{{ contact.plan | truncate: contact.seats | default: 'x' }}", "no filter truncate"),
        ("{% if 'b' < 5 %}x{% endif %}", "is no template"),
        ("{{ contact.plan | default: 'x'", "is no template"),
        ("x" * 5000, "longer than"),
        ("a\0b", "not text"),
        ("a\ud800", "not text"),
        ("  ", "something in it"),
    ],
)
def test_what_cannot_be_used_is_refused(source: str, reason: str):
    """A fallback cannot be forgotten, and what visitors may not see cannot be quoted."""
    with pytest.raises(Invalid) as refused:
        text(source)
    assert reason in refused.value.fields["welcome"]


def test_only_text_is_a_text():
    """A number is not taken for one."""
    with pytest.raises(Invalid, match="cannot be used"):
        parse_text(7, KNOWN.get, path="welcome")


def test_what_is_always_known_needs_no_fallback():
    """The page's path is always there."""
    assert text("You are at {{ page.path }}").render({"page.path": "/a"}) == "You are at /a"


def test_what_a_function_returned_is_found_by_its_name():
    """Names may have three parts."""
    source = "Your order is {{ answer.order.status | default: 'on its way' }}."
    assert text(source).render({"answer.order.status": "paid"}) == "Your order is paid."
    assert text(source).render({"answer.order": "x"}) == "Your order is on its way."


def test_a_text_never_grows_past_its_cap():
    """Where values would make it too long, the text is the one for somebody unknown."""
    long = text("{{ contact.plan | default: 'x' }}" * 100)
    assert long.render({"contact.plan": "y" * 1000}) == "x" * 100
    assert len(long.render({"contact.plan": "y" * 90})) == 9000 < MAX_OUTPUT
