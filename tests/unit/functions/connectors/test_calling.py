"""A call goes where it may, carries its key, and brings no secret back."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.connector_house import FakeSecrets, House, replying, stopping

from callingcard.backends.guarded import Outgoing
from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.requests import check_path
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.connectors import Connector
from callingcard.functions.ports.connectors import CallFailed
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.kit.wire import Reply

KEY = "sk-canary-key-value"
OPERATIONS = {
    "get_order": {
        "method": "GET",
        "path": "/orders/{order_id}",
        "params": {
            "expand": {"type": "array", "items": {"type": "string"}},
            "ids": {"type": "array", "explode": False, "in": "query"},
            "trace": {"type": "string", "in": "header", "name": "X-Trace"},
        },
    },
    "add_order": {
        "method": "POST",
        "path": "/orders",
        "params": {"first_name": {"type": "string", "name": "firstName", "required": True}},
        "constants": {"via": "callingcard"},
    },
    "pay": {
        "method": "POST",
        "path": "/pay",
        "encoding": "form",
        "params": {"amount": {"type": "integer"}},
    },
}
BEARER = {"kind": "bearer", "secret": "KEY"}


def shop(**more: Any) -> Connector:
    """Return a connector of a shop."""
    definition = {
        "title": "Shop",
        "base_url": "https://api.shop.example/v2",
        "auth": BEARER,
        "operations": OPERATIONS,
        **more,
    }
    return read_connector("shop", definition)


async def heard(
    connector: Connector, operation: str, secrets: FakeSecrets | None = None, **arguments: Any
) -> Outgoing:
    """Return the one call that is made for *operation*."""
    house = House(secrets=secrets)
    await house.caller.call(connector, operation, arguments)
    (found,) = house.service.heard
    return found


async def refused(connector: Connector, operation: str, **arguments: Any) -> AskRefused:
    """Return why nothing was called."""
    house = House()
    with pytest.raises(AskRefused) as found:
        await house.caller.call(connector, operation, arguments)
    assert house.service.heard == []
    return found.value


async def test_an_operation_becomes_a_call():
    """Path, query, headers and the key are each in their place."""
    call = await heard(
        shop(headers={"X-Version": "2"}),
        "get_order",
        order_id=7,
        expand=["a b", "c"],
        ids=[1, 2],
        trace="t",
    )
    assert (call.method, call.target.host) == ("GET", "api.shop.example")
    assert call.target.target == "/v2/orders/7?expand=a%20b&expand=c&ids=1%2C2"
    assert call.headers["Authorization"] == f"Bearer {KEY}"
    assert (call.headers["X-Trace"], call.headers["X-Version"], call.body) == ("t", "2", b"")


async def test_a_body_has_the_services_own_names():
    """Names are mapped, constants are there, and None leaves out what may be left out."""
    call = await heard(shop(), "add_order", first_name="Ada")
    assert json.loads(call.body) == {"via": "callingcard", "firstName": "Ada"}
    assert call.headers["Content-Type"] == "application/json"
    form = await heard(shop(), "pay", amount=3)
    assert (form.body, form.headers["Content-Type"]) == (
        b"amount=3",
        "application/x-www-form-urlencoded",
    )


async def test_every_path_can_be_called_with_a_method():
    """The generic methods take path, query, body and headers."""
    call = await heard(
        shop(),
        "post",
        path="/carts",
        query={"dry": True, "no": None},
        body=[1],
        headers={"X-A": "b"},
    )
    assert (call.method, call.target.target) == ("POST", "/v2/carts?dry=true")
    assert (call.body, call.headers["X-A"]) == (b"[1]", "b")


@pytest.mark.parametrize(
    ("auth", "header", "query"),
    [
        (
            {"kind": "header", "name": "X-Key", "secret": "KEY", "prefix": "Key "},
            ("X-Key", f"Key {KEY}"),
            "",
        ),
        (
            {"kind": "basic", "username": "me", "password": "KEY"},
            ("Authorization", "Basic " + base64.b64encode(f"me:{KEY}".encode()).decode()),
            "",
        ),
        ({"kind": "query", "name": "k", "secret": "KEY"}, None, f"?k={KEY}"),
    ],
)
async def test_each_kind_of_key_is_shown_in_its_way(
    auth: Any, header: tuple[str, str] | None, query: str
):
    """Header, Basic and query are each where the service looks."""
    call = await heard(shop(auth=auth), "get", path="/x")
    assert call.target.target == f"/v2/x{query}"
    assert header is None or call.headers[header[0]] == header[1]


@pytest.mark.parametrize(
    "path",
    [
        "x",
        "",
        "//evil.example/x",
        "/x//y",
        "/../x",
        "/x/..",
        "/x/./y",
        "/%2e%2e/x",
        "/%2E%2E%2fx",
        "/%252e%252e/x",
        "/%25252e%25252e/x",
        "/x/..;/y",
        "/x/..%3b/y",
        "/x\\y",
        "/..\\x",
        "/%5c..%5cx",
        "/@evil.example",
        "/x?y",
        "/x#y",
        "/x y",
        "/x\r\nHost: y",
        "/x%0d%0aHost:y",
        "/%00",
        "/ü",
        "https://evil.example/",
    ],
)
async def test_a_path_cannot_leave_its_host_or_base(path: str):
    """Dots, slashes, users and escapes of them are refused before anything is called."""
    assert (await refused(shop(), "get", path=path)).kind == "invalid"


@pytest.mark.parametrize(
    "value", ["..", ".", "", "../admin", "a/../../b", "..\\x", "..;x", "%2e%2e", None, {}, []]
)
async def test_a_path_parameter_stays_in_its_segment(value: Any):
    """What would climb is refused."""
    assert (await refused(shop(), "get_order", order_id=value)).kind == "invalid"


@pytest.mark.parametrize(
    ("value", "segment"), [("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("ä@b", "%C3%A4%40b")]
)
async def test_a_path_parameter_is_quoted(value: str, segment: str):
    """What has a meaning in URLs loses it."""
    call = await heard(shop(), "get_order", order_id=value)
    assert call.target.target == f"/v2/orders/{segment}"


def test_an_ordinary_path_is_let_through():
    """Dots within names, escapes and dashes are nothing to fear."""
    for path in ("/", "/a.b/c..d/e-f_g~h", "/a%40b", "/x/", "/a;b=c", "/v1:run", "/50%25"):
        check_path(path)


@pytest.mark.parametrize(
    ("operation", "arguments", "kind", "said"),
    [
        ("get_ordr", {}, "unknown", "did you mean get_order?"),
        ("__class__", {}, "unknown", "no operation"),
        ("get_order", {}, "invalid", "needs the argument order_id"),
        ("get_order", {"order_id": 1, "exspand": []}, "invalid", "did you mean expand?"),
        ("get_order", {"order_id": 1, "trace": "a\r\nb: c"}, "invalid", "header"),
        ("get_order", {"order_id": 1, "expand": [{}]}, "invalid", "text or a number"),
        ("add_order", {"first_name": "x" * 1_100_000}, "limit", "1 MiB"),
        (
            "get",
            {"path": "/x", "headers": {"Authorization": "x"}},
            "invalid",
            "may not be set",
        ),
        ("get", {"path": "/x", "headers": {"Host": "x"}}, "invalid", "may not be set"),
        (
            "get",
            {"path": "/x", "headers": {"X-HTTP-Method-Override": "DELETE"}},
            "invalid",
            "may not be set",
        ),
        ("get", {"path": "/x", "headers": {"X-Original-URL": "/y"}}, "invalid", "not be set"),
        ("get", {"path": "/x", "headers": []}, "invalid", "dictionary"),
        ("get", {"path": 3}, "invalid", "slash"),
        ("get", {"path": "/x", "url": "y"}, "invalid", "takes path"),
    ],
)
async def test_wrong_arguments_are_told_and_nothing_is_called(
    operation: str, arguments: Mapping[str, Any], kind: str, said: str
):
    """The author of a function learns which argument, and what would be right."""
    error = await refused(shop(), operation, **arguments)
    assert (error.kind, said in error.message) == (kind, True)


async def test_only_what_is_allowed_is_called():
    """``allow`` names operations and paths; ``*`` is one segment, and at the end all below."""
    narrow = shop(allow=["pay", "GET /orders/*", "* /carts/*/items"])
    for operation, arguments in (
        ("pay", {}),
        ("get_order", {"order_id": 1}),
        ("get", {"path": "/orders/1/lines/2"}),
        ("delete", {"path": "/carts/1/items"}),
    ):
        assert await heard(narrow, operation, **arguments)
    for operation, arguments in (
        ("add_order", {"first_name": "a"}),
        ("post", {"path": "/pay"}),
        ("get", {"path": "/orders"}),
        ("delete", {"path": "/orders/1"}),
        ("get", {"path": "/carts/1/2/items"}),
        ("get", {"path": "/carts/1/items/2"}),
        ("get", {"path": "/customers"}),
    ):
        assert "does not allow" in (await refused(narrow, operation, **arguments)).message


async def test_json_comes_back_as_json_and_text_as_text():
    """What the service says about its reply counts, and nothing at all is None."""
    for body, kind, value in (
        ('{"a": [1]}', "application/json; charset=utf-8", {"a": [1]}),
        ('{"a": 1}', "application/problem+json", {"a": 1}),
        ('{"a": 1}', "text/plain", '{"a": 1}'),
        ('{"a": 1}', "", {"a": 1}),
        ("ok", "text/plain", "ok"),
        ("", "application/json", None),
    ):
        house = House(replying(body=body, headers={"content-type": kind}))
        reply = await house.caller.call(shop(), "get", {"path": "/x"})
        assert reply.value == value
    house = House(replying(body="{nonsense"))
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(shop(), "get", {"path": "/x"})
    assert failed.value.cause == "reply"


async def test_a_refusal_has_its_status_and_no_secret():
    """An echo of the key, an address or a token is taken out of what a function is told."""
    told = {"message": f"no {KEY} for ada@example.com, Basic eyJhbGciOiJIUzI1NiJ9.e30.x"}
    house = House(replying(403, json.dumps(told)))
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(shop(), "add_order", {"first_name": "A"})
    assert failed.value.status == 403
    assert failed.value.message.startswith("Shop answered 403: no [redacted] for")
    for word in (KEY, "ada@", "eyJ"):
        assert word not in failed.value.message


async def test_a_reply_that_echoes_the_key_does_not_tell_it():
    """However a service writes the key back, a function does not get to see it."""
    secret = 'k"e/y+ö canary'
    packed = base64.b64encode(f"me:{secret}".encode()).decode()
    body = json.dumps(
        {"plain": secret, "packed": packed, "url": "k%22e%2Fy%2B%C3%B6%20canary"}
    )
    auth = {"kind": "basic", "username": "me", "password": "KEY"}
    house = House(replying(body=body), secrets=FakeSecrets({"KEY": secret}))
    reply = await house.caller.call(shop(auth=auth), "get", {"path": "/x"})
    assert set(dict(reply.value).values()) == {"[redacted]"}  # type: ignore[arg-type]


ESCAPED = "aB3/dE+6<gH&9jK=2mN"


@pytest.mark.parametrize(
    "written",
    [
        r"aB3\/dE+6<gH&9jK=2mN",  # PHP
        r"aB3/dE+6\u003cgH\u00269jK=2mN",  # Go
        r"aB3/dE\u002B6\u003CgH\u00269jK=2mN",  # .NET
        r"\u0061B3/dE+6<gH&9jK=2mN",
        "aB3%2fdE%2b6%3cgH%269jK%3d2mN",
        "aB3/dE+6&lt;gH&amp;9jK=2mN",
    ],
)
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
async def test_a_key_never_comes_back_however_it_is_written(
    written: str, status: int, kind: str
):
    """Escapes that a function could undo are undone before we look for the key."""
    if kind == "text/plain" and "0061" in written:
        return  # nobody escapes plain letters in what is not read as JSON
    body = f'{{"message": "key {written} is bad", "{written}": 1}}'
    house = House(
        replying(status, body, {"content-type": kind}), secrets=FakeSecrets({"KEY": ESCAPED})
    )
    try:
        said = str((await house.caller.call(shop(), "get", {"path": "/x"})).value)
    except CallFailed as failed:
        said = failed.message
    assert "[redacted]" in said
    assert "gH" not in said


async def test_a_key_of_digits_does_not_come_back_as_a_number():
    """What is a text to us may be a number to a service."""
    house = House(
        replying(body='{"key": 1234567890}'), secrets=FakeSecrets({"KEY": "1234567890"})
    )
    reply = await house.caller.call(shop(), "get", {"path": "/x"})
    assert reply.value == {"key": "[redacted]"}


@pytest.mark.parametrize("value", ["", "a\nb", "schlüssel"])
async def test_a_secret_that_no_header_can_carry_is_told_by_name(value: str):
    """What is wrong is the secret, which is named and not shown."""
    house = House(secrets=FakeSecrets({"KEY": value}))
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(shop(), "get", {"path": "/x"})
    assert (failed.value.cause, "KEY" in failed.value.message) == ("secret", True)
    assert house.service.heard == []


async def test_a_secret_that_is_not_set_is_told_by_name():
    """Nothing is called without the key."""
    house = House(secrets=FakeSecrets())
    with pytest.raises(CallFailed, match="needs the secret KEY") as failed:
        await house.caller.call(shop(), "get", {"path": "/x"})
    assert failed.value.cause == "secret"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_what_may_be_called_twice_is_tried_again(status: int):
    """A GET is tried three times at most; a POST once, for nobody knows what it did."""
    house = House(replying(status), replying(body="1"))
    assert (await house.caller.call(shop(), "get", {"path": "/x"})).value == 1
    assert len(house.service.heard) == 2
    house = House(replying(status))
    with pytest.raises(CallFailed):
        await house.caller.call(shop(), "get", {"path": "/x"})
    assert len(house.service.heard) == 3
    house = House(replying(status))
    with pytest.raises(CallFailed):
        await house.caller.call(shop(), "add_order", {"first_name": "a"})
    assert len(house.service.heard) == 1


async def test_without_a_connection_anything_is_tried_again():
    """When nothing was sent, nothing can have been done; a broken answer is another thing."""
    house = House(stopping("connection", retryable=True), replying(body="1"))
    assert (await house.caller.call(shop(), "add_order", {"first_name": "a"})).value == 1
    house = House(stopping("connection"), replying())
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(shop(), "add_order", {"first_name": "a"})
    assert (failed.value.cause, len(house.service.heard)) == ("connection", 1)
    house = House(stopping("address"), replying())
    with pytest.raises(CallFailed):
        await house.caller.call(shop(), "get", {"path": "/x"})
    assert len(house.service.heard) == 1


async def test_a_service_says_how_long_to_wait():
    """Retry-After is waited for when it fits into the timeout, and else told at once."""
    house = House(replying(429, headers={"retry-after": "2"}), replying())
    await house.caller.call(shop(timeout="5s"), "get", {"path": "/x"})
    assert house.waits == [2.0]
    house = House(replying(429, headers={"retry-after": "30"}), replying())
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(shop(timeout="5s"), "get", {"path": "/x"})
    assert (failed.value.status, house.waits) == (429, [])


@pytest.mark.parametrize(
    ("place", "followed"),
    [
        ("/v2/y", True),
        ("https://api.shop.example/v2/y", True),
        ("y", True),
        ("https://evil.example/v2/y", False),
        ("http://api.shop.example/v2/y", False),
        ("https://api.shop.example:8443/v2/y", False),
        ("https://127.0.0.1/", False),
        ("//evil.example/v2/y", False),
        ("/elsewhere", False),
        ("/v2/admin", False),
    ],
)
async def test_a_redirect_is_followed_on_the_same_host_only(place: str, followed: Any):
    """A key is for the host it was given for, and ``allow`` counts for redirects too."""
    house = House(replying(302, headers={"location": place}), replying(body="1"))
    narrow = shop(allow=["GET /x", "GET /y"])
    if followed:
        assert (await house.caller.call(narrow, "get", {"path": "/x"})).value == 1
        assert house.service.urls() == ["GET /v2/x", "GET /v2/y"]
        return
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(narrow, "get", {"path": "/x"})
    assert (failed.value.cause, len(house.service.heard)) == ("redirect", 1)


async def test_redirects_end_and_are_for_get():
    """A circle is left after three steps; a POST is never sent elsewhere."""
    house = House(replying(307, headers={"location": "/v2/x"}))
    with pytest.raises(CallFailed):
        await house.caller.call(shop(), "get", {"path": "/x"})
    assert len(house.service.heard) == 4
    house = House(replying(307, headers={"location": "/v2/x"}))
    with pytest.raises(CallFailed):
        await house.caller.call(shop(), "post", {"path": "/x"})
    assert len(house.service.heard) == 1


HOOK = "https://discord.com/api/webhooks/123456789/canary-token-0123456789"


def hooked(value: str = HOOK) -> FakeSecrets:
    """Return secrets with a webhook in them."""
    return FakeSecrets({"DISCORD_WEBHOOK": value})


async def test_a_secret_url_is_called_as_it_is():
    """The operations of a webhook are at and below the URL, which keeps its query."""
    discord = read_connector("discord", built_in()["discord"])
    call = await heard(discord, "send_message", hooked(f"{HOOK}?thread_id=5"), content="hi")
    assert call.target.target == (
        "/api/webhooks/123456789/canary-token-0123456789?thread_id=5&wait=true"
    )
    assert json.loads(call.body) == {"content": "hi", "allowed_mentions": {"parse": []}}
    edited = await heard(discord, "edit_message", hooked(), message_id="9", content="ho")
    assert edited.target.target.endswith("/messages/9")


@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example/api/webhooks/1/x",
        "https://discord.com.evil.example/x",
        "http://discord.com/api",
        "https://discord.com@evil.example/",
        "https://127.0.0.1/",
        "nonsense",
    ],
)
async def test_a_secret_url_of_another_host_is_not_called(value: str):
    """Who may set the secret cannot send what a function says anywhere else."""
    house = House(secrets=hooked(value))
    discord = read_connector("discord", built_in()["discord"])
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(discord, "send_message", {"content": "hi"})
    assert (failed.value.cause, house.service.heard) == ("secret", [])
    assert value not in failed.value.message


async def test_a_webhook_tells_its_token_to_nobody():
    """Discord writes the token into its reply; a function does not see it."""
    token = HOOK.rpartition("/")[2]
    house = House(replying(body=json.dumps({"id": "1", "token": token})), secrets=hooked())
    discord = read_connector("discord", built_in()["discord"])
    reply = await house.caller.call(discord, "check_webhook", {})
    assert reply.value == {"id": "1", "token": "[redacted]"}
    with pytest.raises(AskRefused, match="no operation"):
        await house.caller.call(discord, "get", {"path": "/x"})


async def test_a_card_goes_into_its_frame():
    """Teams wants a card inside an attachment inside a message."""
    teams = read_connector("teams", built_in()["teams"])
    hook = "https://prod-1.westeurope.logic.azure.com:443/workflows/x?sig=canary-signature-00"
    secrets = FakeSecrets({"TEAMS_WEBHOOK": hook})
    call = await heard(teams, "send_message", secrets, text="Hello")
    card = json.loads(call.body)["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["body"] == [{"type": "TextBlock", "wrap": True, "text": "Hello"}]
    again = await heard(teams, "send_message", secrets, text="Other")
    assert "Hello" not in again.body.decode()


async def test_a_failure_with_status_200_is_a_failure():
    """Slack says ``ok: false``; a function sees an error as of any other service."""
    slack = read_connector("slack", built_in()["slack"])
    house = House(
        replying(body='{"ok": false, "error": "invalid_auth"}'),
        secrets=FakeSecrets({"SLACK_TOKEN": "xoxb-canary-value"}),
    )
    with pytest.raises(CallFailed, match="invalid_auth"):
        await house.caller.call(slack, "post_message", {"channel": "#a", "text": "hi"})


async def test_a_probe_calls_the_health_operation_whatever_is_allowed():
    """``check`` may be an operation or a path with a query, and ``allow`` is for functions."""
    house = House()
    await house.caller.probe(shop(check="/health?deep=1", allow=["pay"]))
    await house.caller.probe(shop(check="pay", allow=["add_order"]))
    assert house.service.urls() == ["GET /v2/health?deep=1", "POST /v2/pay"]


async def test_a_call_ends_with_its_timeout():
    """A service that never answers is told as late."""
    import asyncio

    house = House()

    async def never(_call: Outgoing) -> Reply:
        await asyncio.Event().wait()
        raise AssertionError

    house.service.send = never  # type: ignore[method-assign]
    with pytest.raises(CallFailed) as failed:
        await house.caller.call(shop(timeout="20ms"), "get", {"path": "/x"})
    assert failed.value.cause == "late"
