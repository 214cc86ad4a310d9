"""The editor completes, shows calls and checks, with its worker and its type checker."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path

import pytest

from callingcard.errors import Invalid, TooLarge
from callingcard.functions.editing.editor import Editor
from callingcard.functions.editing.typechecks import TypeChecker
from callingcard.functions.ports.editing import Place

HUBSPOT = '''
class CreateTokenResult:
    """What HubSpot answers."""
    token: str

def create_token(*, email: str, first_name: str | None = None) -> CreateTokenResult:
    """POST /visitor-identification/v3/tokens/create"""
'''
HEAD = """# /// script
# requires-python = ">=3.11"
# [tool.callingcard]
# connectors = ["hubspot"]
# storage = ["tokens"]
# trigger = { http = "POST", auth = "visitor" }
# ///
from connectors import hubspot
from storage import tokens
import visitor


"""
ARTICLE = f"""{HEAD}def main(first_name: str | None = None) -> str:
    lease = tokens.lease(visitor.email)
    if lease.hit:
        return lease.value
    made = hubspot.create_token(email=visitor.email, first_name=first_name)
    return lease.put(made.token, ttl="11h30m")
"""


class Known:
    """Knows one connector, and one folder of packages."""

    def __init__(self, packages: Path) -> None:
        self.packages = packages

    async def stubs(self, names: Collection[str]) -> Mapping[str, str]:
        """Return HubSpot's stub if it is asked for."""
        return {name: HUBSPOT for name in names if name == "hubspot"}

    async def site_packages(self, function: str) -> Path | None:
        """Return the packages of the function called ``packed``."""
        return self.packages if function == "packed" else None


@pytest.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    """Return an editor; a package ``colours`` is installed for the function ``packed``."""
    package = tmp_path / "site-packages/colours"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text("def mix(*, red: int) -> str: ...\n")
    known = Known(tmp_path / "site-packages")
    made = Editor(known, known)
    yield made
    await made.close()


async def labels(editor: Editor, source: str, function: str = "token") -> set[str]:
    """Return what is offered where *source* has a ``|``."""
    before, _, after = source.rpartition("|")
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2])
    place = Place(function, before + after, line, column)
    return {completion.label for completion in await editor.complete(place)}


async def test_what_a_connector_answers_is_completed(editor: Editor):
    """The article's story: ``made.token`` is offered, with its type."""
    place = Place("token", f"{ARTICLE}    made.to", len(ARTICLE.splitlines()) + 1, 11)
    (found,) = await editor.complete(place)
    assert (found.label, found.insert, found.detail) == ("token", "token", "token: str")


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("hubspot.|", {"create_token"}),
        ("hubspot.create_token(|", {"email=", "first_name="}),
        ("visitor.|", {"email", "email_verified", "user_id", "first_name", "last_name"}),
        (
            "tokens.|",
            {"get", "set", "delete", "incr", "compare_and_set", "list", "lease"},
        ),
        ("tokens.lease('').|", {"hit", "value", "put", "release"}),
        ("import dateti|", {"datetime"}),
        ("import json; json.load|", {"load", "loads"}),
        ("'a'.upp|", {"upper"}),
        ("from connectors import |", {"hubspot", "ConnectorError"}),
        ("from storage import |", {"tokens", "until_exp", "StorageError"}),
    ],
)
async def test_everything_a_function_may_use_is_completed(
    editor: Editor, written: str, offered: set[str]
):
    """Connectors, the visitor, storage, leases and the standard library."""
    assert offered <= await labels(editor, f"{HEAD}{written}")


async def test_a_module_of_the_library_is_known_from_one_source_to_the_next(editor: Editor):
    """What it has is found out once; a name that means something else is not mixed up."""
    everything = await labels(editor, "import json\njson.|")
    assert {"dumps", "loads", "JSONDecodeError"} <= everything
    assert await labels(editor, "def main():\n    import json\n    json.lo|", "other") == {
        "load",
        "loads",
    }
    assert await labels(editor, "import json as j\nj.DUMP|") == {"dump", "dumps"}
    assert "_default_decoder" in await labels(editor, "import json\njson._|")
    assert "upper" in await labels(editor, "json = 'text'\njson.|")
    assert await labels(editor, "import colours as json\njson.|", "packed") == {"mix"}
    assert await labels(editor, "import json\nx = 'json.|") == set()


async def test_what_only_the_stubs_have_is_not_offered(editor: Editor):
    """A class that says what is answered has no name in a function."""
    assert "CreateTokenResult" not in await labels(editor, f"{HEAD}hubspot.|")
    assert {"Lease", "Namespace"} & await labels(editor, "from storage import |") == set()


async def test_a_functions_packages_are_completed_and_nobody_elses(editor: Editor):
    """A package of one function is unknown to the next."""
    assert await labels(editor, "import colours\ncolours.|", "packed") == {"mix"}
    assert await labels(editor, "import colours\ncolours.|", "other") == set()


@pytest.mark.parametrize(
    "written",
    [
        "import sqlalchemy\nsqlalchemy.|",
        "import sys\nsys.path.append('{root}')\nimport secret_settings\nsecret_settings.|",
        "open('{root}/|",
        "open('/etc/pass|",
        "from .. import |",
    ],
)
async def test_nothing_else_on_the_machine_is_seen(
    editor: Editor, tmp_path: Path, written: str
):
    """Neither our own packages nor a file anywhere is read for somebody who writes."""
    (tmp_path / "secret_settings.py").write_text("API_KEY = 'x'\n")
    assert await labels(editor, written.format(root=tmp_path)) == set()


