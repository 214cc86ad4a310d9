"""What is wrong with a function's source, as far as reading it can tell.

Nothing of the source is run. Reading it costs time and stack that its author chooses,
so the server has a worker do it; see ``editing.worker``.
"""

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from callingcard.functions.model.findings import Finding, Severity
from callingcard.functions.service.deploying.headers import Header, read_header
from callingcard.functions.service.usage import Use, lines_of, uses_of

_GIVEN: Final = frozenset({"connectors", "storage", "visitor"})
_NETWORK: Final = frozenset(
    {
        *("aiohttp", "ftplib", "httpx", "imaplib", "nntplib", "poplib", "requests"),
        *("smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib3", "websockets"),
        *("http.client", "urllib.request", "xmlrpc.client"),
    }
)
_PACKAGE_OF: Final = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "google": "protobuf",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Packages that are imported by another name than they are installed by."""
_REQUIREMENT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEPARATORS: Final = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a manifest lets a function use, and what there is of it."""

    connectors: frozenset[str] = frozenset()
    storage: frozenset[str] = frozenset()
    dependencies: tuple[str, ...] = ()
    has_visitor: bool = False
    known_connectors: frozenset[str] | None = None
    """The connectors that are set up; None when nobody knows."""
    installed: frozenset[str] = frozenset()
    """The modules in the function's environment, as far as it is built."""


def look(source: str, declared: Declared | None) -> list[Finding]:
    """Return what is wrong with *source*, in its order.

    *declared* is None when the manifest cannot be read: then nothing is said of what
    only a manifest could allow.

    >>> [found.message for found in look("def main(:", None)]
    ['this is not Python: invalid syntax']
    """
    tree = _tree(source)
    if isinstance(tree, Finding):
        return [tree]
    uses = uses_of(tree, source)
    found = [*_main(tree), *_shape(uses)]
    if declared is not None:
        header = read_header(source)
        head = _Head(header if isinstance(header, Header) else None, lines_of(source))
        found += [*_undeclared(uses, declared), *_unused(uses, declared, head)]
    return sorted(found, key=lambda f: (f.line, f.column))


def _tree(source: str) -> ast.Module | Finding:
    """Return the source's tree, or why it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            compile(tree, "main.py", "exec", dont_inherit=True)  # finds a return outside main
    except SyntaxError as error:
        return _not_python(error, lines_of(source))
    except (RecursionError, MemoryError):
        said = "this is nested too deeply to be read: take it apart"
        return Finding(1, 0, 1, 0, Severity.ERROR, "syntax", said)
    except ValueError:
        said = "there is a character that no source may have: look for NUL"
        return Finding(1, 0, 1, 0, Severity.ERROR, "syntax", said)
    return tree


def _not_python(error: SyntaxError, lines: list[str]) -> Finding:
    """Return the finding of a syntax error; Python's own columns count from one."""
    line = min(max(error.lineno or 1, 1), len(lines))
    column = min(max((error.offset or 1) - 1, 0), len(lines[line - 1]))
    end_line = min(error.end_lineno or line, len(lines))
    # Clamped, as the compiler's own errors count their ends in bytes.
    end_column = min((error.end_offset or 0) - 1, len(lines[end_line - 1]))
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, len(lines[line - 1])
    said = f"this is not Python: {error.msg}"
    return Finding(line, column, end_line, end_column, Severity.ERROR, "syntax", said)


def _main(tree: ast.Module) -> Iterator[Finding]:
    """Find out whether there is something to call."""
    if not any("main" in _bound(statement) for statement in tree.body):
        said = "there is no main: write def main(…), which is what a call runs"
        yield Finding(1, 0, 1, 0, Severity.ERROR, "main", said)


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement at the top may bind."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.ClassDef():
            return set()
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name for alias in names}
        case ast.If() | ast.Try() | ast.With():
            inner = [n for n in ast.iter_child_nodes(statement) if isinstance(n, ast.stmt)]
            return {name for child in inner for name in _bound(child)}
        case _:
            walked = ast.walk(statement)
            return {
                n.id
                for n in walked
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }


