"""Which operations of which connectors a source calls, as far as its text tells."""

import ast
from collections import defaultdict
from collections.abc import Mapping


def operations_used(source: str) -> Mapping[str, tuple[str, ...]]:
    r"""Return the operations by connector, sorted; raises SyntaxError.

    >>> operations_used("from connectors import hubspot as h\nh.create_token(email='')")
    {'hubspot': ('create_token',)}
    """
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "connectors"
        for alias in node.names
    }
    found: defaultdict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=operation) if name in names:
                found[names[name]].add(operation)
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id="connectors"), attr=name),
                attr=operation,
            ):
                found[name].add(operation)
            case _:
                pass
    return {name: tuple(sorted(operations)) for name, operations in sorted(found.items())}
