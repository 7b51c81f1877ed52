"""What the notifier hands to a mailer, and what it hears back."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and a name for it that is always the same."""

    name: str
    recipient: str
    message: EmailMessage


@dataclass(frozen=True, slots=True)
class Refused:
    """This one mail was not taken; `later` when the mail server said that this may change by itself."""

    reason: str
    later: bool = False


class Post(Protocol):
    """An open way out."""

    def send(self, letter: Letter) -> Refused | None:
        """Send one mail; raises MailUnavailable when none can be sent now."""


class Mailer(Protocol):
    """Where mails go."""

    def open(self) -> AbstractContextManager[Post]:
        """A way out for one batch; raises MailUnavailable."""
