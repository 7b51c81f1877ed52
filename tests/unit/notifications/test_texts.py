"""Foreign text made fit for a mail."""

import pytest

from notifications.texts import line, money, paragraph, web_address, without


@pytest.mark.parametrize("text", ["a\r\nBcc: x@y.test", "a\nb", "a\u2028b", "a\x85b", "a\x0bb", "a\x00b"])
def test_a_line_has_no_line_break_and_no_control_character(text: str) -> None:
    """Whatever a header parser takes for an end of line is gone."""
    assert len(line(text).splitlines()) == 1
    assert line(text).isprintable()


def test_characters_that_turn_the_reading_direction_are_taken_out() -> None:
    """`SC-1\u202e00.000.1` would read as another amount."""
    assert line("pay \u202e0001") == "pay 0001"


def test_half_a_character_becomes_a_mark() -> None:
    """A lone surrogate is valid JSON but no text that can be written."""
    paragraph("a\ud800b").encode()


def test_a_paragraph_keeps_its_lines_and_has_an_end() -> None:
    """A comment of a megabyte is no mail."""
    assert paragraph("one\r\ntwo") == "one\ntwo"
    assert len(paragraph("x" * 100_000)) == 4_000


@pytest.mark.parametrize("text", ["tax id 12-3456789 is used", "123456789", "12 345 6789", "12-3456789!"])
def test_a_secret_is_masked_however_it_is_punctuated(text: str) -> None:
    """An ERP's error may quote what the payload was."""
    assert "6789" not in without(text, ["12-3456789"])


def test_a_secret_that_is_missing_masks_nothing() -> None:
    """No tax id, no mask."""
    assert without("as it is", [None, "", "12"]) == "as it is"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.test",
        "https://",
        "https://user:pass@evil.test/",
        "https://a.test/\nx",
        "http://[::1",
        7,
        None,
        "https://a.test/" + "x" * 3_000,
    ],
)
def test_only_web_addresses_become_links(address: object) -> None:
    """A link runs with the reader's trust."""
    assert web_address(address) is None


def test_a_web_address_stays_as_it_is() -> None:
    """What the sender gave is what opens."""
    assert web_address("https://a.test/x?y=1&z=2#k") == "https://a.test/x?y=1&z=2#k"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1250000", "1,250,000.00 USD"),
        ("-18250.5", "-18,250.50 USD"),
        ("0.1234", "0.1234 USD"),
        ("unknown", "unknown USD"),
        (None, None),
    ],
)
def test_money_is_shown_with_its_currency(amount: str | None, shown: str | None) -> None:
    """Readers compare amounts by their digits."""
    assert money(amount, "USD") == shown