def _shape(uses: list[Use]) -> Iterator[Finding]:
    """Find imports that cannot be what their author hopes."""
    for use in uses:
        if use.kind == "relative":
            said = "a function is one file, so there is nothing beside it to import"
            yield use.finding(Severity.ERROR, "import.relative", said)
        elif use.kind == "star":
            said = f"name what you take from {use.name}: a star would hide what is used"
            yield use.finding(Severity.ERROR, "import.star", said)


def _undeclared(uses: list[Use], declared: Declared) -> Iterator[Finding]:
    """Find what is used and not declared."""
    for use in uses:
        match use.kind:
            case "connector" if use.name not in declared.connectors:
                said = (
                    f'{use.name} is not declared: add "{use.name}" to connectors at the head'
                )
                yield use.finding(Severity.ERROR, "connector.undeclared", said)
            case "storage" if use.name not in declared.storage:
                said = f'{use.name} is not declared: add "{use.name}" to storage at the head'
                yield use.finding(Severity.ERROR, "storage.undeclared", said)
            case "visitor" if not declared.has_visitor:
                said = (
                    'no trigger here proves a visitor: give one auth = "visitor",'
                    " or take the import out"
                )
                yield use.finding(Severity.WARNING, "visitor.unproved", said)
            case "package":
                yield from _package(use, declared)
            case _:
                pass


def _package(use: Use, declared: Declared) -> Iterator[Finding]:
    """Find out whether a package is there, and whether it can do its work."""
    name = use.name.partition(".")[0]
    is_network = bool({name, ".".join(use.name.split(".")[:2])} & _NETWORK)
    if name not in sys.stdlib_module_names | declared.installed | _GIVEN:
        wanted = _plain(_PACKAGE_OF.get(name, name))
        names = {_plain(dependency) for dependency in declared.dependencies}
        if wanted not in names and _plain(name) not in names:
            said = f'{name} is not in dependencies: add "{wanted}" there'
            if is_network:
                said = f"{name} is not in dependencies, and has no network: use a connector"
            yield use.finding(Severity.WARNING, "import.undeclared", said)
            return
    if is_network:
        said = f"functions have no network, so {use.name} reaches nobody: use a connector"
        yield use.finding(Severity.INFO, "import.network", said)


def _unused(uses: list[Use], declared: Declared, head: "_Head") -> Iterator[Finding]:
    """Find what is declared in vain."""
    used = {(use.kind, use.name) for use in uses}
    for name in sorted(declared.connectors):
        known = declared.known_connectors
        if known is not None and name not in known:
            said = f"there is no connector {name}: callingcard connectors add {name}"
            yield head.finding("connectors", name, Severity.ERROR, "unknown", said)
        elif ("connector", name) not in used:
            said = f"{name} is declared and not used: take it out, so that less is allowed"
            yield head.finding("connectors", name, Severity.INFO, "unused", said)
    for name in sorted(declared.storage):
        if ("storage", name) not in used:
            said = f"{name} is declared and not used: take it out"
            yield head.finding("storage", name, Severity.INFO, "unused", said)


@dataclass(frozen=True, slots=True)
class _Head:
    """The block at the head, as far as one can point at it."""

    header: Header | None
    lines: list[str]

    def finding(
        self, key: str, name: str, severity: Severity, code: str, said: str
    ) -> Finding:
        """Return a finding at *name* in the list of *key*; at the top when it is not found."""
        line, start, end = 1, 0, 0
        if self.header is not None:
            at, _ = self.header.place("tool", "callingcard", key)
            text = self.lines[at - 1] if 1 <= at <= len(self.lines) else ""
            if found := re.search(rf"[\"']{re.escape(name)}[\"']", text):
                line, start, end = at, *found.span()
        subject = key.removesuffix("s")
        return Finding(line, start, line, end, severity, f"{subject}.{code}", said)


def _plain(requirement: str) -> str:
    """Return a requirement's name as package indexes compare names.

    >>> _plain("Python_DateUtil>=2.9")
    'python-dateutil'
    """
    found = _REQUIREMENT_NAME.match(requirement)
    return _SEPARATORS.sub("-", found[0] if found else requirement).lower()
