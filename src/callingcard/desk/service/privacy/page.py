"""The page of an export that a person opens in their browser: plain, and inert.

Everything on it was written by somebody, so everything is escaped, and the page may load
and run nothing.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

_BEGIN: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What is kept about you</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
dl { display: grid; grid-template-columns: 12rem 1fr; border-top: 1px solid #ccc; padding-top: .5rem }
dt { color: #555 } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
</style></head><body>
<h1>What is kept about you</h1>
"""  # noqa: E501  (a line of HTML is as long as it is)

END: Final = "</body></html>\n"


def begin(at: str) -> str:
    """Return the page's head; *at* is when it was made."""
    return f"{_BEGIN}<p>As of {escape(at)}. The same is beside this page as JSON.</p>\n"


def section(name: str) -> str:
    r"""Return the heading of a section.

    >>> section("shown_tokens")
    '<h2>Shown tokens</h2>\n'
    """
    return f"<h2>{escape(name.replace('_', ' ').capitalize())}</h2>\n"


def cell(row: Mapping[str, str]) -> str:
    r"""Return one row; what is empty is left out.

    >>> cell({"text": "<script>", "status": ""})
    '<dl><dt>text</dt><dd>&lt;script&gt;</dd></dl>\n'
    """
    pairs = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        for name, value in row.items()
        if value
    )
    return f"<dl>{pairs}</dl>\n"
