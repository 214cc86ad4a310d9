"""Files, functions and folders stay small enough to be read at one sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "callingcard"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations/versions" not in str(path))

LINES_WAIVED: dict[str, str] = {}
"""Files that hold one idea in more than 400 lines, each with the reason."""

FOLDERS_WAIVED: dict[str, str] = {
    "cli": "one file a command",
    "functions/ports": "one file an ability, and none needs another",
    "identity/platforms": "one file a chat platform, and none needs another",
}
"""Folders of more than 14 files, each with the reason."""

FUNCTIONS_WAIVED: dict[str, str] = {}
"""Functions of more than 60 lines, each with the reason."""


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def is_route_factory(node: ast.AST) -> bool:
    """Say whether a function only holds routes, each of which is measured itself."""
    return any(
        isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
        if inner is not node
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_holds_one_idea(path: Path):
    """No file is longer than 400 lines without a stated reason."""
    name = str(path.relative_to(SOURCE))
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 400 or name in LINES_WAIVED, f"{name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_function_does_one_thing(path: Path):
    """No function is longer than 60 lines; one that holds routes is not counted itself."""
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in functions(path)
        if node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > 60
        and not is_route_factory(node)
        and f"{path.stem}.{node.name}" not in FUNCTIONS_WAIVED
    ]
    assert long == []


def test_most_files_are_short():
    """Half of the files have at most 150 lines."""
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in FILES)
    assert sizes[len(sizes) // 2] <= 150


def test_a_folder_holds_at_most_a_dozen_files():
    """A listing fits the eye."""
    crowded = {
        str(folder.relative_to(SOURCE)): count
        for folder in {path.parent for path in FILES}
        if (count := len([p for p in folder.glob("*.py") if p.name != "__init__.py"])) > 14
        and str(folder.relative_to(SOURCE)) not in FOLDERS_WAIVED
    }
    assert crowded == {}
