"""Every lesson of ``docs/explanation/lessons.md`` has the test that it names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_each_lesson_names_a_test_that_there_is():
    """A complaint is numbered once, and its test stands where the page says."""
    rows = _ROW.findall((ROOT / "docs/explanation/lessons.md").read_text(encoding="utf-8"))
    assert [int(number) for number, _ in rows] == list(range(1, 47))
    named = [match for _, by in rows for match in _TEST.findall(by)]
    assert len(named) >= 44
    for path, name in named:
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), f"{path}::{name}"
