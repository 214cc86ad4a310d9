"""``/v1/audit``: who looked at whom, and whether the log is whole."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from callingcard.desk.api.privacy.people import WhoAsks, private
from callingcard.desk.api.schemas import Moment, Wire
from callingcard.desk.model.audit import AuditFilter, AuditRow, Head
from callingcard.desk.service.privacy.audit import AuditDesk

_Word = Annotated[str, Query(max_length=64, pattern=r"^[\w.:-]*$")]
_Hash = Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")]
_Seq = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


class AuditRowOut(Wire):
    """One row: who did what to which thing, and the hash that holds it in its place."""

    seq: int
    at: Moment
    who_kind: str
    who_id: str
    action: str
    kind: str
    id: str
    detail: dict[str, str | int | bool]
    hash: str

    @classmethod
    def of(cls, row: AuditRow) -> "AuditRowOut":
        """Write *row* down."""
        deed = row.deed
        return cls(
            seq=row.seq,
            at=deed.at,
            who_kind=deed.who.kind,
            who_id=deed.who.id,
            action=deed.action,
            kind=deed.kind,
            id=deed.id,
            detail=dict(deed.detail),
            hash=row.hash,
        )


class AuditPage(Wire):
    """Rows, the newest first, and the ``before`` of the next page."""

    results: list[AuditRowOut]
    next: int | None


class HeadOut(Wire):
    """The newest row: note it elsewhere, to know later that nothing was cut off."""

    seq: int
    hash: str


class VerdictOut(Wire):
    """Whether the log is whole, and else the first row that is not what it was."""

    whole: bool
    rows: int
    head: HeadOut
    broken_at: int | None


def audit_routes(audit: AuditDesk, who: WhoAsks) -> APIRouter:
    """Return the routes of the audit log, for those whom *who* lets in."""
    router = APIRouter(
        prefix="/v1/audit", tags=["privacy"], dependencies=[Depends(who), Depends(private)]
    )

    @router.get("", operation_id="listAudit", summary="Show the audit log")
    async def page(  # noqa: PLR0913  (each is a filter of its own)
        *,
        before: _Seq = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        who_id: Annotated[_Word, Query(alias="who")] = "",
        action: _Word = "",
        kind: _Word = "",
        thing: Annotated[_Word, Query(alias="id")] = "",
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
    ) -> AuditPage:
        """Show who did what, the newest first."""
        wanted = AuditFilter(who_id, action, kind, thing, since, until)
        rows = await audit.page(wanted, before=before, limit=limit + 1)
        shown = rows[:limit]
        return AuditPage(
            results=[AuditRowOut.of(row) for row in shown],
            next=shown[-1].seq if len(rows) > limit else None,
        )

    @router.get("/verify", operation_id="verifyAudit", summary="Look for tampering")
    async def verify(
        seq: _Seq = None, noted: Annotated[_Hash, Query(alias="hash")] = None
    ) -> VerdictOut:
        """Check every row's hash; and with a head noted earlier, that it is still there."""
        head = None if seq is None or noted is None else Head(seq, noted)
        found = await audit.verify(head)
        return VerdictOut(
            whole=found.broken_at is None,
            rows=found.rows,
            head=HeadOut(seq=found.head.seq, hash=found.head.hash),
            broken_at=found.broken_at,
        )

    return router
