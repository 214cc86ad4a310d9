"""``/v1/admin/functions/NAME/storage``: what a function remembers, without its values."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request

from callingcard.functions.api.shapes import Shape
from callingcard.functions.service.remembering.storage import StorageDesk
from callingcard.kit.actor import Actor

_NAME: Final = Path(pattern="^[a-z][a-z0-9-]{0,62}$", description="The function.")
_MAX_PREFIX: Final = 512

log = structlog.get_logger("callingcard.functions")


class NamespaceShape(Shape):
    """A namespace, and how full it is."""

    name: str
    entries: int
    bytes: int
    limit_bytes: int


class EntryShape(Shape):
    """An entry without its value; *key* is written as JSON."""

    key: str
    namespace: str
    expires_at: datetime | None
    bytes: int
    leased: bool


class StorageShape(Shape):
    """A page of what a function remembers."""

    namespaces: list[NamespaceShape]
    entries: list[EntryShape]
    next: str | None


def storage_routes(
    storage: StorageDesk, who: Callable[[Request], Awaitable[Actor]]
) -> APIRouter:
    """Return the routes of functions' storage, for those whom *who* lets in."""
    router = APIRouter(
        prefix="/v1/admin/functions/{name}/storage",
        tags=["functions"],
        dependencies=[Depends(who)],
    )

    @router.get("", operation_id="listStorage", summary="Show what a function remembers")
    async def page(
        name: Annotated[str, _NAME],
        namespace: Annotated[str | None, Query(max_length=63)] = None,
        prefix: Annotated[str, Query(max_length=_MAX_PREFIX)] = "",
        cursor: Annotated[str | None, Query(max_length=1024)] = None,
    ) -> StorageShape:
        found = await storage.page(name, namespace=namespace, prefix=prefix, cursor=cursor)
        return StorageShape(
            namespaces=[
                NamespaceShape(
                    name=each,
                    entries=usage.entries,
                    bytes=usage.size,
                    limit_bytes=found.limit.size,
                )
                for each, usage in found.namespaces
            ],
            entries=[
                EntryShape(
                    key=entry.key,
                    namespace=entry.namespace,
                    expires_at=entry.expires_at,
                    bytes=entry.size,
                    leased=entry.is_leased,
                )
                for entry in found.entries
            ],
            next=found.next,
        )

    @router.delete(
        "/{namespace}",
        operation_id="deleteStorageEntry",
        summary="Delete what is kept under a key",
        status_code=204,
    )
    async def drop(
        name: Annotated[str, _NAME],
        namespace: str,
        key: Annotated[str, Query(max_length=_MAX_PREFIX, description="The key as JSON.")],
        actor: Annotated[Actor, Depends(who)],
    ) -> None:
        await storage.delete(name, namespace, key)
        log.info(
            "entry deleted",
            audit=True,
            function=name,
            namespace=namespace,
            by=actor.id,
            kind=actor.kind,
        )

    return router
