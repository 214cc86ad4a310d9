"""Whatever people do in whatever order: nothing lost, nothing twice, nothing shown to others.

A machine opens, renews, mixes up and ends sessions, posts and repeats posts, closes
and reads, against a real SQLite desk. Every text names its owner; a plain model says
who may read what.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)
from tests.support.desk_house import LINUS, House

from callingcard.backends.choose import open_database
from callingcard.desk.errors import SessionEnded
from callingcard.desk.model.conversations import Author, AuthorKind
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.service.visitors.sessions import Opened
from callingcard.desk.store.schema import metadata
from callingcard.kit.clock import FakeClock

PEOPLE = ("ada@example.com", "grace@example.com")
BROWSERS = ("b1", "b2")
T = TypeVar("T")


class Desk(RuleBasedStateMachine):
    """Two people and strangers, in two browsers, at one desk."""

    sessions = Bundle("sessions")
    tokens = Bundle("tokens")

    def __init__(self) -> None:
        """Open an empty desk."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.house = self.run(self._opened())
        self.acknowledged: dict[ConversationId, dict[tuple[str, str], int]] = {}
        self.owners: dict[ConversationId, str | None] = {}
        self.spent: set[str] = set()
        self.shown: dict[str, set[str]] = {}
        self.number = 0

    async def _opened(self) -> House:
        database = open_database("sqlite", Path(self.folder.name))
        async with database.writing() as connection:
            await connection.run_sync(metadata.create_all)
        house = House(database, self.clock)
        await house.inboxes.ensure_default_inbox()
        return house

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do *work* on the machine's own loop."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Close everything."""
        self.run(self.house.database.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(target=tokens, person=st.sampled_from(PEOPLE))
    def mint(self, person: str) -> tuple[str, str]:
        """Let a shop sign somebody in."""
        return person, self.house.identification.mint(person)

    @rule(target=sessions, browser=st.sampled_from(BROWSERS))
    def arrive(self, browser: str) -> Opened:
        """Let a stranger open the widget."""
        return self.run(self.house.enter(browser=browser))

    @rule(target=sessions, token=tokens, browser=st.sampled_from(BROWSERS))
    def sign_in(self, token: tuple[str, str], browser: str) -> Opened:
        """Somebody shows a token, perhaps one that was spent."""
        opened = self.run(self.house.enter(token=token[1], browser=browser))
        self._check_opened(opened, token)
        return opened

    @rule(
        target=sessions,
        token=tokens,
        earlier=sessions,
        claimed=st.sampled_from([None, None, None, *PEOPLE]),
        browser=st.sampled_from(BROWSERS),
    )
    def come_back(
        self, token: tuple[str, str], earlier: Opened, claimed: str | None, browser: str
    ) -> Opened:
        """Somebody shows a token where there was a session, perhaps another's."""
        anonymous = earlier.session.evidence is Evidence.ANONYMOUS
        before = self._live(earlier)
        opened = self.run(
            self.house.enter(
                token=token[1], email=claimed, secret=earlier.secret, browser=browser
            )
        )
        good = self._check_opened(opened, token, claimed)
        now = opened.conversation
        if good and anonymous and now is not None and now.id == before:
            self.owners[now.id] = token[0]
        return opened

    @rule(target=sessions, earlier=sessions)
    def resume(self, earlier: Opened) -> Opened:
        """Let a page that knows nobody open the widget where there was a session."""
        opened = self.run(self.house.enter(secret=earlier.secret))
        assert opened.session.evidence is Evidence.ANONYMOUS
        return opened

    @rule(target=sessions, session=consumes(sessions))
    def sign_out(self, session: Opened) -> Any:
        """Somebody signs out, if they still can."""
        try:
            found = self.run(self.house.sessions.find("web", session.secret))
        except SessionEnded:
            return multiple()
        self.run(self.house.sessions.end(found))
        self._must_be_over(session)
        return multiple()

    @rule(session=sessions, repeats=st.integers(1, 3))
    def post(self, session: Opened, repeats: int) -> None:
        """Somebody writes; the client sends it again and again."""
        self.number += 1
        key = f"c-{self.number}"
        owner = self._owner(session)
        seqs: set[int] = set()
        for _ in range(repeats):
            self.clock.advance(timedelta(seconds=1))
            try:
                posted = self.run(
                    self.house.conversations.post_as_visitor(
                        session.session, text=f"of {owner}", client_message_id=key
                    )
                )
            except SessionEnded:
                assert not seqs
                return
            seqs.add(posted.entry.seq)
            conversation_id = posted.entry.conversation_id
            assert self.owners.setdefault(conversation_id, owner) == owner
            log = self.acknowledged.setdefault(conversation_id, {})
            log[posted.entry.author.id, key] = posted.entry.seq
        assert len(seqs) == 1

    @rule(data=st.data(), close=st.booleans())
    def serve(self, data: st.DataObject, close: bool) -> None:  # noqa: FBT001
        """Let an agent answer or close."""
        if not self.acknowledged:
            return
        conversation_id = data.draw(st.sampled_from(sorted(self.acknowledged)))
        desk = self.house.conversations
        if close:
            author = Author(AuthorKind.AGENT, LINUS.id, LINUS.name)
            self.run(desk.set_status(conversation_id, "closed", actor=author))
            return
        self.number += 1
        posted = self.run(
            desk.post_as_agent(
                conversation_id,
                actor_id=LINUS.id,
                name=LINUS.name,
                text=f"of {self.owners[conversation_id]}",
                client_message_id=f"a-{self.number}",
            )
        )
        key = (LINUS.id, f"a-{self.number}")
        self.acknowledged[conversation_id][key] = posted.entry.seq

    @rule(hours=st.integers(1, 6))
    def wait(self, hours: int) -> None:
        """Time goes by."""
        self.clock.advance(timedelta(hours=hours))

    @rule(session=sessions)
    def read(self, session: Opened) -> None:
        """Whoever may read sees their own and nothing of anybody else."""
        try:
            news = self.run(self.house.following.for_visitor(session.session.id, 0))
        except SessionEnded:
            return
        owner = self._owner(session)
        texts = {entry.text for entry in news.entries if entry.type == "message"}
        if session.session.person is None:
            assert len(texts) <= 1
            assert not texts & {f"of {person}" for person in PEOPLE}
        else:
            # A chat that began before the proof, in the same session, is theirs too.
            others = {f"of {person}" for person in PEOPLE if person != owner}
            assert not texts & others

    @invariant()
    def every_log_is_whole(self) -> None:
        """Each log counts without a gap and holds what was acknowledged exactly once."""
        for conversation_id, acknowledged in self.acknowledged.items():
            log = self.run(self.house.conversations.entries(conversation_id, limit=10_000))
            assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
            kept = {
                (entry.author.id, entry.client_message_id): entry.seq
                for entry in log
                if entry.type == "message"
            }
            assert kept == acknowledged
            assert sum(entry.type == "message" for entry in log) == len(acknowledged)

    def _owner(self, opened: Opened) -> str:
        """Return whose the session is: a person, or this one stranger."""
        person = opened.session.person
        return f"stranger {opened.session.id[:8]}" if person is None else person.email or ""

    def _live(self, opened: Opened) -> ConversationId | None:
        try:
            session = self.run(self.house.sessions.find("web", opened.secret))
        except SessionEnded:
            return None
        return session.conversation_id

    def _check_opened(
        self, opened: Opened, token: tuple[str, str], claimed: str | None = None
    ) -> bool:
        """Check that a session is the token's person's or nobody's; say which."""
        person = opened.session.person
        good = person is not None
        if person is not None:
            assert person.email == token[0]
            assert claimed in {None, token[0]}
            assert token[1] not in self.spent
            self.shown.setdefault(opened.session.id, set()).add(token[1])
        if opened.conversation is not None and person is not None:
            owner = self.owners.get(opened.conversation.id)
            assert owner is None or owner == token[0] or owner.startswith("stranger")
        return good

    def _must_be_over(self, session: Opened) -> None:
        """After signing out neither the secret nor any token of the stay is worth anything."""
        self.spent |= self.shown.get(session.session.id, set())
        again = self.run(self.house.enter(secret=session.secret))
        assert again.secret != session.secret
        assert again.conversation is None


Desk.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestDesk = pytest.mark.slow(Desk.TestCase)
