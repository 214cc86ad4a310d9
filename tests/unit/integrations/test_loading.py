"""An app loads its own framework's integration, and nothing of the others."""

import json
import subprocess
import sys

import pytest

FRAMEWORKS = ("fastapi", "starlette", "django", "flask")


def run(statement: str) -> str:
    """Run *statement* in a fresh interpreter and return what it printed."""
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys, json\n{statement}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_library_loads_no_integration():
    """Neither ours nor a framework."""
    loaded = json.loads(
        run("import callingcard, callingcard.platforms; print(json.dumps([*sys.modules]))")
    )
    heavy = (*FRAMEWORKS, "callingcard.integrations")
    assert [name for name in loaded if name.startswith(heavy)] == []


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("starlette", {"fastapi", "django", "flask"}),
        ("fastapi", {"django", "flask"}),
        ("flask", {"fastapi", "starlette", "django"}),
        ("django", {"fastapi", "starlette", "flask"}),
    ],
)
def test_an_integration_loads_no_other_framework(name: str, others: set[str]):
    """An app pays for what it uses."""
    loaded = json.loads(
        run(f"import callingcard.integrations.{name}; print(json.dumps([*sys.modules]))")
    )
    assert others & set(loaded) == set()
    assert "sqlalchemy" not in loaded


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_framework_that_is_not_there_is_named(name: str):
    """By Python's own ImportError, and not by one of ours."""
    said = run(
        f"sys.modules[{name!r}] = None\n"
        f"try:\n    import callingcard.integrations.{name}\n"
        "except ImportError as error:\n    print(type(error).__name__, error.name)"
    )
    kind, missing = said.split()
    assert kind == "ModuleNotFoundError"
    assert missing.partition(".")[0] == name
