"""Reading export requests, and keeping them until there is room."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import Malformed
from engine.exporting.hints import Backlog, Hinted, deliveries_of, read
from engine.messages import Message
from engine.ports import Delivery


def delivery(data: Any, type_: str = "countersign.export.requested.v1") -> Delivery:
    """A message as the queue brings it."""
    return Delivery(Message(json.dumps({"type": type_, "data": data}).encode()), tag=1)


def hinted(key: str, attempt: int = 1) -> Any:
    """A readable request."""
    return read(delivery({"export": key, "attempt": attempt}))


@pytest.mark.parametrize(
    "message",
    [
        Delivery(Message(b"{"), tag=1),
        Delivery(Message(b"\xff"), tag=1),
        Delivery(Message(b"[" * 100_000), tag=1),
        Delivery(Message(b"[]"), tag=1),
        delivery({"export": "acme/project/P@1", "attempt": 1}, "countersign.export.retrying.v1"),
        delivery(None),
        delivery({"export": 1, "attempt": 1}),
        delivery({"export": "acme/project/P@1", "attempt": True}),
        delivery({"export": "acme/project/P@1"}),
    ],
)
def test_what_is_no_request_is_malformed(message: Delivery) -> None:
    """And never ends the worker."""
    with pytest.raises(Malformed):
        read(message)


def test_each_company_gets_as_much_as_it_has_room_for() -> None:
    """A company without room keeps its place and holds nobody up."""
    backlog = Backlog()
    first, second, other = hinted("acme/project/1@1"), hinted("acme/project/2@1"), hinted("beta/project/1@1")
    for each in (first, second, other):
        backlog.add(each)
    assert backlog.take({"acme": 1, "beta": 5}) == [first, other]
    assert backlog.take({"acme": 0}) == []
    assert backlog.companies() == ["acme"]
    assert backlog.take({"acme": 5}) == [second]
    assert backlog.companies() == []


def test_only_the_newest_attempt_of_an_export_counts() -> None:
    """In whatever order they come; what brought them is done with together."""
    backlog = Backlog()
    for each in (hinted("a/b/c@1", 2), hinted("a/b/c@1", 1), hinted("a/b/d@1")):
        backlog.add(each)
    assert backlog.unacknowledged == 3
    first, second = backlog.take({"a": 10})
    assert (first.hint, second.hint) == (("a/b/c@1", 2), ("a/b/d@1", 1))
    assert len(deliveries_of([first, second])) == 3
    assert backlog.unacknowledged == 0


def test_what_is_acknowledged_is_remembered_as_far_as_there_is_room() -> None:
    """The scheduler offers the rest again."""
    backlog = Backlog(most_remembered=2)
    for number in range(3):
        backlog.add(hinted(f"acme/project/{number}@1"))
    backlog.add(hinted("beta/project/1@1"))
    assert len(backlog.let_go()) == 4
    assert backlog.unacknowledged == 0
    assert backlog.take({"acme": 9, "beta": 9}) == [
        Hinted(("acme/project/0@1", 1)),
        Hinted(("acme/project/1@1", 1)),
        Hinted(("beta/project/1@1", 1)),
    ]


def test_without_the_broker_only_what_is_acknowledged_is_remembered() -> None:
    """It brings the rest again."""
    backlog = Backlog()
    backlog.add(hinted("acme/project/1@1"))
    backlog.let_go()
    for key in ("acme/project/2@1", "beta/project/1@1"):
        backlog.add(hinted(key))
    backlog.disconnect()
    assert (backlog.companies(), backlog.unacknowledged) == (["acme"], 0)
    assert backlog.take({"acme": 9}) == [Hinted(("acme/project/1@1", 1))]
