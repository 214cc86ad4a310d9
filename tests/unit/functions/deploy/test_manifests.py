"""A manifest is read whole, and every mistake in it is told with its line."""

from datetime import timedelta

import pytest

from callingcard.functions.model.manifest import (
    MIB,
    Caller,
    EventTrigger,
    HttpTrigger,
    Limits,
    Manifest,
    OnError,
    Rate,
    ScheduleTrigger,
)
from callingcard.functions.service.deploying.manifests import (
    Ceilings,
    examine,
    manifest_of,
    read_manifest,
)
from callingcard.functions.service.deploying.refusals import SourceRefused


def written(*lines: str, tool: bool = True) -> str:
    """Return a source whose block has these lines, the first of them on line 3 or 2."""
    head = ["[tool.callingcard]", *lines] if tool else list(lines)
    return "\n".join(
        ["# /// script", *(f"# {line}" for line in head), "# ///", "def main(): ..."]
    )


def complaints(source: str, ceilings: Ceilings | None = None) -> list[tuple[int, str]]:
    """Return the line and the message of everything that is wrong."""
    found = examine(source, ceilings or Ceilings())[1]
    return [(finding.line, finding.message) for finding in found]


def test_the_example_of_the_contract_is_read():
    """What the contract shows comes to what it says."""
    source = written(
        'description = "A token, cached"',
        'connectors = ["hubspot"]',
        'storage = ["tokens"]',
        'trigger = { http = "POST", auth = "visitor" }     # a comment',
        'timeout = "5s"',
        'on_error = "fail"',
    )
    assert read_manifest(source) == Manifest(
        description="A token, cached",
        connectors=("hubspot",),
        storage=("tokens",),
        triggers=(HttpTrigger("POST", Caller.VISITOR),),
        limits=Limits(wall=timedelta(seconds=5)),
        on_error=OnError.FAIL,
    )


def test_a_file_without_a_block_has_the_defaults():
    """The block is a choice: a function with neither needs none."""
    assert read_manifest("def main(): ...") == Manifest()


def test_every_kind_of_trigger_is_read():
    """HTTP for anybody, a schedule in its zone, and an event."""
    source = written(
        "trigger = [",
        '  { http = "GET", auth = "public", origins = ["https://a.b"], rate = "5/10m" },',
        '  { schedule = "0 9 * * *", zone = "Europe/Paris" },',
        '  { event = "conversation.created" },',
        "]",
    )
    assert read_manifest(source).triggers == (
        HttpTrigger(
            "GET",
            Caller.PUBLIC,
            origins=("https://a.b",),
            rate=Rate(5, timedelta(minutes=10)),
        ),
        ScheduleTrigger("0 9 * * *", "Europe/Paris"),
        EventTrigger("conversation.created"),
    )


def test_windows_line_ends_are_line_ends():
    """A file saved on Windows is read like any other."""
    source = written('timeout = "2s"').replace("\n", "\r\n")
    assert read_manifest(source).limits.wall == timedelta(seconds=2)


def test_limits_are_read_up_to_the_ceiling():
    """A function may ask for more than everybody has, and not for more than there is."""
    source = written(
        'memory = "256MiB"', 'output = "1MiB"', 'log = "128KiB"', 'input = "1KiB"'
    )
    limits = read_manifest(source, Ceilings()).limits
    assert (limits.memory_bytes, limits.output_bytes) == (256 * MIB, MIB)
    assert complaints(
        written('timeout = "2m"', 'memory = "4GiB"'),
        Ceilings(wall=timedelta(seconds=60), memory_bytes=512 * MIB),
    ) == [
        (3, "timeout: this server lets a function run 60s at most"),
        (4, "memory: this server gives a function 512MiB at most"),
    ]


