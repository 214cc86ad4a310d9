"""What a function's source uses: connectors, namespaces, packages, the visitor.

It is read from the source's tree, so it is what is written there and no more: a name
that is made up at run time is not seen here, and the broker refuses it there.
"""

import ast
import re
from dataclasses import dataclass, field
from typing import Final, Literal

from callingcard.functions.model.findings import Finding, Severity

CONNECTOR_NAMES: Final = frozenset({"ConnectorError", "Record"})
"""What ``connectors`` has beside the connectors."""
STORAGE_NAMES: Final = frozenset({"StorageError", "until_exp"})
"""What ``storage`` has beside the namespaces."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_FROM: Final = re.compile(
    r"^[ \t]*from[ \t]+(connectors|storage)[ \t]+import[ \t]+"
    r"(?:\(([^)]{0,4000})\)|([^\r\n#]{0,4000}))",
    re.MULTILINE,
)
_COMMENT: Final = re.compile(r"#[^\r\n]*")
_DOTTED: Final = re.compile(r"\b(connectors|storage)\.([a-z][a-z0-9_]*)")

Kind = Literal["connector", "storage", "package", "visitor", "star", "relative"]


@dataclass(frozen=True, slots=True)
class Use:
    """One place where something is used."""

    kind: Kind
    name: str
    line: int
    column: int
    end_line: int
    end_column: int

    def finding(self, severity: Severity, code: str, message: str) -> Finding:
        """Return a finding in this place."""
        return Finding(
            self.line, self.column, self.end_line, self.end_column, severity, code, message
        )


@dataclass(slots=True)
class _Reader:
    """Collects uses; knows the source's lines, since a tree counts in bytes of UTF-8."""

    lines: list[str]
    uses: list[Use] = field(default_factory=list[Use])
    modules: dict[str, Literal["connector", "storage"]] = field(
        default_factory=dict[str, Literal["connector", "storage"]]
    )
    """The names that stand for the modules ``connectors`` and ``storage`` themselves."""

    def note(self, kind: Kind, name: str, node: ast.alias | ast.expr | ast.stmt) -> None:
        """Note a use at *node*."""
        end_line = node.end_lineno or node.lineno
        self.uses.append(
            Use(
                kind,
                name,
                node.lineno,
                self._characters(node.lineno, node.col_offset),
                end_line,
                self._characters(end_line, node.end_col_offset or 0),
            )
        )

    def plain_import(self, alias: ast.alias) -> None:
        """Read one name of ``import …``."""
        root, _, rest = alias.name.partition(".")
        match root:
            case "connectors" | "storage":
                kind = _KINDS[root]
                if rest:
                    self.note(kind, rest.partition(".")[0], alias)
                elif alias.asname or not rest:
                    self.modules[alias.asname or root] = kind
            case "visitor":
                self.note("visitor", root, alias)
            case _:
                self.note("package", alias.name, alias)

    def from_import(self, node: ast.ImportFrom) -> None:
        """Read one ``from … import …``."""
        root, _, rest = (node.module or "").partition(".")
        if node.level:
            self.note("relative", root, node)
        elif root in _KINDS and rest:
            self.note(_KINDS[root], rest.partition(".")[0], node)
        elif root in _KINDS:
            for alias in node.names:
                if alias.name == "*":
                    self.note("star", root, node)
                elif alias.name not in _BESIDE[root]:
                    self.note(_KINDS[root], alias.name, alias)
        elif root == "visitor":
            self.note("visitor", root, node)
        elif rest:
            self.note("package", f"{root}.{rest}", node)
        else:
            for alias in node.names:
                self.note("package", f"{root}.{alias.name}", alias)

    def attribute(self, node: ast.Attribute) -> None:
        """Read ``connectors.NAME`` after ``import connectors``."""
        if isinstance(node.value, ast.Name) and node.value.id in self.modules:
            kind = self.modules[node.value.id]
            if node.attr not in CONNECTOR_NAMES | STORAGE_NAMES:
                self.note(kind, node.attr, node)

    def _characters(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode()[:offset].decode(errors="ignore"))


_KINDS: Final[dict[str, Literal["connector", "storage"]]] = {
    "connectors": "connector",
    "storage": "storage",
}
_BESIDE: Final = {"connectors": CONNECTOR_NAMES, "storage": STORAGE_NAMES}


def lines_of(source: str) -> list[str]:
    """Return the lines as Python counts them, without their ends."""
    return _LINE_END.split(source)


def uses_of(tree: ast.Module, source: str) -> list[Use]:
    r"""Return what is used, in the order of the source.

    >>> found = uses_of(ast.parse("from connectors import hubspot\nimport json"), "")
    >>> [(use.kind, use.name) for use in found]
    [('connector', 'hubspot'), ('package', 'json')]
    """
    reader = _Reader(lines_of(source))
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                reader.plain_import(alias)
        elif isinstance(node, ast.ImportFrom):
            reader.from_import(node)
    for node in nodes:
        if isinstance(node, ast.Attribute):
            reader.attribute(node)
    return sorted(reader.uses, key=lambda use: (use.line, use.column))


def mentioned(source: str, module: Literal["connectors", "storage"]) -> frozenset[str]:
    r"""Return the names that *source* takes from *module*, however broken it is elsewhere.

    For an editor: while somebody writes, most sources have no tree.

    >>> sorted(mentioned("from storage import tokens, seen as s\ndef (", "storage"))
    ['seen', 'tokens']
    """
    found: set[str] = set()
    for match in _FROM.finditer(source):
        if match[1] == module:
            for item in _COMMENT.sub("", match[2] or match[3] or "").split(","):
                found.update(item.split()[:1])
    found.update(match[2] for match in _DOTTED.finditer(source) if match[1] == module)
    return frozenset(name for name in found if name.isidentifier()) - _BESIDE[module]
