"""Whatever somebody writes at the head of a function, they get findings and no crash."""

from hypothesis import given
from hypothesis import strategies as st

from callingcard.functions.service.deploying.manifests import Ceilings, examine, manifest_of

KEYS = ["description", "connectors", "storage", "trigger", "timeout", "memory", "on_error"]
VALUES = st.one_of(
    st.text(max_size=20).map(repr),
    st.integers().map(str),
    st.sampled_from(
        [
            "[]",
            '["a"]',
            "[[1]]",
            "{}",
            '{ http = "POST" }',
            '{ schedule = "* * * * *" }',
            '{ event = "contact.created" }',
            "true",
            "2030-01-01",
            "nan",
            "[" * 200 + "]" * 200,
        ]
    ),
)
LINES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(KEYS), VALUES).map(lambda pair: f"# {pair[0]} = {pair[1]}"),
        st.text(max_size=30).map(lambda text: f"# {text}"),
        st.sampled_from(["# [tool.callingcard]", "# [tool]", "#", "# ///", "# [[tool.x]]"]),
    ),
    max_size=8,
)


def accounted_for(source: str) -> None:
    """Check that a source has a manifest or findings inside it, and not both or neither."""
    manifest, found = examine(source, Ceilings())
    assert (manifest is None) is bool(found)
    lines = source.replace("\r\n", "\n").count("\n") + 1
    assert all(1 <= finding.line <= lines and finding.column >= 0 for finding in found)
    manifest_of(source)


@given(st.text(max_size=300))
def test_any_text_is_accounted_for(source: str):
    """Text of any kind."""
    accounted_for(source)


@given(LINES)
def test_any_block_is_accounted_for(lines: list[str]):
    """Blocks of known and unknown keys with values of every kind."""
    accounted_for("\n".join(["# /// script", "# [tool.callingcard]", *lines, "# ///", ""]))
