"""Importing the library costs next to nothing: no server, database or web framework."""

import json
import subprocess
import sys
from pathlib import Path

HEAVY = {
    "fastapi",
    "starlette",
    "uvicorn",
    "sqlalchemy",
    "aiosqlite",
    "pydantic",
    "alembic",
    "typer",
    "structlog",
    "redis",
    "psycopg",
    "msgspec",
}


def loaded_by(statement: str) -> set[str]:
    """Run *statement* in a fresh interpreter and return the top-level modules it loaded."""
    code = (
        f"import sys, json; {statement};"
        " print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(json.loads(ran.stdout))


def test_importing_the_library_loads_no_server():
    """The five-line example needs httpx, stamina and PyJWT, and not before a call."""
    loaded = loaded_by("import callingcard")
    assert loaded & (HEAVY | {"httpx"}) == set()


def test_the_platforms_load_no_server():
    """The platforms' public face is as light."""
    loaded = loaded_by("import callingcard.platforms")
    assert loaded & (HEAVY | {"httpx"}) == set()


def test_an_issuer_with_a_file_cache_needs_no_database_toolkit(tmp_path: Path):
    """A cache in a file is the standard library's SQLite."""
    file = tmp_path / "tokens.db"
    loaded = loaded_by(
        "from callingcard import Issuer; from callingcard.platforms import HubSpot;"
        f" Issuer(HubSpot(access_token='pat-local-{'x' * 40}'), cache='sqlite:///{file}').close()"
    )
    assert loaded & HEAVY == set()
