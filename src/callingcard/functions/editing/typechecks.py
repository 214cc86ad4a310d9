"""Whether a function's types agree, with those of its connectors among them.

pyrefly does the work, as a program: it runs nothing of the source, and is given the stubs,
the function's packages and its own library to read. https://pyrefly.org/en/docs/configuration/
Its findings are warnings: types are a help, and a function whose types are wrong may well
do what it should.
"""

import asyncio
import json
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from callingcard.backends.processes.programs import run
from callingcard.functions.editing.workspace import stub_files
from callingcard.functions.model.findings import Finding, Severity
from callingcard.functions.service.usage import mentioned

_LIMIT: Final = timedelta(seconds=10)
_AT_ONCE: Final = 2
_MOST: Final = 100
_MOST_REPORT_BYTES: Final = 4 * 1024 * 1024
_MOST_MESSAGE: Final = 500


class TypeChecker:
    """Checks sources, at most two at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def findings(
        self, source: str, stubs: Mapping[str, str]
    ) -> Sequence[tuple[int, str]]:
        """Return the line and the message of what does not agree; *stubs* by connector."""
        beside = stub_files(stubs, mentioned(source, "storage"))
        with TemporaryDirectory(prefix="callingcard-check-") as folder:
            for path, text in beside.items():
                await asyncio.to_thread(_write, Path(folder, "stubs", path), text)
            found = await self.check(source, Path(folder, "stubs"), packages=None)
        return [(finding.line, finding.message) for finding in found]

    async def check(
        self, source: str, workspace: Path, *, packages: Path | None
    ) -> list[Finding]:
        """Return what does not agree in *source*, read beside the stubs in *workspace*.

        Nothing when the check did not end in time: then it says nothing about the types.
        """
        async with self._turns:
            with TemporaryDirectory(prefix="callingcard-check-") as place:
                folder = Path(place)
                for name, text in (("main.py", source), ("pyrefly.toml", ""), ("no/x", "")):
                    await asyncio.to_thread(_write, folder / name, text)
                await run(
                    _command(folder, workspace, packages or folder / "no"),
                    cwd=folder,
                    env={"PATH": "/usr/bin:/bin", "HOME": place},
                    limit=_LIMIT,
                )
                report = await asyncio.to_thread(_read, folder / "report.json")
        return [_finding(item) for item in report[:_MOST]]


def _command(folder: Path, workspace: Path, packages: Path) -> list[str]:
    """Return the command; it looks for nothing but what it is given."""
    return [
        str(Path(sysconfig.get_path("scripts"), "pyrefly")),
        "check",
        "--threads=1",
        f"--config={folder / 'pyrefly.toml'}",
        f"--output=json:{folder / 'report.json'}",
        "--summary=none",
        "--progress-bar=no",
        f"--search-path={workspace}",
        "--disable-search-path-heuristics",
        f"--site-package-path={packages}",
        "--skip-interpreter-query",
        f"--python-version={sys.version_info[0]}.{sys.version_info[1]}",
        "--use-ignore-files=false",
        "--ignore=missing-import,missing-source,untyped-import",
        "main.py",
    ]


def _finding(item: Mapping[str, Any]) -> Finding:
    """Return one finding of pyrefly's, whose columns count from one."""
    return Finding(
        line=int(item["line"]),
        column=int(item["column"]) - 1,
        end_line=int(item["stop_line"]),
        end_column=int(item["stop_column"]) - 1,
        severity=Severity.WARNING,
        code=f"types.{item['name']}",
        message=str(item["description"])[:_MOST_MESSAGE],
    )


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", errors="replace")


def _read(file: Path) -> list[Mapping[str, Any]]:
    """Return the report's findings; none when it was not written, or is cut off."""
    try:
        with file.open("rb") as opened:
            return json.loads(opened.read(_MOST_REPORT_BYTES))["errors"]
    except (FileNotFoundError, ValueError):
        return []
