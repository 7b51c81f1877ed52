"""The example month: every file can be read on its own, and all of them together make sense."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from console.config_file import Written, read_file
from console.demo import examples
from console.demo.story import MONTH, CutOff, Send, TypeIntoErp
from engine.errors import Malformed
from engine.messages import STRUCTURED, Command, Message, read
from engine.payload import Payload
from workflows import item_types

FOLDER = Path(__file__).resolve().parents[2] / "examples"
FILES = sorted(path.stem for path in (FOLDER / "month").glob("*.json"))
MISSPELT = ("company", "V-CLEARVEIW")
LIMIT = 1024 * 1024


def _commands() -> list[Command]:
    return [each.command for name in FILES for each in examples.commands(name)]


def _payload(command: Command) -> Payload | None:
    item_type = str(command.subject).split("/")[1]
    payload, _ = item_types()[item_type].payload.read(command.data["payload"])
    return payload


def _sent() -> list[tuple[str, str, Any]]:
    """Item type, id and payload of every readable `send`, in order."""
    found = []
    for command in _commands():
        if command.name == "send" and (payload := _payload(command)) is not None:
            _, item_type, id_ = str(command.subject).split("/")
            found.append((item_type, id_, payload))
    return found


def _latest() -> dict[tuple[str, str], Any]:
    return {(item_type, id_): payload for item_type, id_, payload in _sent()}


def _company() -> Written:
    return read_file(FOLDER / "acme.toml", {"sandbox"})


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_month_holds_readable_commands_of_people_of_the_company(name: str) -> None:
    """Each file can be sent on its own."""
    people = _company().directory.people["acme"]
    for each in examples.commands(name):
        assert str(each.command.subject).startswith("acme/")
        assert each.command.actor in people


def test_the_company_s_file_is_valid_and_nothing_about_it_is_strange() -> None:
    """An example with a warning would teach the mistake."""
    assert _company().warnings == ()


def test_no_two_commands_of_the_month_have_the_same_id() -> None:
    """A used id would be taken for a repeat."""
    ids = Counter((command.source, command.id) for command in _commands())
    assert [key for key, count in ids.items() if count > 1] == []


def test_the_cut_off_message_cannot_be_read() -> None:
    """It shows what becomes of such a message."""
    body = (FOLDER / "month" / "08-cut-off.txt").read_bytes()
    with pytest.raises(Malformed, match="not JSON"):
        read(Message(body, STRUCTURED), LIMIT)


def test_every_payload_is_valid_but_the_one_that_the_expectations_name() -> None:
    """Exactly one command is refused for its payload."""
    wrong = [each.id for each in _commands() if each.name == "send" and _payload(each) is None]
    refused = examples.expected().refused
    assert wrong == [id_ for id_, code in refused.items() if code == "invalid_payload"]


def test_what_is_sent_is_complete() -> None:
    """A status that cannot be sent, or an unlocked budget, would be refused."""
    assert [problem for _, _, payload in _sent() for problem in payload.problems_when_sent()] == []


@pytest.mark.parametrize(
    ("item_type", "count"),
    [("project", 1), ("company", 6), ("cost_codes", 1), ("budget", 1), ("commitment", 12)],
)
def test_the_month_has_as_many_items_as_it_promises(item_type: str, count: int) -> None:
    """One project, six vendors, one budget, twelve commitments."""
    assert sum(kind == item_type for kind, _ in _latest()) == count


def test_every_item_type_occurs() -> None:
    """Whoever looks for an example of a type finds one."""
    assert {kind for kind, _ in _latest()} == set(item_types())


def _codes() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for item_type, _, payload in _sent():
        if item_type == "cost_codes":
            for code, category in payload.meets():
                found[code].add(category)
    return found


def test_there_are_forty_cost_codes() -> None:
    """39 at first, and one that is added when it is needed."""
    assert len(_codes()) == 40


def test_every_reference_is_an_item_of_the_month_but_the_misspelt_vendor() -> None:
    """What waits can go on, except for the mistake that somebody has to correct."""
    known = _latest().keys()
    missing = {each for _, _, payload in _sent() for each in payload.references()} - known
    assert missing == {MISSPELT}


def test_every_line_s_cost_code_has_that_category() -> None:
    """A code that never comes would be waited for without an end."""
    codes = _codes()
    used = {each for _, _, payload in _sent() for each in payload.cost_codes()}
    assert [(code, category) for code, category in used if category not in codes[code]] == []


def _budgeted() -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    budget = _latest()["budget", "B-2601"]
    for line in (*budget.lines, *(line for each in budget.modifications for line in each.lines)):
        found[line.cost_code, line.category] += Decimal(line.amount)
    return found


def test_no_cost_code_is_committed_beyond_its_budget() -> None:
    """The numbers read like a real company's."""
    committed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (item_type, _), payload in _latest().items():
        if item_type in ("commitment", "commitment_change_order"):
            for line in payload.lines:
                committed[line.cost_code, line.category] += Decimal(line.amount)
    budgeted = _budgeted()
    assert {key: amount for key, amount in committed.items() if amount > budgeted[key]} == {}


def test_no_invoice_bills_more_than_the_line_it_bills() -> None:
    """Work and materials stay within the contract."""
    items = _latest()
    for (item_type, _), invoice in items.items():
        for line in invoice.lines if item_type == "subcontractor_invoice" else ():
            contract = ("commitment", invoice.commitment)
            change = ("commitment_change_order", line.change_order)
            number = line.commitment_line or line.change_order_line
            billed = items[contract if line.commitment_line else change]
            (amount,) = (Decimal(each.amount) for each in billed.lines if each.number == number)
            assert Decimal(line.work_completed) + Decimal(line.materials or 0) <= amount


def test_the_expectations_name_every_item_of_the_month() -> None:
    """Nothing goes unwatched."""
    assert examples.expected().items.keys() == {f"acme/{kind}/{id_}" for kind, id_ in _latest()}


def test_the_story_plays_every_file_once() -> None:
    """No example lies about unused."""
    steps = [step for section in MONTH for step in section.steps]
    played = [step.file for step in steps if isinstance(step, Send | CutOff | TypeIntoErp)]
    there = [path.stem for folder in ("month", "erp") for path in (FOLDER / folder).iterdir()]
    assert sorted(played) == sorted(there)


def test_the_expectations_file_has_no_unknown_part() -> None:
    """A misspelt table would never be compared."""
    written = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
    assert written.keys() == {"items", "refused", "exports", "dead_letters", "mails"}
