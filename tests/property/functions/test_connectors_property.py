"""However arguments and documents are chosen, a call stays in its place and reading ends."""

import html
import json
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from callingcard.backends.addresses import checked_url
from callingcard.functions.connectors.access import Access, target_of
from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.replies import Scrubber
from callingcard.functions.connectors.requests import prepare
from callingcard.functions.connectors.stubs import stub_of
from callingcard.functions.ports.sandbox import AskRefused

SHOP = read_connector(
    "shop",
    {
        "base_url": "https://api.shop.example/v2",
        "operations": {
            "get_order": {
                "method": "GET",
                "path": "/orders/{id}/lines",
                "params": {"q": {"type": "string"}},
            }
        },
    },
)
texts = st.text(max_size=30) | st.sampled_from(["..", "/", "%2e", "\\", "@", "//", "?", "#"])
mixed = st.lists(texts, max_size=5).map("".join)


@given(mixed, mixed)
def test_an_operation_calls_its_own_path(value: str, query: str):
    """Whatever a parameter is, host and segments are those of the definition."""
    try:
        prepared = prepare(SHOP, "get_order", {"id": value, "q": query})
    except AskRefused:
        return
    target = target_of(SHOP, prepared, Access(SHOP.base_url))
    assert target.origin == ("https", "api.shop.example", 443)
    path = target.target.partition("?")[0].split("/")
    assert (path[:3], path[4:], len(path)) == (["", "v2", "orders"], ["lines"], 5)


@given(mixed)
def test_a_path_stays_on_its_host_and_below_its_base(path: str):
    """Whatever a path is, it is refused or stays below the connector's base."""
    try:
        prepared = prepare(SHOP, "get", {"path": f"/{path}"})
    except AskRefused:
        return
    target = target_of(SHOP, prepared, Access(SHOP.base_url))
    assert target.origin == ("https", "api.shop.example", 443)
    assert target.target.startswith("/v2/")
    assert ".." not in target.target.split("/")


@given(st.text(max_size=60))
def test_a_url_is_refused_or_taken_apart_without_loss(text: str):
    """What is accepted is ASCII, has the host that it shows, and no user in it."""
    try:
        target = checked_url(f"https://{text}", private=True)
    except ValueError:
        return
    shown = text.lower().removeprefix("[")
    assert shown.startswith(target.host)
    assert "@" not in text.partition("/")[0].partition("?")[0]


@given(st.text(min_size=6, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_never_comes_back(secret: str, before: str, after: str):
    """In a reply's text or its JSON, the whole value is gone, however it was written."""
    scrubber = Scrubber([secret])
    assert secret not in scrubber.text(f"{before}{secret}{after}").replace("[redacted]", "\0")
    scrubbed = scrubber.value({"echo": [secret], secret: before})
    assert secret not in str(scrubbed).replace("[redacted]", "\0")
    packed = {"in": json.dumps({"in": json.dumps(secret), "raw": secret}, ensure_ascii=False)}
    inside = str(scrubber.value(packed)).replace("[redacted]", "\0")
    assert [way for way in (secret, json.dumps(secret)[1:-1]) if way in inside] == []
    ways = (quote(secret, safe=""), quote_plus(secret), html.escape(secret))
    text = scrubber.text("\n".join(ways)).replace("[redacted]", "\0")
    assert [way for way in ways if way in text] == []


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6)
words = st.sampled_from(
    [
        *("type", "properties", "items", "$ref", "allOf", "oneOf", "enum", "required"),
        *("const", "additionalProperties", "nullable", "in", "name", "schema", "description"),
    ]
)
values = st.sampled_from(["object", "array", "string", "#/components/schemas/A", "query"])
trees = st.recursive(
    scalars | values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=150)
@given(trees, trees, trees)
def test_every_document_makes_a_stub_that_is_python(schema: Any, body: Any, parameters: Any):
    """Documents of any shape are read, and their stubs can be parsed."""
    content = {"content": {"application/json": {"schema": schema}}}
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/a/{b}": {
                "post": {
                    "operationId": "class",
                    "parameters": parameters,
                    "requestBody": {"content": {"application/json": {"schema": body}}},
                    "responses": {"200": content, "default": content},
                }
            }
        },
        "components": {"schemas": {"A": schema}},
    }
    made = read_connector("x", {"base_url": "https://x.example"}, json.dumps(document))
    assert list(made.operations) == ["class_"]
    compile(stub_of(made), "x.pyi", "exec")
