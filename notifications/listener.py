"""Takes events from the notifier's queue and writes the mails that they ask for."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime

import structlog

from engine.errors import Conflict, Malformed, Unavailable
from engine.ports import Bus, Clock, Consumer, Delivery
from engine.store import mail, mail_facts
from engine.store.database import Database
from engine.store.mail import Mail
from engine.topology import NOTIFICATIONS
from notifications.decide import Known, of_export_failed, of_rejected
from notifications.events import ExportFailed, NobodysMail, Occasion, Rejected, read
from notifications.options import Options
from notifications.pauses import Pauses

_log = structlog.get_logger("countersign.notifier")


class Listener:
    """One consumer of the queue; what it writes is written once, however often an event comes."""

    def __init__(
        self, bus: Bus, database: Database, clock: Clock, options: Options, written: Callable[[], None]
    ) -> None:
        self._bus = bus
        self._database = database
        self._clock = clock
        self._options = options
        self._written = written

    def run(self, stop: threading.Event) -> None:
        """Listen until told to stop; a service that is away is waited for."""
        pauses = Pauses(self._options.longest_pause)
        while not stop.is_set():
            try:
                with closing(self._bus.consumer(NOTIFICATIONS, self._options.prefetch)) as consumer:
                    self._consume(consumer, stop, pauses)
            except (Unavailable, Conflict) as error:
                _log.warning("notifier_waits", reason=str(error))
                pauses.wait(stop)
            except Exception:  # noqa: BLE001 - a bug must not end the role: what is not acknowledged comes again
                _log.exception("notifier_stumbled")
                pauses.wait(stop)

    def _consume(self, consumer: Consumer, stop: threading.Event, pauses: Pauses) -> None:
        while not stop.is_set():
            deliveries = consumer.receive(self._options.prefetch, self._options.look.total_seconds())
            if deliveries:
                self.handle(consumer, deliveries)
            pauses.reset()

    def handle(self, consumer: Consumer, deliveries: Sequence[Delivery]) -> None:
        """Write the mails of a batch, then acknowledge it; what cannot be read becomes a dead letter."""
        occasions: list[Occasion] = []
        understood: list[Delivery] = []
        for delivery in deliveries:
            try:
                occasions.append(read(delivery.message))
            except Malformed as error:
                _log.error("event_not_readable", reason=str(error), message_id=delivery.message.message_id)
                consumer.dead_letter([delivery])
            else:
                understood.append(delivery)
        try:
            self._write(occasions)
        except (Unavailable, Conflict):
            raise
        except Exception:  # noqa: BLE001 - a bug about one event must not hold the others up
            if len(understood) == 1:
                _log.exception("event_not_handled", message_id=understood[0].message.message_id)
                consumer.dead_letter(understood)
                return
            for delivery in understood:  # alone, so that only the guilty one is given up
                self.handle(consumer, [delivery])
            return
        consumer.ack(understood)
        self._written()

    def _write(self, occasions: Sequence[Occasion]) -> None:
        events = [each for each in occasions if not isinstance(each, NobodysMail)]
        if not events:
            return
        now = self._clock.now()
        with self._database.write() as connection:
            companies = {event.company for event in events}
            keys = {event.key for event in events}
            items = mail_facts.items(connection, keys)
            projects = {f"{item.company}/project/{item.project}" for item in items.values() if item.project}
            known = Known(
                tenants=mail_facts.tenants(connection, companies),
                items=items | mail_facts.items(connection, projects - keys),
                gathering=mail.gathering(connection, companies),
            )
            found = {each.id: each for event in events for each in self._mails(event, known, now)}
            mail.add(connection, list(found.values()))

    def _mails(self, event: Rejected | ExportFailed, known: Known, now: datetime) -> list[Mail]:
        words = self._options.words
        if isinstance(event, Rejected):
            found = of_rejected(event, known, words, now)
        else:
            found = of_export_failed(event, known, words, now, self._options.failure_window)
        if not found:
            _log.warning("nobody_to_tell", item=event.key, occasion=type(event).__name__)
        return found
