"""Mails through a real mail server."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from engine.errors import MailUnavailable, Misconfigured
from engine.store.database import Database
from engine.store.mail import Mailbox
from notifications.mailers import mailer_from
from notifications.renewal import renewed
from notifications.smtp import SmtpMailer, smtp_address
from tests.integration.notifications.office import OPTIONS, Office
from tests.integration.notifications.post_office import PostOffice
from tests.unit.notifications.examples import SENDER, rejected


def _smtp(post_office: PostOffice) -> SmtpMailer:
    return SmtpMailer(post_office.url, SENDER)


def test_mails_arrive_over_one_connection(office: Office, post_office: PostOffice) -> None:
    """With subject, Message-ID and both versions as they were made."""
    office.listen(rejected(comment="Größe prüfen"))
    assert office.sender(_smtp(post_office)).send_due() == 2
    first, _ = post_office.taken
    assert post_office.connections == 1
    assert first["Subject"] == "ERP Commitment Rejection Notification"
    assert {each["Message-ID"] for each in post_office.taken} == {row["message_id"] for row in office.mails()}
    body = first.get_body(("html",))
    assert body is not None
    assert "Größe prüfen" in body.get_content()


def test_a_mail_server_that_is_away_delays_mail_and_loses_none(
    office: Office, post_office: PostOffice
) -> None:
    """No attempt is counted, and when it is back everything goes out."""
    post_office.shut()
    office.listen(rejected())
    with pytest.raises(MailUnavailable):
        office.sender(_smtp(post_office)).send_due()
    assert {row["attempts"] for row in office.mails()} == {0}
    post_office.open()
    assert office.sender(_smtp(post_office)).send_due() == 2


def test_a_refused_recipient_does_not_hold_the_others_up(office: Office, post_office: PostOffice) -> None:
    """It is recorded and tried again after a growing delay."""
    post_office.answers["maria@acme.test"] = ["550 5.1.1 no such user"]
    office.listen(rejected())
    sender = office.sender(_smtp(post_office))
    assert sender.send_due() == 1
    refused, sent = office.mails()
    assert "550 5.1.1 no such user" in refused["error"]
    assert refused["attempts"] == 1
    assert sent["sent_at"]
    assert sender.send_due() == 0
    office.clock.at += OPTIONS.retries[0]
    assert sender.send_due() == 1
    assert office.mails()[0]["sent_at"]


def test_a_recipient_whose_server_asks_for_patience_is_tried_later(
    office: Office, post_office: PostOffice
) -> None:
    """Greylisting costs no attempt and no other mail."""
    post_office.answers["maria@acme.test"] = ["451 4.7.1 greylisted"]
    office.listen(rejected())
    sender = office.sender(_smtp(post_office))
    assert sender.send_due() == 1
    assert office.mails()[0]["attempts"] == 0
    office.later(minutes=1)
    assert sender.send_due() == 1


def test_a_server_that_closes_during_a_batch_gets_the_rest_later(
    office: Office, post_office: PostOffice
) -> None:
    """421 ends the batch; the mail that met it lets the others go first."""
    post_office.answers["maria@acme.test"] = ["421 4.3.2 going down"]
    office.listen(rejected())
    sender = office.sender(_smtp(post_office))
    with pytest.raises(MailUnavailable, match="421"):
        sender.send_due()
    assert {row["attempts"] for row in office.mails()} <= {0, 1}
    office.later(seconds=15)
    sender.send_due()
    assert all(row["sent_at"] for row in office.mails())


def test_a_refused_message_is_recorded(office: Office, post_office: PostOffice) -> None:
    """What the server says of the content is what the operator reads."""
    post_office.data_answers = ["554 5.7.1 looks like spam"]
    office.listen(rejected())
    assert office.sender(_smtp(post_office)).send_due() == 1
    assert any("looks like spam" in (row["error"] or "") for row in office.mails())


def test_name_and_password_are_used_and_never_shown(office: Office, post_office: PostOffice) -> None:
    """A wrong password delays mail like a server that is away."""
    office.listen(rejected())
    address = post_office.url.replace("smtp://", "smtp://robot%40acme:{}@")
    with pytest.raises(MailUnavailable) as told:
        office.sender(SmtpMailer(address.format("hunter%32"), SENDER)).send_due()
    assert "hunter2" not in str(told.value)
    assert office.sender(SmtpMailer(address.format("right"), SENDER)).send_due() == 2
    assert set(post_office.logins) == {(b"robot@acme", b"hunter2"), (b"robot@acme", b"right")}


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.test",
        "smtp://",
        "smtp://mail.test:port",
        "smtp://mail.test?starttls=perhaps",
        "smtp://u:hunter2@mail.test?tls=1",
        "smtp://u:hunter2@mail.test:99999",
        "mail.test",
    ],
)
def test_a_wrong_address_is_refused_without_quoting_it(url: str) -> None:
    """There may be a password in it."""
    with pytest.raises(Misconfigured, match="COUNTERSIGN_SMTP_URL") as told:
        smtp_address(url)
    assert "hunter2" not in str(told.value)


def test_a_password_is_not_sent_in_the_clear_to_another_machine() -> None:
    """Unless that is asked for."""
    assert smtp_address("smtp://u:p@mail.test").starttls
    assert smtp_address("smtp://u:p@mail.test").port == 587
    assert not smtp_address("smtp://u:p@mail.test?starttls=0").starttls
    assert not smtp_address("smtp://mail.test").starttls
    assert smtp_address("smtps://mail.test").port == 465
    assert "hunter2" not in repr(smtp_address("smtp://u:hunter2@mail.test"))


def test_without_a_mail_server_mails_become_files(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In the data directory."""
    data = tmp_path_factory.mktemp("data")
    office.listen(rejected())
    assert office.sender(mailer_from(None, data, SENDER)).send_due() == 2
    assert len(list((data / "mail").glob("*.eml"))) == 2


def test_a_mail_in_hand_stays_in_hand_for_as_long_as_it_takes(office: Office) -> None:
    """Its lease is renewed while the server thinks."""
    office.listen(rejected())
    before = {row["id"]: row["due_at"] for row in office.mails()}
    renewing = _Renewing(office.database)
    with renewed(renewing, before, timedelta(milliseconds=30), office.clock):
        assert renewing.twice.wait(10)
    assert all(row["due_at"] > before[row["id"]] for row in office.mails())


class _Renewing(Mailbox):
    """A mailbox that says when a lease was renewed for the second time."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.twice = threading.Event()
        self._times = 0

    def hold(self, ids: Sequence[str], until: datetime) -> None:
        super().hold(ids, until)
        self._times += 1
        if self._times == 2:
            self.twice.set()
