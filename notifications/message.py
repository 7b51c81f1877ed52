"""From a rendered mail to the message that travels (RFC 5322)."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from notifications.rendering import Rendered
from notifications.texts import line


class BadAddress(ValueError):
    """An e-mail address to which nothing can be sent."""


def message_id(mail_id: str, mail_from: str) -> str:
    """The Message-ID of a mail: the same whenever it is sent again."""
    _, address = parseaddr(mail_from)
    return f"<{mail_id}@{address.rpartition('@')[2] or 'localhost'}>"


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
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or line(address, 254) != address or " " in address:
        raise BadAddress(f"{line(address, 80)!r} is no e-mail address; correct it in the directory")
    try:
        ascii_domain = domain.encode("idna").decode()
        return Address(display_name=line(name, 120), addr_spec=f"{local}@{ascii_domain}")
    except (ValueError, IndexError) as error:  # also what Python's own parser raises on odd addresses
        raise BadAddress(f"{line(address, 80)!r} is no e-mail address; correct it in the directory") from error
