"""Where mails go: the mail server takes our log-in, or the folder can be written."""

from collections.abc import Iterator
from pathlib import Path

from console.checkup.finding import Finding, ok, warn
from console.wiring import Site
from engine.settings_values import without_password
from notifications.mailers import MAIL_DIRECTORY, EmlMailer
from notifications.smtp import SmtpMailer


def check(site: Site) -> Iterator[Finding]:
    """Connect and log in, and send nothing; raises MailUnavailable."""
    url = site.settings.smtp_url
    if url is None:
        yield from _files(site.settings.data_dir)
        return
    with SmtpMailer(url, site.settings.mail_from).open():
        yield ok("mail", without_password(url))


def _files(data: Path) -> Iterator[Finding]:
    if not data.is_dir():
        return  # that it is not there is said already, and looking makes nothing
    folder = data / MAIL_DIRECTORY
    with EmlMailer(folder).open():
        advice = "set COUNTERSIGN_SMTP_URL, so that people get them"
        yield warn("mail", f"each mail becomes a file in {folder}", advice)
