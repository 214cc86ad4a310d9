"""What the documents say of the tree and the commands is so."""

import re
from pathlib import Path

from typer import Typer

from callingcard.cli.main import app

ROOT = Path(__file__).parents[2]


def test_the_codemap_names_folders_that_exist():
    """Every folder and file drawn in ARCHITECTURE.md is there."""
    drawn = (ROOT / "ARCHITECTURE.md").read_text().split("## Codemap")[1].split("```")[1]
    parents: list[str] = []
    missing: list[str] = []
    for line in drawn.strip().splitlines():
        found = re.match(r"([│├└─ ]*)([\w.]+/?[\w/]*)", line)
        assert found is not None, line
        depth = len(found.group(1)) // 4
        parents = [*parents[:depth], found.group(2)]
        path = ROOT.joinpath(*parents)
        if not path.exists():
            missing.append(str(path.relative_to(ROOT)))
    assert missing == []


def test_every_context_and_room_is_on_the_codemap():
    """No folder of the package is left out of the drawing."""
    drawn = (ROOT / "ARCHITECTURE.md").read_text()
    folders = [
        p.name for p in (ROOT / "src/callingcard").iterdir() if (p / "__init__.py").exists()
    ]
    assert [name for name in folders if f"{name}/" not in drawn] == []


def commands_of(group: Typer | None) -> set[str]:
    """Return the names of the commands of *group*."""
    named = group.registered_commands if group else []
    return {one.name or getattr(one.callback, "__name__", "") for one in named}


def groups_of(group: Typer | None) -> set[str]:
    """Return the names of the groups in *group*."""
    return {one.name or "" for one in group.registered_groups} if group else set()


def test_readme_names_only_commands_and_targets_that_exist():
    """A command or a make target in the README can be typed."""
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", readme)) <= targets
    used = re.findall(r"^callingcard ([a-z]+)(?: ([a-z]+))?", readme, re.MULTILINE)
    groups = {
        group.name: commands_of(group.typer_instance) | groups_of(group.typer_instance)
        for group in app.registered_groups
    }
    unknown = [
        (first, second)
        for first, second in used
        if first not in commands_of(app) and second not in groups.get(first, set())
    ]
    assert used
    assert unknown == []
