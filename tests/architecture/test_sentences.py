"""Every test says in a sentence what holds."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_test_has_a_sentence():
    """A test without a docstring tells nobody what broke."""
    silent = [
        f"{path.relative_to(TESTS)}: {node.name}"
        for path in TESTS.rglob("test_*.py")
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
