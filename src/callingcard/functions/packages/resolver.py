"""What uv is asked: to resolve a request into a lock, and to install a lock.

Only names and versions are handed to uv, in a file of our own, and wheels are all that
it may install: at a deploy, no code of a package runs. Where packages come from is the
operator's business, by uv's own variables such as ``UV_DEFAULT_INDEX``.
https://docs.astral.sh/uv/reference/environment/
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from callingcard.backends.processes.programs import Ended, run
from callingcard.functions.ports.packages import Tell
from callingcard.functions.service.deploying.refusals import (
    PackagesRefused,
    PackagesUnreachable,
)

LIMIT: Final = timedelta(minutes=5)
"""How long one call of uv may take."""

_PASSED_ON: Final = frozenset(
    {
        "ALL_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "UV_DEFAULT_INDEX",
        "UV_EXCLUDE_NEWER",
        "UV_EXTRA_INDEX_URL",
        "UV_FIND_LINKS",
        "UV_HTTP_RETRIES",
        "UV_HTTP_TIMEOUT",
        "UV_NATIVE_TLS",
        "UV_OFFLINE",
    }
)
_UNREACHABLE: Final = re.compile(
    r"error sending request|dns error|failed to (?:fetch|connect)|connection (?:refused|reset)"
    r"|timed out|network (?:was|is) (?:disabled|unreachable)|could not connect",
    re.IGNORECASE,
)
_NO_WHEEL: Final = re.compile(
    r"no (?:usable |compatible )?wheels?|source distribution|building .*is disabled"
    r"|no-build|only-binary",
    re.IGNORECASE,
)
_USER_IN_URL: Final = re.compile(r"://[^/@\s]+@")
_MOST_SAID: Final = 800


class Resolver:
    """Calls uv, with a cache of its own and with nothing of the customer's settings."""

    def __init__(
        self, cache: Path, *, environ: Mapping[str, str], program: Path | None = None
    ) -> None:
        """Keep uv's cache in *cache*; *program* is another uv than the installed one.

        *environ* is the operator's environment: proxies, certificates and indexes count.
        """
        self._program = program
        self._env = {
            name: value
            for name, value in environ.items()
            if name.upper() in _PASSED_ON or name.startswith("UV_INDEX")
        } | {
            "HOME": str(cache),
            "NO_COLOR": "1",
            "UV_CACHE_DIR": str(cache),
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        }

    async def lock(
        self, dependencies: Sequence[str], requires_python: str, *, folder: Path, tell: Tell
    ) -> str:
        """Return what uv resolves *dependencies* to; raises PackagesRefused."""
        script = folder / "function.py"
        script.write_text(_block(dependencies, requires_python), encoding="utf-8")
        asked = ["lock", "--script", str(script), "--python", sys.executable, "--no-build"]
        await self._uv(asked, folder, tell)
        return (folder / "function.py.lock").read_text(encoding="utf-8")

    async def install(self, lock: str, *, folder: Path, tell: Tell) -> Path:
        """Install *lock* below *folder*; return the folder to import from."""
        script = folder / "function.py"
        script.write_text(_block(*_request_of(lock)), encoding="utf-8")
        script.with_name("function.py.lock").write_text(lock, encoding="utf-8")
        place, wanted = folder / "environment", folder / "requirements.txt"
        python = ["--python", sys.executable]
        listed = [
            "export",
            "--script",
            str(script),
            "--frozen",
            "--no-header",
            "--no-annotate",
        ]
        await self._uv([*listed, *python, "-q", "-o", str(wanted)], folder, _nobody)
        install = ["pip", "install", "--target", str(place), *python]
        # uv verifies each hash of the lock; an index without hashes has none to verify.
        checked = ["--no-deps", "--verify-hashes", "--only-binary", ":all:"]
        compiled = ["--compile-bytecode", "-r", str(wanted)]
        await self._uv([*install, *checked, *compiled], folder, tell)
        return place

    async def _uv(self, asked: Sequence[str], folder: Path, tell: Tell) -> None:
        """Call uv in *folder*; raises PackagesRefused, PackagesUnreachable."""
        ended = await run(
            [str(self._found()), *asked],
            cwd=folder,
            env=self._env,
            limit=LIMIT,
            on_line=lambda line: tell(_without_users(line)),
        )
        if not ended.good:
            raise _refusal(ended)

    def _found(self) -> Path:
        """Return where uv is; raises PackagesUnreachable."""
        if self._program is not None:
            return self._program
        try:
            from uv import find_uv_bin

            self._program = Path(find_uv_bin())
        except (ImportError, FileNotFoundError):
            raise _no_uv() from None
        return self._program


def _nobody(line: str) -> None:
    """Tell nobody about *line*."""


def _block(dependencies: Sequence[str], requires_python: str) -> str:
    """Return a script that has nothing but a block, for uv to read."""
    needs = requires_python or f">={sys.version_info[0]}.{sys.version_info[1]}"
    lines = [f"requires-python = {json.dumps(needs)}"]
    lines.append(f"dependencies = {json.dumps(list(dependencies))}")
    return "\n".join(["# /// script", *(f"# {line}" for line in lines), "# ///", ""])


def _request_of(lock: str) -> tuple[list[str], str]:
    """Return the dependencies and Python that *lock* was made for.

    ``uv export`` wants the script beside its lock, and takes only the lock's word for it.
    """
    import tomllib

    data = tomllib.loads(lock)
    wanted = data.get("manifest", {}).get("requirements", [])
    return [str(item["name"]) for item in wanted], str(data.get("requires-python", ""))


def _refusal(ended: Ended) -> PackagesRefused | PackagesUnreachable:
    """Return what a failed call of uv comes to, in words that lead somewhere."""
    said = _without_users(ended.output).strip()[-_MOST_SAID:]
    if ended.why == "missing":
        return _no_uv()
    if ended.why == "time":
        minutes = f"{LIMIT.total_seconds() / 60:g}"
        return PackagesUnreachable(
            f"uv was not done after {minutes} minutes", retryable=True, hint=said
        )
    if _UNREACHABLE.search(said):
        return PackagesUnreachable(
            "the package index cannot be reached", retryable=True, hint=said
        )
    if _NO_WHEEL.search(said):
        return PackagesRefused(
            "a package has no wheel for this machine, and nothing is built at a deploy",
            hint=said,
        )
    return PackagesRefused("the packages cannot be resolved", hint=said)


def _no_uv() -> PackagesUnreachable:
    return PackagesUnreachable(
        "uv is not installed, so packages cannot be resolved",
        retryable=False,
        hint="Install it: pip install 'callingcard[server]'.",
    )


def _without_users(text: str) -> str:
    """Return *text* without the users and passwords of URLs.

    >>> _without_users("https://me:secret@host/simple")
    'https://host/simple'
    """
    return _USER_IN_URL.sub("://", text)