def test_a_default_above_the_ceiling_is_lowered_without_a_word():
    """Who asked for nothing is not told off for it."""
    limits = read_manifest("", Ceilings(memory_bytes=64 * MIB)).limits
    assert limits.memory_bytes == 64 * MIB


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('conectors = ["a"]', '"conectors" is not known here; did you mean connectors?'),
        ('connectors = "a"', 'connectors: this must be a list, such as ["hubspot"]'),
        ('connectors = ["A"]', 'connectors: "A" is not a name such as hubspot'),
        ('storage = ["a", "a"]', 'storage: "a" is there twice'),
        (f"storage = {[f'n{n}' for n in range(17)]}", "storage: at most 16"),
        (f"connectors = {[f'n{n}' for n in range(51)]}", "connectors: at most 50"),
        ("timeout = 5", "timeout: this must be text, in quotes"),
        ('timeout = "1ms"', "timeout: give it 10ms at least"),
        ('memory = "1MiB"', "memory: give it 32MiB at least"),
        ('memory = "1MB"', "memory: write a size like 64KiB or 256MiB"),
        ('on_error = "ignore"', "on_error: write fail, anonymous or stale"),
        ('trigger = "http"', 'trigger: write it like { http = "POST", auth = "key" }'),
        ('trigger = { http = "PUT" }', "http: write GET or POST"),
        ('trigger = { http = "POST", cron = "x" }',
         '"cron" is not known here; known: http, auth, site, origins, rate'),
        ('trigger = { auth = "key" }', "a trigger has one of http, schedule and event"),
        ('trigger = { http = "POST", site = "shop" }',
         'site: this is for auth = "visitor" only'),
        ('trigger = { http = "POST", rate = "1/s" }',
         'rate: this is for auth = "public" only'),
        ('trigger = { schedule = "0 9 * * *", zone = "Mars" }',
         'zone: "Mars" is no time zone; write it like Europe/Paris'),
        ('trigger = { schedule = "0 9 * * *", zone = "../../etc/passwd" }',
         'zone: "../../etc/passwd" is no time zone; write it like Europe/Paris'),
        ('trigger = [{ http = "GET" }, { http = "POST" }]',
         "trigger: a function is called over HTTP in one way: keep one"),
        ('sensitive = ["a b"]', 'sensitive: "a b" is not a name such as password'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_words(line: str, said: str):
    """Each message says what to write instead, and stands on its line."""
    assert complaints(written(line)) == [(3, said)]


def test_a_public_trigger_needs_origins_and_a_rate():
    """Anybody may call it, so it says from where and how often."""
    said = [
        message for _, message in complaints(written('trigger = {http="POST", auth="public"}'))
    ]
    assert len(said) == 2
    assert 'origins = ["https://…"]' in said[0]
    assert 'rate = "30/m"' in said[1]


@pytest.mark.parametrize(
    "dependency",
    [
        "evil @ git+https://host/repo",
        "evil @ file:///etc",
        "https://host/evil.whl",
        "./evil",
        "--index-url=https://host",
        "-r requirements.txt",
        "",
        "a\\nb",
    ],
)
def test_a_dependency_is_a_name_and_versions(dependency: str):
    """No place, file or option gets to uv by way of a requirement."""
    source = written(f'dependencies = ["{dependency}"]', tool=False)
    assert [line for line, _ in complaints(source)] == [2]


@pytest.mark.parametrize(
    "dependency",
    ["httpx", "httpx[http2]>=0.28,<1", "a.b-c_d == 1.*", "tomli ; python_version < '3.11'"],
)
def test_ordinary_requirements_are_let_through(dependency: str):
    """Versions, extras and markers are what requirements are made of."""
    source = written(f'dependencies = ["{dependency}"]', tool=False)
    assert read_manifest(source).dependencies == (dependency,)


def test_uv_settings_of_a_script_are_refused():
    """Where packages come from is not the function's to say."""
    source = written("[tool.uv]", 'index-url = "https://host"', tool=False)
    assert complaints(source) == [
        (2, "uv: the server says where packages come from: take this table out")
    ]


def test_a_python_that_is_not_here_is_refused():
    """A function for another Python is told which one this is."""
    (found,) = complaints(written('requires-python = "<3"', tool=False))
    assert found[0] == 2
    assert "this server runs Python 3." in found[1]


def test_broken_toml_is_told_with_its_line():
    """The place of TOML's own reader is turned into the place in the file."""
    ((line, message),) = complaints(written('description = "x"', "timeout ="))
    assert (line, message[:21]) == (4, "this is not TOML: Inv")


def test_two_blocks_are_an_error():
    """PEP 723 says so."""
    block = "# /// script\n# dependencies = []\n# ///\n"
    assert complaints(block + "\n" + block) == [
        (5, "there is a second script block: keep one")
    ]


def test_a_block_without_an_end_is_an_error():
    """Else everything in it would silently not count."""
    assert complaints("# /// script\n# dependencies = []\n\ndef main(): ...") == [
        (1, 'the block has no end: begin each line with "# ", and end it with "# ///"')
    ]


def test_a_source_that_is_no_text_is_refused():
    """NUL is no character of a source, and no database takes it."""
    assert complaints("x = 1\x00")[0][0] == 1
    assert examine("\ud800")[0] is None


def test_all_mistakes_are_told_at_once():
    """Who made three is told of three, in the order of the lines."""
    source = written('timeout = "x"', 'memory = "y"', "colour = 1")
    with pytest.raises(SourceRefused) as caught:
        read_manifest(source)
    assert [found.line for found in caught.value.findings] == [3, 4, 5]
    assert set(caught.value.fields) == {"line 3", "line 4", "line 5"}


def test_what_was_deployed_goes_on_under_another_python():
    """A stored version is read even if it would be refused today."""
    source = written(
        'requires-python = "<3"', "[tool.callingcard]", 'storage = ["a"]', tool=False
    )
    assert manifest_of(source).storage == ("a",)
