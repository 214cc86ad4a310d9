"""Whatever a source holds, reading it ends with findings that are inside of it."""

from hypothesis import given
from hypothesis import strategies as st

from callingcard.functions.service.editing import Declared, look
from callingcard.functions.service.usage import lines_of, mentioned

PIECES = st.sampled_from(
    [
        *("from connectors import ", "from storage import (", "import ", "connectors.", ")"),
        *(
            "hubspot",
            "tokens",
            "visitor",
            "def main(",
            "): ...",
            "async ",
            "é",
            "𝒙",
            " as ",
            ",",
        ),
        *("\n", "\r\n", "\r", "\f", "\u2028", "    ", '"', "'''", "#", "\\", "# /// script\n"),
        *("# [tool.callingcard]\n", '# connectors = ["hubspot"]\n', "# ///\n", "(", "[", "{"),
        *("lambda: ", "yield ", "return ", "await ", "*", "match x:", "\ud800", "\0", "f'{"),
    ]
)
SOURCES = st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join)
EVERYTHING = Declared(
    connectors=frozenset({"hubspot", "slack"}),
    storage=frozenset({"tokens"}),
    has_visitor=False,
    known_connectors=frozenset({"hubspot"}),
)


@given(SOURCES)
def test_findings_are_inside_of_the_source(source: str):
    """An editor can underline each, and they come in order."""
    lines = lines_of(source)
    found = look(source, EVERYTHING)
    for finding in found:
        assert 1 <= finding.line <= finding.end_line <= len(lines)
        assert 0 <= finding.column <= len(lines[finding.line - 1])
        assert finding.end_column <= len(lines[finding.end_line - 1])
        assert (finding.line, finding.column) <= (finding.end_line, finding.end_column)
    assert found == sorted(found, key=lambda f: (f.line, f.column))


@given(SOURCES)
def test_what_is_mentioned_are_names(source: str):
    """Nothing else could become a file of a workspace."""
    assert all(name.isidentifier() for name in mentioned(source, "connectors"))
    assert all(name.isidentifier() for name in mentioned(source, "storage"))
