"""Which operations of which connectors a source calls, as far as its text tells.

Who installs a template agrees to what is told here, so it may tell too much and never too
little: a connector that is used in any other way than by its name and an operation is left
out, and so is every one where the source reaches for names that it does not write down.

Invariant: a connector that is told is used for these operations only.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_REACHING: Final = frozenset(
    ("eval", "exec", "compile", "__import__", "globals", "locals", "vars", "modules")
)
"""Names by which other names are reached."""
_REFLECTING: Final = frozenset(
    ("importlib", "inspect", "gc", "builtins", "runpy", "pkgutil", "ctypes", "pydoc")
)


@dataclass(slots=True)
class _Names:
    """What a source calls the connectors, and the module that they are in."""

    connectors: dict[str, str] = field(default_factory=dict[str, str])
    modules: set[str] = field(default_factory=set[str])
    is_open: bool = False
    """Whether it may use what it does not write down."""

    def read(self, node: ast.AST) -> None:
        """Take in what *node* brings along."""
        match node:
            case ast.Import(names=names):
                for alias in names:
                    self._imported(alias)
            case ast.ImportFrom(module="connectors", names=names):
                self.connectors |= {one.asname or one.name: one.name for one in names}
                self.is_open |= any(one.name == "*" for one in names)
            case ast.ImportFrom(module=module, names=names):
                self.is_open |= (module or "").partition(".")[0] in _REFLECTING
                self.is_open |= any(one.name in _REACHING for one in names)
            case ast.Name(id=name):
                self.is_open |= name in _REACHING
            case ast.Attribute(attr=name):
                self.is_open |= name in _REACHING - {"compile"} or name.startswith("__")
            case _:
                pass

    def _imported(self, alias: ast.alias) -> None:
        root, _, rest = alias.name.partition(".")
        self.is_open |= root in _REFLECTING
        if root == "connectors" and rest and alias.asname:
            self.connectors[alias.asname] = rest
        elif root == "connectors":
            self.modules.add(alias.asname or root)


def operations_used(source: str) -> Mapping[str, tuple[str, ...]]:
    r"""Return the operations by connector, sorted; raises SyntaxError.

    >>> operations_used("from connectors import hubspot as h\nh.create_token(email='')")
    {'hubspot': ('create_token',)}
    """
    nodes = list(ast.walk(ast.parse(source)))
    names = _Names()
    for node in nodes:
        names.read(node)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, operation in _uses(nodes, names):
        found[name].add(operation)
    if names.is_open or "" in found:
        return {}
    return {
        name: tuple(sorted(operations))
        for name, operations in sorted(found.items())
        if "" not in operations
    }


def _uses(nodes: list[ast.AST], names: _Names) -> Iterator[tuple[str, str]]:
    """Yield connector and operation; an empty one where the text does not tell."""
    above = {id(child): node for node in nodes for child in ast.iter_child_nodes(node)}
    for node in nodes:
        if not isinstance(node, ast.Name):
            continue
        holder: ast.AST = node
        if node.id in names.connectors:
            yield names.connectors[node.id], _attribute(above.get(id(holder)))
        elif node.id in names.modules:
            holder = above.get(id(node), node)
            yield _attribute(holder), _attribute(above.get(id(holder)))


def _attribute(node: ast.AST | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""
