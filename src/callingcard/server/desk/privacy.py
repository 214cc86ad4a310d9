"""Opens what the desk keeps about privacy: the audit log, exports, erasures, retention."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callingcard.desk.model.privacy import Name, Subject
from callingcard.desk.ports.privacy import Elsewhere
from callingcard.desk.service.privacy.audit import AuditDesk
from callingcard.desk.service.privacy.erasing import ErasingDesk, Reach
from callingcard.desk.service.privacy.exporting import ExportingDesk
from callingcard.desk.service.privacy.retention import RetentionDesk
from callingcard.desk.store.privacy.scrubbing import SqlScrubber
from callingcard.identity.api import SiteIssuer
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.kit.codec import canonical_json
from callingcard.server.desk.around import DeskAround


@dataclass(frozen=True, slots=True)
class PrivacyHouse:
    """What was opened."""

    audit: AuditDesk
    exporting: ExportingDesk
    erasing: ErasingDesk
    retention: RetentionDesk

    async def sweep(self) -> int:
        """Go on with erasures that wait, and remove what was kept for long enough.

        Return how many orders ended and rows went. Call it every minute; a server calls
        it once at its start too.
        """
        return await self.erasing.resume() + await self.retention.sweep()


def open_privacy(
    around: DeskAround, *, owner: bool, elsewhere: Sequence[Elsewhere] = ()
) -> PrivacyHouse:
    """Open everything; *owner* is the server, which alone may tidy its files.

    *elsewhere* is what else remembers people. A program beside the server gives what is
    in the database; what only the server's memory holds is left for the server to forget.
    """
    scrubber = SqlScrubber(around.database) if owner else None
    return PrivacyHouse(
        audit=AuditDesk(around.units, around.clock),
        exporting=ExportingDesk(around.units, elsewhere, clock=around.clock),
        erasing=ErasingDesk(
            around.units, Reach(elsewhere, scrubber), clock=around.clock, news=around.bus
        ),
        retention=RetentionDesk(around.units, clock=around.clock, news=around.bus),
    )


@dataclass(frozen=True, slots=True)
class PerPerson:
    """Another room that forgets by address or user id; implements ``Elsewhere``."""

    name: str
    forgets: Callable[[str, str], Awaitable[int]] = field(repr=False)
    """Takes an address and a user id, one of which may be empty."""
    tells: Callable[[str, str], Awaitable[Sequence[Mapping[str, Any]]]] | None = None
    """Returns what it remembers; None when it can be told to nobody, as a token."""

    async def forget(self, subject: Subject) -> int:
        """Forget them by each address and each user id."""
        gone = 0
        for email, user_id in _people(subject):
            gone += await self.forgets(email, user_id)
        return gone

    async def told(self, subject: Subject) -> Sequence[Mapping[str, Any]]:
        """Return what is remembered of them, once by each address and user id."""
        if self.tells is None:
            return ()
        found: dict[bytes, Mapping[str, Any]] = {}
        for email, user_id in _people(subject):
            for one in await self.tells(email, user_id):
                found.setdefault(canonical_json(one), one)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class PerLine:
    """What lies in lines of events, as jobs do; implements ``Elsewhere``."""

    name: str
    forgets: Callable[[Sequence[str]], Awaitable[int]] = field(repr=False)

    async def forget(self, subject: Subject) -> int:
        """Forget the lines of their contact and conversations."""
        return await self.forgets(sorted(subject.of(Name.LINE)))

    async def told(self, subject: Subject) -> Sequence[Mapping[str, Any]]:
        """Return nothing: what is on its way is told by what it is about."""
        del subject
        return ()


def tokens_of(sites: Callable[[], Mapping[str, SiteIssuer]]) -> PerPerson:
    """Return the tokens that the sites keep at hand, which nobody is told of.

    *sites* are those that are served when it is asked.
    """

    async def forget(email: str, user_id: str) -> int:
        try:
            visitor = Visitor(email or None, user_id=user_id or None)
        except InvalidVisitor:
            return 0  # nobody was ever given a token under such a name
        for site in list(sites().values()):
            await site.issuer.forget(visitor)
        return 0

    return PerPerson("tokens", forget)


def _people(subject: Subject) -> list[tuple[str, str]]:
    """Return an address or a user id at a time, the other one empty."""
    emails = [(email, "") for email in sorted(subject.of(Name.EMAIL))]
    return [*emails, *(("", user) for user in sorted(subject.of(Name.USER)))]
