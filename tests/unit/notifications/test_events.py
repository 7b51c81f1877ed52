"""The events that mails are made from."""

import pytest

from engine.errors import Malformed
from engine.messages import Message
from notifications.events import NobodysMail, read
from tests.unit.notifications.examples import dead_letter, rejected


def test_a_message_that_became_a_dead_letter_is_nobodys_mail() -> None:
    """Only exports have somebody who accepted them."""
    assert isinstance(read(dead_letter(kind="message")), NobodysMail)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"specversion": "1.0", "type": "countersign.item.rejected.v1", "data": 1}',
        b'{"specversion": "1.0", "type": "countersign.item.rejected.v1", "id": "1", "data": {"item": 1}}',
        b'{"specversion": "1.0", "type": "somebody.elses.v1", "id": "1", "data": {}}',
    ],
)
def test_what_is_none_of_our_events_is_said_to_be_so(body: bytes) -> None:
    """The notifier makes a dead letter of it."""
    with pytest.raises(Malformed):
        read(Message(body))


def test_a_key_that_names_no_item_is_refused() -> None:
    """A mail needs a company."""
    with pytest.raises(Malformed, match="form"):
        read(rejected("acme"))
