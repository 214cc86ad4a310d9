"""Who is measured: our server, and the same endpoint written the obvious way by others."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from world import CACHE, ORIGIN, SECRET, World, address, bearer, free_port, start_hubspot

RIVALS = Path(__file__).parent / "rivals"
SERVER_CORE, LOAD_CORE = 0, 1


@dataclass(frozen=True)
class Contender:
    """One server: how it is started, and what is asked of it. ``{port}`` is filled in."""

    name: str
    command: tuple[str, ...]
    site: str = "bench"
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = RIVALS


def pinned(core: int, command: tuple[str, ...]) -> tuple[str, ...]:
    """Return *command* on one core, where the machine can be told so."""
    if shutil.which("taskset") is None or (os.cpu_count() or 1) < 2:
        return command
    return ("taskset", "-c", str(core), *command)


@contextmanager
def running(contender: Contender, world: World) -> Generator[tuple[str, int]]:
    """Start a server and check it; give its URL and process group; then end it."""
    port = free_port()
    command = tuple(part.replace("{port}", str(port)) for part in contender.command)
    with (CACHE / "server.log").open("wb") as log:
        process = subprocess.Popen(
            pinned(SERVER_CORE, command),
            cwd=contender.folder,
            env={**world.environment, "PORT": str(port), **contender.environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}/v1/sites/{contender.site}/token"
        check(contender, url)
        yield url, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def cpu_seconds(group: int) -> float:
    """Return the processor time that a process group has used; 0.0 where nobody can tell."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def check(contender: Contender, url: str) -> None:
    """Raise unless the server hands tokens out, and to nobody else."""
    good = {"Authorization": f"Bearer {bearer(0, 0)}", "Origin": ORIGIN}
    forged = {**good, "Authorization": f"Bearer {bearer(0, 0, secret=SECRET[::-1])}"}
    foreign = {**good, "Origin": "https://evil.example"}
    with httpx.Client() as client:
        deadline = time.monotonic() + 20
        while True:
            try:
                answers = [client.post(url, headers=h) for h in (good, forged, foreign)]
                break
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
    found = [answer.status_code for answer in answers]
    if found != [200, 401, 403]:
        raise RuntimeError(f"{contender.name} answers {found}, not 200, 401, 403")
    body = answers[0].json()
    if not body["token"] or body["identity"]["email"] != address(0):
        raise RuntimeError(f"{contender.name} does not hand out a token")


def ours() -> list[Contender]:
    """Return the real ``callingcard serve``: one token that is kept, one that is signed."""
    config = CACHE / "callingcard.toml"
    config.write_text(f"""
data_dir = "{CACHE / "data"}"
[log]
level = "warning"
[sites.bench]
platform = "hubspot"
origins = ["{ORIGIN}"]
[sites.bench.jwt]
issuer = "shop"
keys = [{{ kid = "bench", secret = "{SECRET}" }}]
[sites.bench.hubspot]
access_token = "pat-of-a-benchmark"
base_url = "{start_hubspot()}"
[sites.signed]
platform = "desk"
origins = ["{ORIGIN}"]
[sites.signed.jwt]
issuer = "shop"
keys = [{{ kid = "bench", secret = "{SECRET}" }}]
[sites.signed.desk]
base_url = "http://127.0.0.1:8400"
inbox = "web"
key_id = "bench"
secret = "another secret of a benchmark, just as public"
""")
    serve = (sys.executable, "-m", "callingcard", "serve", "--config", str(config))
    command = (*serve, "--port", "{port}")
    return [
        Contender("callingcard, cached token", command, folder=CACHE),
        Contender("callingcard, signed token", command, site="signed", folder=CACHE),
    ]


def rivals(redis_url: str) -> list[Contender]:
    """Return those that can be had here; say which cannot, and why."""
    found: list[Contender] = []
    for name, make in (("python", _python), ("fastify", _fastify), ("go", _go)):
        try:
            found += make(redis_url)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"without {name}: {type(error).__name__}: {error}", file=sys.stderr)
    return found


def _python(redis_url: str) -> list[Contender]:
    """Install the Python rivals in an environment of their own."""
    home = CACHE / "python"
    python, uv = str(home / "bin" / "python"), shutil.which("uv") or "uv"
    if not home.exists():
        _run(uv, "venv", "-q", "--python", sys.executable, str(home))
        packages = ("fastapi", "uvicorn[standard]", "pyjwt", "flask", "gunicorn")
        _run(uv, "pip", "install", "-q", "--python", python, *packages, "redis[hiredis]")
    uvicorn = (python, "-m", "uvicorn", "--port", "{port}", "--no-access-log")
    fastapi = (*uvicorn, "fastapi_app:app")
    gunicorn = (python, "-m", "gunicorn", "-b", "127.0.0.1:{port}", "-w", "1")
    found = [
        Contender("FastAPI, uvicorn, PyJWT", fastapi),
        Contender("Starlette, uvicorn, PyJWT", (*uvicorn, "starlette_app:app")),
        Contender("Flask, gunicorn, PyJWT", (*gunicorn, "flask_app:app")),
    ]
    if redis_url:
        found.insert(
            1,
            Contender(
                "FastAPI, uvicorn, PyJWT, Redis",
                fastapi,
                environment={"BENCH_REDIS": redis_url},
            ),
        )
    return found


def _fastify(_redis_url: str) -> list[Contender]:
    """Install Fastify with the Node.js that is there."""
    home = CACHE / "fastify"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise FileNotFoundError("there is no Node.js on the PATH")
    home.mkdir(exist_ok=True)
    for file in ("package.json", "server.mjs"):
        shutil.copy(RIVALS / "fastify" / file, home / file)
    if not (home / "node_modules").exists():
        _run(npm, "install", "--silent", "--no-fund", "--no-audit", folder=home)
    return [Contender("Fastify, @fastify/jwt", (node, "server.mjs"), folder=home)]


def _go(_redis_url: str) -> list[Contender]:
    """Compile the Go rival."""
    go = shutil.which("go")
    if go is None:
        raise FileNotFoundError("there is no Go on the PATH")
    binary = CACHE / "gohttp"
    environment = {**os.environ, "GO111MODULE": "off", "GOCACHE": str(CACHE / "go")}
    _run(go, "build", "-o", str(binary), "main.go", folder=RIVALS / "go", env=environment)
    return [Contender("Go, net/http, crypto/hmac", (str(binary),))]


def _run(*command: str, folder: Path | None = None, env: dict[str, str] | None = None) -> None:
    """Run a preparation, which may take a while the first time."""
    subprocess.run(command, check=True, cwd=folder, env=env, timeout=300)
