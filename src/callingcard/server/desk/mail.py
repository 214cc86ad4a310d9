"""Opens what carries letters to visitors."""

from callingcard.backends.mail.smtp import MailServer, SmtpMail
from callingcard.backends.mail.stand_ins import LoggedMail, NoMail
from callingcard.kit.clock import Clock
from callingcard.server.settings.model import MailSection


def open_mail(section: MailSection, clock: Clock) -> SmtpMail | LoggedMail | NoMail:
    """Return the mail server of the settings, or what stands where there is none."""
    if section.to_log:
        return LoggedMail()
    if not section.host:
        return NoMail()
    server = MailServer(
        section.host,
        section.sender,
        port=section.port,
        security=section.security,
        username=section.username,
        password=section.password.get_secret_value(),
    )
    return SmtpMail(server, clock)
