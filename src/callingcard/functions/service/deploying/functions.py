"""Functions: deploying, going back, deleting, and which version counts now.

Invariant: a change is one write; the news that follow it only make others look sooner.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from callingcard.functions.errors import UnknownFunction, UnknownVersion
from callingcard.functions.model.versions import Function, Version
from callingcard.functions.ports.deploying import News, StorageEraser
from callingcard.functions.ports.versions import Draft, Drafts, Release, Releases, Versions
from callingcard.functions.service.deploying.deploy import (
    Step,
    TellStep,
    VersionMaker,
    function_name,
    tell_nobody,
)
from callingcard.functions.service.deploying.headers import mistake
from callingcard.functions.service.deploying.manifests import MOST_SOURCE_BYTES
from callingcard.functions.service.deploying.refusals import NameTaken, SourceRefused
from callingcard.kit.clock import Clock

KEPT_VERSIONS: Final = 200
"""How many versions of a function are kept to go back to."""

TOPIC: Final = "functions"
"""What the bus is told of when a version begins to count."""

_FRESH: Final = timedelta(seconds=1)
_MOST_REMEMBERED: Final = 1000


class Store(Versions, Releases, Protocol):
    """Where versions are kept."""


class FunctionDesk:
    """Looks after functions and their versions."""

    def __init__(
        self,
        store: Store,
        drafts: Drafts,
        maker: VersionMaker,
        *,
        clock: Clock,
        news: News,
        storage: StorageEraser | None = None,
    ) -> None:
        """*storage* is what a delete may be asked to erase as well."""
        self._store = store
        self._drafts = drafts
        self._maker = maker
        self._clock = clock
        self._news = news
        self._storage = storage
        self._current: dict[str, tuple[Version, datetime]] = {}

    async def current(self, name: str) -> Version:
        """Return the version that counts; raises UnknownFunction.

        What another node deployed counts here a second later at the latest, and what was
        deployed here at once.
        """
        now = self._clock.now()
        known = self._current.get(name)
        if known is not None and timedelta(0) <= now - known[1] < _FRESH:
            return known[0]
        found = await self._store.current(name)
        self._current.pop(name, None)
        if found is None:
            raise unknown(name)
        if len(self._current) >= _MOST_REMEMBERED:
            self._current.clear()
        self._current[name] = (found, now)
        return found

    async def get(self, name: str) -> tuple[Version | None, Draft | None]:
        """Return what is deployed and what is being written; raises UnknownFunction."""
        found, draft = await self._store.current(name), await self._drafts.get(name)
        if found is None and draft is None:
            raise unknown(name)
        return found, draft

    async def list(self) -> tuple[Sequence[Function], Sequence[Draft]]:
        """Return every deployed function and every draft, by name."""
        return await self._store.all(), await self._drafts.all()

    async def deploy(
        self,
        name: str,
        source: str,
        *,
        by: str,
        tell: TellStep = tell_nobody,
        upgrade: bool = False,
    ) -> Version:
        """Make *source* the version that counts; returns it.

        *upgrade* resolves the packages anew. Content that counts already is left alone.
        Raises Invalid, ConnectorMissing, UpstreamError, and UnknownFunction when it was
        deleted meanwhile.
        """
        before, written = await self._store.current(name), await self._drafts.get(name)
        made = await self._maker.make(name, source, by=by, tell=tell, upgrade=upgrade)
        now = await self._store.current(name)
        if now is None and (before or (written and await self._drafts.get(name) is None)):
            raise unknown(name)  # it was deleted meanwhile, and stays so
        if now is not None and now.id == made.id:
            tell(Step("publish", f"nothing changed: version {now.number} counts already"))
            published = now
        else:
            published = await self._store.publish(
                made, keep=KEPT_VERSIONS, again=before is not None
            )
            tell(Step("publish", f"version {published.number} counts now"))
        draft = await self._drafts.get(name)
        if draft is not None and draft.source == source:
            await self._drafts.drop(name)
        self._changed(name)
        return published

    async def trial(self, name: str, source: str) -> Version:
        """Return what *source* would be if it were deployed; nothing is stored."""
        return await self._maker.make(name, source, by="", tell=tell_nobody)

    async def versions(self, name: str) -> Sequence[Version]:
        """Return the kept versions, the newest first; raises UnknownFunction."""
        found = await self._store.versions_of(name)
        if not found and await self._drafts.get(name) is None:
            raise unknown(name)
        return found

    async def version(self, name: str, version: str) -> Version:
        """Return one kept version, by its id or its number; raises UnknownVersion."""
        kept = await self.versions(name)
        for found in kept:
            if version in {found.id, str(found.number)}:
                return found
        raise UnknownVersion(
            f"{name} has no version {version[:40]}",
            hint=f"It has {', '.join(str(v.number) for v in kept[:10]) or 'none'}.",
        )

    async def rollback(self, name: str, version: str | None, *, by: str) -> Version:
        """Make an earlier version count again, at once; raises UnknownVersion.

        None is the version that counted before the present one.
        """
        wanted = (
            await self.version(name, version)
            if version is not None
            else await self._before(name)
        )
        pointed = await self._store.point(name, wanted.id, by=by, at=self._clock.now())
        if pointed is None:
            raise UnknownVersion(f"version {wanted.number} is no longer kept")
        self._changed(name)
        return pointed

    async def releases(self, name: str) -> Sequence[Release]:
        """Return who deployed, went back and deleted when, the newest first."""
        return await self._store.releases(name)

    async def delete(self, name: str, *, by: str, storage: bool = False) -> None:
        """Remove a function with its versions and its draft; raises UnknownFunction.

        What it remembered stays, for a function of the same name, unless *storage* says
        that it goes too.
        """
        if not await self._store.remove(name, by=by, at=self._clock.now()):
            raise unknown(name)
        self._changed(name)
        if storage and self._storage is not None:
            await self._storage.clear(name)

    async def save_draft(self, name: str, source: str, *, new: bool = False) -> Draft:
        """Keep what somebody is writing; raises NameTaken when it should be *new*."""
        if len(source.encode("utf-8", "surrogatepass")) > MOST_SOURCE_BYTES:
            said = f"a function has at most {MOST_SOURCE_BYTES // 1024} KiB"
            raise SourceRefused([mistake(1, 0, said, "manifest.too_large")])
        draft = Draft(function_name(name), source, self._clock.now())
        if not new:
            await self._drafts.save(draft)
        elif not await self._drafts.add(draft):
            raise NameTaken(f"there is a function {name} already")
        return draft

    async def drop_draft(self, name: str) -> None:
        """Forget what somebody was writing, if there is anything."""
        await self._drafts.drop(name)

    async def _before(self, name: str) -> Version:
        """Return the version that counted before the present one; raises UnknownVersion."""
        now = await self._store.current(name)
        if now is None:
            raise unknown(name)
        kept = {version.id: version for version in await self._store.versions_of(name)}
        for release in await self._store.releases(name):
            if release.version != now.id and release.version in kept:
                return kept[release.version]
        raise UnknownVersion(f"{name} has had one version only: there is nothing before it")

    def _changed(self, name: str) -> None:
        """Look again at the next call, here and on the other nodes."""
        self._current.pop(name, None)
        self._news.notify(TOPIC)


def unknown(name: str) -> UnknownFunction:
    """Return the error for a name that nothing is deployed under."""
    return UnknownFunction(
        f"there is no function {name[:63]}", hint="List them: callingcard functions list"
    )
