"""``/v1/people``: a person asks what is kept of them, or to be forgotten."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.schemas import Ask, Moment, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.audit import who_of
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.privacy import Erasure
from callingcard.desk.service.privacy.erasing import ErasingDesk
from callingcard.desk.service.privacy.exporting import ExportingDesk
from callingcard.kit.actor import Actor

WhoAsks = Callable[[Request], Awaitable[Actor]]
"""Says who makes a request and may look after people; raises NotAllowed."""

_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A zip of JSON files, and one page to read.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class PersonNamed(Ask):
    """A person: by one of the two."""

    email: Annotated[str, Field(max_length=320)] | None = None
    contact_id: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")] | None = None


class ReceiptOut(Wire):
    """What became of an order to forget somebody: counts, and nobody's name."""

    id: str
    state: Literal["done", "going_on"]
    started_at: Moment
    finished_at: Moment | None
    counts: dict[str, int]
    storage: Literal["overwritten", "checkpointed", "awaits_vacuum"] | None

    @classmethod
    def of(cls, erasure: Erasure) -> "ReceiptOut":
        """Write *erasure* down."""
        return cls(
            id=erasure.id,
            state="going_on" if erasure.finished_at is None else "done",
            started_at=erasure.started_at,
            finished_at=erasure.finished_at,
            counts=dict(erasure.counts),
            storage=None if erasure.storage is None else erasure.storage.value,
        )


def people_routes(exporting: ExportingDesk, erasing: ErasingDesk, who: WhoAsks) -> APIRouter:
    """Return the routes about persons, for those whom *who* lets in."""
    router = APIRouter(
        prefix="/v1/people", tags=["privacy"], dependencies=[Depends(who), Depends(private)]
    )

    @router.post(
        "/export",
        operation_id="exportPerson",
        summary="Export a person",
        response_class=StreamingResponse,
        responses=_ZIP,
        openapi_extra=accepts(PersonNamed),
    )
    async def export(
        request: Request, actor: Annotated[Actor, Depends(who)]
    ) -> StreamingResponse:
        """Send everything that is kept of one person; it is written to the audit log."""
        asked = await read_body(request, PersonNamed)
        made = await exporting.export(
            by=who_of(actor), contact_id=_contact(asked), email=asked.email
        )
        headers = {
            **NO_STORE,
            "content-disposition": f'attachment; filename="{made.filename}"',
        }
        return StreamingResponse(made.chunks, media_type="application/zip", headers=headers)

    @router.post(
        "/erase",
        operation_id="erasePerson",
        summary="Erase a person",
        openapi_extra=accepts(PersonNamed),
    )
    async def erase(request: Request, actor: Annotated[Actor, Depends(who)]) -> ReceiptOut:
        """Forget one person everywhere, at once and for good; the answer is a receipt."""
        asked = await read_body(request, PersonNamed)
        return ReceiptOut.of(
            await erasing.erase(
                by=who_of(actor), contact_id=_contact(asked), email=asked.email
            )
        )

    @router.get("/erasures/{erasure_id}", operation_id="getErasure", summary="Show a receipt")
    async def receipt(erasure_id: str) -> ReceiptOut:
        """Show how far an erasure got, and what it removed."""
        return ReceiptOut.of(await erasing.receipt(erasure_id))

    return router


def private(response: Response) -> None:
    """Let nobody on the way keep the answer."""
    response.headers.update(NO_STORE)


def _contact(asked: PersonNamed) -> ContactId | None:
    return None if asked.contact_id is None else ContactId(asked.contact_id)
