"""A definition is read whole, or everything that is wrong with it is said at once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.reading import read_toml, with_lines
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.connectors import (
    Basic,
    Bearer,
    Connector,
    Grant,
    HeaderKey,
    OAuth2,
    QueryKey,
    SecretName,
    SecretUrl,
)
from callingcard.functions.service.connecting.connector_errors import DefinitionRefused

SHOP = """
title = "Shop"
base_url = "https://api.shop.example/v2/"
timeout = "3s"
max_reply = 2000
allow = ["get_order", "GET /orders/*"]
check = "/health"

[auth]
kind = "bearer"
secret = "SHOP_KEY"

[headers]
X-Api-Version = "2"

[operations.get_order]
method = "GET"
path = "/orders/{orderId}"
summary = "Look an order up."

[operations.get_order.params]
order_id = { type = "integer", name = "orderId" }
with_lines = { type = "boolean", name = "withLines" }

[operations.get_order.result]
type = "object"
required = ["id"]
properties = { id = { type = "string" }, state = { enum = ["open", "sent"] } }
"""


def read(text: str, document: str | None = None, name: str = "shop") -> Connector:
    """Return the connector in *text*."""
    return read_connector(name, read_toml(text), document)


def problems(text: str, name: str = "shop") -> dict[str, str]:
    """Return what is wrong with *text*, with its lines."""
    with pytest.raises(DefinitionRefused) as refused:
        read(text, name=name)
    return with_lines(refused.value, text).fields


def test_a_definition_becomes_a_connector():
    """Each member is where the calls look for it."""
    shop = read(SHOP)
    assert (shop.base_url, shop.timeout) == (
        "https://api.shop.example/v2",
        timedelta(seconds=3),
    )
    assert (shop.max_reply_bytes, shop.private, shop.check) == (2000, False, "/health")
    assert (shop.auth, shop.secrets) == (Bearer(SecretName("SHOP_KEY")), ("SHOP_KEY",))
    assert dict(shop.headers) == {"X-Api-Version": "2"}
    order = shop.operations["get_order"]
    told = [(one.name, one.wire, one.place, one.required) for one in order.parameters]
    assert told == [
        ("order_id", "orderId", "path", True),
        ("with_lines", "withLines", "query", False),
    ]
    assert (order.result, order.idempotent) == ("GetOrderResult", True)
    (result,) = shop.classes
    assert [(one.name, one.annotation) for one in result.members] == [
        ("id", "str"),
        ("state", "Literal['open', 'sent']"),
    ]


def test_params_may_be_one_json_schema():
    """The members of an object's schema are parameters; ``required`` lists some."""
    params = {
        "type": "object",
        "properties": {"email": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["email"],
    }
    operation = {"method": "POST", "path": "/people", "params": params}
    definition = {"base_url": "https://x.example", "operations": {"add": operation}}
    found = read_connector("x", definition).operations["add"].parameters
    assert [(one.name, one.required, one.place) for one in found] == [
        ("email", True, "body"),
        ("age", False, "body"),
    ]


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (
            {"kind": "header", "name": "X-Key", "secret": "K", "prefix": "Token "},
            HeaderKey("X-Key", SecretName("K"), "Token "),
        ),
        ({"kind": "query", "name": "key", "secret": "K"}, QueryKey("key", SecretName("K"))),
        (
            {"kind": "basic", "username": "me", "password": "P"},
            Basic("me", SecretName("P")),
        ),
        (
            {"kind": "basic", "username": {"secret": "U"}, "password": "P"},
            Basic(SecretName("U"), SecretName("P")),
        ),
        (
            {
                "kind": "oauth2",
                "grant": "client_credentials",
                "token_url": "https://login.example/token",
                "client_id": "me",
                "client_secret": "S",
                "scope": "a b",
                "audience": "https://api",
                "client_auth": "basic",
            },
            OAuth2(
                Grant.CLIENT_CREDENTIALS,
                "https://login.example/token",
                "me",
                SecretName("S"),
                None,
                "a b",
                "https://api",
                in_body=False,
            ),
        ),
        (
            {
                "kind": "oauth2",
                "grant": "refresh_token",
                "token_url": "https://login.example/token",
                "client_id": {"secret": "I"},
                "refresh_token": "R",
            },
            OAuth2(
                Grant.REFRESH_TOKEN,
                "https://login.example/token",
                SecretName("I"),
                None,
                SecretName("R"),
            ),
        ),
    ],
)
def test_every_kind_of_auth_is_read(auth: dict[str, Any], expected: object):
    """Each kind names its secrets; what is public may be written down."""
    found = read_connector("x", {"base_url": "https://x.example", "auth": auth})
    assert found.auth == expected


def test_a_misspelt_key_is_told_with_its_line_and_the_nearest():
    """Nobody has to guess which word was meant, or where it is."""
    text = SHOP.replace("timeout", "timeouts").replace('secret = "SHOP', 'secrets = "SHOP')
    assert problems(text) == {
        "timeouts": "line 4: unknown; did you mean timeout?",
        "auth.secret": "line 9: is missing",
        "auth.secrets": "line 11: unknown; did you mean secret?",
    }


