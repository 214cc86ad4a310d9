"""Contacts in and out as CSV: ``/v1/contacts/import`` and ``/v1/contacts/export``.

An import answers line by line while it goes on, so that a long one shows how far it is
and no proxy takes it for dead.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import StreamingResponse

from callingcard.desk.api.schemas import Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.errors import BadSpreadsheet, BodyTooSlow
from callingcard.desk.service.transfers.contacts import ContactTransfers, Progress
from callingcard.errors import CallingcardError, TooLarge
from callingcard.kit.actor import Actor

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
_DEADLINE_SECONDS: Final = 120.0
_CSV: Final[dict[str, Any]] = {"content": {"text/csv": {"schema": {"type": "string"}}}}
_LINES: Final[dict[str, Any]] = {
    "content": {"application/x-ndjson": {"schema": {"type": "string"}}}
}


class RefusalOut(Wire):
    """A row that was not taken, and why."""

    line: int
    reason: str


class ProgressOut(Wire):
    """One line of the reply to an import; the last one is finished, or tells a problem."""

    rows: int
    created: int
    changed: int
    refused: int
    refusals: list[RefusalOut]
    finished: bool
    problem: str | None = None

    @classmethod
    def of(cls, progress: Progress, problem: str | None = None) -> "ProgressOut":
        """Write *progress* down."""
        return cls(
            rows=progress.rows,
            created=progress.created,
            changed=progress.changed,
            refused=progress.refused,
            refusals=[
                RefusalOut(line=one.line, reason=one.reason) for one in progress.refusals
            ],
            finished=progress.finished,
            problem=problem,
        )


def transfer_routes(
    transfers: ContactTransfers, who: Callable[[Request], Awaitable[Actor]]
) -> APIRouter:
    """Return the routes for those whom *who* lets in: everybody's data is behind them.

    They come before those of one contact, whose path would take their names for ids.
    """
    router = APIRouter(prefix="/v1/contacts", tags=["contacts"])

    @router.post(
        "/import",
        operation_id="importContacts",
        response_class=StreamingResponse,
        responses={200: _LINES},
        openapi_extra={"requestBody": _CSV},
    )
    async def import_contacts(
        request: Request, actor: Actor = Depends(who)
    ) -> StreamingResponse:
        """Make or change a contact for each row of a CSV file, told apart by address."""
        progress = transfers.take_in(_text(await _file(request)), actor)
        first = await anext(progress)  # a file that cannot be read is a plain error
        return StreamingResponse(
            _told(first, progress), media_type="application/x-ndjson", headers=NO_STORE
        )

    @router.get(
        "/export",
        operation_id="exportContacts",
        response_class=StreamingResponse,
        responses={200: _CSV},
    )
    async def export_contacts(actor: Actor = Depends(who)) -> StreamingResponse:
        """Return every contact as CSV that no spreadsheet takes for formulas."""
        named = {**NO_STORE, "Content-Disposition": 'attachment; filename="contacts.csv"'}
        return StreamingResponse(
            transfers.give_out(actor), media_type="text/csv; charset=utf-8", headers=named
        )

    return router


async def _told(first: Progress, rest: AsyncGenerator[Progress]) -> AsyncGenerator[str]:
    """Write each step of an import as a line of JSON."""
    last = first
    try:
        yield _line(ProgressOut.of(first))
        async for last in rest:
            yield _line(ProgressOut.of(last))
    except CallingcardError as error:
        # The reply began long ago: its last line is the one place to say so.
        rows = Progress(last.rows, last.created, last.changed, last.refused)
        yield _line(ProgressOut.of(rows, problem=error.message))


def _line(progress: ProgressOut) -> str:
    return f"{progress.model_dump_json(by_alias=True, exclude_none=True)}\n"


async def _file(request: Request) -> bytes:
    """Return the file in the body, reading no more than is allowed; raises TooLarge."""
    raw = bytearray()
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > MAX_FILE_BYTES:
                    raise TooLarge(
                        "the file is too large", hint=f"At most {MAX_FILE_BYTES} bytes."
                    )
    except TimeoutError as error:
        raise BodyTooSlow("the rest of the request did not arrive in time") from error
    return bytes(raw)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSpreadsheet("The file is no text in UTF-8.") from error
