"""How the notifier is set up."""

from dataclasses import dataclass
from datetime import timedelta

from notifications.views import Words

_FIRST_RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
_LATER_RETRIES = (timedelta(hours=2), timedelta(hours=6), timedelta(hours=12))


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of everything about mails."""

    mail_from: str
    words: Words
    failure_window: timedelta = timedelta(seconds=60)  # one mail for all of one person's
    retries: tuple[timedelta, ...] = _FIRST_RETRIES + _LATER_RETRIES  # after a refusal; then it is given up
    lease: timedelta = timedelta(seconds=30)  # after a crash, another takes over
    batch: int = 20  # mails sent over one connection before others may take over
    prefetch: int = 200  # events taken at once
    look: timedelta = timedelta(seconds=1)  # how often the mailbox is looked at
    longest_pause: timedelta = timedelta(seconds=60)  # between two attempts to reach a service that is away
