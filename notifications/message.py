"""From a rendered mail to the message that travels (RFC 5322)."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from engine.errors import CountersignError
from notifications.rendering import Rendered
from notifications.texts import line

_LONGEST: Final = 254
_WORD: Final = (
    r"[^\W]|[!#$%&'*+/=?^`{|}~-]"  # letters of any script, digits, and what RFC 5322 allows beside them
)
_LOCAL: Final = re.compile(rf"(?:{_WORD})+(?:\.(?:{_WORD})+)*")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


class BadAddress(CountersignError):
    """An e-mail address to which nothing can be sent."""


def message_id(mail_id: str, mail_from: str) -> str:
    """The Message-ID of a mail: the same whenever it is sent again."""
    _, _, domain = parseaddr(mail_from)[1].partition("@")
    return f"<{mail_id}@{domain or 'localhost'}>"


def build(
    rendered: Rendered, sender: str, recipient: str, name: str, message_id_: str, sent_at: datetime
) -> EmailMessage:
    """The message; raises BadAddress."""
    to = _address(recipient, name)
    shown, own = parseaddr(sender)
    international = not (own + to.addr_spec).isascii()
    message = EmailMessage(policy=SMTP.clone(utf8=True) if international else SMTP)
    message["From"] = _address(own, shown)
    message["To"] = to
    message["Subject"] = line(rendered.subject)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = line(message_id_)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return message


def _address(address: str, name: str) -> Address:
    local, _, domain = address.rpartition("@")
    wrong = BadAddress(f"{line(address, 80)!r} is no e-mail address; correct it in the directory")
    if len(address) > _LONGEST or not _LOCAL.fullmatch(local):
        raise wrong
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError as error:
        raise wrong from error
    if not _DOMAIN.fullmatch(ascii_domain):
        raise wrong
    return Address(line(name, 120), local, ascii_domain)
