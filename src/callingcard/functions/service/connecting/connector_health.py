"""What a call that failed tells an operator: what is wrong, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from callingcard.functions.model.connectors import Connector, OAuth2
from callingcard.functions.ports.connectors import CallFailed, Cause
from callingcard.functions.ports.sandbox import AskRefused

_BY_CAUSE: Final[Mapping[Cause, str]] = {
    "name": "Check the host in base_url, and that this machine resolves names.",
    "address": "A service inside your network needs private = true in its definition.",
    "connection": "Check that the service is up and that a firewall lets this machine out.",
    "tls": "The certificate is expired, for another host, or of an unknown authority.",
    "late": "The service is slow or silent; a higher timeout may help.",
    "large": "Ask for less, or raise max_reply.",
    "secret": "Set the secret again: callingcard secrets set NAME.",
    "redirect": "Put the address that it redirects to into base_url.",
    "reply": "base_url leads to something else than this API.",
}
_BY_STATUS: Final[Mapping[int, str]] = {
    401: "The key is refused: make a new one at the service and set the secret again.",
    403: "The key is known, but lacks a scope or permission that this call needs.",
    404: "base_url or the path of the health operation is wrong.",
    429: "The service is being asked too often; wait, and check who else uses this key.",
}
_SERVER_FAULT: Final = 500


def remedy_for(error: AskRefused, connector: Connector) -> str:
    """Return what an operator can do about *error*."""
    if not isinstance(error, CallFailed):
        return "Name a health operation without arguments as check."
    if error.cause != "status":
        if error.cause == "secret" and isinstance(connector.auth, OAuth2):
            return "The client or its refresh token is refused: authorise it again."
        return _BY_CAUSE[error.cause]
    status = error.status or 0
    if status >= _SERVER_FAULT:
        return "The service has trouble of its own; try again later."
    return _BY_STATUS.get(status, "The service did not like the health call; see its words.")
