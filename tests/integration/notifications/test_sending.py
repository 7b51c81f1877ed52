"""From rows of the mail table to mails, exactly once."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from engine.errors import MailUnavailable
from engine.store.mail import Mailbox
from notifications.decide import gather
from notifications.letters import Letter
from notifications.mailers import EmlMailer
from notifications.message import message_id
from tests.integration.notifications.office import OPTIONS, Office, eml, read_eml
from tests.unit.notifications.examples import dead_letter, rejected


def test_each_mail_becomes_one_file(office: Office, tmp_path: Path) -> None:
    """Whole, with a name that tells day and kind, and nothing beside it."""
    mailer, directory = eml(tmp_path)
    office.listen(rejected(comment="Wrong vendor"))
    assert office.sender(mailer).send_due() == 2
    files = sorted(directory.iterdir())
    assert len(files) == 2
    assert all(path.name.startswith("2026-11-20-rejection-") and path.suffix == ".eml" for path in files)
    message = read_eml(files[0])
    assert message["Subject"] == "ERP Commitment Rejection Notification"
    body = message.get_body(("plain",))
    assert body is not None
    assert "Wrong vendor" in body.get_content()


def test_a_mail_that_went_out_is_recorded_and_announced_once(office: Office, tmp_path: Path) -> None:
    """Dashboards learn of it by an event."""
    mailer, _ = eml(tmp_path)
    office.listen(rejected())
    office.sender(mailer).send_due()
    assert office.sender(mailer).send_due() == 0
    row = office.mails()[0]
    assert row["due_at"] is None
    assert row["sent_at"] is not None
    assert row["error"] is None
    event = next(each for each in office.announced if each["data"]["notification"]["id"] == row["id"])
    assert len(office.announced) == 2
    assert event["type"] == "countersign.notification.sent.v1"
    assert event["data"]["notification"]["message_id"] == row["message_id"] == f"<{row['id']}@mail.acme.test>"
    assert event["data"]["notification"]["items"] == ["acme/commitment/SC-1"]


def test_many_failures_of_one_person_become_one_mail(office: Office, tmp_path: Path) -> None:
    """A night without ERP is one mail, and all of its rows count as sent."""
    mailer, directory = eml(tmp_path)
    for number in range(30):
        office.item(f"F-{number}")
        office.listen(dead_letter(number, f"acme/commitment/F-{number}"))
    assert office.sender(mailer).send_due() == 0
    office.later(seconds=60)
    assert office.sender(mailer).send_due() == 2
    assert len(list(directory.iterdir())) == 2
    assert len(office.mails()) == 60
    assert all(row["sent_at"] and row["due_at"] is None for row in office.mails())
    assert {len(each["data"]["notification"]["items"]) for each in office.announced} == {30}


def test_a_failure_after_the_mail_was_sealed_goes_into_the_next(office: Office, tmp_path: Path) -> None:
    """What was tried once does not change any more."""
    mailer, _ = eml(tmp_path)
    office.listen(dead_letter(1))
    office.later(seconds=60)
    _claim(office)
    office.item("SC-2")
    office.listen(dead_letter(2, "acme/commitment/SC-2"))
    office.later(seconds=60)
    assert office.sender(mailer).send_due() == 4
    assert sorted(len(each["data"]["notification"]["items"]) for each in office.announced) == [1, 1, 1, 1]


def test_a_notifier_that_dies_with_a_mail_in_hand_loses_none(office: Office, tmp_path: Path) -> None:
    """When its lease has ended another takes the same mail, with the same gathered failures."""
    mailer, directory = eml(tmp_path)
    office.item("SC-2")
    office.listen(dead_letter(1), dead_letter(2, "acme/commitment/SC-2"))
    office.later(seconds=60)
    taken = _claim(office)
    assert office.sender(mailer).send_due() == 0
    office.later(seconds=31)
    assert office.sender(mailer).send_due() == 2
    assert {read_eml(path)["Message-ID"] for path in directory.iterdir()} == set(taken)
    assert {len(each["data"]["notification"]["items"]) for each in office.announced} == {2}


def test_a_file_that_is_there_already_is_not_written_again(office: Office, tmp_path: Path) -> None:
    """A crash between the file and the commit makes no second one."""
    mailer, directory = eml(tmp_path)
    office.listen(rejected())
    first = office.sender(_Crashing(mailer))
    with pytest.raises(_Crash):
        first.send_due()
    (written,) = directory.iterdir()
    before = written.stat().st_mtime_ns
    office.later(seconds=31)
    office.sender(mailer).send_due()
    assert written.stat().st_mtime_ns == before
    assert len(list(directory.iterdir())) == 2


def test_two_notifiers_at_once_send_nothing_twice(office: Office) -> None:
    """Each mail goes to one of them, and a person's failures stay in one mail."""
    for number in range(20):
        office.item(f"F-{number}")
        office.listen(rejected(id_=f"r-{number}"), dead_letter(number, f"acme/commitment/F-{number}"))
    office.later(seconds=60)
    counting = _Counting()
    threads = [threading.Thread(target=office.sender(counting).send_due) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(counting.names) == 42
    assert len(set(counting.names)) == 42
    assert all(row["sent_at"] for row in office.mails())


def test_failures_go_on_gathering_while_no_mail_can_be_sent(office: Office, tmp_path: Path) -> None:
    """An hour without a mail server ends with one mail, not with sixty."""
    blocked = tmp_path / "mail"
    blocked.write_text("a file where the directory should be")
    for number in range(3):
        office.item(f"F-{number}")
        office.listen(dead_letter(number, f"acme/commitment/F-{number}"))
        office.later(minutes=20)
        with pytest.raises(MailUnavailable):
            office.sender(EmlMailer(blocked)).send_due()
    blocked.unlink()
    assert office.sender(EmlMailer(blocked)).send_due() == 2
    assert {len(each["data"]["notification"]["items"]) for each in office.announced} == {3}


def test_a_disk_that_refuses_delays_the_mail(office: Office, tmp_path: Path) -> None:
    """Nothing is counted as an attempt, and it goes out when the disk is well again."""
    blocked = tmp_path / "mail"
    blocked.write_text("a file where the directory should be")
    office.listen(rejected())
    with pytest.raises(MailUnavailable):
        office.sender(EmlMailer(blocked)).send_due()
    assert {row["attempts"] for row in office.mails()} == {0}
    blocked.unlink()
    assert office.sender(EmlMailer(blocked)).send_due() == 2


def test_a_broken_company_template_is_recorded_and_the_mail_goes_out(office: Office, tmp_path: Path) -> None:
    """Whoever looks at the mail's row finds what to correct."""
    templates = tmp_path / "own"
    templates.mkdir()
    (templates / "rejection.html.jinja").write_text("{{ itme.title }}")
    office.company("own", templates=str(templates))
    office.person("ann", "own", erp="admin", can_push_to_accounting=True)
    office.item("SC-1", company="own")
    office.listen(rejected("own/commitment/SC-1"))
    mailer, _ = eml(tmp_path)
    assert office.sender(mailer).send_due() == 1
    assert "itme" in office.mails()[0]["error"]


def test_an_address_that_is_none_is_given_up_in_the_end(office: Office, tmp_path: Path) -> None:
    """The others get theirs, and the failed mail stays listed."""
    office.person("no such", erp="admin", can_push_to_accounting=True)
    office.listen(rejected())
    mailer, _ = eml(tmp_path)
    assert office.sender(mailer).send_due() == 2
    for delay in OPTIONS.retries:
        office.clock.at += delay
        assert office.sender(mailer).send_due() == 0
    (failed,) = Mailbox(office.database).failed(10)
    assert failed.recipient == "no such@acme.test"
    assert failed.attempts == len(OPTIONS.retries) + 1
    assert "correct it in the directory" in str(failed.error)


def _claim(office: Office) -> list[str]:
    now = office.clock.now()
    taken = Mailbox(office.database).claim(
        now, now + timedelta(seconds=30), 10, lambda id_: message_id(id_, OPTIONS.mail_from), gather
    )
    return [str(each.message_id) for each in taken]


class _Crash(BaseException):
    """The process ends here."""


class _Crashing:
    """Sends, and dies before anybody can record it."""

    def __init__(self, mailer: EmlMailer) -> None:
        self._mailer = mailer

    def open(self) -> "_Crashing":
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, letter: Letter) -> None:
        with self._mailer.open() as post:
            post.send(letter)
        raise _Crash


class _Counting:
    """Takes everything and remembers what."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def open(self) -> "_Counting":
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, letter: Letter) -> None:
        self.names.append(letter.name)
