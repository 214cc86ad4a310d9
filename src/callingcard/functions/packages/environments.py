"""Environments: one for each lock on this machine, shared by the functions that have it.

An environment is built apart and moved to its place in one step. What is in its place
is therefore whole, whatever was killed meanwhile.

Invariant: an environment in its place is never changed.
Invariant: what runs at the start of a Python, such as a ``.pth`` file, is taken out: a
package's code runs behind the wall only, in a run.
"""

import asyncio
import hashlib
import os
import re
import shutil
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from callingcard.functions.packages.resolver import Resolver
from callingcard.functions.ports.packages import Prepared, Tell
from callingcard.functions.service.deploying.refusals import PackagesRefused
from callingcard.kit.clock import Clock
from callingcard.kit.codec import canonical_json
from callingcard.kit.ids import random_id

MOST_BYTES: Final = 512 * 1024 * 1024
"""How large an environment may be."""

_GRACE: Final = timedelta(hours=1)
"""How old an environment is before it may be collected: its deploy may not be done."""

_ID: Final = re.compile(r"[0-9a-f]{32}\Z")
"""What folders of ours are called; others, such as uv's cache, may stand beside them."""

_STARTS_BY_ITSELF: Final = ("*.pth", "sitecustomize*", "usercustomize*")


def _nobody_uses() -> Collection[str]:
    return ()


class UvPackages:
    """Environments in a folder, made by uv; implements ``Packages``."""

    def __init__(
        self,
        folder: Path,
        resolver: Resolver,
        clock: Clock,
        *,
        in_use: Callable[[], Collection[str]] = _nobody_uses,
    ) -> None:
        """Keep environments in *folder*; *in_use* names those that processes run in."""
        self._folder = folder.absolute()
        self._resolver = resolver
        self._clock = clock
        self._in_use = in_use
        self._known: dict[str, str] = {"": ""}
        self._building: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def prepare(
        self,
        dependencies: tuple[str, ...],
        requires_python: str,
        *,
        tell: Tell,
        upgrade: bool = False,
    ) -> Prepared:
        """Resolve and build what is not there yet; raises PackagesRefused."""
        if not dependencies:
            return Prepared()
        kept = self._folder / "locks" / f"{_request_id(dependencies, requires_python)}.lock"
        if upgrade or not kept.is_file():
            tell(f"resolving {', '.join(dependencies)}")
            lock = await self._resolve(dependencies, requires_python, tell)
            kept.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(kept, lock)
        else:
            lock = kept.read_text(encoding="utf-8")
            tell("resolved before; the lock is kept")
        return Prepared(lock, await self._ensure(lock, tell))

    async def ensure(self, lock: str) -> str:
        """Return the id of the environment of *lock*, building it if it is not here."""
        known = self._known.get(lock)
        return known if known is not None else await self._ensure(lock, _tell_nobody)

    def locate(self, environment: str) -> Path:
        """Return the folder to import from; raises LookupError when it is not built here."""
        place = self._folder / environment
        if not _ID.match(environment) or not place.is_dir():
            raise LookupError("this environment is not built on this machine")
        return place

    async def keep_only(self, locks: frozenset[str]) -> int:
        """Remove environments of other *locks* that are not in use; return how many.

        With them go the locks that led there, and what killed builds left behind.
        """
        keep = {environment_id(lock) for lock in locks} | set(self._in_use())
        old = [
            path
            for path in (*self._folder.glob("*"), *self._folder.glob("building/*"))
            if _ID.match(path.name) and path.name not in keep and self._is_old(path)
        ]
        gone = {path.name for path in old}
        self._known = {lock: at for lock, at in self._known.items() if at not in gone}
        for path in old:
            await asyncio.to_thread(_remove, path, self._folder / "building")
        for lock in self._folder.glob("locks/*.lock"):
            if environment_id(lock.read_text(encoding="utf-8")) in gone:
                lock.unlink(missing_ok=True)
        return len([path for path in old if path.parent == self._folder])

    async def _resolve(
        self, dependencies: tuple[str, ...], requires_python: str, tell: Tell
    ) -> str:
        """Return the lock of a request that nobody made before."""
        folder = self._new_building()
        try:
            return await self._resolver.lock(
                dependencies, requires_python, folder=folder, tell=tell
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _ensure(self, lock: str, tell: Tell) -> str:
        """Return the id of the environment of *lock*, built by one at a time."""
        environment = environment_id(lock)
        place = self._folder / environment
        async with self._building[environment]:
            if not place.is_dir():
                await self._build(lock, place, tell)
            else:
                tell("the packages are here already")
        self._building.pop(environment, None)
        self._known[lock] = environment
        return environment

    async def _build(self, lock: str, place: Path, tell: Tell) -> None:
        """Build an environment apart, and move it to its place."""
        folder = self._new_building()
        try:
            built = await self._resolver.install(lock, folder=folder, tell=tell)
            await asyncio.to_thread(_checked, built)
            _move(built, place)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _new_building(self) -> Path:
        folder = self._folder / "building" / random_id()
        folder.mkdir(parents=True, mode=0o700)
        return folder

    def _is_old(self, path: Path) -> bool:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return self._clock.now() - changed > _GRACE


def environment_id(lock: str) -> str:
    """Return the name of what *lock* comes to under this very Python on this machine.

    >>> environment_id("")
    ''
    """
    if not lock:
        return ""
    python = [list(sys.version_info[:3]), sys.base_prefix, sysconfig.get_platform()]
    return hashlib.sha256(canonical_json([lock, python])).hexdigest()[:32]


def _request_id(dependencies: tuple[str, ...], requires_python: str) -> str:
    asked = [sorted(dependencies), requires_python, list(sys.version_info[:2])]
    return hashlib.sha256(canonical_json(asked)).hexdigest()[:32]


def _tell_nobody(line: str) -> None:
    """Tell nobody about *line*."""


def _write_whole(path: Path, text: str) -> None:
    """Write *text* so that a reader finds all of it or what was there before."""
    apart = path.with_name(f".{random_id()}")
    apart.write_text(text, encoding="utf-8")
    apart.replace(path)


def _checked(built: Path) -> None:
    """Take out what starts by itself; raises PackagesRefused for what is too large."""
    for pattern in _STARTS_BY_ITSELF:
        for found in built.glob(pattern):
            _delete(found)
    size = 0
    for folder, _, files in os.walk(built):
        size += sum(Path(folder, name).lstat().st_size for name in files)
    if size > MOST_BYTES:
        mib = 1024 * 1024
        raise PackagesRefused(
            f"the packages take {size // mib} MiB; {MOST_BYTES // mib} MiB is the most",
            hint="Ask for fewer packages, or for smaller ones.",
        )


def _move(built: Path, place: Path) -> None:
    """Put an environment in its place, unless another process was quicker with the same."""
    try:
        built.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _remove(path: Path, apart: Path) -> None:
    """Remove a folder: out of its place first, so that it is never there in part."""
    if path.parent != apart:
        apart.mkdir(exist_ok=True)
        path = path.rename(apart / random_id())
    _delete(path)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
