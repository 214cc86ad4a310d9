"""Merging contacts, and ending a contact's sessions, for agents and programs.

``/v1/contacts/{id}/merge`` merges *into* the contact of the path: who survives is the
caller's choice.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.schemas import Ask, Moment, Wire
from callingcard.desk.model.audit import who_of
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.merging import Merge
from callingcard.desk.ports.privacy import Looks
from callingcard.desk.service.merging.desk import MergingDesk
from callingcard.desk.service.merging.parting import UNDO_FOR
from callingcard.desk.service.visitors.sessions import SessionDesk
from callingcard.kit.actor import Actor

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]

_CONTACT: Final = Path(pattern=r"^[0-9]{1,18}$", description="The contact.")
_MERGE: Final = Path(pattern=r"^mrg_[0-9]{1,18}$", description="The merge.")

log = structlog.get_logger("callingcard.desk")


class MergeContacts(Ask):
    """The contact that goes into the one of the path."""

    other: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]


class MergeOut(Wire):
    """A merge, and whether it can still be undone."""

    id: str
    survivor_id: str
    other_id: str
    by: str
    at: Moment
    undo_until: Moment | None
    """None when it was undone, or is too old."""
    undone_at: Moment | None
    undone_by: str | None

    @classmethod
    def of(cls, merge: Merge) -> "MergeOut":
        """Write *merge* down, without what is in it of a person."""
        return cls(
            id=merge.id,
            survivor_id=merge.survivor_id,
            other_id=merge.other_id,
            by=merge.by,
            at=merge.at,
            undo_until=None if merge.moved is None else merge.at + UNDO_FOR,
            undone_at=merge.undone_at,
            undone_by=merge.undone_by,
        )


class MergesAnswer(Wire):
    """A contact's merges, the newest first."""

    results: list[MergeOut]


class SessionsEnded(Wire):
    """How many sessions were ended."""

    ended: int


def merging_routes(
    merging: MergingDesk, sessions: SessionDesk, who: WhoCalls, *, looks: Looks
) -> APIRouter:
    """Return the routes; *who* finds out who asks, *looks* notes who looked."""
    router = APIRouter(prefix="/v1", tags=["contacts"], dependencies=[Depends(who)])

    @router.post(
        "/contacts/{contact_id}/merge",
        operation_id="mergeContacts",
        openapi_extra=accepts(MergeContacts),
    )
    async def merge(
        request: Request,
        actor: Annotated[Actor, Depends(who)],
        contact_id: Annotated[str, _CONTACT],
    ) -> MergeOut:
        """Merge another contact into this one; it can be undone for 30 days."""
        asked = await read_body(request, MergeContacts)
        done = await merging.merge(
            ContactId(contact_id), ContactId(asked.other), by=who_of(actor)
        )
        log.info("contacts merged", audit=True, merge=done.id, by=_by(actor))
        return MergeOut.of(done)

    @router.get("/contacts/{contact_id}/merges", operation_id="listMerges")
    async def merges(
        actor: Annotated[Actor, Depends(who)], contact_id: Annotated[str, _CONTACT]
    ) -> MergesAnswer:
        """List the merges that this contact survived or went into."""
        found = await merging.of_contact(ContactId(contact_id))
        await looks.viewed(actor, "contact", contact_id)
        return MergesAnswer(results=[MergeOut.of(one) for one in found])

    @router.post("/merges/{merge_id}/undo", operation_id="undoMerge")
    async def undo(
        actor: Annotated[Actor, Depends(who)], merge_id: Annotated[str, _MERGE]
    ) -> MergeOut:
        """Make two contacts of a merged one again."""
        done = await merging.undo(merge_id, by=who_of(actor))
        log.info("merge undone", audit=True, merge=done.id, by=_by(actor))
        return MergeOut.of(done)

    @router.delete("/contacts/{contact_id}/sessions", operation_id="endContactSessions")
    async def end_sessions(
        actor: Annotated[Actor, Depends(who)], contact_id: Annotated[str, _CONTACT]
    ) -> SessionsEnded:
        """Sign a contact out of every browser, and spend the tokens they showed."""
        ended = await sessions.revoke_contact(ContactId(contact_id))
        log.info("sessions ended", audit=True, contact=contact_id, by=_by(actor))
        return SessionsEnded(ended=ended)

    return router


def _by(actor: Actor) -> str:
    return f"{actor.kind} {actor.id}"
