"""A cell is never a formula, and what is written is what is read."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from callingcard.desk.service.crm.properties import PROPERTIES
from callingcard.desk.service.transfers.spreadsheets import rows_of, written

cells = st.text(
    st.one_of(
        st.sampled_from("=+-@'\t\r\n \",;\uff1d\uff0b\uff0d\uff20"),
        st.characters(exclude_categories=("Cs",), exclude_characters="\0"),
    ),
    max_size=8,
)


@given(cells)
def test_what_is_written_is_no_formula_and_reads_as_it_was(cell: str):
    """Whatever a visitor typed, a spreadsheet shows it and an import gives it back."""
    text = written(["company", "city"]) + written([cell, "Bath"])
    shown = list(csv.reader(io.StringIO(text, newline="")))[1][0]
    assert not shown.lstrip(" ").startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"))
    (row,) = rows_of(text, PROPERTIES)
    expected = {"company": cell} if cell.strip() else {}
    assert row.properties == {**expected, "city": "Bath"}