def test_a_method_may_be_written_small():
    """It is sent as every service expects it, and counts as what it is."""
    operation = read(SHOP.replace('"GET"\npath', '"get"\npath')).operations["get_order"]
    assert (operation.method, operation.idempotent) == ("GET", True)
    assert {one.place for one in operation.parameters} == {"path", "query"}


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection"])
def test_an_operation_sets_no_header_of_the_transport(name: str):
    """Neither by hand, where it is a mistake, nor by a document, where it is left out."""
    by_hand = SHOP.replace(
        '"integer", name = "orderId"', f'"string", in = "header", name = "{name}"'
    )
    assert "may not set" in problems(by_hand)["operations.get_order.params.order_id.name"]
    described = {
        "openapi": "3.1.0",
        "paths": {"/x": {"get": {"operationId": "look", "parameters": [
            {"name": name, "in": "header", "schema": {"type": "string"}}
        ]}}},
    }  # fmt: skip
    text = 'base_url = "https://x.example"\nopenapi = "x.json"\n'
    assert read(text, json.dumps(described)).operations["look"].parameters == ()


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (('"https://api.', '"http://api.'), "base_url", "https://"),
        (("https://api.shop.example/v2/", "https://127.0.0.1"), "base_url", "private = true"),
        (("https://api.shop.example/v2/", "https://x.example/?a=b"), "base_url", "no query"),
        (('"3s"', '"3 hours"'), "timeout", "length of time"),
        (('"3s"', '"3h"'), "timeout", "at most 60s"),
        (("2000", "-1"), "max_reply", "number of bytes"),
        (("2000", '"2000"'), "max_reply", "whole number"),
        (('kind = "bearer"', 'kind = "beaver"'), "auth.kind", "must be one of"),
        (('"SHOP_KEY"', '"sk-live-1234"'), "auth.secret", "never its value"),
        (("X-Api-Version", "Authorization"), "headers.Authorization", "may not be set"),
        (('"GET /orders/*"', '"orders"'), "allow", "no operation"),
        (('check = "/health"', 'check = "get_order"'), "check", "needs arguments"),
        (('check = "/health"', 'check = "nothing"'), "check", "name of an operation"),
        (('method = "GET"', 'method = "FETCH"'), "operations.get_order.method", "must be GET"),
        (("[operations.get_order]", "[operations.get]"), "operations.get", "not get or post"),
        (('path = "/orders', 'path = "orders'), "operations.get_order.path", "begin with"),
        (
            ("order_id =", "orderID ="),
            "operations.get_order.params.orderID.name",
            "first_name",
        ),
    ],
)
def test_each_mistake_says_what_would_be_right(change: tuple[str, str], field: str, said: str):
    """A reason is beside the member that it is about, and no value of a secret is in it."""
    found = problems(SHOP.replace(*change))
    assert said in found[field]
    assert "sk-live-1234" not in str(found)


def test_a_file_that_is_not_toml_names_the_line():
    """What the parser says is handed on."""
    with pytest.raises(DefinitionRefused) as refused:
        read_toml("title = 'a'\nbase_url = \n")
    assert "line 2" in refused.value.fields[""]


def test_a_date_is_refused_since_json_has_none():
    """Definitions are kept as JSON, so what it cannot say is refused when it is read."""
    with pytest.raises(DefinitionRefused):
        read_toml("title = 2030-01-01")


def test_a_secret_url_has_hosts_and_no_base():
    """With a secret URL, the hosts it may be at are pinned, and no base is written down."""
    auth = {"kind": "url", "secret": "HOOK", "hosts": ["hooks.example.com"]}
    found = read_connector("x", {"auth": auth})
    assert found.auth == SecretUrl(SecretName("HOOK"), ("hooks.example.com",))
    for wrong in (
        {"auth": auth, "base_url": "https://x.example"},
        {"auth": {**auth, "hosts": []}},
        {"auth": {**auth, "hosts": ["*"]}},
        {"auth": auth, "allow": ["GET /x"]},
    ):
        with pytest.raises(DefinitionRefused):
            read_connector("x", wrong)


@pytest.mark.parametrize("name", ["", "Shop", "my-shop", "1shop", "class", "a" * 64, "x.y"])
def test_a_connector_has_a_name_that_python_can_import(name: str):
    """``from connectors import NAME`` must be a line of Python."""
    assert "name" in problems(SHOP, name=name)


@pytest.mark.parametrize("name", sorted(built_in()))
def test_what_comes_with_the_product_can_be_read(name: str):
    """Every built-in definition is right; the generic one needs only its base_url."""
    definition = dict(built_in()[name])
    if name == "http":
        definition["base_url"] = "https://x.example"
    made = read_connector(name, definition)
    assert made.title != name
    assert name == "http" or made.operations
