"""The whole notifier, running."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from engine.errors import StoreUnavailable
from engine.messages import Message
from engine.store.mail import Mailbox
from notifications.letters import Mailer
from notifications.notifier import Notifier
from notifications.smtp import SmtpMailer
from tests.integration.notifications.office import OPTIONS, Office, eml
from tests.integration.notifications.post_office import PostOffice
from tests.unit.notifications.examples import SENDER, dead_letter, rejected


@contextmanager
def _running(office: Office, mailer: Mailer) -> Iterator[Notifier]:
    notifier = Notifier(office.bus, office.database, mailer, office.clock, OPTIONS)
    stop = threading.Event()
    thread = threading.Thread(target=notifier.run, args=(stop,))
    thread.start()
    try:
        yield notifier
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def _wait_for_acks(office: Office, count: int) -> None:
    with office.queue.changed:
        assert office.queue.changed.wait_for(lambda: len(office.queue.acked) >= count, 30)


def test_a_rejection_is_mailed_at_once(office: Office, post_office: PostOffice) -> None:
    """From the queue to the mail server."""
    with _running(office, SmtpMailer(post_office.url, SENDER)):
        office.queue.put(rejected())
        assert {each["To"].addresses[0].username for each in post_office.wait_for(2)} == {"pat", "maria"}


def test_while_the_mail_server_is_away_events_are_still_taken(
    office: Office, post_office: PostOffice
) -> None:
    """Everything is sent when it is back."""
    post_office.shut()
    with _running(office, SmtpMailer(post_office.url, SENDER)):
        for number in range(5):
            office.queue.put(rejected(id_=f"r-{number}"))
        _wait_for_acks(office, 5)
        assert len(office.mails()) == 10
        post_office.open()
        post_office.wait_for(10)


def test_an_acknowledgement_that_is_lost_makes_no_second_mail(
    office: Office, post_office: PostOffice
) -> None:
    """The broker delivers again, and the rows are there already."""
    office.queue.failures = 2
    with _running(office, SmtpMailer(post_office.url, SENDER)):
        office.queue.put(rejected())
        _wait_for_acks(office, 1)
        post_office.wait_for(2)
    assert len(office.mails()) == 2
    assert len(post_office.taken) == 2


def test_a_message_of_somebody_else_is_given_up_and_work_goes_on(
    office: Office, post_office: PostOffice
) -> None:
    """It is kept among the dead letters."""
    with _running(office, SmtpMailer(post_office.url, SENDER)):
        office.queue.put(Message(b"{}"), rejected())
        post_office.wait_for(2)
    assert len(office.queue.dead) == 1


def test_a_database_that_goes_away_is_waited_for(
    office: Office, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No event is acknowledged before its mails are written."""
    real, failures = office.database.write, iter(range(3))

    @contextmanager
    def write() -> Iterator[Connection]:
        if next(failures, None) is not None:
            raise StoreUnavailable("the database is away")
        with real() as connection:
            yield connection

    monkeypatch.setattr(office.database, "write", write)
    with _running(office, SmtpMailer(post_office.url, SENDER)):
        office.queue.put(rejected())
        post_office.wait_for(2)


def test_a_mail_that_went_out_is_recorded_even_if_the_database_stumbles(
    office: Office, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the record that is tried again, not the mail."""
    recorded, failures = threading.Event(), iter(range(3))
    real = Mailbox.sent

    def sent(mailbox: Mailbox, *given: Any) -> None:
        if next(failures, None) is not None:
            raise StoreUnavailable("the database is away")
        real(mailbox, *given)
        if len(office.announced) == 2:
            recorded.set()

    monkeypatch.setattr(Mailbox, "sent", sent)
    with _running(office, SmtpMailer(post_office.url, SENDER)):
        office.queue.put(rejected())
        assert recorded.wait(30)
    assert len(post_office.taken) == 2


def test_what_is_due_can_be_sent_once_without_listening(office: Office, tmp_path: Path) -> None:
    """`countersign summary` does so where no notifier runs."""
    mailer, directory = eml(tmp_path)
    office.listen(dead_letter())
    notifier = Notifier(office.bus, office.database, mailer, office.clock, OPTIONS)
    assert notifier.send_due() == 0
    office.later(minutes=1)
    assert notifier.send_due() == 2
    assert len(list(directory.iterdir())) == 2
