"""``/v1/admin/secrets``: names go out and values come in, never the other way.

Invariant: no reply holds a value, not even of a secret that was just set.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import SecretStr

from callingcard.functions.api.shapes import Given, Shape
from callingcard.functions.service.remembering.secrets import SecretDesk
from callingcard.kit.actor import Actor

log = structlog.get_logger("callingcard.functions")


class SecretShape(Shape):
    """A secret as it is shown."""

    name: str
    set_at: datetime
    set_by: str
    used_by: list[str]


class SecretsShape(Shape):
    """Every secret there is."""

    secrets: list[SecretShape]


class SecretGiven(Given):
    """A secret's new value."""

    value: SecretStr


class RotationShape(Shape):
    """What a rotation came to."""

    rotated: int
    """How many records were sealed anew."""
    unreadable: list[str]
    """The secrets that nobody can open: set them anew."""
    lost: int
    """How many values of functions' storage nobody can open."""
    old_keys_free: bool
    """Whether nothing here needs an older server key any more."""


def secret_routes(
    secrets: SecretDesk, who: Callable[[Request], Awaitable[Actor]]
) -> APIRouter:
    """Return the routes of the sealed store, for those whom *who* lets in."""
    router = APIRouter(
        prefix="/v1/admin/secrets", tags=["secrets"], dependencies=[Depends(who)]
    )

    @router.get("", operation_id="listSecrets", summary="List the secrets by name")
    async def all_secrets() -> SecretsShape:
        return SecretsShape(
            secrets=[
                SecretShape(
                    name=s.name, set_at=s.set_at, set_by=s.set_by, used_by=list(s.used_by)
                )
                for s in await secrets.list()
            ]
        )

    @router.post("/rotate", operation_id="rotateSecrets", summary="Seal everything anew")
    async def rotate(actor: Annotated[Actor, Depends(who)]) -> RotationShape:
        done = await secrets.rotate()
        log.info("keys rotated", audit=True, by=actor.id, kind=actor.kind)
        return RotationShape(
            rotated=done.resealed,
            unreadable=list(done.unreadable),
            lost=done.lost,
            old_keys_free=done.old_keys_free,
        )

    @router.put("/{name}", operation_id="setSecret", summary="Set a secret", status_code=204)
    async def put(
        name: str, given: SecretGiven, actor: Annotated[Actor, Depends(who)]
    ) -> None:
        by = f"{actor.kind} {actor.id}"
        await secrets.set(name, given.value.get_secret_value(), by=by)
        log.info("sealed value set", audit=True, name=name, by=actor.id, kind=actor.kind)

    @router.delete(
        "/{name}", operation_id="deleteSecret", summary="Delete a secret", status_code=204
    )
    async def drop(name: str, actor: Annotated[Actor, Depends(who)]) -> None:
        await secrets.delete(name)
        log.info("sealed value deleted", audit=True, name=name, by=actor.id, kind=actor.kind)

    return router
