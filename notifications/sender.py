"""Sends the mails that are due, and records each as soon as it went out."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from engine import times
from engine.errors import Conflict, MailUnavailable, StoreUnavailable
from engine.ledger import Publication
from engine.messages import dump, envelope
from engine.ports import Clock
from engine.store import mail_facts
from engine.store.database import Database
from engine.store.mail import Mail, Mailbox
from notifications.decide import gather, mail_id
from notifications.letters import Letter, Mailer, Post, Refused
from notifications.message import BadAddress, build, message_id
from notifications.options import Options
from notifications.pauses import Pauses
from notifications.rendering import render
from notifications.renewal import renewed

_log = structlog.get_logger("countersign.notifier")
SENT: Final = "countersign.notification.sent.v1"
_ANOTHER_FIRST = timedelta(seconds=15)  # a mail that broke the connection lets the others go first


class Sender:
    """Takes what is due from the mailbox, in batches, each over one connection."""

    def __init__(
        self,
        database: Database,
        mailer: Mailer,
        clock: Clock,
        options: Options,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._mailbox = Mailbox(database)
        self._mailer = mailer
        self._clock = clock
        self._options = options
        self._committed = committed  # hears of every event that is ready to be published
        self._work = threading.Event()

    def wake(self) -> None:
        """Look into the mailbox now."""
        self._work.set()

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; a mail server or a database that is away is waited for."""
        pauses = Pauses(self._options.longest_pause)
        while not stop.is_set():
            self._work.clear()
            try:
                self.send_due(stop)
                pauses.reset()
            except (MailUnavailable, StoreUnavailable, Conflict) as error:
                _log.warning("mail_waits", reason=str(error))
                pauses.wait(stop)
            except Exception:  # noqa: BLE001 - a bug must not end the role: the mails stay due
                _log.exception("sender_stumbled")
                pauses.wait(stop)
            else:
                self._work.wait(self._options.look.total_seconds())

    def send_due(self, stop: threading.Event | None = None) -> int:
        """Send everything that is due now, and return how many went out.

        Raises MailUnavailable and StoreUnavailable.
        """
        sent = 0
        while not (stop and stop.is_set()) and self._mailbox.has_due(self._clock.now()):
            sent += self._send_batch(stop or threading.Event())
        return sent

    def _send_batch(self, stop: threading.Event) -> int:
        # The way out is opened first: what waits for a mail server is not sealed, and goes on gathering.
        with self._mailer.open() as post:
            now = self._clock.now()
            seal = partial(message_id, mail_from=self._options.mail_from)
            taken = self._mailbox.claim(now, now + self._options.lease, self._options.batch, seal, gather)
            in_hand = {each.id: each for each in taken}
            with renewed(self._mailbox, in_hand, self._options.lease, self._clock):
                try:
                    return self._send_all(post, in_hand, stop)
                finally:
                    if in_hand:
                        self._mailbox.put_back(list(in_hand), self._clock.now())

    def _send_all(self, post: Post, in_hand: dict[str, Mail], stop: threading.Event) -> int:
        sent = 0
        for each in list(in_hand.values()):
            if stop.is_set():
                break
            try:
                sent += self._send(post, each, stop)
            finally:
                del in_hand[each.id]
        return sent

    def _send(self, post: Post, each: Mail, stop: threading.Event) -> bool:
        try:
            letter, note = self._letter(each)
        except (StoreUnavailable, Conflict):
            raise
        except BadAddress as error:
            return self._refused(each, Refused(str(error)))
        except Exception as error:  # noqa: BLE001 - a bug about one mail must not hold the others up
            _log.exception("mail_not_made", mail=each.id, company=each.company)
            return self._refused(each, Refused(f"it could not be made: {type(error).__name__}"))
        try:
            answer = post.send(letter)
        except MailUnavailable as error:
            self._mailbox.put_back([each.id], self._clock.now() + _ANOTHER_FIRST, str(error))
            raise
        if answer is not None:
            return self._refused(each, answer)
        self._record(each, letter, note, stop)
        return True

    def _letter(self, each: Mail) -> tuple[Letter, str | None]:
        with self._database.read() as connection:
            tenants = mail_facts.companies(connection, each.company)
        templates = tenants[0].company.templates if tenants else None
        rendered = render(each.kind, each.context, each.recipient, self._options.words.console_url, templates)
        if rendered.problem:
            _log.error("company_template", company=each.company, mail=each.id, reason=rendered.problem)
        name = each.context["recipient"]["name"]
        message = build(
            rendered, self._options.mail_from, each.recipient, name, str(each.message_id), self._clock.now()
        )
        return Letter(file_name(each), message["To"].addresses[0].addr_spec, message), rendered.problem

    def _refused(self, each: Mail, answer: Refused) -> bool:
        now = self._clock.now()
        if answer.later:
            self._mailbox.put_back([each.id], now + self._options.retries[0], answer.reason)
            return False
        again = self._options.retries[each.attempts] if each.attempts < len(self._options.retries) else None
        self._mailbox.refused(each, answer.reason, None if again is None else now + again)
        tell = _log.warning if again else _log.error
        happened = "mail_refused" if again else "mail_given_up"
        tell(happened, mail=each.id, company=each.company, reason=answer.reason)
        return False

    def _record(self, each: Mail, letter: Letter, note: str | None, stop: threading.Event) -> None:
        now = self._clock.now()
        event = announcement(each, letter.message["Subject"], now)
        together: Sequence[str] = each.context.get("gathered", ())
        pauses = Pauses(self._options.longest_pause)
        while True:  # it went out: only a crash may keep that from being recorded
            try:
                self._mailbox.sent(each, together, now, note, event)
            except (StoreUnavailable, Conflict) as error:
                if stop.is_set():
                    raise
                _log.warning("sent_mail_not_recorded_yet", mail=each.id, reason=str(error))
                pauses.wait(stop)
            else:
                _log.info("mail_sent", mail=each.id, kind=each.kind, company=each.company)
                self._committed()
                return


def file_name(each: Mail) -> str:
    """The same for the same mail, and in order of time in a directory's listing."""
    return f"{each.created_at[:10]}-{each.kind}-{each.id}"


def announcement(each: Mail, subject: str, now: datetime) -> Publication:
    """The event `countersign.notification.sent.v1` of a mail."""
    data = {
        "notification": {
            "id": each.id,
            "kind": each.kind,
            "company": each.company,
            "recipient": each.recipient,
            "subject": str(subject),
            "message_id": each.message_id,
            "cause": each.cause,
            "items": _items(each),
        }
    }
    id_ = mail_id("sent", each.company, each.id, each.recipient)
    at = times.text(now)
    return Publication(
        type=SENT,
        subject=each.company,
        company=each.company,
        at=at,
        id=id_,
        body=dump(envelope(SENT, each.company, data, id_=id_, time=at)),
        routing_key=f"notification.sent.{each.company}",
    )


def _items(each: Mail) -> list[str]:
    if each.kind == "rejection":
        return [each.context["item"]["key"]]
    return [export["item"]["key"] for export in each.context.get("exports", ())]
