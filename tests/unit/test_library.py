"""The library's face: what there is, under which names, and how little it loads."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

import callingcard


def loaded_by(statement: str) -> set[str]:
    """Run *statement* in a fresh interpreter; return the packages it loaded."""
    code = f"import sys, json; {statement}; print(json.dumps(list(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(ran.stdout)}


@pytest.mark.parametrize(
    "statement",
    [
        "import callingcard",
        "from callingcard import AsyncIssuer, Issuer, Visitor, IdentityToken, NotAllowed",
        "from callingcard.platforms import HubSpot, Desk",
        (
            "import callingcard as c; from callingcard.platforms import HubSpot;"
            " c.Issuer(HubSpot(access_token='pat-1')).close()"
        ),
    ],
)
def test_the_library_loads_no_server_and_no_client(statement: str):
    """Until the first call, nothing that is slow to load is loaded."""
    heavy = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "pydantic", "httpx", "stamina"}
    assert set() == loaded_by(statement) & heavy


def test_every_public_name_is_there():
    """And none besides."""
    assert [name for name in callingcard.__all__ if not hasattr(callingcard, name)] == []
    assert sorted(callingcard.__all__) == dir(callingcard)
    assert not hasattr(callingcard, "Issuers")


def test_the_version_is_the_packages():
    """It is written down twice and must agree."""
    assert version("callingcard") == callingcard.__version__
