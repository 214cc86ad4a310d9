"""No URL, name or redirect leads a call inside one's own network."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from callingcard.backends.addresses import checked_url, forbidden
from callingcard.backends.guarded import CallStopped, GuardedFetch, Outgoing

PUBLIC = "93.184.215.14"

REFUSED_ALWAYS = [
    "",
    "api.example.com",
    "//api.example.com/",
    "ftp://api.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "https://",
    "https:///path",
    "https://user@api.example.com/",
    "https://user:pw@api.example.com/",
    "https://api.example.com@127.0.0.1/",
    "https://api.example.com\\@127.0.0.1/",
    "https://127.0.0.1\\.api.example.com/",
    "https://api.example.com#@127.0.0.1/",
    "https://api.example.com:0/",
    "https://api.example.com:65536/",
    "https://api.example.com:443:80/",
    "https://api.example.com./",
    "https://.example.com/",
    "https://api..example.com/",
    "https://-api.example.com/",
    "https://api_.example.com-/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://0177.0.0.01/",
    "https://127.1/",
    "https://127.0.1/",
    "https://010.0.0.1/",
    "https://1.2.3.4.5/",
    "https://256.1.1.1/",
    "https://api.example.0x1/",
    "https://127。0。0。1/",
    "https://127\uff0e0\uff0e0\uff0e1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://löcalhost/",
    "https://api.example.com/ü",
    "https://api.exam ple.com/",
    "https://api.example.com/\r\nHost: x",
    "https://api.example.com/\x00",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[::1/",
    "https://[::ffff:93.184.215.14]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::5db8:d70e]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[2001:db8::1]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[::]/",
    "https://[fd00:ec2::254]/",
    "https://[100::1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%2f@api.example.com/",
    "https://" + "a" * 64 + ".com/",
    "https://" + "a." * 130 + "com/",
]
REFUSED_UNLESS_PRIVATE = [
    "http://api.example.com/",
    "https://api.example.com:22/",
    "https://api.example.com:80/",
    "https://127.0.0.1/",
    "https://127.8.8.8/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://198.18.0.1/",
    "https://[::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
]
ACCEPTED = [
    "https://api.example.com",
    "https://API.Example.com/Path?q=1",
    "https://api.example.com:8443/x",
    "https://xn--bcher-kva.example/",
    f"https://{PUBLIC}/",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    "https://api.example.com/a@b",
]


@pytest.mark.parametrize("url", REFUSED_ALWAYS)
@pytest.mark.parametrize("private", [False, True])
def test_a_disguised_or_forbidden_host_is_refused(url: str, private: Any):
    """No spelling leads to an address that nothing may be called at, private or not."""
    with pytest.raises(ValueError, match=r"."):
        checked_url(url, private=private)


@pytest.mark.parametrize("url", REFUSED_UNLESS_PRIVATE)
def test_a_private_target_is_refused_until_it_is_meant(url: str):
    """Private addresses, plain HTTP and odd ports need ``private = true``."""
    with pytest.raises(ValueError, match="private = true"):
        checked_url(url)
    assert checked_url(url, private=True).host in url


@pytest.mark.parametrize("url", ACCEPTED)
def test_a_public_target_is_accepted(url: str):
    """What is an ordinary URL stays one; the host is in lower case."""
    target = checked_url(url)
    assert target.host == target.host.lower()
    assert target.target.startswith("/")
    assert target.port in {443, 8443}


def test_path_and_query_keep_their_case():
    """Only the host is made lower case."""
    assert checked_url("https://API.Example.com/Path?Q=A").target == "/Path?Q=A"


@pytest.mark.parametrize(
    ("text", "private", "allowed"),
    [
        (PUBLIC, False, True),
        ("10.1.2.3", False, False),
        ("10.1.2.3", True, True),
        ("169.254.169.254", True, False),
        ("::ffff:10.0.0.1", True, False),
        ("2606:2800:220:1::1", False, True),
        ("4000::1", False, False),
    ],
)
def test_addresses_are_judged_one_by_one(text: str, private: Any, allowed: Any):
    """An address is public, or private and meant to be, or refused."""
    assert (forbidden(ipaddress.ip_address(text), private=private) == "") is allowed


class Dial(httpcore.AsyncNetworkBackend):
    """Connects to *port* of this machine whatever is asked, and remembers what was."""

    def __init__(self, port: int = 0) -> None:
        self.asked: list[str] = []
        self._port = port
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(self, host: str, _port: int, *args: Any, **options: Any):
        """Note *host*; connect to our own server."""
        self.asked.append(host)
        if not self._port:
            raise httpcore.ConnectError("nobody")
        return await self._inner.connect_tcp("127.0.0.1", self._port, *args, **options)


def resolving(*answers: list[str]):
    """Return a resolver that gives each answer in turn, and the last ever after."""
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def call(url: str = "https://api.example.com/x", *, private: bool = False) -> Outgoing:
    """Return a call of *url*."""
    return Outgoing("GET", checked_url(url, private=private), private=private)


@asynccontextmanager
async def serving(reply: bytes, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Any]:
    """Serve *reply* to everybody; yield the port, what was asked, and for which name."""
    heard: list[bytes] = []
    names: list[str | None] = []

    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while True:
            try:
                heard.append(await reader.readuntil(b"\r\n\r\n"))
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            writer.write(reply)
            await writer.drain()
            if b"close" in reply:
                break
        writer.close()

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: names.append(name)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], heard, names
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with suppress(OSError, ssl.SSLError):
                await writer.wait_closed()
        await server.wait_closed()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.0.0.7"],
        [PUBLIC, "127.0.0.1"],
        [PUBLIC, "::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%eth0"],
        ["169.254.169.254"],
    ],
)
async def test_a_name_with_any_address_that_is_not_public_is_refused(addresses: list[str]):
    """One bad address among good ones is enough, and nothing is connected to."""
    async with serving(OK) as (port, heard, _):
        dial = Dial(port)
        fetch = GuardedFetch(resolve=resolving(addresses), dial=dial)
        with pytest.raises(CallStopped) as refused:
            await fetch.send(call())
        await fetch.close()
    assert (refused.value.cause, dial.asked, heard) == ("address", [], [])


async def test_a_name_that_is_not_known_is_told_apart():
    """Names nobody knows are another trouble than addresses that are refused."""

    async def nobody(host: str, port: int) -> list[str]:
        raise OSError

    fetch = GuardedFetch(resolve=nobody, dial=Dial())
    with pytest.raises(CallStopped) as stopped:
        await fetch.send(call())
    assert (stopped.value.cause, stopped.value.retryable) == ("name", True)


async def test_a_real_server_of_this_machine_is_not_reached():
    """With the system's own resolver and sockets, localhost stays out of reach."""
    async with serving(OK) as (port, heard, _):
        fetch = GuardedFetch()
        with pytest.raises(CallStopped) as refused:
            await fetch.send(call("https://localhost:8443/"))
        assert refused.value.cause == "address"
        reply = await fetch.send(call(f"http://localhost:{port}/", private=True))
        await fetch.close()
    assert (reply.status, reply.body, len(heard)) == (200, b"hi", 1)


