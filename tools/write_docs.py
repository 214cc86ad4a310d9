"""Writes what is generated: reference pages, platforms' pages, the front end's API types.

python tools/write_docs.py           write them
python tools/write_docs.py --check   fail when one is stale
"""

import importlib
import inspect
import json
import pkgutil
import sys
import tempfile
from pathlib import Path

import callingcard
from callingcard.errors import CallingcardError
from callingcard.server.openapi import openapi_document
from callingcard.server.settings.reference import reference_page

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))


def errors_page() -> str:
    """Return ``docs/reference/errors.md``: every code, who can fix it, what it means."""
    for module in pkgutil.walk_packages(callingcard.__path__, "callingcard."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    lines = [
        "# Errors",
        "",
        "Written by `make docs`; do not edit. Codes are stable: match on them, not on texts.",
        "",
        "| code | kind | what it means |",
        "|---|---|---|",
    ]
    rows: dict[str, str] = {}
    todo: list[type[CallingcardError]] = [CallingcardError]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        base = kind.__mro__[1].__name__
        said = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
        rows[kind.code] = f"| `{kind.code}` | {base} | {said} |"
    return "\n".join([*lines, *(rows[code] for code in sorted(rows))]) + "\n"


def api_types() -> str:
    """Return ``web/kit/src/schema.d.ts``, the server's OpenAPI document as types."""
    from build_web import install, npm

    install()
    with tempfile.TemporaryDirectory() as folder:
        document, written = Path(folder, "openapi.json"), Path(folder, "schema.d.ts")
        document.write_text(json.dumps(openapi_document()), encoding="utf-8")
        npm("exec", "--", "openapi-typescript", str(document), "-o", str(written), "--silent")
        return written.read_text(encoding="utf-8")


def main(*, check: bool) -> int:
    """Write, or compare, every generated file; return the exit code."""
    from platform_pages import pages

    made = {
        **pages(),
        "docs/reference/settings.md": reference_page(),
        "docs/reference/errors.md": errors_page(),
        "web/kit/src/schema.d.ts": api_types(),
    }
    stale = 0
    for name, text in made.items():
        path = ROOT / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if check:
            print(f"{name} is stale: run `make docs`", file=sys.stderr)
            stale = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return stale


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
