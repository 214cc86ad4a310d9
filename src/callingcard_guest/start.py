"""The script that the server starts a zygote with: ``python -I -S start.py DESCRIPTOR``.

It is started by its path, so that the folder it is installed in, with the product and all
its libraries, is not on ``sys.path`` and cannot be imported from inside.
"""

import importlib.util
import sys
from pathlib import Path


def _introduce(name: str) -> None:
    """Make the package that this file belongs to importable, and nothing beside it."""
    folder = Path(__file__).parent
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(name)
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    _introduce("callingcard_guest")
    from callingcard_guest.zygote import main

    main(int(sys.argv[1]))
