"""The widget's sessions in the database, and the tokens that were signed out.

Invariant: whoever asks whether a token is spent, and whoever spends it, are one
after the other: a session opened in the moment of signing out is either ended
with the rest or refused. SQLite has one writer anyway; PostgreSQL takes a lock.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.evidence import is_proven
from callingcard.desk.model.contacts import Person
from callingcard.desk.model.conversations import AuthorKind
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId
from callingcard.desk.model.signs import SignKind
from callingcard.desk.model.visitors import (
    Admitted,
    Identify,
    Session,
    Watched,
    refuses_unproven,
)
from callingcard.desk.store.chat.tables import conversations, signs
from callingcard.desk.store.visitors.tables import (
    inboxes,
    sessions,
    shown_tokens,
    spent_tokens,
)

_LEEWAY: Final = timedelta(minutes=5)
"""How long a spent token is remembered beyond its end: other clocks may be behind."""

_BY_ID: Final = select(sessions).where(sessions.c.id == bindparam("id"))
_BY_ID_LOCKED: Final = _BY_ID.with_for_update()
_ADMITTED: Final = (
    select(sessions, inboxes.c.identification, inboxes.c.enforced)
    .join(inboxes, inboxes.c.id == sessions.c.inbox_id)
    .where(sessions.c.id == bindparam("id"), inboxes.c.name == bindparam("inbox"))
)
_WATCHED: Final = (
    select(
        sessions.c.id,
        sessions.c.conversation_id,
        func.coalesce(conversations.c.head, 0),
        func.coalesce(conversations.c.agent_read_seq, 0),
    )
    .outerjoin(conversations, conversations.c.id == sessions.c.conversation_id)
    .where(
        sessions.c.id.in_(bindparam("ids", expanding=True)),
        sessions.c.expires_at > bindparam("now"),
        conversations.c.queued_at.is_(None),
        conversations.c.merged_at.is_(None),
        conversations.c.merged_into.is_(None),
        or_(
            conversations.c.contact_id.is_(None),
            conversations.c.contact_id == sessions.c.contact_id,
        ),
        ~exists().where(
            signs.c.conversation_id == conversations.c.id,
            signs.c.author_kind == AuthorKind.AGENT.value,
            signs.c.kind == SignKind.TYPING.value,
            signs.c.until > bindparam("now"),
        ),
    )
)
_SAVE: Final = update(sessions).where(sessions.c.id == bindparam("key"))
_DROP: Final = delete(sessions).where(sessions.c.id == bindparam("id"))
_FORGET_SHOWN: Final = delete(shown_tokens).where(
    shown_tokens.c.session_id.in_(bindparam("ids", expanding=True))
)
_REVOKE: Final = (
    delete(sessions)
    .where(
        or_(
            sessions.c.id == bindparam("id"),
            (sessions.c.browser == bindparam("browser"))
            & (sessions.c.evidence != Evidence.ANONYMOUS.value),
        )
    )
    .returning(sessions)
)
_OF: Final = (
    select(sessions).where(sessions.c.contact_id == bindparam("of")).order_by(sessions.c.id)
)
_OF_LOCKED: Final = _OF.with_for_update()
_PROVEN: Final = [level.value for level in Evidence if is_proven(level)]
_SHOW: Final = text(
    "insert into desk_shown_tokens (session_id, fingerprint, expires_at)"
    " values (:session_id, :fingerprint, :expires_at) on conflict do nothing"
).bindparams(bindparam("expires_at", type_=shown_tokens.c.expires_at.type))
_SPEND_SHOWN: Final = text(
    "insert into desk_spent_tokens (fingerprint, expires_at)"
    " select fingerprint, max(expires_at) from desk_shown_tokens"
    " where session_id in :ids group by fingerprint"
    " on conflict do nothing"
).bindparams(bindparam("ids", expanding=True))
_SHOWN: Final = (
    select(shown_tokens.c.fingerprint)
    .where(shown_tokens.c.session_id.in_(bindparam("ids", expanding=True)))
    .distinct()
    .order_by(shown_tokens.c.fingerprint)
)
_LOCK: Final = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
_SPENT: Final = select(spent_tokens.c.fingerprint).where(
    spent_tokens.c.fingerprint == bindparam("fingerprint")
)
_SWEEPS: Final = [
    delete(table).where(table.c.expires_at < bindparam("before"))
    for table in (sessions, shown_tokens, spent_tokens)
]


class SqlSessions:
    """Keeps ``ports.Sessions`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        """Keep a new session."""
        await self._connection.execute(insert(sessions), _values(session))
        await self._show(session)

    async def save(self, session: Session) -> None:
        """Keep the changed session."""
        await self._connection.execute(_SAVE, {"key": session.id, **_values(session)})
        await self._show(session)

    async def get(self, session_id: str, *, lock: bool = False) -> Session | None:
        """Return the session unless it was signed out."""
        statement = _BY_ID_LOCKED if lock else _BY_ID
        rows = await self._connection.execute(statement, {"id": session_id})
        row = rows.mappings().one_or_none()
        return None if row is None else _session(row)

    async def admitted(self, session_id: str, inbox_name: str) -> Admitted | None:
        """Return the session if it is one of the inbox with this name."""
        asked = {"id": session_id, "inbox": inbox_name}
        row = (await self._connection.execute(_ADMITTED, asked)).mappings().one_or_none()
        if row is None:
            return None
        fields = dict(row)
        identification = Identify(fields.pop("identification"))
        refuses = refuses_unproven(identification, enforced=fields.pop("enforced"))
        return Admitted(_session(fields), refuses)

    async def watched(self, session_ids: Collection[str], now: datetime) -> Sequence[Watched]:
        """Return how far the plain ones of these sessions' conversations are."""
        asked = {"ids": list(session_ids), "now": now}
        rows = await self._connection.execute(_WATCHED, asked)
        return [Watched(*row) for row in rows]

    async def drop(self, session: Session) -> None:
        """End *session* alone; its tokens stay good."""
        await self._connection.execute(_DROP, {"id": session.id})
        await self._connection.execute(_FORGET_SHOWN, {"ids": [session.id]})

    async def of_contact(
        self, contact_id: ContactId, *, lock: bool = False
    ) -> Sequence[Session]:
        """Return the contact's sessions; with *lock*, kept as they are until we are done."""
        statement = _OF_LOCKED if lock else _OF
        rows = await self._connection.execute(statement, {"of": contact_id})
        return [_session(row) for row in rows.mappings()]

    async def end_all(
        self, contact_id: ContactId, *, emails: Collection[str], external_id: str | None
    ) -> Sequence[Session]:
        """End every session of a contact and spend their tokens; return those ended."""
        theirs = or_(
            sessions.c.contact_id == contact_id,
            sessions.c.contact_id.is_(None)
            & sessions.c.evidence.in_(_PROVEN)
            & or_(
                sessions.c.person["email"].as_string().in_(sorted(emails)),
                sessions.c.person["external_id"].as_string() == (external_id or ""),
            ),
        )
        found = await self._connection.scalars(select(sessions.c.id).where(theirs))
        ids = found.all()
        await self._lock_shown(ids)
        rows = await self._connection.execute(
            delete(sessions).where(theirs).returning(sessions)
        )
        ended = [_session(row) for row in rows.mappings()]
        await self._spend([*ids, *(session.id for session in ended)])
        return ended

    async def revoke(self, session: Session) -> Sequence[Session]:
        """End *session* and every identified session of its browser; return those ended."""
        await self._lock_shown([session.id])
        asked = {"id": session.id, "browser": session.browser}
        rows = await self._connection.execute(_REVOKE, asked)
        ended = [_session(row) for row in rows.mappings()]
        # The one we were given too, even if it vanished meanwhile: its tokens must not live.
        ids = [session.id, *(one.id for one in ended)]
        await self._spend(ids)
        return ended

    async def spent(self, fingerprint: str) -> bool:
        """Say whether a token was signed out; nobody signs it out until we are done."""
        await self._lock(fingerprint)
        found = await self._connection.scalar(_SPENT, {"fingerprint": fingerprint})
        return found is not None

    async def sweep(self, now: datetime) -> int:
        """Delete what ended before *now*; return how many rows went."""
        gone = 0
        for statement in _SWEEPS:
            result = await self._connection.execute(statement, {"before": now - _LEEWAY})
            gone += result.rowcount
        return gone

    async def _lock_shown(self, ids: Sequence[str]) -> None:
        """Let nobody ask about the tokens of these sessions until we are done."""
        shown = await self._connection.execute(_SHOWN, {"ids": list(ids)})
        for fingerprint in shown.scalars().all():
            await self._lock(fingerprint)

    async def _spend(self, ids: Sequence[str]) -> None:
        """Let every token that was shown for these sessions prove nothing any longer."""
        if not ids:  # PostgreSQL cannot tell the type of a list with nothing in it
            return
        await self._connection.execute(_SPEND_SHOWN, {"ids": list(ids)})
        await self._connection.execute(_FORGET_SHOWN, {"ids": list(ids)})

    async def _lock(self, fingerprint: str) -> None:
        """Let nobody else ask about or spend this token until we are done."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(_LOCK, {"name": f"desk token {fingerprint}"})

    async def _show(self, session: Session) -> None:
        """Remember the token that was shown, to spend it when its visitor signs out."""
        if session.fingerprint is not None and session.signed_until is not None:
            shown = {
                "session_id": session.id,
                "fingerprint": session.fingerprint,
                "expires_at": session.signed_until,
            }
            await self._connection.execute(_SHOW, shown)


def _values(session: Session) -> dict[str, Any]:
    """Return what a session's row holds."""
    person = session.person
    return {
        "id": session.id,
        "inbox_id": session.inbox_id,
        "browser": session.browser,
        "evidence": session.evidence.value,
        "person": None if person is None else _written(person),
        "contact_id": session.contact_id,
        "conversation_id": session.conversation_id,
        "signed_by": session.signed_by,
        "signed_until": session.signed_until,
        "fingerprint": session.fingerprint,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
    }


def _written(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "external_id": person.external_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "properties": dict(person.properties),
    }


def _session(row: Mapping[Any, Any]) -> Session:
    """Return the session that a row holds."""
    fields: dict[str, Any] = dict(row)
    fields["evidence"] = Evidence(fields["evidence"])
    if fields["person"] is not None:
        fields["person"] = Person(**fields["person"])
    return Session(**fields)
