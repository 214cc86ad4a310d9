"""HubSpot's visitor identification: a token for a visitor whom the caller vouches for."""

from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.envelope import bad_request, reply
from callingcard.desk.api.hubspot.schemas import IdentificationInput
from callingcard.kit.email import NotAnAddress, canonical_email

Mint = Callable[[str, str, str], str]
"""Makes a token from an address, a given name and a family name."""

PATHS: Final = (
    "/conversations/v3/visitor-identification/tokens/create",
    "/visitor-identification/v3/tokens/create",
    "/visitor-identification/2025-09/tokens/create",
    "/visitor-identification/2026-03/tokens/create",
    "/visitor-identification/2026-09/tokens/create",
)
SCOPE: Final = "conversations.visitor_identification.tokens.create"


def identification_paths(mint: Mint) -> Paths:
    """Return the five addresses that HubSpot has given this one operation."""

    async def create(call: Call) -> Response:
        wanted = await call.body(IdentificationInput)
        try:
            canonical_email(wanted.email)
        except NotAnAddress as error:
            message = f"Email address {wanted.email[:254]} is invalid"
            raise bad_request(message, code="INVALID_EMAIL", name="email") from error
        token = mint(wanted.email, wanted.first_name or "", wanted.last_name or "")
        answer = reply({"token": token})
        answer.headers["Cache-Control"] = "no-store, private"
        return answer

    operation = Operation(create, (SCOPE,))
    return {path: {"POST": operation} for path in PATHS}
