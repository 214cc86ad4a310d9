"""Environments are built once, whole, of wheels only, and collected when nobody needs them.

The index here is a folder with wheels made on the spot, so nothing leaves the machine.
"""

import asyncio
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from callingcard.functions.packages.environments import UvPackages, environment_id
from callingcard.functions.packages.resolver import Resolver
from callingcard.functions.ports.packages import Prepared
from callingcard.functions.service.deploying.refusals import (
    PackagesRefused,
    PackagesUnreachable,
)
from callingcard.kit.clock import FakeClock, SystemClock


def wheel(folder: Path, name: str, version: str, files: Mapping[str, str]) -> None:
    """Put a wheel with these files into *folder*."""
    about = f"{name}-{version}.dist-info"
    listed = {
        **files,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in listed) + f"{about}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**listed, f"{about}/RECORD": record}.items():
            archive.writestr(path, text)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Return a folder with two versions of one package, and one that starts by itself."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel(folder, "greet", "1.0", {"greet.py": "word = 'hello'\n"})
    wheel(
        folder,
        "sneaky",
        "1.0",
        {"sneaky.py": "x = 1\n", "sneaky.pth": "import sneaky\n", "sitecustomize.py": "1/0\n"},
    )
    return folder


def packages(
    tmp_path: Path, wheels: Path | None, *, clock: FakeClock | None = None, **more: object
) -> UvPackages:
    """Return packages whose only index is the folder; none means that uv is absent too."""
    environ = {"UV_FIND_LINKS": str(wheels), "UV_OFFLINE": "1"} if wheels else {}
    program = None if wheels else tmp_path / "no-uv"
    resolver = Resolver(tmp_path / "built" / "cache", environ=environ, program=program)
    return UvPackages(tmp_path / "built", resolver, clock or SystemClock(), **more)  # type: ignore[arg-type]


async def prepared(made: UvPackages, *names: str, upgrade: bool = False) -> Prepared:
    """Prepare these dependencies, and let nobody know."""
    return await made.prepare(names, ">=3.11", tell=lambda _: None, upgrade=upgrade)


def imported(folder: Path, text: str) -> str:
    """Return what a Python that has nothing else says when it runs *text*."""
    line = f"import sys; sys.path.append({str(folder)!r}); {text}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", line], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


async def test_nothing_asked_for_is_nothing_built(tmp_path: Path):
    """The standard library needs no uv."""
    assert await prepared(packages(tmp_path, None)) == Prepared()


async def test_an_environment_is_what_was_asked_for(tmp_path: Path, wheels: Path):
    """It can be imported from, its bytecode is there, and progress was told."""
    told: list[str] = []
    made = packages(tmp_path, wheels)
    done = await made.prepare(("greet>=1",), "", tell=told.append)
    place = made.locate(done.environment)
    assert imported(place, "import greet; print(greet.word)") == "hello"
    assert list(place.glob("__pycache__/greet.*.pyc"))
    assert done.environment == environment_id(done.lock)
    assert " + greet==1.0" in told
    assert list((tmp_path / "built" / "building").iterdir()) == []


async def test_what_is_there_needs_neither_network_nor_uv(tmp_path: Path, wheels: Path):
    """The same request again is answered from the disk, by another process too."""
    done = await prepared(packages(tmp_path, wheels), "greet")
    without = packages(tmp_path, None)
    assert await prepared(without, "greet") == done
    assert await without.ensure(done.lock) == done.environment
    with pytest.raises(PackagesUnreachable, match="uv is not installed"):
        await prepared(without, "greet", "sneaky")


async def test_a_lock_stays_until_newer_packages_are_asked_for(tmp_path: Path, wheels: Path):
    """A release of somebody else changes nothing by itself."""
    made = packages(tmp_path, wheels)
    first = await prepared(made, "greet")
    wheel(wheels, "greet", "2.0", {"greet.py": "word = 'hi'\n"})
    assert await prepared(made, "greet") == first
    newer = await prepared(made, "greet", upgrade=True)
    assert newer.environment != first.environment
    place = made.locate(newer.environment)
    assert imported(place, "import greet; print(greet.word)") == "hi"


async def test_a_lock_alone_is_enough_on_another_machine(tmp_path: Path, wheels: Path):
    """A node that did not do the deploy builds the very same."""
    done = await prepared(packages(tmp_path, wheels), "greet")
    other = tmp_path / "other"
    elsewhere = packages(other, wheels)
    assert await elsewhere.ensure(done.lock) == done.environment
    assert imported(elsewhere.locate(done.environment), "import greet; print(1)") == "1"


async def test_nothing_in_an_environment_starts_by_itself(tmp_path: Path, wheels: Path):
    """Neither a .pth file nor a sitecustomize is left of a package that brings them."""
    made = packages(tmp_path, wheels)
    place = made.locate((await prepared(made, "sneaky")).environment)
    names = {path.name for path in place.iterdir()}
    assert "sneaky.py" in names
    assert {"sneaky.pth", "sitecustomize.py"} & names == set()


