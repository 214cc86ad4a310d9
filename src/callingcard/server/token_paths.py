"""What is answered ahead of the framework, in OpenAPI, since the framework cannot tell.

A test asks the server for each of these answers and compares.
"""

from typing import Any, Final

from callingcard.identity.api import PATH, VisitorBody

_TIME: Final = {"type": ["string", "null"], "format": "date-time"}
_TEXT: Final = {"type": "string"}
_MAYBE_TEXT: Final = {"type": ["string", "null"]}

TOKEN: Final[dict[str, Any]] = {
    "type": "object",
    "title": "IssuedToken",
    "required": ["platform", "token", "expiresAt", "refreshAt", "identity", "settings"],
    "additionalProperties": False,
    "properties": {
        "platform": {**_TEXT, "description": "The chat platform's name."},
        "token": {**_TEXT, "description": "What proves the visitor to the platform."},
        "expiresAt": {**_TIME, "description": "When it ends; null for never."},
        "refreshAt": {**_TIME, "description": "When to ask again; null for never."},
        "identity": {
            "type": "object",
            "required": ["email", "userId"],
            "additionalProperties": False,
            "properties": {"email": _MAYBE_TEXT, "userId": _MAYBE_TEXT},
        },
        "settings": {
            "type": "object",
            "additionalProperties": True,
            "description": "What the page passes to the platform's widget.",
        },
    },
}

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "code", "detail", "hint"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {**_TEXT, "description": "Stable; see docs/reference/errors.md."},
        "detail": _TEXT,
        "hint": _TEXT,
        "fields": {"type": "object", "additionalProperties": _TEXT},
    },
}

_REFUSALS: Final = {
    "401": "The proof or key is bad or has expired",
    "403": "The origin, the visitor or the key is not allowed: do not ask again",
    "404": "There is no such site",
    "408": "The body came too slowly",
    "413": "The body is larger than 16 KB",
    "415": "The body is not application/json",
    "422": "The body or the visitor cannot be used; fields says why",
}
_LATER: Final = {
    "429": "Too many requests: come back after Retry-After",
    "502": "The platform refuses us until the operator acts",
    "503": "The platform is not to be had: come back after Retry-After",
}
_SITE: Final = {
    "name": "site",
    "in": "path",
    "required": True,
    "schema": {**_TEXT, "title": "Site"},
}


def _problems(refusals: dict[str, str]) -> dict[str, Any]:
    """Return the answers that are problems."""
    content = {"application/problem+json": {"schema": PROBLEM}}
    return {
        status: {"description": why, "content": content} for status, why in refusals.items()
    }


def _operation(name: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    """Return one operation; a bearer says who asks, and a body is never needed."""
    body = {"application/json": {"schema": VisitorBody.model_json_schema()}}
    return {
        "tags": ["tokens"],
        "operationId": name,
        "summary": summary,
        "parameters": [_SITE],
        "requestBody": {"required": False, "content": body},
        "responses": responses,
    }


TOKEN_PATHS: Final[dict[str, Any]] = {
    PATH: {
        "post": _operation(
            "issueToken",
            "Issue a token for whoever is signed in",
            {
                "200": {
                    "description": "A token",
                    "content": {"application/json": {"schema": TOKEN}},
                },
                "204": {"description": "Nobody is signed in"},
                **_problems({**_REFUSALS, **_LATER}),
            },
        ),
        "delete": _operation(
            "forgetToken",
            "Forget the tokens of whoever signs out",
            {"204": {"description": "They are forgotten"}, **_problems(_REFUSALS)},
        ),
    }
}
