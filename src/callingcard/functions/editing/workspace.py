"""The folders that a source is read beside: stubs of what it may import, and no more.

A workspace is named after what is in it, so equal stubs are written once. They are in a
folder of this process, which goes when the editor is closed.
"""

import shutil
from collections import OrderedDict
from collections.abc import Collection, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

_MOST: Final = 64
_OURS: Final = ("connectors", "storage", "visitor")


def stub_files(connectors: Mapping[str, str], storage: Collection[str]) -> dict[str, str]:
    """Return the text of each stub by its path; *connectors* are ``.pyi`` texts by name.

    >>> sorted(stub_files({"hubspot": ""}, ["tokens"]))[:2]
    ['connectors/__init__.pyi', 'connectors/hubspot.pyi']
    """
    ours = _templates()
    names = sorted(name for name in storage if name.isidentifier())
    namespaces = "".join(f"\n{name}: Namespace\n" for name in names)
    return {
        "connectors/__init__.pyi": ours["connectors"],
        **{
            f"connectors/{name}.pyi": text
            for name, text in connectors.items()
            if name.isidentifier()
        },
        "storage/__init__.pyi": ours["storage"] + namespaces,
        "visitor.pyi": ours["visitor"],
    }


class Workspaces:
    """Keeps the workspaces that were used last; blocks, as it writes files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[str, Path] = OrderedDict()

    def holding(self, stubs: Mapping[str, str]) -> Path:
        """Return the folder that holds these files and no others."""
        digest = sha256()
        for path, text in sorted(stubs.items()):
            digest.update(f"{path}\0{len(text)}\0{text}".encode())
        name = digest.hexdigest()[:32]
        if name not in self._kept:
            self._kept[name] = self._written(name, stubs)
        self._kept.move_to_end(name)
        while len(self._kept) > _MOST:
            _, old = self._kept.popitem(last=False)
            shutil.rmtree(old, ignore_errors=True)
        return self._kept[name]

    def _written(self, name: str, stubs: Mapping[str, str]) -> Path:
        folder = self._folder / name
        for path, text in stubs.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return folder


@cache
def _templates() -> Mapping[str, str]:
    folder = files("callingcard.functions.editing") / "stubs"
    return {name: (folder / f"{name}.pyi").read_text(encoding="utf-8") for name in _OURS}
