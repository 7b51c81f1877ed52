"""The notifier: hears what happened, writes the mails, and sends them."""

import threading
from collections.abc import Callable

from engine.ports import Bus, Clock
from engine.store.database import Database
from notifications.letters import Mailer
from notifications.listener import Listener
from notifications.options import Options
from notifications.sender import Sender


class Notifier:
    """One notifier; several may run at once."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        mailer: Mailer,
        clock: Clock,
        options: Options,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._sender = Sender(database, mailer, clock, options, committed)
        self._listener = Listener(bus, database, clock, options, self._sender.wake)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a slow mail server keeps no event waiting."""
        sending = threading.Thread(target=self._sender.run, args=(stop,), name="countersign-sender")
        sending.start()
        try:
            self._listener.run(stop)
        finally:
            stop.set()
            self._sender.wake()
            sending.join()

    def send_due(self) -> int:
        """Send what is due now, once; raises MailUnavailable, StoreUnavailable."""
        return self._sender.send_due()
