"""Each function in OpenAPI: its parameters, what it returns, how it may fail."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from callingcard.functions.model.manifest import Caller, HttpTrigger
from callingcard.functions.model.versions import Version
from callingcard.kit.schemas import inlined

_REFUSALS: Final = {
    "401": "There is no proof, or a bad one",
    "403": "The origin, the visitor or the key is not allowed",
    "422": "The arguments are not what the function takes; fields says why",
    "429": "Too many calls; Retry-After says when to come again",
    "500": "The function failed; run_id names the run",
    "504": "The function took longer than it may",
    "507": "The function needed more memory than it may use",
}


SECURITY_SCHEMES: Final = {"bearer": {"type": "http", "scheme": "bearer"}}
"""What the paths refer to: a visitor's proof, or an API key."""


def function_paths(versions: Iterable[Version]) -> dict[str, Any]:
    """Return the OpenAPI paths of those functions that are called over HTTP."""
    return {
        f"/v1/functions/{version.function}": _path(version, version.manifest.http)
        for version in versions
        if version.manifest.http is not None
    }


def _path(version: Version, trigger: HttpTrigger) -> dict[str, Any]:
    """Return one function's path item."""
    schema = cast("Mapping[str, Any]", version.schema)
    described: dict[str, Any] = {
        "operationId": f"function_{version.function.replace('-', '_')}",
        "summary": version.manifest.description or version.function,
        "tags": ["functions"],
        "responses": _responses(version, trigger),
    }
    if trigger.auth is not Caller.PUBLIC:
        described["security"] = [{"bearer": []}]
    if trigger.method == "GET":
        described["parameters"] = _query_parameters(schema)
        return {"get": described}
    pointer = f"#/paths/~1v1~1functions~1{version.function}/post/requestBody"
    content = _rooted(schema, f"{pointer}/content/application~1json/schema")
    required = bool(schema.get("required"))
    described["requestBody"] = {
        "required": required,
        "content": {"application/json": {"schema": content}},
    }
    return {"post": described}


def _responses(version: Version, trigger: HttpTrigger) -> dict[str, Any]:
    """Return what a call may be answered with."""
    method = trigger.method.lower()
    pointer = f"#/paths/~1v1~1functions~1{version.function}/{method}/responses/200"
    value = _rooted(version.returns, f"{pointer}/content/application~1json/schema")
    run_id = {"description": "The run's name.", "schema": {"type": "string"}}
    return {
        "200": {
            "description": "What the function returned",
            "headers": {"X-Run-Id": run_id},
            "content": {"application/json": {"schema": value}},
        },
        **{status: {"description": text} for status, text in _REFUSALS.items()},
    }


def _query_parameters(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each parameter as one of the query."""
    definitions, required = schema.get("$defs", {}), schema.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": inlined(shape, definitions),
        }
        for name, shape in schema.get("properties", {}).items()
    ]


def _rooted(value: Any, root: str) -> Any:
    """Return a schema whose references are found from the top of the whole document."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {
            name: root + str(member)[1:]
            if name == "$ref" and str(member).startswith("#")
            else _rooted(member, root)
            for name, member in members.items()
        }
    if isinstance(value, list):
        return [_rooted(item, root) for item in cast("list[Any]", value)]
    return value
