"""A connector that signs calls nobody, and its key stays where it is."""

import hashlib
import hmac
from typing import Any

import pytest
from tests.support.connector_house import FakeSecrets, House

from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.stubs import stub_of
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.connectors import SecretName, Signature
from callingcard.functions.ports.connectors import CallFailed
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.service.connecting.connector_errors import DefinitionRefused

KEY = "canary-identity-secret"
CRISP = read_connector("crisp", built_in()["crisp"])
AUTH = {"kind": "hmac", "secret": "KEY"}


def house(**values: str) -> House:
    """Return a caller with these secrets."""
    return House(secrets=FakeSecrets(values))


async def test_a_text_is_signed_and_nobody_called():
    """In hex, as the chat platforms compare it; no status, as there was no answer."""
    with_key = house(CRISP_IDENTITY_SECRET=f"{KEY}\n")
    reply = await with_key.caller.call(CRISP, "sign", {"text": "jörg@example.com"})
    expected = hmac.new(KEY.encode(), "jörg@example.com".encode(), hashlib.sha256)
    assert (reply.value, reply.status) == (expected.hexdigest(), None)
    assert with_key.service.heard == []


@pytest.mark.parametrize(
    ("operation", "arguments", "kind"),
    [
        ("sign", {}, "invalid"),
        ("sign", {"text": ""}, "invalid"),
        ("sign", {"text": None}, "invalid"),
        ("sign", {"text": ["a"]}, "invalid"),
        ("sign", {"text": "\ud800"}, "invalid"),
        ("sign", {"text": "a", "key": "b"}, "invalid"),
        ("get", {"path": "/"}, "unknown"),
        ("reveal", {}, "unknown"),
    ],
)
async def test_nothing_else_can_be_asked(operation: str, arguments: Any, kind: str):
    """An empty text least of all: its signature would be anybody's."""
    with_key = house(CRISP_IDENTITY_SECRET=KEY)
    with pytest.raises(AskRefused) as refused:
        await with_key.caller.call(CRISP, operation, arguments)
    assert refused.value.kind == kind
    assert KEY not in refused.value.message


@pytest.mark.parametrize("values", [{}, {"CRISP_IDENTITY_SECRET": " "}])
async def test_without_a_key_nothing_is_signed(values: dict[str, str]):
    """A signature with an empty key could be made by anybody."""
    with pytest.raises(CallFailed) as failed:
        await house(**values).caller.call(CRISP, "sign", {"text": "a"})
    assert failed.value.cause == "secret"


async def test_a_check_signs():
    """So that a missing key is found before the first visitor comes."""
    assert (await house(CRISP_IDENTITY_SECRET=KEY).caller.probe(CRISP)).status is None
    with pytest.raises(CallFailed):
        await house().caller.probe(CRISP)


def test_the_definition_is_a_key_and_nothing_more():
    """What belongs to calls has no place in it."""
    found = read_connector("intercom", {"auth": AUTH})
    assert found.auth == Signature(SecretName("KEY"))
    assert (list(found.operations), found.check, found.base_url) == (["sign"], "sign", "")
    operations = {"look": {"method": "GET", "path": "/"}}
    for name, value in {
        "base_url": "https://x.example",
        "headers": {"X-A": "b"},
        "operations": operations,
        "allow": ["sign"],
        "check": "sign",
    }.items():
        with pytest.raises(DefinitionRefused) as refused:
            read_connector("intercom", {"auth": AUTH, name: value})
        assert list(refused.value.fields) == [name]


def test_the_editor_offers_what_there_is():
    """One operation, and no paths to call, neither here nor for a webhook."""
    stub = stub_of(CRISP)
    assert "def sign(*, text: str) -> str:" in stub
    assert "def get(" not in stub
    assert "def post(" not in stub_of(read_connector("discord", built_in()["discord"]))
    assert "def post(" in stub_of(read_connector("hubspot", built_in()["hubspot"]))
