"""Sends alerts by Apprise, each in a process of its own, within a time limit.

Apprise's URLs hold tokens and passwords, so neither a URL nor what Apprise says about it
goes any further than this file and that process. What somebody entered in the app may lead
to services on the public internet only, and may name no file of this machine.

Invariant: a send ends within twice ``LIMIT``, and nothing of it is left behind.
"""

import asyncio
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from callingcard.backends.alert_worker import notifier_of
from callingcard.backends.processes.workers import Worker, WorkerFailed
from callingcard.errors import UpstreamError

LIMIT: Final = timedelta(seconds=10)
"""How long a process may take to start, and then how long to send."""

_AT_ONCE: Final = 4
_MODULE: Final = "callingcard.backends.alert_worker"
_SCHEME: Final = re.compile(r"([a-z][a-z0-9]{1,31})://", re.IGNORECASE)
_HANDED_ON: Final = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)

# What speaks HTTP or SMTP from the process that it is in. Apprise knows others that run a
# program, write a file, or talk to the desktop.
# fmt: off
_OPEN_TO_ALL: Final = frozenset((
    "discord", "slack", "tgram", "workflows", "workflow", "mmost", "mmosts", "gchat",
    "matrix", "matrixs", "zulip", "rocket", "rockets", "ntfy", "ntfys", "gotify", "gotifys",
    "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "pagerduty",
    "opsgenie", "pover", "pbul", "pushed", "twilio", "ifttt", "wxteams", "signal",
    "signals", "mailgun", "sendgrid", "resend", "pushme", "spike", "splunk", "victorops",
))
# fmt: on
_FILES: Final = frozenset(("template", "pgp", "pgpkey", "keyfile", "e2ee", "attach"))
"""Parameters that have Apprise read files, or keep some."""


class NotDelivered(UpstreamError):
    """A message did not arrive; the error says why, without a URL or a secret."""

    code = "alerts.not_delivered"

    def __init__(self, problem: str) -> None:
        super().__init__(problem, retryable=True)


class AppriseSender:
    """Sends messages wherever Apprise can."""

    def __init__(self, *, private: bool = False, env: Mapping[str, str] | None = None) -> None:
        """Let every URL lead to private addresses with *private*, as on a laptop.

        *env* says which proxies and certificates to use, in the usual variables.
        """
        self._private = private
        self._env = {name: value for name, value in (env or {}).items() if name in _HANDED_ON}
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def kind(self, url: str) -> str | None:
        """Return the service that *url* names; None when it has no shape of a URL.

        >>> AppriseSender().kind("discord://1/2"), AppriseSender().kind("hello")
        ('discord', None)
        """
        found = _SCHEME.match(url)
        return found[1].lower() if found else None

    def refusal(self, url: str) -> str | None:
        """Say why a channel with this URL may not be added in the app; None when it may."""
        kind = self.kind(url)
        if kind is None:
            return "write a URL in Apprise's form, such as discord://ID/TOKEN"
        if reason := self._reserved(url):
            return reason
        if notifier_of(url) is None:
            return f"Apprise cannot read this {kind}:// URL: something in it is missing"
        return None

    async def send(self, url: str, subject: str, body: str, *, trusted: bool) -> None:
        """Send a message; raises NotDelivered.

        Unless *trusted*, that is unless the operator wrote *url* into the settings, it
        has to lead to a public address.
        """
        if not trusted and (reason := self._reserved(url)):
            raise NotDelivered(reason)
        guard = not (trusted or self._private)
        message = {"url": url, "subject": subject, "body": body, "guard": guard}
        seconds = LIMIT.total_seconds()
        async with self._turn:
            worker = Worker(
                (sys.executable, "-I", "-m", _MODULE),
                cwd=Path("/"),
                env=self._env,
                start_seconds=seconds,
            )
            try:
                problem = (await worker.ask(message, seconds=seconds))["problem"]
            except WorkerFailed:
                raise NotDelivered(f"no answer within {seconds:g} seconds") from None
            finally:
                await worker.close()
        if problem is not None:
            raise NotDelivered(problem)

    def _reserved(self, url: str) -> str | None:
        """Say why only the operator may use this URL, if so."""
        kind = self.kind(url)
        if kind not in _OPEN_TO_ALL:
            return f"{kind}:// can be used in the settings file only"
        names = (part.partition("=")[0] for part in re.split("[?&]", url)[1:])
        named = {unquote(name).strip().lower() for name in names} & _FILES
        if named:
            return f"{min(named)}= can be used in the settings file only"
        return None
