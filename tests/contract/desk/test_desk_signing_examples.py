"""The programs that we hand out sign tokens that the desk believes."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.support.desk_house import House

from callingcard.desk.model.evidence import Evidence
from callingcard.desk.service.visitors.signing_examples import Example, examples
from callingcard.kit.clock import FakeClock, SystemClock

RUNNERS = {
    "Python": ["python3"],
    "Node": ["node"],
    "PHP": ["php"],
    "Ruby": ["ruby"],
    "Go": ["go", "run"],
    "Java": ["java"],
}


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that stands at the real time, which the programs read."""
    return FakeClock(SystemClock().now())


async def run(example: Example, folder: Path, **environment: str) -> str:
    """Run the program and return what it printed."""
    command = RUNNERS[example.language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    (folder / example.file).write_text(example.code, encoding="utf-8")
    running = await asyncio.create_subprocess_exec(
        *command,
        example.file,
        cwd=folder,
        env={**os.environ, "GOFLAGS": "-mod=mod", "GO111MODULE": "off", **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await asyncio.wait_for(running.communicate(), 120)
    assert running.returncode == 0
    return printed.decode().strip()


@pytest.mark.parametrize("language", RUNNERS)
async def test_an_example_signs_a_visitor_in(house: House, language: str, tmp_path: Path):
    """The token that the program prints names Ada, her id and her plan."""
    key, secret = await house.inboxes.create_key("web")
    example = next(one for one in examples(key, "web") if one.language == language)
    token = await run(example, tmp_path, CALLINGCARD_SIGNING_SECRET=secret)
    opened = await house.enter(token=token)
    assert opened.session.evidence is Evidence.SIGNED
    assert opened.session.person is not None
    assert opened.session.person.email == "ada@example.com"
    assert opened.session.person.external_id == "u-7"
    assert dict(opened.session.person.properties) == {"plan": "pro"}
    assert opened.first_name == "Ada"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_an_example_signs_with_a_private_key(
    house: House, algorithm: str, tmp_path: Path
):
    """The key's file stays with the customer; the desk believes what it signed."""
    private = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[algorithm]()
    file = tmp_path / "key.pem"
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = await house.inboxes.trust_key("web", algorithm=algorithm, public_key=public.decode())
    assert key.masked.startswith("SHA256:")
    (example,) = examples(key, "web")
    token = await run(example, tmp_path, CALLINGCARD_PRIVATE_KEY_FILE=str(file))
    assert (await house.enter(token=token)).session.evidence is Evidence.SIGNED


async def test_every_example_names_its_key_and_keeps_the_secret_out(house: House):
    """No placeholder is left, and what signs comes from the environment."""
    key, secret = await house.inboxes.create_key("web", kid="k-1")
    for example in examples(key, "web"):
        assert "__" not in example.code.replace("__main__", "")
        assert "k-1" in example.code
        assert "CALLINGCARD_SIGNING_SECRET" in example.code
        assert secret not in example.code
