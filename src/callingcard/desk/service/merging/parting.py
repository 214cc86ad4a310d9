"""Makes two contacts again of one, within somebody's transaction.

Both are as they were before; what was changed since on the survivor stays there, for
nobody knows of whom it was meant. Sessions go to whom their proof names. A conversation
that began since and that only the other's sessions hold is theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from callingcard.desk.errors import MergeFinal
from callingcard.desk.model.contacts import Contact, Person
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.merging import Merge, Moved
from callingcard.desk.model.visitors import Session
from callingcard.desk.ports.belongings import Belongings
from callingcard.desk.ports.units import Unit
from callingcard.desk.service.merging.joining import Touched, addresses, locked, tell

Value = TypeVar("Value")

UNDO_FOR: Final = timedelta(days=30)


async def part(
    unit: Unit,
    merge: Merge,
    *,
    by: str,
    now: datetime,
    belongings: Sequence[Belongings] = (),
) -> Touched:
    """Undo *merge*; raises MergeFinal, ContactNotFound, or ContactExists for a taken name."""
    sessions = await unit.sessions.of_contact(merge.survivor_id, lock=True)
    survivor, other = await locked(unit, merge.survivor_id, merge.other_id)
    moved = await _undoable(unit, merge.id, now)
    if survivor.archived or not other.archived:
        raise MergeFinal("the contacts are no longer as the merge left them")
    # The survivor first: it may have an address that is the other's again.
    await unit.contacts.save(restored(survivor, moved, now))
    await unit.contacts.forget_versions(survivor.id, merge.at)
    await unit.contacts.save(replace(other, archived=False, updated_at=now))
    theirs = [one for one in sessions if is_of(one.person, other)]
    talks = [*moved.conversations, *await _begun_since(unit, merge, sessions, theirs)]
    torn = await unit.conversation_merges.torn(merge.survivor_id, talks)
    if torn is not None:
        raise MergeFinal(
            "conversations of the two were merged since",
            hint=f"Undo the merge of conversation {torn} first.",
        )
    back = await unit.merges.move_conversations(
        of=merge.survivor_id, to=merge.other_id, only=talks
    )
    for session in sessions:
        await _give_back(unit, session, merge, is_others=session in theirs, back=back)
    for room in belongings:
        names = moved.belongings.get(room.name, ())
        await room.move_back(unit, names, of=merge.survivor_id, to=merge.other_id)
    await unit.merges.undone(merge.id, now, by)
    await tell(unit, "contact.unmerged", merge, back, now)
    done = replace(merge, moved=None, undone_at=now, undone_by=by)
    return Touched(done, sessions, back)


async def _undoable(unit: Unit, merge_id: str, now: datetime) -> Moved:
    """Return what undoing the merge needs; raises MergeFinal when it cannot be undone.

    Asked under the contacts' locks, so that two who undo it at once do so once.
    """
    merge = await unit.merges.get(merge_id)
    if merge is None or merge.undone_at is not None:
        raise MergeFinal("this merge was undone before")
    if merge.moved is None or merge.at + UNDO_FOR <= now:
        raise MergeFinal(f"a merge can be undone for {UNDO_FOR.days} days")
    for later in await unit.merges.of_contact(merge.survivor_id):
        if later.id == merge.id:
            break
        if later.undone_at is None:
            raise MergeFinal(
                "the contact was merged again since", hint="Undo the later merge first."
            )
    return merge.moved


def restored(survivor: Contact, moved: Moved, now: datetime) -> Contact:
    """Return *survivor* as it was, but for what was changed since the merge."""
    before, after = moved.before, moved.after
    return replace(
        survivor,
        properties=_reverted(survivor.properties, before.properties, after.properties),
        external_id=_was(survivor.external_id, before.external_id, after.external_id),
        evidence=_was(survivor.evidence, before.evidence, after.evidence),
        updated_at=now,
    )


def _reverted(
    now: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, str]:
    kept = {
        name: _was(now.get(name, ""), before.get(name, ""), after.get(name, ""))
        for name in {**before, **now}
    }
    return {name: value for name, value in kept.items() if value}


def _was(now: Value, before: Value, after: Value) -> Value:
    return before if now == after else now


def is_of(person: Person | None, contact: Contact) -> bool:
    """Say whether a proof names *contact*: by the customer's own id, else by the address."""
    if person is None:
        return False
    if person.external_id and contact.external_id:
        return person.external_id == contact.external_id
    return person.email in addresses(contact)


async def _begun_since(
    unit: Unit, merge: Merge, sessions: Sequence[Session], theirs: Sequence[Session]
) -> list[ConversationId]:
    """Return the conversations since the merge that only the other's sessions hold."""
    shared = {one.conversation_id for one in sessions if one not in theirs}
    begun: list[ConversationId] = []
    for talk in {one.conversation_id for one in theirs} - shared:
        found = None if talk is None else await unit.conversations.get(talk)
        if found is not None and found.created_at > merge.at:
            begun.append(found.id)
    return begun


async def _give_back(
    unit: Unit,
    session: Session,
    merge: Merge,
    *,
    is_others: bool,
    back: Sequence[ConversationId],
) -> None:
    """Give a session to its contact, and let go of a conversation that is not theirs."""
    contact_id = merge.other_id if is_others else session.contact_id
    talk = session.conversation_id
    held = talk if talk is not None and (talk in back) == is_others else None
    changed = replace(session, contact_id=contact_id, conversation_id=held)
    if changed != session:
        await unit.sessions.save(changed)
