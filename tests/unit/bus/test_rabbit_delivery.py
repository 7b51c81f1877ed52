"""What a foreign program writes into headers, as the engine gets it."""

import struct
from types import SimpleNamespace
from typing import Any

import pytest

from engine.bus.rabbit_delivery import TOO_DEEP, delivery
from engine.bus.rabbit_frames import FrameReader, Received


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


def test_headers_too_deep_for_the_library_leave_the_body() -> None:
    """A small message can nest thousands of tables; the broker would deliver it again for ever."""
    table = b""
    for _ in range(9000):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    properties = struct.pack(">H", 1 << 13) + struct.pack(">I", len(table)) + table
    found: list[Received] = []
    reader = FrameReader(SimpleNamespace(bytes_recv=0), lambda *_: None, found.append)
    deliver = struct.pack(">HH", 60, 60) + b"\x00" + struct.pack(">Q", 7) + b"\x00" + b"\x00" + b"\x03a.b"
    for frame in ((1, 1, deliver), (2, 1, struct.pack(">HHQ", 60, 0, 2) + properties), (3, 1, b"{}")):
        reader(frame)
    assert found == [Received(7, "a.b", {}, b"{}")]
