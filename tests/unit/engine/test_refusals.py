"""Each refusal by its code, and of two reasons that hold at once always the earlier one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any, Final

import pytest

from engine.facts import CODES
from engine.messages import Message, dump, parse
from engine.testing import command
from tests.books import PROFILE as ACMES
from tests.books import Books
from tests.builders import PAT, VIEWER, accept, key_of, reject, report, report_unlink, send
from tests.journeys import bring, do, synced

SC: Final = key_of("commitment")
VENDOR: Final = key_of("company")
SOURCE: Final = "/gateway"
ELSEWHERE: Final = "/somewhere"
PROFILE: Final = {
    **ACMES,
    "commitment": {"fields": {"commitment_id": {"required": True, "format": "AA-####"}}},
}

Reason = Callable[[Message], Message]


def altered(message: Message, data: Mapping[str, Any] | None = None, **attributes: Any) -> Message:
    """The message with other attributes (None: without), and with more data."""
    envelope = parse(message.body.decode()) | attributes
    envelope["data"] |= data or {}
    kept = {name: value for name, value in envelope.items() if value is not None}
    return replace(message, body=dump(kept).encode())


def same(message: Message) -> Message:
    """The message as it is; what is wrong is around it."""
    return message


# Each makes one reason hold; nothing is wrong with the accept that they are applied to.
REASONS: Final[Mapping[str, Reason]] = {
    "untrusted_source": lambda m: altered(m, source=ELSEWHERE),
    "reused_id": lambda m: altered(m, id="twice"),
    "unknown_command": lambda m: altered(m, type="countersign.command.approve.v1"),
    "unknown_company": lambda m: altered(m, subject="nobody/commitment/SC-1001"),
    "unknown_actor": lambda m: altered(m, actor=None),
    "unknown_item": lambda m: altered(m, subject="acme/commitment/SC-9999"),
    "not_allowed": lambda m: altered(m, actor=VIEWER),
    "wrong_state": same,
    "stale_version": lambda m: altered(m, {"version": 7}),
    "invalid_payload": lambda m: altered(m, {"colour": "red"}),
    "invalid_field": lambda m: altered(m, {"fields": {"commitment_id": "17"}}),
    "prerequisite": same,
}


@pytest.fixture
def sent(books: Books) -> Books:
    """Acme with a commitment that waits for its approver, and an id that was used twice before."""
    books.profile("acme", PROFILE)
    synced(books, "project", "company", "cost_codes")
    do(books, send(SC))
    for source in (SOURCE, ELSEWHERE):
        books.run(command("send", SC, VIEWER, id_="twice", source=source))
    books.source(SOURCE, None, "accept", "approve")
    books.source("/countersign/connector/sandbox", None, "report_unlink")
    books.source("/test", None, "unlink")
    books.source("/desk", None, "reject")
    return books


def prepare(books: Books, *reasons: str) -> Message:
    """An accept of the commitment that these reasons speak against."""
    message = accept(SC, fields={"commitment_id": "SC-1001"})
    message = altered(message, source=SOURCE)
    if "prerequisite" in reasons:
        do(books, command("unlink", VENDOR, PAT), report_unlink(VENDOR))
    if "wrong_state" in reasons:
        do(books, altered(reject(SC), source="/desk"))
    for reason in reversed(reasons):
        message = REASONS[reason](message)
    return message


def test_nothing_is_wrong_with_the_command_itself(sent: Books) -> None:
    """Without a reason it is applied."""
    assert sent.one(prepare(sent)) == "applied"


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_alone_refuses_with_its_code(sent: Books, reason: str) -> None:
    """And the item stays as it was."""
    message = prepare(sent, reason)
    before = sent.item(SC)
    outcome = sent.run(message)[0]
    assert outcome["data"]["reason"]["code"] == reason
    assert outcome["data"]["reason"]["message"]
    assert sent.item(SC) == before


@pytest.mark.parametrize(("first", "second"), list(combinations(REASONS, 2)))
def test_of_two_reasons_the_earlier_one_is_said(sent: Books, first: str, second: str) -> None:
    """The order of the codes decides."""
    message = prepare(sent, first, second)
    assert CODES.index(first) < CODES.index(second)
    assert sent.one(message) == first


REPORTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "stale_attempt": {"attempt": 2},
    "invalid_payload": {"outcome": "perhaps"},
}


@pytest.mark.parametrize("reason", REPORTS)
def test_a_report_is_refused_with_its_code(books: Books, reason: str) -> None:
    """The export goes on."""
    key = bring(books, "company", "accepted")
    assert books.one(altered(report(key, "failed"), REPORTS[reason])) == reason
    assert (books.state(key), books.export(f"{key}@1").status) == ("accepted", "requested")


def test_a_report_of_a_stale_attempt_is_stale_whatever_else_it_says(books: Books) -> None:
    """stale_attempt comes before invalid_payload, and wrong_state before both."""
    key = bring(books, "company", "accepted")
    message = altered(report(key, "failed"), {**REPORTS["invalid_payload"], **REPORTS["stale_attempt"]})
    assert books.one(message) == "stale_attempt"
    do(books, report(key))
    assert books.one(altered(message, id="again")) == "wrong_state"


@pytest.mark.parametrize("data", [None, [], "yes", 3])
def test_a_report_whose_data_is_no_object_is_refused_and_changes_nothing(books: Books, data: Any) -> None:
    """Where no report is awaited, that is said first."""
    key = bring(books, "company", "accepted")
    envelope = parse(report(key).body.decode())

    def message(id_: str) -> Message:
        return Message(dump({**envelope, "id": id_, "data": data}).encode())

    assert books.one(message("first")) == "invalid_payload"
    do(books, report(key))
    assert books.one(message("second")) == "wrong_state"


@pytest.mark.parametrize(
    "subject", ["acme", "acme/commitment", "acme/invoice/1", "acme/commitment/a b", "acme/commitment/x/y"]
)
def test_a_subject_that_cannot_be_an_item_is_an_unknown_item(books: Books, subject: str) -> None:
    """Its company and its actor are known."""
    assert books.one(command("send", subject, VIEWER)) == "unknown_item"


@pytest.mark.parametrize(
    "subject", [None, "", "Acme/project/P-17", "acme\x00/project/P-17", "x" * 41 + "/project/P"]
)
def test_a_subject_that_names_no_company_is_an_unknown_company(books: Books, subject: str | None) -> None:
    """Also one that cannot be a company's name."""
    assert books.one(command("send", subject, VIEWER)) == "unknown_company"


def test_an_outcome_says_what_it_answers(books: Books) -> None:
    """The command, the item with state and version, and the reason with what is blocking."""
    key = bring(books, "company", "ready")
    applied, refused = books.run(accept(key, id_="a-1", source="/gateway"), accept(key, version=2))
    assert applied["source"] == "/countersign"
    assert applied["subject"] == applied["data"]["item"] == key
    assert applied["data"]["command"] == {
        "source": "/gateway", "id": "a-1", "type": "countersign.command.accept.v1"
    }  # fmt: skip
    assert (applied["data"]["state"], applied["data"]["version"]) == ("accepted", 1)
    assert "reason" not in applied["data"]
    assert (refused["data"]["state"], refused["data"]["version"]) == ("accepted", 1)


def test_a_refusal_for_a_prerequisite_names_what_is_missing(sent: Books) -> None:
    """As the item's key."""
    outcome = sent.run(prepare(sent, "prerequisite"))[0]
    assert outcome["data"]["reason"]["blocked_by"] == [VENDOR]