async def test_what_has_no_wheel_is_refused(tmp_path: Path, wheels: Path):
    """Nothing is built at a deploy, so no code of a package runs at one."""
    source = wheels / "old-1.0"
    source.mkdir()
    ran = tmp_path / "ran"
    (source / "setup.py").write_text(
        f"open({str(ran)!r}, 'w')\nimport setuptools\nsetuptools.setup(name='old')\n"
    )
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: old\nVersion: 1.0\n")
    with tarfile.open(wheels / "old-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, "old-1.0")
    with pytest.raises(PackagesRefused, match="no wheel") as caught:
        await prepared(packages(tmp_path, wheels), "old")
    assert "old" in caught.value.hint
    assert not ran.exists()


async def test_packages_that_contradict_each_other_are_refused(tmp_path: Path, wheels: Path):
    """With uv's own words as the hint, and nothing left on the disk."""
    made = packages(tmp_path, wheels)
    with pytest.raises((PackagesRefused, PackagesUnreachable)) as caught:
        await prepared(made, "greet>5")
    assert "greet" in caught.value.hint
    assert list((tmp_path / "built" / "building").iterdir()) == []


async def test_a_password_of_an_index_is_in_no_error(tmp_path: Path):
    """What uv says is shown to people who deploy, and they are not the operator."""
    environ = {
        "UV_DEFAULT_INDEX": "http://user:hunter2hunter2@127.0.0.1:1/simple",
        "UV_HTTP_TIMEOUT": "2",
        "UV_HTTP_RETRIES": "0",
    }
    made = UvPackages(
        tmp_path / "built", Resolver(tmp_path / "cache", environ=environ), SystemClock()
    )
    told: list[str] = []
    with pytest.raises(PackagesUnreachable) as caught:
        await made.prepare(("greet",), "", tell=told.append)
    said = " ".join([caught.value.message, caught.value.hint, *told])
    assert "127.0.0.1" in said
    assert "hunter2" not in said


async def test_two_deploys_at_once_build_one_environment(tmp_path: Path, wheels: Path):
    """In one process they wait for each other; two processes end with the same."""
    first, second = packages(tmp_path, wheels), packages(tmp_path, wheels)
    done = await asyncio.gather(
        *(prepared(made, "greet") for made in (first, first, second, second))
    )
    assert len({one.environment for one in done}) == 1
    assert list((tmp_path / "built" / "building").iterdir()) == []


async def test_only_what_nobody_needs_is_collected(tmp_path: Path, wheels: Path):
    """Not what a version needs, a process runs in, or a deploy may be about to publish."""
    clock = FakeClock(SystemClock().now())
    wheel(wheels, "third", "1.0", {"third.py": ""})
    used: list[str] = []
    made = packages(tmp_path, wheels, clock=clock, in_use=lambda: used)
    needed, running, spare = [
        await prepared(made, name) for name in ("greet", "sneaky", "third")
    ]
    used.append(running.environment)
    assert await made.keep_only(frozenset({needed.lock})) == 0
    clock.advance(timedelta(hours=2))
    assert await made.keep_only(frozenset({needed.lock})) == 1
    assert made.locate(needed.environment)
    assert made.locate(running.environment)
    with pytest.raises(LookupError):
        made.locate(spare.environment)
    assert len(list((tmp_path / "built" / "locks").iterdir())) == 2
    assert await prepared(made, "third") == spare


async def test_what_a_killed_build_left_is_swept(tmp_path: Path, wheels: Path):
    """Half of an environment is never in its place, and not kept beside it either."""
    clock = FakeClock(SystemClock().now())
    made = packages(tmp_path, wheels, clock=clock)
    left = tmp_path / "built" / "building" / ("0" * 32)
    left.mkdir(parents=True)
    (left / "greet.py").write_text("")
    await made.keep_only(frozenset())
    assert left.exists()
    clock.advance(timedelta(hours=2))
    await made.keep_only(frozenset())
    assert not left.exists()


@pytest.mark.parametrize("name", ["", "..", "../x", "locks/x", "unknown"])
def test_an_environment_is_found_by_its_id_only(tmp_path: Path, name: str):
    """An id is no path."""
    with pytest.raises(LookupError):
        packages(tmp_path, None).locate(name)


BUILDING = """
import asyncio, os, sys
from pathlib import Path
from callingcard.functions.packages.environments import UvPackages
from callingcard.functions.packages.resolver import Resolver
from callingcard.kit.clock import SystemClock

folder, wheels = Path(sys.argv[1]), sys.argv[2]
environ = {"UV_FIND_LINKS": wheels, "UV_OFFLINE": "1"}
made = UvPackages(folder, Resolver(folder / "cache", environ=environ), SystemClock())

def tell(line):
    if line.startswith(sys.argv[3]):
        os.kill(os.getpid(), 9)

asyncio.run(made.prepare(("greet",), ">=3.11", tell=tell))
"""


@pytest.mark.parametrize(
    "line", ["resolving", "Resolved", "Prepared", "Installed", " + greet"]
)
async def test_a_build_that_is_killed_leaves_no_half(tmp_path: Path, wheels: Path, line: str):
    """Whenever it dies, the next deploy builds the whole."""
    folder = tmp_path / "built"
    argv = [sys.executable, "-c", BUILDING, str(folder), str(wheels), line]
    done = await asyncio.create_subprocess_exec(*argv)
    assert await done.wait() == -9
    assert [path for path in folder.glob("*") if len(path.name) == 32] == []
    made = packages(tmp_path, wheels)
    place = made.locate((await prepared(made, "greet")).environment)
    assert imported(place, "import greet; print(greet.word)") == "hello"
