"""A connector as a ``.pyi`` file: what completion offers and what checks check.

Invariant: nothing that a service or its document says becomes more than a name, an
annotation or the text of a docstring.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from callingcard.functions.model.connectors import (
    GENERIC,
    Connector,
    Operation,
    Parameter,
    ResultClass,
)

_BUILTINS: Final = ("str", "int", "float", "bool", "list")
_WORD: Final = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"""
)

_HEAD: Final = '''\
import builtins
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

_T = TypeVar("_T")

class _Object:
    """An object of a reply: its members are attributes, and items too."""
    def __getitem__(self, name: builtins.str) -> Any: ...
    def __contains__(self, name: object) -> builtins.bool: ...
    def __iter__(self) -> Iterator[builtins.str]: ...
    def __len__(self) -> builtins.int: ...
    def to_dict(self) -> builtins.dict[builtins.str, Any]:
        """Return the object as a dictionary."""

class Map(_Object, Generic[_T]):
    """An object whose members have names that only the service knows."""
    def __getattr__(self, name: builtins.str) -> _T: ...
    def __getitem__(self, name: builtins.str) -> _T: ...
'''

_GENERIC: Final = '''
def {method}(path: {str}, query: Mapping[{str}, Any] | None = None, body: Any = None, \
headers: Mapping[{str}, {str}] | None = None) -> Any:
    """{verb} a path of the service, which begins with a slash; its JSON comes back."""
'''

Write = Callable[[str], str]


def stub_of(connector: Connector) -> str:
    """Return the text of ``connectors/NAME.pyi``."""
    names = {*connector.operations, *_members(connector.classes)}
    write = _writer(names)
    text = f"{connector.title}. {connector.description}".strip()
    parts = [f'"""{_quoted(text)}"""\n', _HEAD]
    parts += [_class(found, write) for found in connector.classes]
    parts += [_function(found, write) for found in connector.operations.values()]
    # Without a base, as with a webhook or a key that signs, there is no path to call.
    for method in GENERIC if connector.base_url else ():
        parts.append(_GENERIC.format(method=method, verb=method.upper(), str=write("str")))
    return "\n".join(parts)


def _members(classes: Iterable[ResultClass]) -> set[str]:
    """Return the names of all members."""
    return {member.name for found in classes for member in found.members}


def _writer(names: set[str]) -> Write:
    """Return what writes an annotation where *names* hide Python's own.

    An operation called ``list`` would be taken for the type by all that follows it.
    """
    hidden = {name: f"builtins.{name}" for name in _BUILTINS if name in names}
    if not hidden:
        return str

    def word(found: re.Match[str]) -> str:
        return found["text"] or hidden.get(found["word"], found["word"])

    return lambda annotation: _WORD.sub(word, annotation)


def _class(found: ResultClass, write: Write) -> str:
    """Return a class of a result."""
    lines = [f"class {found.name}(_Object):"]
    if found.summary:
        lines.append(f'    """{_quoted(found.summary)}"""')
    lines += [f"    {one.name}: {write(one.annotation)}" for one in found.members]
    if len(lines) == 1:
        lines.append("    ...")
    return "\n".join(lines) + "\n"


def _function(found: Operation, write: Write) -> str:
    """Return an operation as a function that takes its arguments by name."""
    arguments = ", ".join(_argument(one, write) for one in found.parameters)
    star = f"*, {arguments}" if arguments else ""
    lines = [f"{found.method} {found.path}"]
    if found.summary:
        lines.append(found.summary)
    explained = [f"{one.name}: {one.summary}" for one in found.parameters if one.summary]
    if explained:
        lines += ["", *explained]
    doc = "\n    ".join(_quoted(line) for line in lines)
    return f'def {found.name}({star}) -> {write(found.result)}:\n    """{doc}\n    """\n'


def _argument(one: Parameter, write: Write) -> str:
    """Return one argument; one that may be left out is None then."""
    annotation = write(one.annotation)
    if one.required:
        return f"{one.name}: {annotation}"
    if annotation != "Any" and not annotation.endswith("None"):
        annotation = f"{annotation} | None"
    return f"{one.name}: {annotation} = None"


def _quoted(text: str) -> str:
    """Return one line of a docstring that ends where we end it."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', "'")
    return "".join(letter if letter.isprintable() else " " for letter in plain)
