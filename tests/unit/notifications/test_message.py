"""The message that travels."""

from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.message import BadAddress, build, message_id
from notifications.rendering import Rendered
from tests.unit.notifications.examples import NOW, SENDER

RENDERED = Rendered("ERP Project Rejection Notification", "Text ä\n", "<p>HTML</p>")


def test_a_message_has_every_header_that_a_mail_needs() -> None:
    """And says that nobody has to answer it."""
    message = build(RENDERED, SENDER, "pat@acme.test", "Pat Ledger", "<1@mail.acme.test>", NOW)
    assert message["From"] == "Countersign <countersign@mail.acme.test>"
    assert message["To"] == "Pat Ledger <pat@acme.test>"
    assert message["Subject"] == RENDERED.subject
    assert message["Message-ID"] == "<1@mail.acme.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Fri, 20 Nov 2026 15:02:00 +0000"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_message_id_is_the_same_each_time_and_has_the_senders_domain() -> None:
    """So that a mail sent twice after a crash is shown once."""
    assert message_id("abc", SENDER) == "<abc@mail.acme.test>"
    assert message_id("abc", "nobody") == "<abc@localhost>"


@given(name=st.text(max_size=300))
def test_no_name_can_add_a_header(name: str) -> None:
    """Whatever the directory holds, the message has the headers it was given and no more."""
    message = build(RENDERED, SENDER, "pat@acme.test", name, "<1@a.test>", NOW)
    again = message_from_bytes(message.as_bytes(), policy=SMTP)
    assert sorted(again.keys()) == sorted(message.keys())
    assert again["To"].addresses[0].addr_spec == "pat@acme.test"
    assert again["Subject"] == RENDERED.subject


@pytest.mark.parametrize(
    "address",
    [
        "pat@acme.test\r\nBcc: all@acme.test",
        "pat@acme.test, all@acme.test",
        "pat",
        "@acme.test",
        "pat@",
        "<pat@acme.test>",
        "",
        "a b@acme.test",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    """One row of the directory is one person."""
    with pytest.raises(BadAddress):
        build(RENDERED, SENDER, address, "Pat", "<1@a.test>", NOW)


def test_addresses_in_other_scripts_are_written() -> None:
    """The domain in its ASCII form, the local part as UTF-8."""
    assert build(RENDERED, SENDER, "pat@bücher.test", "", "<1@a.test>", NOW)["To"].addresses[0].domain == (
        "xn--bcher-kva.test"
    )
    assert (
        "pät@acme.test".encode() in build(RENDERED, SENDER, "pät@acme.test", "", "<1@a.test>", NOW).as_bytes()
    )