async def test_a_private_connection_is_not_shared_with_a_public_call():
    """A connection that one connector may have is not lent to another that may not."""
    async with serving(OK) as (port, heard, _):
        url = f"http://localhost:{port}/"
        fetch = GuardedFetch()
        await fetch.send(call(url, private=True))
        public = Outgoing("GET", checked_url(url, private=True), private=False)
        with pytest.raises(CallStopped):
            await fetch.send(public)
        await fetch.close()
    assert len(heard) == 1


def certificate(folder: Path, names: Iterable[str]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return contexts for a server with a certificate for *names*, and for who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


async def test_the_address_looked_at_is_the_one_connected_to(tmp_path: Path):
    """A name that changes its mind gains nothing; TLS and Host still have the name."""
    server, trust = certificate(tmp_path, ["api.example.com"])
    async with serving(OK, tls=server) as (port, heard, names):
        dial = Dial(port)
        fetch = GuardedFetch(resolve=resolving([PUBLIC], ["127.0.0.1"]), dial=dial, tls=trust)
        assert (await fetch.send(call())).status == 200
        assert dial.asked == [PUBLIC]
        assert names == ["api.example.com"]
        assert b"Host: api.example.com\r\n" in heard[0]
        await fetch.close()  # so that the next call needs a connection, and so an address
        with pytest.raises(CallStopped) as refused:
            await fetch.send(call())
        assert (refused.value.cause, dial.asked) == ("address", [PUBLIC])
        await fetch.close()


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path):
    """Whoever answers at the address must be who the name says."""
    server, trust = certificate(tmp_path, ["other.example.com"])
    async with serving(OK, tls=server) as (port, heard, _):
        fetch = GuardedFetch(resolve=resolving([PUBLIC]), dial=Dial(port), tls=trust)
        with pytest.raises(CallStopped) as refused:
            await fetch.send(call())
        await fetch.close()
    assert (refused.value.cause, refused.value.retryable, heard) == ("tls", False, [])


async def test_redirects_are_handed_back_unfollowed():
    """A reply that leads elsewhere is a reply, and no second call is made."""
    away = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with serving(away) as (port, heard, _):
        fetch = GuardedFetch()
        reply = await fetch.send(call(f"http://127.0.0.1:{port}/", private=True))
        await fetch.close()
    assert (reply.status, len(heard)) == (302, 1)


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b"x" * 99, "large"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", "reply"),
        (b"nonsense\r\n\r\nclose", "connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nx", "connection"),
    ],
)
async def test_a_reply_that_is_too_much_or_broken_is_refused(reply: bytes, cause: str):
    """Length, packing and a connection that breaks are each told."""
    async with serving(reply) as (port, _, _):
        fetch = GuardedFetch()
        target = checked_url(f"http://127.0.0.1:{port}/", private=True)
        with pytest.raises(CallStopped) as stopped:
            await fetch.send(Outgoing("GET", target, private=True, max_reply_bytes=50))
        await fetch.close()
    assert stopped.value.cause == cause


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch):
    """A proxy in the environment is not used: it would choose addresses in our place."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(OK) as (port, _, _):
        fetch = GuardedFetch()
        reply = await fetch.send(call(f"http://127.0.0.1:{port}/", private=True))
        await fetch.close()
    assert reply.status == 200
