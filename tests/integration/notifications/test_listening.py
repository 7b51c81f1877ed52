"""From events to rows of the mail table."""

from datetime import timedelta

from engine import times
from engine.messages import Message
from tests.integration.notifications.office import Office
from tests.unit.notifications.examples import dead_letter, rejected


def _recipients(office: Office) -> list[str]:
    return [row["recipient"].partition("@")[0] for row in office.mails()]


def test_a_rejection_makes_one_mail_for_each_person_at_once(office: Office) -> None:
    """Creator and sender are the same person here."""
    office.listen(rejected())
    assert _recipients(office) == ["maria", "pat"]
    assert {row["due_at"] for row in office.mails()} == {times.text(office.clock.now())}
    assert len(office.queue.acked) == 1


def test_a_rejection_that_comes_again_makes_no_second_mail(office: Office) -> None:
    """In the same batch, or an hour later."""
    office.listen(rejected(), rejected())
    office.later(hours=1)
    office.listen(rejected())
    assert len(office.mails()) == 2


def test_a_second_rejection_of_the_same_item_is_told_again(office: Office) -> None:
    """Each rejection is an event of its own."""
    office.listen(rejected(id_="first"))
    office.listen(rejected(id_="second"))
    assert len(office.mails()) == 4


def test_what_cannot_be_read_becomes_a_dead_letter_and_its_neighbours_a_mail(office: Office) -> None:
    """Nothing is dropped, and nobody waits for it."""
    office.listen(Message(b"nonsense"), rejected())
    assert [each.message.body for each in office.queue.dead] == [b"nonsense"]
    assert len(office.mails()) == 2


def test_a_dead_letter_of_a_message_makes_no_mail(office: Office) -> None:
    """It is acknowledged all the same."""
    office.listen(dead_letter(kind="message"))
    assert office.mails() == []
    assert len(office.queue.acked) == 1


def test_who_is_deactivated_gets_nothing(office: Office) -> None:
    """Somebody who left is no part of the company any more."""
    office.person("gone", erp="admin", can_push_to_accounting=True, active=False)
    office.listen(rejected())
    assert "gone" not in _recipients(office)


def test_failures_of_one_person_are_due_together(office: Office) -> None:
    """The first begins the minute in which the others are gathered."""
    for number, id_ in enumerate(("SC-2", "SC-3"), 2):
        office.item(id_)
        office.listen(dead_letter(number, f"acme/commitment/{id_}"))
        office.later(seconds=20)
    due = {row["due_at"] for row in office.mails()}
    assert due == {times.text(office.clock.now() - timedelta(seconds=40) + timedelta(seconds=60))}


def test_an_unfit_character_in_an_item_is_written_and_read_again(office: Office) -> None:
    """NUL and half characters are valid JSON, so they arrive."""
    office.listen(rejected(comment="a\x00b\ud800"))
    assert office.mails()[0]["context"]["comment"] == "a\ufffdb\ufffd"
