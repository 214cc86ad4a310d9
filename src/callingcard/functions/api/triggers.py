"""What makes functions run, as people look at it: with addresses and lines to copy."""

import json
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Protocol, TypeAlias, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request, Response

from callingcard.functions.api.shapes import Shape, Snippet, TriggerShown
from callingcard.functions.model.manifest import (
    Caller,
    EventTrigger,
    HttpTrigger,
    ScheduleTrigger,
    Trigger,
)
from callingcard.functions.model.triggers import ScheduleState
from callingcard.functions.model.values import Json
from callingcard.functions.model.versions import Version
from callingcard.functions.service.telling.triggers import TriggerDesk, by_position
from callingcard.kit.actor import Actor

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]

_NAME: Final = Path(pattern="^[a-z][a-z0-9-]{0,62}$", description="The function.")
_SAMPLES: Final[Mapping[str, Json]] = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
}
_CREDENTIAL: Final = {
    Caller.VISITOR: "VISITOR_PROOF",
    Caller.KEY: "CALLINGCARD_KEY",
    Caller.PUBLIC: "",
}


class TriggersShown(Shape):
    """Everything that makes one function run."""

    triggers: list[TriggerShown]


class CurrentVersions(Protocol):
    """Knows which version of a function counts now."""

    async def current(self, name: str) -> Version:
        """Return it; raises UnknownFunction."""
        ...


def trigger_routes(
    functions: CurrentVersions, triggers: TriggerDesk, who: WhoCalls, *, public_url: str
) -> APIRouter:
    """Return the route; *who* finds who asks, or raises NotAllowed."""

    def private(response: Response) -> None:
        response.headers["Cache-Control"] = "no-store, private"

    router = APIRouter(
        prefix="/v1/admin",
        tags=["functions"],
        dependencies=[Depends(who), Depends(private)],
    )

    @router.get(
        "/functions/{name}/triggers",
        operation_id="listTriggers",
        summary="Show what makes a function run",
    )
    async def all_triggers(name: Annotated[str, _NAME]) -> TriggersShown:
        version = await functions.current(name)
        states = await triggers.schedules(name)
        return TriggersShown(triggers=triggers_shown(version, states, public_url))

    return router


def triggers_shown(
    version: Version, states: Sequence[ScheduleState], public_url: str
) -> list[TriggerShown]:
    """Return the triggers of *version*; *states* are its function's schedules."""
    at = by_position([one for one in states if one.function == version.function])
    return [
        _shown(trigger, version, at.get(position), public_url)
        for position, trigger in enumerate(version.manifest.triggers)
    ]


def _shown(
    trigger: Trigger, version: Version, state: ScheduleState | None, public_url: str
) -> TriggerShown:
    match trigger:
        case HttpTrigger():
            url = f"{public_url}/v1/functions/{version.function}"
            return TriggerShown(
                kind="http",
                method=trigger.method,
                auth=trigger.auth.value,
                site=trigger.site,
                origins=list(trigger.origins),
                url=url,
                snippets=snippets(trigger, url, sample_of(version.schema)),
            )
        case ScheduleTrigger():
            same = state is not None and (state.cron, state.zone) == (
                trigger.cron,
                trigger.zone,
            )
            return TriggerShown(
                kind="schedule",
                cron=trigger.cron,
                zone=trigger.zone,
                next_at=state.next_at if state and same else None,
                last_at=state.last_at if state and same else None,
                missed=state.missed if state and same else 0,
            )
        case EventTrigger():
            return TriggerShown(kind="event", event=trigger.event)


def sample_of(schema: Mapping[str, Json]) -> dict[str, Json]:
    """Return arguments that a call needs at least, made up by their types.

    >>> sample_of({"required": ["n"], "properties": {"n": {"type": "integer"}, "x": {}}})
    {'n': 1}
    """
    known = cast("Mapping[str, Any]", schema.get("properties") or {})
    needed = cast("Sequence[str]", schema.get("required") or ())
    return {name: _sample(known.get(name, {})) for name in needed}


def _sample(schema: Mapping[str, Any]) -> Json:
    """Return some value of one parameter."""
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "string")
    return _SAMPLES.get(kind if isinstance(kind, str) else kind[0], "text")


def snippets(trigger: HttpTrigger, url: str, sample: Mapping[str, Json]) -> list[Snippet]:
    """Return lines that call *url* as *trigger* wants to be called.

    A key is for servers and is refused from browsers, so there is no JavaScript for it.
    """
    if trigger.method == "GET" and sample:
        url += f"?{urlencode({name: _in_query(value) for name, value in sample.items()})}"
    body = None if trigger.method == "GET" else json.dumps(dict(sample))
    credential = _CREDENTIAL[trigger.auth]
    made = [
        Snippet(language="curl", code=_curl(trigger.method, url, body, credential)),
        Snippet(language="python", code=_python(trigger.method, url, sample, credential)),
    ]
    if trigger.auth is Caller.KEY:
        return made
    page = Snippet(
        language="javascript", code=_javascript(trigger.method, url, body, credential)
    )
    return [page, *made]


def _in_query(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _javascript(method: str, url: str, body: str | None, credential: str) -> str:
    lines = [f"const answer = await fetch({json.dumps(url)}, {{", f'  method: "{method}",']
    headers: list[str] = []
    if credential:
        headers.append("Authorization: `Bearer ${proof}`")
    if body is not None:
        headers.append('"Content-Type": "application/json"')
    if headers:
        lines.append(f"  headers: {{ {', '.join(headers)} }},")
    if body is not None:
        lines.append(f"  body: JSON.stringify({body}),")
    note = (
        "// proof: how your page proves to this site who is signed in\n" if credential else ""
    )
    return note + "\n".join([*lines, "});", "const value = await answer.json();"])


def _curl(method: str, url: str, body: str | None, credential: str) -> str:
    words = [f"curl -X {method} {shlex.quote(url)}"]
    if credential:
        words.append(f'  -H "Authorization: Bearer ${credential}"')
    if body is not None:
        words.append("  -H 'Content-Type: application/json'")
        words.append(f"  -d {shlex.quote(body)}")
    return " \\\n".join(words)


def _python(method: str, url: str, sample: Mapping[str, Json], credential: str) -> str:
    lines = ["import os", "", "import httpx", ""] if credential else ["import httpx", ""]
    lines += [f"answer = httpx.{method.lower()}(", f"    {json.dumps(url)},"]
    if method == "POST":
        lines.append(f"    json={dict(sample)!r},")
    if credential:
        lines.append(
            f'    headers={{"Authorization": f"Bearer {{os.environ[\'{credential}\']}}"}},'
        )
    return "\n".join([*lines, ")", "answer.raise_for_status()", "value = answer.json()"])
