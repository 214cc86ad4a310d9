"""Sends mail by SMTP, one letter after the other, behind a queue of bounded length.

Letters are taken at once and sent in a thread; what fails for now is tried again for
about a minute. They are kept in memory alone: what they are for is over within minutes.

Invariant: neither an address nor a letter's text is logged, and a password goes only
over TLS or to this very machine.
"""

import asyncio
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final, Literal, Protocol, Self

import structlog

from callingcard.errors import ConfigError, LimitExceeded
from callingcard.kit.clock import Clock

MAX_WAITING: Final = 1000
LIMIT: Final = timedelta(seconds=15)
"""How long the server may take for one step."""

WAITS: Final = (timedelta(seconds=2), timedelta(seconds=15), timedelta(seconds=45))
"""How long after a passing failure a letter is tried again."""

_TEMPORARY: Final = range(400, 500)
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})

log = structlog.get_logger("callingcard.mail")


class MailQueueFull(LimitExceeded):
    """More letters wait than the mail server takes."""

    code = "mail.queue_full"


class Posted(Protocol):
    """A letter: what it says, and to whom."""

    @property
    def to(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and from whom it is."""

    host: str
    sender: str
    """The address that letters are from."""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` is for a relay on this machine or in its own network."""
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse to show a password to whoever listens; raises ConfigError."""
        if self.username and self.security == "none" and self.host not in _LOCAL:
            raise ConfigError(
                "the mail server's password would cross the network in plain text",
                hint='Set mail.security to "starttls" or "tls".',
            )


@dataclass(frozen=True, slots=True)
class _Try:
    """A letter on its way, and how often it failed."""

    letter: Posted = field(repr=False)
    number: int = 0


class SmtpMail:
    """Sends while its block runs: ``async with SmtpMail(server, clock) as mail:``."""

    def __init__(
        self,
        server: MailServer,
        clock: Clock,
        *,
        trust: ssl.SSLContext | None = None,
        waits: tuple[timedelta, ...] = WAITS,
    ) -> None:
        """Believe the certificates that *trust* does: the system's, when not given."""
        self._server = server
        self._clock = clock
        self._trust = trust
        self._waits = waits
        self._letters: asyncio.Queue[_Try] = asyncio.Queue(MAX_WAITING)
        self._task: asyncio.Task[None] | None = None
        self._sending: asyncio.Future[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a server that letters can be handed to."""
        return True

    async def __aenter__(self) -> Self:
        """Begin to send."""
        self._task = asyncio.create_task(self._work(), name="mail")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop when the letter at hand is handed in; what waits is not sent."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=LIMIT.total_seconds())
            if self._sending.done():
                self._sending.exception()  # looked at, or the loop complains of it

    def post(self, letter: Posted) -> None:
        """Take a letter, to be sent soon; raises MailQueueFull."""
        if any(sign in letter.to + letter.subject for sign in "\r\n"):
            raise ValueError("a line break would begin another header")
        try:
            self._letters.put_nowait(_Try(letter))
        except asyncio.QueueFull as error:
            raise MailQueueFull(
                "too many letters wait to be sent", retry_after=timedelta(minutes=1)
            ) from error

    async def _work(self) -> None:
        while True:
            attempt = await self._letters.get()
            try:
                # The thread cannot be stopped in the middle, so stopping waits for it.
                self._sending = asyncio.ensure_future(
                    asyncio.to_thread(self._hand_in, attempt.letter)
                )
                await asyncio.shield(self._sending)
            except (smtplib.SMTPException, OSError, ValueError) as problem:
                self._put_off(attempt, problem)

    def _put_off(self, attempt: "_Try", problem: Exception) -> None:
        """Try again later, letting the others go ahead; or give up and say so in the log."""
        if attempt.number >= len(self._waits) or not _may_pass(problem):
            log.warning("a letter was not sent", problem=_reason(problem))
            return
        wait = self._waits[attempt.number].total_seconds()
        again = replace(attempt, number=attempt.number + 1)
        asyncio.get_running_loop().call_later(wait, self._again, again)

    def _again(self, attempt: "_Try") -> None:
        try:
            self._letters.put_nowait(attempt)
        except asyncio.QueueFull:
            log.warning("a letter was not sent", problem="the queue is full")

    def _hand_in(self, letter: Posted) -> None:
        server, limit = self._server, LIMIT.total_seconds()
        trust = self._trust or ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(server.host, server.port, timeout=limit, context=trust)
            if server.security == "tls"
            else smtplib.SMTP(server.host, server.port, timeout=limit)
        ) as session:
            if server.security == "starttls":
                session.starttls(context=trust)
            if server.username:
                session.login(server.username, server.password)
            session.send_message(_message(letter, server.sender, self._clock))


def _message(letter: Posted, sender: str, clock: Clock) -> EmailMessage:
    """Return the mail; whoever answers automatically is asked not to (RFC 3834)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _may_pass(problem: Exception) -> bool:
    """Say whether trying again may help: RFC 5321 section 4.2.1 calls 4yz transient."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return all(code in _TEMPORARY for code, _ in problem.recipients.values())
    if isinstance(problem, smtplib.SMTPResponseException):
        return problem.smtp_code in _TEMPORARY
    if isinstance(problem, smtplib.SMTPException):
        return isinstance(problem, smtplib.SMTPServerDisconnected)
    return isinstance(problem, OSError) and not isinstance(problem, ssl.SSLError)


def _reason(problem: Exception) -> str:
    """Return what to log: the kind and the server's number, never its words."""
    code = getattr(problem, "smtp_code", None)
    return type(problem).__name__ if code is None else f"{type(problem).__name__} {code}"
