"""What takes letters where there is no mail server: a demo's log, or nothing.

Invariant: a server that people use never has ``LoggedMail``, whose log holds codes.
"""

import structlog

from callingcard.backends.mail.smtp import Posted
from callingcard.errors import ConfigError

log = structlog.get_logger("callingcard.mail")


class LoggedMail:
    """Writes letters into the log, for a demo on a laptop and nothing else."""

    @property
    def ready(self) -> bool:
        """Whether letters are taken: always."""
        return True

    def post(self, letter: Posted) -> None:
        """Log what the letter says, without its address."""
        # A demo shows warnings and what is worse, and somebody waits for the code.
        log.warning("a letter, printed because this is a demo", says=letter.text)


class NoMail:
    """Stands where no mail server is set up."""

    @property
    def ready(self) -> bool:
        """Whether letters are taken: never."""
        return False

    def post(self, letter: Posted) -> None:
        """Refuse; raises ConfigError."""
        del letter
        raise ConfigError("no mail server is set up", hint="Set mail.host and mail.sender.")
