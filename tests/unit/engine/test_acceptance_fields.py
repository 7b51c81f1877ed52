"""The approver's fields: what the profile asks, ERP codes that are taken, warnings to confirm."""

from typing import Any

import pytest

from engine.testing import command
from tests.books import Books, code
from tests.builders import BOSS, PAT, accept, key_of, reject, report, report_unlink, send
from tests.journeys import do

V1, V2 = key_of("company", "V-1"), key_of("company", "V-2")
FIELDS = {
    "vendor_id": {"required": True, "max_length": 10, "label": "Vendor"},
    "kind": {"choices": ["1099", "none"]},
    "since": {"type": "date"},
    "zone": {"format": "A#-**"},
}


@pytest.fixture
def two(books: Books) -> Books:
    """Two vendors that wait for their approver."""
    books.profile("acme", {"company": {"fields": FIELDS}})
    do(books, send(V1), send(V2))
    return books


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, "fields.vendor_id"),
        ({"vendor_id": ""}, "fields.vendor_id"),
        ({"vendor_id": None}, "fields.vendor_id"),
        ({"vendor_id": 7}, "fields.vendor_id"),
        ({"vendor_id": 1.5}, "fields.vendor_id"),
        ({"vendor_id": ["BAY"]}, "fields.vendor_id"),
        ({"vendor_id": "BAY-0123456"}, "fields.vendor_id"),
        ({"vendor_id": "B\x00"}, "fields.vendor_id"),
        ({"vendor_id": "B\ud800"}, "fields.vendor_id"),
        ({"vendor_id": "BAY", "kind": "W2"}, "fields.kind"),
        ({"vendor_id": "BAY", "since": "2026-13-01"}, "fields.since"),
        ({"vendor_id": "BAY", "zone": "12-ab"}, "fields.zone"),
        ({"vendor_id": "BAY", "colour": "red"}, "fields.colour"),
        ([], "fields"),
        ("BAY", "fields"),
        (None, "fields"),
    ],
    ids=str,
)
def test_a_field_that_does_not_fit_is_named(two: Books, fields: Any, path: str) -> None:
    """With a sentence for the approver, before anything leaves."""
    reason = two.run(accept(V1, fields=fields))[0]["data"]["reason"]
    assert reason["code"] == "invalid_field"
    assert path in [error["path"] for error in reason["errors"]]
    assert (two.state(V1), two.select("SELECT * FROM exports")) == ("ready_to_export", [])


def test_thousands_of_unknown_fields_are_one_small_refusal(two: Books) -> None:
    """Nobody reads more than a hundred."""
    reason = two.run(accept(V1, fields={f"f{n}": "x" for n in range(5000)}))[0]["data"]["reason"]
    assert len(reason["errors"]) == 101


@pytest.mark.parametrize("value", ["BAY", "BÄY", "B\u00a0AY", "B\u3000AY", "'; --"])
def test_an_erp_code_is_for_one_item(two: Books, value: str) -> None:
    """Whatever characters it has."""
    do(two, accept(V1, fields={"vendor_id": value}))
    assert two.one(accept(V2, fields={"vendor_id": value})) == "invalid_field"
    do(two, report(V1))
    assert two.one(accept(V2, fields={"vendor_id": value})) == "invalid_field"


def test_two_accepts_of_one_batch_with_one_code_leave_one(two: Books) -> None:
    """The second sees the first."""
    outcomes = two.run(accept(V1, fields={"vendor_id": "BAY"}), accept(V2, fields={"vendor_id": "BAY"}))
    assert [code(each) for each in outcomes] == ["applied", "invalid_field"]


@pytest.mark.parametrize("end", ["failed", "rejected", "unlinked"])
def test_an_end_without_the_erp_frees_the_code(two: Books, end: str) -> None:
    """Another item may have it, and then a replay is refused."""
    do(two, accept(V1, fields={"vendor_id": "BAY"}))
    if end == "unlinked":
        do(two, report(V1), command("unlink", V1, PAT), report_unlink(V1))
    else:
        do(two, report(V1, "failed"))
    if end == "rejected":
        do(two, reject(V1))
    do(two, accept(V2, fields={"vendor_id": "BAY"}))
    if end == "failed":
        assert two.one(command("replay", V1, BOSS)) == "invalid_field"
        do(two, accept(V1, fields={"vendor_id": "BAY-2"}))


def test_a_replay_takes_its_code_again(two: Books) -> None:
    """With the same fields."""
    do(two, accept(V1, fields={"vendor_id": "BAY"}), report(V1, "failed"), command("replay", V1, BOSS))
    assert two.item(V1).fields == {"vendor_id": "BAY"}
    assert two.one(accept(V2, fields={"vendor_id": "BAY"})) == "invalid_field"


def test_accepting_again_from_failed_without_fields_keeps_them(two: Books) -> None:
    """And with another code frees the first."""
    do(two, accept(V1, fields={"vendor_id": "BAY"}), report(V1, "failed"), accept(V1))
    assert two.item(V1).fields == {"vendor_id": "BAY"}
    do(two, report(V1, "failed", 2), accept(V1, fields={"vendor_id": "BAY-2"}))
    do(two, accept(V2, fields={"vendor_id": "BAY"}))


def test_the_profile_may_allow_duplicate_codes(books: Books) -> None:
    """Then nothing is taken."""
    books.profile("acme", {"company": {"fields": FIELDS, "allow_duplicate_codes": True}})
    do(books, send(V1), send(V2))
    do(books, accept(V1, fields={"vendor_id": "BAY"}), accept(V2, fields={"vendor_id": "BAY"}))


def test_a_warning_has_to_be_confirmed(books: Books) -> None:
    """By its code."""
    books.profile("acme", {"company": {"warnings": {"no_w9": "there is no W-9 on file"}}})
    do(books, send(V1))
    assert books.one(accept(V1)) == "invalid_field"
    assert books.one(accept(V1, confirm=["other"])) == "invalid_field"
    do(books, accept(V1, confirm=["no_w9"]), report(V1, "failed"))
    do(books, command("replay", V1, BOSS))


def test_a_field_may_be_prefilled_from_the_payload(books: Books) -> None:
    """The approver may give another value."""
    books.profile("acme", {"company": {"fields": {"vendor_id": {"required": True, "prefill": "name"}}}})
    do(books, send(V1), send(V2), accept(V1))
    assert books.item(V1).fields == {"vendor_id": "Bayline Concrete"}
    assert books.one(accept(V2)) == "invalid_field"
    do(books, accept(V2, fields={"vendor_id": "Bayline 2"}))


def test_without_an_integration_nothing_is_accepted(books: Books) -> None:
    """There is no ERP to take it."""
    books.execute("DELETE FROM integrations WHERE company = 'acme'")
    do(books, send(V1))
    assert books.one(accept(V1)) == "prerequisite"
