"""The demo's judgement and its words, without running it."""

from __future__ import annotations

from typing import Any

import pytest

from console.demo.checking import Check, compare
from console.demo.examples import Expected, ExpectedMail
from console.demo.knowledge import Asked, Knowledge, Sent
from console.demo.wording import Line, Wording, together
from engine.facts import Item

KEY = "acme/commitment/SC-1"
LINES = [{"number": "1", "amount": "10.00"}]


def _item(**changed: Any) -> Item:
    values: dict[str, Any] = {"state": "synced", "version": 1, "synced_version": 1, "erp_id": "COM-1"}
    return Item("acme", "commitment", "SC-1", payload={"lines": LINES}, **(values | changed))


def _record(**changed: Any) -> dict[str, Any]:
    return {"id": "COM-1", "kind": "commitment", "key": f"{KEY}@1", "data": {"lines": LINES}} | changed


def _expected(**changed: Any) -> Expected:
    values: dict[str, Any] = {
        "items": {KEY: ("synced", 1)},
        "refused": {},
        "tried_again": frozenset(),
        "in_doubt": frozenset(),
        "dead_letters": {},
        "mails": (),
    }
    return Expected(**(values | changed))


def _found(**changed: Any) -> Check:
    return Check(**({"known": Knowledge(), "items": [_item()], "records": [_record()]} | changed))


def test_what_is_where_it_should_be_is_no_problem() -> None:
    """The comparison is not merely strict."""
    assert compare(_found(), _expected()) == []


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ({"items": [], "records": []}, "is missing"),
        ({"items": [_item(version=2)]}, "in version 2, and should be synced in version 1"),
        ({"items": [_item(), Item("acme", "project", "P-1")]}, "acme/project/P-1 should not be there"),
        ({"records": []}, "is 0 times in the ERP, and should be 1 times"),
        ({"records": [_record(), _record(id="COM-2")]}, "is 2 times in the ERP"),
        ({"records": [_record(id="COM-2")]}, "is COM-2 in the ERP, and COM-1 here"),
        ({"records": [_record(data={"lines": [{"amount": "10.01"}]})]}, "10.00 here and to 10.01 in the ERP"),
        ({"records": [_record(), _record(key=None)]}, "a record that nobody sent"),
        ({"known": Knowledge(answers={("/s", "1"): "wrong_state"})}, "1 was refused (wrong_state)"),
        ({"known": Knowledge(letters={1: {"reason": "bug"}})}, "dead letter of bug is open"),
        ({"known": Knowledge(mails=[Sent("failure", "a@b.test", "S", ())])}, "is there 0 times"),
    ],
)
def test_what_is_not_where_it_should_be_is_told(found: dict[str, Any], problem: str) -> None:
    """Each difference is one sentence."""
    assert any(problem in told for told in compare(_found(**found), _expected()))


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({"refused": {"1": "not_allowed"}}, "command 1 was never answered"),
        ({"tried_again": frozenset((KEY,))}, "was never tried again"),
        ({"in_doubt": frozenset((KEY,))}, "was never in doubt"),
        ({"dead_letters": {KEY: "replayed"}}, "is missing, and should be replayed"),
        ({"mails": (ExpectedMail("failure", frozenset(("a@b.test",)), KEY),)}, "no failure mail about"),
    ],
)
def test_what_had_to_happen_and_did_not_is_told(expected: dict[str, Any], problem: str) -> None:
    """A month in which nothing goes wrong shows nothing."""
    assert any(problem in told for told in compare(_found(), _expected(**expected)))


def test_lines_that_differ_only_in_their_items_become_one() -> None:
    """Six vendors are one line."""
    lines = [Line("Dana", "sends", "company", (name,)) for name in ("V-1", "V-2")]
    assert [line.text for line in together(lines)] == ["2 vendors: V-1, V-2"]


def test_an_item_that_comes_again_after_something_happened_to_it_has_a_line_of_its_own() -> None:
    """Sent, taken back, sent: in this order."""
    lines = [
        Line("Luis", "sends", "commitment", ("SC-1",)),
        Line("Luis", "takes back", "commitment", ("SC-2",)),
        Line("Luis", "sends", "commitment", ("SC-2",)),
    ]
    assert together(lines) == lines


def test_many_items_are_counted_where_they_were_named_before() -> None:
    """The list is read once, when the items are sent."""
    names = tuple(f"V-{number}" for number in range(6))
    assert Line("Accounting", "may accept", "company", names).text == "6 vendors"


def test_a_refusal_names_who_asked_for_what() -> None:
    """The outcome itself names only the command."""
    event = {
        "type": "countersign.command.refused.v1",
        "data": {"item": KEY, "reason": {"code": "not_allowed", "message": "no"}},
    }
    line = Wording({"pat@acme.test": "Pat"}).line(event, Asked("pat@acme.test", "accept", KEY))
    assert line is not None
    assert line.text == "Pat's accept of contract SC-1: no"
