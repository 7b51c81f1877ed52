"""What a foreign program writes into headers, as the engine gets it."""

from typing import Any

import pytest

from engine.bus.rabbit_delivery import TOO_DEEP, delivery
from engine.bus.rabbit_frames import Received


def received(headers: dict[str, Any]) -> Received:
    """A delivery with headers."""
    return Received(1, "a.b", {"application_headers": headers}, b"{}")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-death": [{"reason": "a\0b", "queue": "q\ud800"}]},
        {"x-death": [{"reason": b"a\0b", "queue": b"q\0"}]},
        {"x-death": "junk", "x-first-death-reason": "a\0b", "x-first-death-queue": "q\x1b"},
    ],
)
def test_a_death_that_somebody_made_up_is_readable(headers: dict[str, Any]) -> None:
    """No database takes NUL and lone surrogates."""
    found = delivery(received(headers), 1)
    assert (found.reason, found.queue) == ("a\ufffdb", "q\ufffd")


@pytest.mark.parametrize("death", [[], [7], {"reason": "x"}, [{"reason": 7, "queue": ["q"]}], [{}], None])
def test_a_death_that_is_none_says_nothing(death: Any) -> None:
    """Only text is a reason."""
    found = delivery(received({"x-death": death}), 1)
    assert (found.reason, found.queue) == (None, None)


def test_a_name_is_no_longer_than_the_broker_allows() -> None:
    """A megabyte of reason helps nobody."""
    found = delivery(received({"x-death": [{"reason": "r" * 10_000}]}), 1)
    assert found.reason == "r" * 255


def test_headers_within_headers_end_somewhere() -> None:
    """Whoever writes them again must not run out of stack."""
    deep: Any = "end"
    for _ in range(5000):
        deep = {"a": [deep]}
    assert TOO_DEEP in str(delivery(received({"deep": deep, "flat": {"a": ["end"]}}), 1).message.headers)
    assert delivery(received({"flat": {"a": [b"end"]}}), 1).message.headers == {"flat": {"a": ["end"]}}
