"""Contacts as CSV, which people open in spreadsheets.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula and
runs it (https://owasp.org/www-community/attacks/CSV_Injection). Values come from visitors,
so such a cell is written with an apostrophe before it, which is taken off again when the
file is read.

Invariant: no cell that is written is a formula.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from callingcard.desk.errors import BadSpreadsheet
from callingcard.desk.model.properties import Property

MAX_COLUMNS: Final = 200
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
"""What begins a formula; the last four are the wide forms of the first four."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: the line on which it ends, and its cells by property."""

    line: int
    properties: Mapping[str, str] | None = field(repr=False)
    """None when it has more or fewer cells than the file has columns."""


def written(cells: Iterable[str]) -> str:
    """Return one line of CSV, none of its cells a formula.

    >>> print(written(["Ada", "=1+1"]).strip())
    Ada,'=1+1
    """
    line = io.StringIO()
    csv.writer(line).writerow([_harmless(cell) for cell in cells])
    return line.getvalue()


def rows_of(text: str, known: Mapping[str, Property]) -> Iterator[Row]:
    """Read the rows of *text*, whose first one names properties; raises BadSpreadsheet.

    Columns of read-only properties are passed over, so that what was exported can be
    imported. Empty cells and rows say nothing.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = _columns(next(reader, list[str]()), known)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(reader.line_num, _properties(names, cells, known))
    except csv.Error as error:
        raise BadSpreadsheet(
            f"Line {reader.line_num} is no CSV.",
            hint="A cell with a quote or a line break must be in quotes.",
        ) from error


def _columns(header: Sequence[str], known: Mapping[str, Property]) -> list[str]:
    names = [name.strip().lower() for name in header]
    if not names or len(names) > MAX_COLUMNS:
        raise BadSpreadsheet(f"The first line names the columns: 1 to {MAX_COLUMNS}.")
    strange = [place for place, name in enumerate(names, start=1) if name not in known]
    if strange:
        raise BadSpreadsheet(
            f"Columns {', '.join(map(str, strange))} are no properties of contacts.",
            hint="Name each column as its property, such as firstname.",
        )
    if len(set(names)) != len(names):
        raise BadSpreadsheet("Two columns have the same name.")
    return names


def _properties(
    names: Sequence[str], cells: Sequence[str], known: Mapping[str, Property]
) -> dict[str, str] | None:
    if len(cells) != len(names):
        return None
    return {
        name: _unquoted(cell)
        for name, cell in zip(names, cells, strict=True)
        if cell.strip() and not known[name].read_only
    }


def _harmless(cell: str) -> str:
    quoted = cell.startswith("'") and cell.lstrip("'").lstrip(" ").startswith(_FORMULA)
    return f"'{cell}" if quoted or cell.lstrip(" ").startswith(_FORMULA) else cell


def _unquoted(cell: str) -> str:
    """Take off the apostrophe that ``written`` put before a formula."""
    inner = cell.removeprefix("'")
    return inner if cell.startswith("'") and _harmless(inner) == cell else cell
