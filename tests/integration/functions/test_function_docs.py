"""What the pages about functions say is what the code says."""

import re
from pathlib import Path

import pytest

from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.reading import read_toml
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.events import EVENTS
from callingcard.functions.model.manifest import Limits, OnError
from callingcard.functions.model.runs import RunState
from callingcard.functions.service.deploying.manifests import examine, parse_size
from callingcard.functions.service.editing import look

PAGES = Path(__file__).parents[3] / "docs" / "functions"


def page(name: str) -> str:
    """Return the text of a page."""
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the code of *language* on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.DOTALL | re.MULTILINE)


def rows(name: str, heading: str) -> dict[str, str]:
    """Return the first and the last cell of each row of the table under *heading*."""
    table = page(name).split(f"\n{heading}\n", 1)[1].split("\n|", 1)[1].split("\n\n", 1)[0]
    cells = [re.split(r"(?<!\\)\|", line.strip("| ")) for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip() for row in cells}


def test_every_page_is_listed():
    """The first page leads to each."""
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", page("README")))
    assert {path.name for path in PAGES.glob("*.md")} - {"README.md"} == listed


def test_every_link_leads_somewhere():
    """A link between the pages names a file that there is."""
    linked = {
        (path.name, target)
        for path in PAGES.glob("*.md")
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    }
    assert [pair for pair in linked if not (PAGES / pair[1]).exists()] == []


def test_the_first_function_is_as_it_should_be():
    """Its head can be read, and the editor finds nothing."""
    (source,) = blocks("first-function", "python")
    manifest, findings = examine(source)
    assert manifest is not None
    assert (findings, look(source, None)) == ((), [])
    assert manifest.storage == ("seen",)


def test_the_keys_of_a_head_are_those_that_are_read():
    """Each is known, and none is left out."""
    told = {
        name for cell in rows("guest-api", "## The file") for name in re.findall(r"\w+", cell)
    }
    _, (unknown,) = examine("# /// script\n# [tool.callingcard]\n# nonsense = 1\n# ///\n")
    assert told == set(unknown.message.partition("; known: ")[2].split(", "))


def test_the_limits_are_those_that_everybody_has():
    """A number on the page is the number in the code."""
    told = rows("guest-api", "## The file")
    usual = Limits()
    sizes = re.findall(r'"([^"]+)"', told["`input`, `output`, `log`"])
    assert [parse_size(size) for size in sizes] == [
        usual.input_bytes,
        usual.output_bytes,
        usual.log_bytes,
    ]
    assert parse_size(told["`memory`"].strip('`"')) == usual.memory_bytes
    assert told["`timeout`"] == f'`"{usual.wall.total_seconds():g}s"`'
    assert told["`on_error`"] == f'`"{OnError.FAIL.value}"`'


def test_every_end_of_a_run_is_told():
    """The table has each state that is an end."""
    told = set(rows("guest-api", "## How a run ends").values())
    assert told == {f"`{state.value}`" for state in RunState if state is not RunState.RUNNING}


def test_every_event_is_told():
    """And no other."""
    told = {
        name
        for cell in rows("triggers", "## Events")
        for name in re.findall(r"`([^`]+)`", cell)
    }
    assert told == set(EVENTS)


@pytest.mark.parametrize("text", blocks("triggers", "python"))
def test_the_triggers_that_are_shown_can_be_read(text: str):
    """As they stand on the page."""
    manifest, findings = examine(f"# /// script\n# [tool.callingcard]\n{text}# ///\n")
    assert findings == ()
    assert manifest is not None
    assert manifest.triggers != ()


def test_the_connector_that_is_shown_can_be_read():
    """Its file is one that `connectors add` takes."""
    (text,) = blocks("connectors", "toml")
    connector = read_connector("orders", read_toml(text), None)
    assert set(connector.operations) == {"list_orders", "get_order"}


def test_every_built_in_connector_is_named():
    """And none that is not there."""
    sentence = page("connectors").split("the built-in one of that name: ")[1].split(".")[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == set(built_in())
