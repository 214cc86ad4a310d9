"""What the guides say is so: their code is the examples', and what stands alone is run."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.support.processes import Product, free_port

from callingcard.identity.model import Visitor
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.clock import SystemClock

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
FRAMEWORKS = ("fastapi", "starlette", "flask", "django")
PREFIXES = ("CALLINGCARD_", "HUBSPOT_")
SECRET = hashlib.sha256(b"the shop of the guides").hexdigest()


def blocks(guide: str, language: str) -> list[str]:
    """Return the code of *language* in a guide, without their margins."""
    text = (GUIDES / f"{guide}.md").read_text()
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(code) for named, code in found if named == language]


def lines(code: str) -> str:
    """Return *code* without the lines that hold nothing, and without margins."""
    return "\n".join(line.strip() for line in code.splitlines() if line.strip())


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_code_of_a_guide_is_the_code_of_its_example(name: str):
    """Every block of Python stands in the example, which other tests run."""
    example = lines((ROOT / "examples" / name / "app.py").read_text())
    code = blocks(name, "python")
    assert len(code) >= 2
    assert [block for block in code if lines(block) not in example] == []


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_page_of_a_guide_is_the_page_of_its_example(name: str):
    """The script's tag, and what signs out."""
    page = next((ROOT / "examples" / name).rglob("page.html")).read_text()
    shown = lines(page.replace("{{ desk }}", "http://127.0.0.1:8400"))
    assert lines(blocks(name, "html")[0]) in shown
    assert lines(blocks(name, "js")[1]) in shown


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_guide_is_run_as_its_readme_says(name: str):
    """The two commands are the same."""
    readme = (ROOT / "examples" / name / "README.md").read_text()
    commands = re.findall(r"^```\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    guide = (GUIDES / f"{name}.md").read_text()
    assert len(commands) == 2
    assert [command for command in commands if f"```\n{command}```" not in guide] == []


def test_every_link_of_the_guides_and_examples_leads_somewhere():
    """A file that is named is there."""
    pages = [*GUIDES.glob("*.md"), *(ROOT / "examples").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text())
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


@dataclass(frozen=True)
class Language:
    """How the proof of a language is called: what is added to it, and what runs it."""

    program: str
    ending: str
    call: str
    command: tuple[str, ...] = ()
    head: str = ""


LANGUAGES = {
    "js": Language(
        "node",
        "mjs",
        'process.stdout.write(proof({ id: 7, email: "ada@example.com",'
        ' emailVerified: true, firstName: "Ada" }));',
    ),
    "php": Language(
        "php",
        "php",
        "echo proof(['id' => 7, 'email' => 'ada@example.com', 'email_verified' => true,"
        " 'first_name' => 'Ada']);",
        head="<?php\n",
    ),
    "ruby": Language(
        "ruby",
        "rb",
        'print proof({ id: 7, email: "ada@example.com", email_verified: true,'
        ' first_name: "Ada" })',
    ),
    "go": Language(
        "go",
        "go",
        'func main() {\n\tsigned, err := proof(User{ID: "7", Email: "ada@example.com",'
        ' FirstName: "Ada", EmailVerified: true})\n'
        "\tif err != nil {\n\t\tpanic(err)\n\t}\n\tos.Stdout.WriteString(signed)\n}\n",
        command=("run",),
    ),
}


def signed_by(name: str, folder: Path) -> str:
    """Return the proof that the guide's code in the language *name* makes for Ada."""
    language = LANGUAGES[name]
    program = shutil.which(language.program)
    if program is None:
        pytest.skip(f"{language.program} is not on this machine")
    code = next(block for block in blocks("any-stack", name) if "proof(" in block)
    file = folder / f"main.{language.ending}"
    file.write_text(f"{language.head}{code}\n{language.call}\n")
    ran = subprocess.run(
        [program, *language.command, str(file)],
        env={**os.environ, "SHOP_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_proof_of_another_language_is_genuine(name: str, tmp_path: Path):
    """The code of the guide signs what the settings of the guide believe."""
    settings = tomllib.loads(blocks("any-stack", "toml")[0])["sites"]["shop"]["jwt"]
    keys = [JwtKey(key["kid"], SECRET) for key in settings["keys"]]
    proof = JwtProof(keys, audience=settings["audience"], issuer=settings["issuer"])
    found = proof.verify(signed_by(name, tmp_path), SystemClock().now())
    ada = Visitor("ada@example.com", email_verified=True, user_id="7", first_name="Ada")
    assert found == ada


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Do what the guide for any stack says, as it stands there, on a port of our own."""
    folder, port = tmp_path_factory.mktemp("service"), free_port()
    (folder / "callingcard.toml").write_text(blocks("any-stack", "toml")[0])
    steps = next(block for block in blocks("any-stack", "") if "callingcard serve" in block)
    script = steps.replace("8400", str(port)).replace("callingcard serve", "env -0")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        [shutil.which("bash") or "/bin/bash", "-euc", script],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    exported = [line.partition("=") for line in ran.stdout.split("\0")]
    wanted = {name: value for name, _, value in exported if name.startswith(PREFIXES)}
    product = Product(folder, "serve", port=port, settings={**wanted, "SHOP_SECRET": SECRET})
    yield product.start()
    product.stop()


def check_signed(service: Product, reply: httpx.Response) -> None:
    """Assert that *reply* has a token for Ada that the desk believes."""
    assert reply.status_code == 200, reply.text
    session = {"email": "ada@example.com", "token": reply.json()["token"]}
    url = f"{service.url}/v1/widget/web/session"
    opened = httpx.post(url, json=session, trust_env=False)
    assert opened.json()["evidence"] == "signed"


def test_the_service_of_the_guide_takes_the_proof_of_the_guide(
    service: Product, tmp_path: Path
):
    """From a page of the site, from no other page, and only as long as it is genuine."""
    url, proof = f"{service.url}/v1/sites/shop/token", signed_by("js", tmp_path)
    given = {"Authorization": f"Bearer {proof}", "Origin": "https://shop.example"}
    check_signed(service, httpx.post(url, json={}, headers=given, trust_env=False))
    for headers, status, code in (
        ({**given, "Origin": "https://evil.example"}, 403, "identity.origin_not_allowed"),
        ({**given, "Authorization": f"Bearer {proof}x"}, 401, "identity.proof_invalid"),
    ):
        reply = httpx.post(url, json={}, headers=headers, trust_env=False)
        assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert httpx.delete(url, headers=given, trust_env=False).status_code == 204


def test_the_service_of_the_guide_takes_the_key_of_the_guide(service: Product):
    """The request that the guide writes for curl, with the key that it makes."""
    command = next(block for block in blocks("any-stack", "") if "keys create shop" in block)
    key = service.run(*command.split()[1:])
    request = blocks("any-stack", "sh")[0]
    body = re.search(r"-d '(.*)'", request)
    address = re.search(r"https://chat\.your\.company(\S+)", request)
    assert body is not None
    assert address is not None
    headers = {"Authorization": f"Bearer {key}"}
    reply = httpx.post(
        f"{service.url}{address[1]}",
        json=json.loads(body[1]),
        headers=headers,
        trust_env=False,
    )
    check_signed(service, reply)


def test_the_last_command_of_the_guide_prints_a_token(service: Product):
    """As the guide says, with the same variables in another terminal."""
    command = next(b for b in blocks("any-stack", "") if b.startswith("callingcard token"))
    assert len(service.run(*command.split()[1:]).strip()) > 20
