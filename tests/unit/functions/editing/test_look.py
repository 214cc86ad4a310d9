"""Reading a source tells what is missing, undeclared or in vain, and where."""

import pytest

from callingcard.functions.model.findings import Finding, Severity
from callingcard.functions.service.editing import Declared, look

HEAD = """# /// script
# dependencies = ["httpx>=0.28"]
# [tool.callingcard]
# connectors = ["hubspot"]
# storage = ["tokens"]
# ///
"""
ALL = Declared(
    connectors=frozenset({"hubspot"}),
    storage=frozenset({"tokens"}),
    dependencies=("httpx>=0.28", "python_dateutil", "PyYAML==6"),
    has_visitor=True,
)


def found(source: str, declared: Declared | None = ALL) -> list[tuple[str, str]]:
    """Return the severity and the code of each finding."""
    return [(f.severity.value, f.code) for f in look(source, declared)]


def only(source: str, code: str, declared: Declared | None = ALL) -> Finding:
    """Return the one finding with this code."""
    (finding,) = [f for f in look(source, declared) if f.code == code]
    return finding


def test_a_source_that_is_as_it_should_be_has_no_findings():
    """The function of the guide is not complained about."""
    source = (
        f"{HEAD}from connectors import ConnectorError, hubspot\n"
        "from storage import StorageError, tokens, until_exp\n"
        "import json, visitor\n\n"
        "def main() -> str:\n"
        "    return tokens.get(visitor.email) or hubspot.create_token(email='')\n"
    )
    assert look(source, ALL) == []


@pytest.mark.parametrize(
    "main",
    [
        "async def main(): ...",
        "from json import dumps as main",
        "main = print",
        "if True:\n    def main(): ...",
        "try:\n    main = print\nexcept NameError:\n    pass",
        "main: object = print",
    ],
)
def test_main_may_be_bound_in_any_way(main: str):
    """Whatever is called main at the top can be called."""
    assert ("error", "main") not in found(main, Declared())


@pytest.mark.parametrize(
    "source", ["", "class main: ...", "def other():\n    def main(): ...", "print(main)"]
)
def test_a_source_without_main_cannot_run(source: str):
    """A main inside of something else is not what a call runs."""
    assert ("error", "main") in found(source, Declared())


@pytest.mark.parametrize(
    ("source", "place", "said"),
    [
        ("def main(:\n  pass", (1, 9), "invalid syntax"),
        ("x = 1\nreturn x", (2, 0), "'return' outside function"),
        ("é = (1,\nü = 2", (1, 4), "'(' was never closed"),
        ("x = " + "(" * 500, (1, 204), "too many nested parentheses"),
    ],
)
def test_what_is_not_python_is_found_where_it_is(
    source: str, place: tuple[int, int], said: str
):
    """Columns are characters from zero, and nothing else is said of such a source."""
    (finding,) = look(source, ALL)
    assert (finding.code, finding.severity) == ("syntax", Severity.ERROR)
    assert finding.message == f"this is not Python: {said}"
    assert (finding.line, finding.column) == place
    assert (finding.end_line, finding.end_column) > place


@pytest.mark.parametrize("source", ["-" * 100_000 + "1", "a" + ".b" * 50_000, "x = '\0'"])
def test_a_source_that_is_hard_to_read_is_a_finding_too(source: str):
    """Neither depth nor a NUL is an exception."""
    assert found(source) == [("error", "syntax")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("from connectors import slack", "connector.undeclared"),
        ("from connectors.slack import post", "connector.undeclared"),
        ("import connectors.slack", "connector.undeclared"),
        ("import connectors\nconnectors.slack.post()", "connector.undeclared"),
        ("import connectors as c\nc.slack.post()", "connector.undeclared"),
        ("from storage import seen", "storage.undeclared"),
        ("import storage\nstorage.seen.get('')", "storage.undeclared"),
    ],
)
def test_what_is_used_has_to_be_declared(line: str, code: str):
    """However it is imported, it is found and refused."""
    finding = only(f"def main(): ...\n{line}\n", code)
    assert finding.severity is Severity.ERROR
    assert "is not declared: add" in finding.message


def test_a_place_counts_characters_where_the_tree_counts_bytes():
    """Letters of two bytes do not move what is underlined."""
    finding = only(
        "def main(): ...\nx = 'ééé'; from connectors import slack", "connector.undeclared"
    )
    assert (finding.line, finding.column, finding.end_column) == (2, 34, 39)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import requests", [("warning", "import.undeclared")]),
        ("import numpy as np", [("warning", "import.undeclared")]),
        ("from numpy.linalg import norm", [("warning", "import.undeclared")]),
        ("import httpx", [("info", "import.network")]),
        ("import socket", [("info", "import.network")]),
        ("from urllib import request", [("info", "import.network")]),
        ("import http.client", [("info", "import.network")]),
        ("import urllib.parse, http", []),
        ("from http import HTTPStatus", []),
        ("from dateutil.parser import parse", []),
        ("import yaml", []),
        ("from . import beside", [("error", "import.relative")]),
        ("from connectors import *", [("error", "import.star")]),
    ],
)
def test_an_import_is_there_and_can_do_its_work(line: str, expected: list[tuple[str, str]]):
    """Packages are declared; those that only talk to a network are told to be useless."""
    found_here = found(f"{line}\ndef main(): ...\n", Declared(dependencies=ALL.dependencies))
    assert found_here == expected


def test_a_package_that_is_installed_needs_no_name_of_its_own():
    """What a declared package brings along can be imported."""
    declared = Declared(installed=frozenset({"idna"}))
    assert found("import idna\ndef main(): ...", declared) == []


def test_a_visitor_needs_a_trigger_that_proves_one():
    """Without such a trigger the import is a warning, as other triggers have no visitor."""
    assert found("import visitor\ndef main(): ...", Declared()) == [
        ("warning", "visitor.unproved")
    ]


def test_what_is_declared_in_vain_is_underlined_at_the_head():
    """The name in the list is what is pointed at."""
    source = f"{HEAD}def main(): ...\n"
    unused = look(source, ALL)
    assert [(f.severity.value, f.code) for f in unused] == [
        ("info", "connector.unused"),
        ("info", "storage.unused"),
    ]
    lines = source.splitlines()
    marked = [lines[f.line - 1][f.column : f.end_column] for f in unused]
    assert marked == ['"hubspot"', '"tokens"']


def test_a_connector_that_nobody_set_up_is_an_error():
    """The remedy is a command."""
    declared = Declared(connectors=frozenset({"hubspot"}), known_connectors=frozenset())
    finding = only(f"{HEAD}def main(): ...", "connector.unknown", declared)
    assert finding.severity is Severity.ERROR
    assert finding.message.endswith("callingcard connectors add hubspot")


def test_without_a_manifest_nothing_is_said_of_what_it_might_allow():
    """While the head is being written, the rest is not red."""
    assert found("from connectors import slack\nimport numpy\ndef main(): ...", None) == []
