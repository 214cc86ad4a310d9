"""A workspace holds the stubs of what may be imported, and goes when it is old."""

from pathlib import Path

from callingcard.functions.editing.workspace import Workspaces, stub_files


def test_a_workspace_holds_each_stub(tmp_path: Path):
    """Connectors have a file each, and namespaces are named in the module of storage."""
    stubs = stub_files({"hubspot": "def ping() -> str: ...\n"}, ["tokens", "not a name"])
    folder = Workspaces(tmp_path).holding(stubs)
    assert (folder / "connectors/hubspot.pyi").read_text() == "def ping() -> str: ...\n"
    storage = (folder / "storage/__init__.pyi").read_text()
    assert storage.endswith("\ntokens: Namespace\n")
    assert "not a name" not in storage
    assert "email: str" in (folder / "visitor.pyi").read_text()


def test_a_name_that_is_no_name_makes_no_file():
    """A stub is never written beside its folder."""
    paths = stub_files({"../../out": ""}, [])
    assert [path for path in paths if "out" in path] == []


def test_equal_stubs_have_one_workspace_and_old_ones_go(tmp_path: Path):
    """As many as are worth it are kept."""
    workspaces = Workspaces(tmp_path)
    first = workspaces.holding(stub_files({}, ["first"]))
    assert workspaces.holding(stub_files({}, ["first"])) == first
    for number in range(64):
        workspaces.holding(stub_files({}, [f"other_{number}"]))
    assert not first.exists()
    assert len(list(tmp_path.iterdir())) == 64
