"""Signatures for functions: a connector that calls nobody, and has a key all the same.

Chat platforms such as Crisp, Intercom, Chatwoot or Front take an address for proved when
an HMAC of it comes along. A function may have it made and never sees the key.

Invariant: nothing is signed that is empty: it would stand for nobody.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from callingcard.functions.model.connectors import Operation, Parameter
from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import CallFailed, ConnectorReply
from callingcard.functions.ports.sandbox import AskRefused

SIGN: Final = Operation(
    name="sign",
    method="SIGN",
    path="",
    parameters=(
        Parameter("text", "text", "body", "str", required=True, summary="What is signed."),
    ),
    result="str",
    summary="Sign a text: its HMAC-SHA256 with the connector's key, in hex.",
    idempotent=True,
)
"""The one operation of such a connector."""


def signed(operation: str, arguments: Mapping[str, Json], key: str) -> ConnectorReply:
    """Return the signature that is asked for; raises AskRefused.

    >>> signed("sign", {"text": "ada@example.com"}, "key").value[:16]
    '20caa94149b865c2'
    """
    if operation != SIGN.name:
        raise AskRefused("unknown", "a connector that signs has one operation, sign")
    text = arguments.get("text")
    if set(arguments) != {"text"} or not isinstance(text, str) or not text:
        raise AskRefused("invalid", "sign takes text, which is not empty")
    if not key:
        raise CallFailed("The secret that signs is empty.", cause="secret")
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise AskRefused("invalid", "the text has a character that there is not") from None
    made = hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
    return ConnectorReply(made, None)
