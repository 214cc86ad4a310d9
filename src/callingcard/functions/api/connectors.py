"""``/v1/admin/connectors``: set outside services up, check them, watch them drift.

Invariant: values of secrets come in and never go out.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field, SecretStr

from callingcard.functions.api.shapes import Given, JsonObject, Shape
from callingcard.functions.model.connectors import (
    Auth,
    Basic,
    Bearer,
    Checked,
    Grant,
    HeaderKey,
    OAuth2,
    QueryKey,
    SecretName,
    SecretUrl,
    Signature,
    Source,
)
from callingcard.functions.service.connecting.connectors import (
    ConnectorDesk,
    ConnectorView,
    Setup,
)
from callingcard.kit.actor import Actor

_NAME: Final = Path(pattern="^[a-z][a-z0-9_]{0,62}$", description="The connector.")
_KINDS: Final[dict[type[Any], str]] = {
    Bearer: "bearer",
    HeaderKey: "header",
    QueryKey: "query",
    Basic: "basic",
    OAuth2: "oauth2",
    SecretUrl: "url",
    Signature: "hmac",
}

Name = Annotated[str, _NAME]
Who = Callable[[Request], Awaitable[Actor]]

log = structlog.get_logger("callingcard.functions")


class SecretSetShape(Shape):
    """A secret that a connector needs, and whether it has a value."""

    name: str
    set: bool


class OperationShape(Shape):
    """One thing that a service does."""

    name: str
    method: str
    path: str
    summary: str


class CheckShape(Shape):
    """How a health call went."""

    at: datetime
    ok: bool
    status: int | None
    ms: float
    message: str
    remedy: str


class DriftShape(Shape):
    """What a newer document would change."""

    at: datetime
    changes: list[str]


class ConnectorShape(Shape):
    """A connector; with a *problem*, its definition cannot be read any more."""

    name: str
    title: str
    base_url: str
    private: bool
    auth: JsonObject | None
    secrets: list[SecretSetShape]
    operations: list[OperationShape]
    allow: list[str]
    timeout_ms: float
    used_by: list[str]
    source: Source
    last_check: CheckShape | None
    drift: DriftShape | None
    definition: JsonObject
    has_openapi: bool
    problem: str


class BuiltInShape(Shape):
    """A connector that comes with the product."""

    name: str
    title: str
    description: str
    definition: JsonObject


class ConnectorsShape(Shape):
    """Every connector, and those that may be added."""

    connectors: list[ConnectorShape]
    built_in: list[BuiltInShape]


class ConnectorGiven(Given):
    """A connector as it is set up; *definition* is ``connectors/NAME.toml`` as JSON."""

    definition: JsonObject
    openapi: str | JsonObject | None = None
    secrets: dict[str, SecretStr] = Field(default_factory=dict[str, SecretStr])


class DocumentGiven(Given):
    """An OpenAPI document, as text or as JSON; null is what the product brings."""

    openapi: str | JsonObject | None = None


class BreakShape(Shape):
    """A line of a function that would no longer fit."""

    function: str
    line: int
    message: str


class DriftFoundShape(Shape):
    """What a newer document changes, and what that breaks."""

    changes: list[str]
    breaks: list[BreakShape]


def connector_routes(desk: ConnectorDesk, who: Who) -> APIRouter:
    """Return the routes of connectors, for those whom *who* lets in."""
    router = APIRouter(
        prefix="/v1/admin/connectors", tags=["connectors"], dependencies=[Depends(who)]
    )
    _add_looks(router, desk)
    _add_changes(router, desk, who)
    _add_checks(router, desk, who)
    return router


def _add_looks(router: APIRouter, desk: ConnectorDesk) -> None:
    """Declare what can be looked at."""

    @router.get("", operation_id="listConnectors", summary="List the connectors")
    async def every() -> ConnectorsShape:
        return ConnectorsShape(
            connectors=[shown(view) for view in await desk.list()],
            built_in=[
                BuiltInShape(
                    name=name,
                    title=str(one.get("title", name)),
                    description=str(one.get("description", "")),
                    definition=dict(one),
                )
                for name, one in desk.built_in().items()
            ],
        )

    @router.get("/{name}", operation_id="getConnector", summary="Show a connector")
    async def one(name: Name) -> ConnectorShape:
        return shown(await desk.get(name))

    @router.get(
        "/{name}/stubs",
        operation_id="getConnectorStubs",
        summary="Show a connector as functions see it, as .pyi",
    )
    async def stubs(name: Name) -> Response:
        await desk.connector(name)
        text = (await desk.stubs([name])).get(name, "")
        return Response(text, media_type="text/plain; charset=utf-8")


def _add_changes(router: APIRouter, desk: ConnectorDesk, who: Who) -> None:
    """Declare what can be changed."""

    @router.put("/{name}", operation_id="putConnector", summary="Set a connector up")
    async def put(
        name: Name, given: ConnectorGiven, actor: Annotated[Actor, Depends(who)]
    ) -> ConnectorShape:
        setup = Setup(
            definition=given.definition,
            document=_text(given.openapi),
            secrets={key: one.get_secret_value() for key, one in given.secrets.items()},
            source="built-in" if _is_built_in(desk, name, given.definition) else "app",
        )
        view = await desk.put(name, setup, by=_by(actor))
        log.info("connector set up", audit=True, connector=name, by=actor.id, kind=actor.kind)
        return shown(view)

    @router.delete(
        "/{name}",
        operation_id="deleteConnector",
        summary="Delete a connector that no function uses",
        status_code=204,
    )
    async def delete(name: Name, actor: Annotated[Actor, Depends(who)]) -> None:
        await desk.delete(name)
        log.info("connector deleted", audit=True, connector=name, by=actor.id, kind=actor.kind)

    @router.post(
        "/{name}/openapi",
        operation_id="acceptConnectorDocument",
        summary="Make a newer OpenAPI document the one that counts",
    )
    async def accept(
        name: Name, given: DocumentGiven, actor: Annotated[Actor, Depends(who)]
    ) -> ConnectorShape:
        view = await desk.accept(name, _text(given.openapi), by=_by(actor))
        log.info("connector updated", audit=True, connector=name, by=actor.id, kind=actor.kind)
        return shown(view)


def _add_checks(router: APIRouter, desk: ConnectorDesk, who: Who) -> None:
    """Declare what finds out what is wrong."""

    @router.post(
        "/{name}/check", operation_id="checkConnector", summary="Call the health operation"
    )
    async def check(name: Name, actor: Annotated[Actor, Depends(who)]) -> CheckShape:
        found = await desk.check(name)
        log.info("connector checked", connector=name, by=actor.id, ok=found.ok)
        return _check(found)

    @router.post(
        "/{name}/drift",
        operation_id="compareConnectorDocument",
        summary="Say what a newer OpenAPI document changes and breaks",
    )
    async def drift(name: Name, given: DocumentGiven) -> DriftFoundShape:
        found = await desk.drift(name, _text(given.openapi))
        return DriftFoundShape(
            changes=list(found.changes),
            breaks=[
                BreakShape(function=one.function, line=one.line, message=one.message)
                for one in found.breaks
            ],
        )


def shown(view: ConnectorView) -> ConnectorShape:
    """Return a connector as it is shown."""
    stored, made = view.stored, view.connector
    return ConnectorShape(
        name=stored.name,
        title=made.title if made else stored.name,
        base_url=made.base_url if made else "",
        private=made.private if made else False,
        auth=auth_shown(made.auth) if made else None,
        secrets=[
            SecretSetShape(name=name, set=name in view.secrets_set)
            for name in (made.secrets if made else ())
        ],
        operations=[
            OperationShape(
                name=one.name, method=one.method, path=one.path, summary=one.summary
            )
            for one in (made.operations.values() if made else ())
        ],
        allow=list(made.allow) if made else [],
        timeout_ms=made.timeout.total_seconds() * 1000 if made else 0,
        used_by=list(view.used_by),
        source=stored.source,
        last_check=_check(stored.last_check) if stored.last_check else None,
        drift=DriftShape(at=stored.drift.at, changes=list(stored.drift.changes))
        if stored.drift
        else None,
        definition=dict(stored.definition),
        has_openapi=stored.document is not None,
        problem="" if made else "This version of Callingcard cannot read the definition.",
    )


def auth_shown(auth: Auth | None) -> JsonObject | None:
    """Return how a connector shows who it is, with the names of its secrets.

    >>> auth_shown(Bearer(SecretName("KEY")))
    {'kind': 'bearer', 'secret': 'KEY'}
    """
    if auth is None:
        return None
    found: JsonObject = {"kind": _KINDS[type(auth)]}
    for one in fields(auth):
        value: Any = getattr(auth, one.name)
        if value in (None, "") or one.name == "in_body":
            continue
        # Two members may be written down as well, so they tell which it is.
        either = one.name in {"username", "client_id"}
        if isinstance(value, SecretName):
            value = {"secret": value.name} if either else value.name
        elif isinstance(value, Grant):
            value = value.value
        elif isinstance(auth, SecretUrl) and one.name == "hosts":
            value = list(auth.hosts)
        found[one.name] = value
    return found


def _check(found: Checked) -> CheckShape:
    """Return a check as it is shown."""
    return CheckShape(
        at=found.at,
        ok=found.ok,
        status=found.status,
        ms=found.ms,
        message=found.message,
        remedy=found.remedy,
    )


def _text(document: str | JsonObject | None) -> str | None:
    """Return a document as text."""
    return json.dumps(document) if isinstance(document, dict) else document


def _is_built_in(desk: ConnectorDesk, name: str, definition: JsonObject) -> bool:
    """Say whether the operations are the product's own, so that its updates matter."""
    built_in = desk.built_in().get(name)
    return built_in is not None and built_in.get("operations") == definition.get("operations")


def _by(actor: Actor) -> str:
    """Return who changes something, as it is kept."""
    return f"{actor.kind} {actor.id}"