async def test_nothing_of_a_source_is_run(editor: Editor, tmp_path: Path):
    """Code that would leave a mark, were it run, leaves none."""
    mark = tmp_path / "mark"
    source = f"{HEAD}def main(): ...\nopen({str(mark)!r}, 'w')\n"
    await editor.check("token", source)
    await labels(editor, f"{source}visitor.|")
    assert not mark.exists()


async def test_a_package_with_native_code_is_not_loaded(editor: Editor, tmp_path: Path):
    """An extension module in a function's packages is no code of this process."""
    package = tmp_path / "site-packages/native.abi3.so"
    package.write_bytes(b"\x7fELF not really")
    assert await labels(editor, "import native\nnative.|", "packed") == set()
    assert "upper" in await labels(editor, "''.upp|")


async def test_a_call_is_shown_with_the_parameter_that_is_written(editor: Editor):
    """Inside of the brackets, the call and where one is in it."""
    source = f"{HEAD}hubspot.create_token(email='', first_name='')"
    line, column = source.count("\n") + 1, len("hubspot.create_token(email='', first_name=")
    shown = await editor.signature(Place("token", source, line, column))
    assert shown is not None
    assert shown.parameters == ("email: str", "first_name: str | None=None")
    assert (shown.active, shown.documentation) == (
        1,
        "POST /visitor-identification/v3/tokens/create",
    )
    assert await editor.signature(Place("token", source, 1, 0)) is None


async def test_the_articles_function_is_found_good(editor: Editor):
    """A function as it should be has no findings at all, types among them."""
    checked = await editor.check("token", ARTICLE)
    assert checked.findings == ()
    assert checked.manifest is not None
    assert checked.manifest.connectors == ("hubspot",)


async def test_types_are_checked_against_the_connectors(editor: Editor):
    """A wrong argument and a misspelt member are warnings, in their places."""
    source = f"{HEAD}def main() -> str:\n    return hubspot.create_token(email=3).tokn\n"
    checked = await editor.check("token", source)
    kinds = [(f.severity.value, f.code) for f in checked.findings if f.line == 14]
    assert kinds == [
        ("warning", "types.missing-attribute"),
        ("warning", "types.bad-argument-type"),
    ]
    lines = source.splitlines()
    wrong = checked.findings[-1]
    assert lines[wrong.line - 1][wrong.column : wrong.end_column] == "3"


async def test_a_head_that_cannot_be_read_is_found_with_the_rest(editor: Editor):
    """The mistakes of the block and those of the code come together."""
    source = '# /// script\n# [tool.callingcard]\n# timeout = "soon"\n# ///\ndef main(:\n'
    checked = await editor.check("token", source)
    assert checked.manifest is None
    assert [(f.line, f.severity.value) for f in checked.findings] == [
        (3, "error"),
        (5, "error"),
    ]


async def test_drift_is_checked_by_line_and_message():
    """What a connector's new types break is told for a source alone."""
    broken = HUBSPOT.replace("token: str", "code: str")
    found = await TypeChecker().findings(ARTICLE, {"hubspot": broken})
    line = ARTICLE.splitlines().index('    return lease.put(made.token, ttl="11h30m")') + 1
    assert [at for at, _ in found] == [line]
    assert "has no attribute `token`" in found[0][1]
    assert await TypeChecker().findings(ARTICLE, {"hubspot": HUBSPOT}) == []


@pytest.mark.parametrize(
    ("line", "column", "field"),
    [(0, 0, "line"), (3, 0, "line"), (1, 4, "column"), (1, -1, "column")],
)
async def test_a_place_outside_of_the_source_is_refused(
    editor: Editor, line: int, column: int, field: str
):
    """The worker is only asked about places that there are."""
    with pytest.raises(Invalid) as refused:
        await editor.complete(Place("token", "abc\nd", line, column))
    assert list(refused.value.fields) == [field]


async def test_a_source_that_is_too_large_is_refused(editor: Editor):
    """256 KiB is the most that a function has, counted in bytes."""
    large = "é" * (128 * 1024 + 1)
    with pytest.raises(TooLarge):
        await editor.check("token", large)
    with pytest.raises(TooLarge):
        await editor.complete(Place("token", large, 1, 0))


async def test_a_source_that_breaks_its_reader_is_an_error_and_the_next_is_read(
    editor: Editor,
):
    """Whatever a source does to the worker, the editor goes on."""
    deep = await editor.check("token", f"{HEAD}x = {'-' * 100_000}1")
    assert [f.code for f in deep.findings if f.severity.value == "error"] == ["syntax"]
    assert "token" in await labels(editor, f"{ARTICLE}    made.|")


async def test_many_ask_at_once(editor: Editor):
    """Each has their own answer."""
    asked = [labels(editor, f"name_{n} = ''\nname_{n}|") for n in range(8)]
    assert await asyncio.gather(*asked) == [{f"name_{n}"} for n in range(8)]


async def test_closing_leaves_nothing_behind(editor: Editor, tmp_path: Path):
    """The worker's process and its folder are gone."""
    await labels(editor, "a|")
    desk = editor._desk
    assert desk is not None
    assert desk.folder.exists()
    await editor.close()
    assert not desk.folder.exists()
    assert desk.worker.pid is None
