"""Mail is handed to an SMTP server, tried again when that helps, and never logged."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from callingcard.backends.mail.smtp import MailQueueFull, MailServer, SmtpMail
from callingcard.backends.mail.stand_ins import LoggedMail, NoMail
from callingcard.desk.ports.mail import Letter
from callingcard.errors import ConfigError
from callingcard.kit.clock import FakeClock

LETTER = Letter("ada@example.com", "Your code", "123456\n.\nEnter it.\n")
SOON = (timedelta(milliseconds=1),)


@dataclass
class Server:
    """An SMTP server that keeps what it is given and answers as told."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    refusals: list[str] = field(default_factory=list[str])
    """What RCPT is answered, one after the other, before it is accepted."""
    mails: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue[bytes])
    logins: list[str] = field(default_factory=list[str])
    tries: int = 0
    talks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SMTP (RFC 5321) with one client."""
        task = asyncio.current_task()
        assert task is not None
        self.talks.append(task)
        writer.write(b"220 test ESMTP\r\n")
        while line := (await reader.readline()).decode():
            verb = line[:4].upper()
            if verb == "EHLO":
                secure = writer.get_extra_info("ssl_object") is not None
                offers = "AUTH PLAIN" if secure or self.tls is None else "STARTTLS"
                writer.write(f"250-test\r\n250 {offers}\r\n".encode())
            elif verb == "STAR":
                assert self.tls is not None
                writer.write(b"220 go on\r\n")
                await writer.start_tls(self.tls)
            elif verb == "AUTH":
                self.logins.append(line.split()[2])
                writer.write(b"235 ok\r\n")
            elif verb == "RCPT":
                self.tries += 1
                answer = self.refusals.pop(0) if self.refusals else "250 ok"
                writer.write(f"{answer}\r\n".encode())
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 taken\r\n")
                self.mails.put_nowait(body.removesuffix(b".\r\n"))
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()
        with suppress(ConnectionError):  # the client may have gone before us
            await writer.wait_closed()


@asynccontextmanager
async def running(server: Server, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Let *server* listen on a port of its own."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
        await asyncio.gather(*server.talks)


def plain(server: Server) -> MailServer:
    """Return how to reach *server* without TLS."""
    return MailServer("127.0.0.1", "chat@shop.example", server.port, "none")


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server called ``localhost`` shows, and what believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    shows = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shows.load_cert_chain(file)
    return shows, ssl.create_default_context(cafile=file)


async def test_a_letter_arrives_as_it_was_written(clock: FakeClock):
    """From, to, subject, date and text, and a word that no machine should answer."""
    async with running(Server()) as server, SmtpMail(plain(server), clock) as mail:
        mail.post(LETTER)
        raw = await asyncio.wait_for(server.mails.get(), 10)
    message = message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=default)
    assert message["From"] == "chat@shop.example"
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Your code"
    assert message["Date"].datetime == clock.now()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text


async def test_what_fails_for_now_is_tried_again_and_blocks_nobody(clock: FakeClock):
    """A greylisted address waits; the next letter goes ahead; both arrive."""
    server = Server(refusals=["451 later"])
    async with running(server), SmtpMail(plain(server), clock, waits=SOON) as mail:
        mail.post(LETTER)
        mail.post(Letter("grace@example.com", "Second", "x"))
        arrived = {
            message_from_bytes(await asyncio.wait_for(server.mails.get(), 10))["To"]
            for _ in range(2)
        }
    assert arrived == {"ada@example.com", "grace@example.com"}
    assert server.tries == 3


async def test_what_fails_for_good_is_told_without_the_address(clock: FakeClock):
    """A refused address is given up at once, and neither it nor the code is logged."""
    server = Server(refusals=["550 no ada@example.com here"])
    with structlog.testing.capture_logs() as lines:
        async with running(server), SmtpMail(plain(server), clock, waits=SOON) as mail:
            mail.post(LETTER)
            mail.post(Letter("grace@example.com", "Second", "x"))
            await asyncio.wait_for(server.mails.get(), 10)
    assert [line["event"] for line in lines] == ["a letter was not sent"]
    assert "ada" not in str(lines)
    assert "123456" not in str(lines)
    assert server.tries == 2


async def test_a_password_goes_over_tls_only(clock: FakeClock, tmp_path: Path):
    """After STARTTLS with a certificate that is believed; else nothing is sent at all."""
    shows, believes = certificate(tmp_path)
    async with running(Server(tls=shows)) as server:
        told = MailServer(
            "localhost", "chat@shop.example", server.port, username="u", password="secret-p"
        )
        assert "secret-p" not in repr(told)
        async with SmtpMail(told, clock, trust=believes) as mail:
            mail.post(LETTER)
            await asyncio.wait_for(server.mails.get(), 10)
        assert len(server.logins) == 1
    async with running(Server(), shows) as server:
        told = replace(told, port=server.port, security="tls")
        with structlog.testing.capture_logs() as lines:
            async with SmtpMail(told, clock, waits=()) as mail:
                mail.post(LETTER)
                async with asyncio.timeout(10):
                    while not lines:  # noqa: ASYNC110  (the log has no event to wait for)
                        await asyncio.sleep(0.01)
        assert lines[0]["problem"] == "SSLCertVerificationError"
        assert (server.logins, server.mails.qsize()) == ([], 0)
    with pytest.raises(ConfigError):
        MailServer("mail.example", "a@shop.example", 25, "none", username="u")


async def test_a_server_that_is_away_keeps_no_more_than_a_thousand_letters(clock: FakeClock):
    """Who posts more is told to wait, instead of filling the memory."""
    mail = SmtpMail(MailServer("127.0.0.1", "chat@shop.example", 1, "none"), clock)
    for _ in range(1000):
        mail.post(LETTER)
    with pytest.raises(MailQueueFull):
        mail.post(LETTER)


def test_a_demo_prints_the_code_and_no_mail_is_no_mail():
    """A demo logs the code without the address; without a server nothing is taken."""
    with structlog.testing.capture_logs() as lines:
        LoggedMail().post(LETTER)
    assert "123456" in lines[0]["says"]
    assert "ada" not in str(lines)
    assert (LoggedMail().ready, NoMail().ready) == (True, False)
    with pytest.raises(ConfigError):
        NoMail().post(LETTER)


def test_a_subject_cannot_add_a_header(clock: FakeClock):
    """A line break in a subject is refused, not sent."""
    mail = SmtpMail(MailServer("127.0.0.1", "chat@shop.example", 1, "none"), clock)
    with pytest.raises(ValueError, match="line break"):
        mail.post(Letter("ada@example.com", "x\r\nBcc: all@example.com", "y"))
