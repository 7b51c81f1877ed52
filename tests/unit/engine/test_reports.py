"""What a connector's answers do: also late, twice, contradicting each other, or about something else."""

from typing import Any

import pytest

from engine.testing import command
from tests.books import Books
from tests.builders import (
    BOSS,
    PAT,
    SANDBOX,
    accept,
    draft,
    key_of,
    payload_of,
    reject,
    report,
    report_unlink,
    send,
)
from tests.journeys import bring, do, synced

VENDOR = key_of("company")
SC = key_of("commitment")


def open_letters(books: Books, key: str) -> list[str]:
    """The reasons of the item's open dead letters."""
    return [letter["reason"] for letter in books.letters() if letter["item"] == key]


def test_a_success_keeps_the_ids_of_header_and_lines(books: Books) -> None:
    """And its event shows the ERP id."""
    key = bring(books, "commitment", "accepted")
    do(books, report(key, erp_id="4711", erp_lines={"1": "4711-1"}))
    item = books.item(key)
    assert (item.erp_id, item.erp_lines, item.synced_version) == ("4711", {"1": "4711-1"}, 1)
    assert books.about(key, "synced")[0]["data"]["erp_id"] == "4711"
    assert (books.export(f"{key}@1").status, books.export(f"{key}@1").due_at) == ("succeeded", None)


def test_an_answer_to_an_older_version_is_no_answer_to_this_one(books: Books) -> None:
    """Attempts are counted from 1 for each version."""
    key = bring(books, "company", "failed")
    do(books, reject(key), send(key), accept(key))
    assert books.one(report(key, "failed", version=1)) == "stale_attempt"
    assert books.state(key) == "accepted"
    assert books.export(f"{key}@2").status == "requested"


def test_a_late_success_of_an_older_version_is_kept_and_looked_up(books: Books) -> None:
    """Or the ERP would get the vendor twice."""
    key = bring(books, "company", "failed")
    do(books, reject(key), send(key), accept(key))
    do(books, report(key, version=1, erp_id="VEND-1"))
    old, new = books.export(f"{key}@1"), books.export(f"{key}@2")
    assert (old.erp_id, old.holds) == ("VEND-1", True)
    assert (new.status, new.mode) == ("requested", "lookup")
    assert books.state(key) == "accepted"


def test_a_late_success_of_a_failed_export_keeps_it_from_being_rejected(books: Books) -> None:
    """The ERP has it: accepting again adopts it."""
    key = bring(books, "company", "failed")
    do(books, report(key, erp_id="VEND-1"))
    assert books.state(key) == "failed"
    assert books.one(reject(key)) == "prerequisite"
    do(books, accept(key))
    assert books.export(f"{key}@1").mode == "lookup"
    do(books, report(key, attempt=2, erp_id="VEND-1"))
    assert (books.state(key), books.letters()) == ("synced", [])


def test_a_second_record_in_the_erp_is_a_dead_letter(books: Books) -> None:
    """The same id again is no news."""
    key = bring(books, "company", "synced")
    do(books, report(key))
    assert books.letters() == []
    do(books, report(key, erp_id="ANOTHER"))
    assert open_letters(books, key) == ["duplicate_in_erp"]
    assert (books.state(key), books.item(key).erp_id) == ("synced", f"ERP-{key}")


def test_two_successes_with_different_ids_are_a_double_record(books: Books) -> None:
    """The fenced attempt's answer came first."""
    key = bring(books, "company", "failed")
    do(books, accept(key), report(key, attempt=1, erp_id="FIRST"), report(key, attempt=2, erp_id="SECOND"))
    assert books.item(key).erp_id == "SECOND"
    assert open_letters(books, key) == ["duplicate_in_erp"]


@pytest.mark.parametrize("error_class", ["unavailable", "capacity"])
def test_what_surely_did_not_happen_is_tried_again_later_and_given_up_in_the_end(
    books: Books, error_class: str
) -> None:
    """After four delays it is a dead letter."""
    key = bring(books, "company", "accepted")
    error = {"class": error_class, "message": "come back later"}
    for attempt in range(1, 5):
        do(books, report(key, "failed", attempt, error=error))
        export = books.export(f"{key}@1")
        assert (export.status, export.tries, books.state(key)) == ("retrying", attempt, "accepted")
        again(books, key)
    do(books, report(key, "failed", 5, error=error))
    assert (books.state(key), books.export(f"{key}@1").status) == ("failed", "failed")
    assert open_letters(books, key) == ["failed"]


def again(books: Books, key: str, mode: str | None = None) -> None:
    """The export's next attempt is due, as the scheduler would make it."""
    sql = """UPDATE exports SET status = 'requested', attempt = attempt + 1, mode = COALESCE(:mode, mode)
             WHERE item = :key"""
    books.execute(sql, key=key, mode=mode)


def test_what_is_in_doubt_is_never_given_up(books: Books) -> None:
    """The ERP may have it, however long it cannot be asked."""
    key = bring(books, "company", "accepted")
    do(books, report(key, "in_doubt"))
    error = {"class": "unavailable", "message": "down"}
    for attempt in range(2, 12):
        again(books, key, "lookup")
        do(books, report(key, "failed", attempt, error=error))
    assert (books.state(key), books.export(f"{key}@1").status) == ("accepted", "retrying")
    assert books.export(f"{key}@1").mode == "lookup"
    assert books.letters() == []


def test_an_uncertain_failure_is_in_doubt(books: Books) -> None:
    """It is asked for once the request cannot be on its way any more."""
    key = bring(books, "company", "accepted")
    do(books, report(key, "failed", error={"class": "uncertain", "message": "time-out"}))
    export = books.export(f"{key}@1")
    assert (export.status, books.state(key)) == ("in_doubt", "accepted")
    assert export.due_at is not None
    assert export.due_at > books.clock.text
    event = books.about(f"{key}@1", "in_doubt")[0]["data"]
    assert (event["export"], event["error"]["class"]) == (f"{key}@1", "uncertain")


def test_absent_counts_only_after_the_settle_time(books: Books) -> None:
    """Before that it is asked again, then it is sent."""
    key = bring(books, "company", "accepted")
    do(books, report(key, "in_doubt"))
    again(books, key, "lookup")
    do(books, report(key, "absent", 2))
    assert books.export(f"{key}@1").status == "in_doubt"
    again(books, key, "lookup")
    books.clock.advance(31)
    do(books, report(key, "absent", 3))
    export = books.export(f"{key}@1")
    assert (export.status, export.attempt, export.mode) == ("requested", 4, "send")


def test_a_refused_log_in_stops_the_integration_and_tries_nothing_again(books: Books) -> None:
    """The same credentials would fail again."""
    key = bring(books, "company", "accepted")
    do(books, report(key, "failed", error={"class": "auth", "message": "account locked"}))
    (row,) = books.select("SELECT * FROM integrations WHERE company = 'acme'")
    assert (row["state"], row["last_error"]) == ("stopped", "account locked")
    export = books.export(f"{key}@1")
    assert (export.status, export.due_at, export.tries, books.state(key)) == ("retrying", None, 0, "accepted")


def test_a_part_in_the_erp_keeps_the_item_from_being_rejected(books: Books) -> None:
    """An operator has to remove it there first; accepting again looks up."""
    key = bring(books, "commitment", "accepted")
    do(books, report(key, "failed", error={"class": "partial", "message": "header without lines"}))
    refused = books.run(reject(key))[0]["data"]["reason"]
    assert (refused["code"], refused["blocked_by"]) == ("prerequisite", [f"{key}@1"])
    do(books, accept(key))
    assert books.export(f"{key}@1").mode == "lookup"


def test_a_failed_item_has_exactly_one_open_dead_letter_until_somebody_decides(books: Books) -> None:
    """Accept, replay and reject resolve it; a failure after that opens the next one."""
    key = bring(books, "company", "failed")
    assert open_letters(books, key) == ["failed"]
    for attempt, decision in ((2, accept(key)), (3, command("replay", key, BOSS))):
        do(books, decision)
        assert open_letters(books, key) == []
        do(books, report(key, "failed", attempt))
        assert open_letters(books, key) == ["failed"]
    do(books, reject(key))
    assert open_letters(books, key) == []
    found = [letter["resolution"] for letter in books.letters(resolved=True)]
    assert found == ["accepted", "replayed", "rejected"]
    letter_events = [body["type"] for body in books.about(f"{key}@1", "dead_letter")]
    assert letter_events == ["countersign.dead_letter.added.v1", "countersign.dead_letter.resolved.v1"] * 3


def test_failing_and_deciding_and_failing_within_one_batch_leaves_one_dead_letter(books: Books) -> None:
    """In their order."""
    key = bring(books, "company", "accepted")
    books.run(
        report(key, "failed"), accept(key), report(key, "failed", 2), accept(key), report(key, "failed", 3)
    )
    assert (books.state(key), open_letters(books, key)) == ("failed", ["failed"])
    assert len(books.letters(resolved=True)) == 2


BAD_ERRORS: list[Any] = [
    {"class": ["validation"], "message": "m"},
    {"class": {}, "message": "m"},
    {"class": "unheard", "message": "m"},
    {"class": "validation"},
    {"class": "validation", "message": 5},
    "no object",
    None,
]


@pytest.mark.parametrize("error", BAD_ERRORS, ids=str)
def test_a_failure_without_a_proper_error_is_refused(books: Books, error: Any) -> None:
    """The attempt still has to be answered."""
    key = bring(books, "company", "accepted")
    assert books.one(report(key, "failed", error=error)) == "invalid_payload"
    assert books.state(key) == "accepted"


@pytest.mark.parametrize(
    "code", [{"a": 1}, ["E"], 12, "E\x00\ud800", "E" * 5000], ids=["object", "list", "number", "NUL", "long"]
)
def test_an_errors_code_may_be_anything(books: Books, code: Any) -> None:
    """It is kept as far as it can be."""
    key = bring(books, "company", "accepted")
    do(books, report(key, "failed", error={"class": "validation", "code": code, "message": "no\x00\ud800"}))
    assert books.letters()[0]["message"].startswith("no")


@pytest.mark.parametrize("erp_id", [None, "", 5, "x\x00", "\ud800", "x" * 201], ids=str)
def test_a_success_needs_a_printable_erp_id(books: Books, erp_id: Any) -> None:
    """Otherwise it is no answer."""
    key = bring(books, "company", "accepted")
    assert books.one(report(key, erp_id=erp_id)) == "invalid_payload"


def test_a_dependent_item_keeps_what_it_refers_to_in_the_erp(books: Books) -> None:
    """Also one that was accepted a moment before, in the same batch."""
    synced(books, "project", "company", "cost_codes")
    do(books, send(SC))
    outcomes = books.run(accept(SC), command("unlink", VENDOR, PAT))
    assert outcomes[1]["data"]["reason"]["blocked_by"] == [SC]
    outcomes = books.run(report(SC, "failed"), command("unlink", VENDOR, PAT))
    assert outcomes[1]["data"].get("reason") is None
    do(books, report_unlink(VENDOR))
    assert books.run(accept(SC))[0]["data"]["reason"]["blocked_by"] == [VENDOR]


def test_a_budget_posted_by_hand_waits_for_the_word_of_a_person_or_the_connector(books: Books) -> None:
    """A person says where it was seen."""
    key = bring(books, "budget", "awaiting_posting")
    assert books.item(key).synced_version == 1
    assert books.one(command("confirm_posting", key, PAT)) == "invalid_payload"
    assert books.one(command("confirm_posting", key, PAT, comment="  ")) == "invalid_payload"
    assert books.one(send(key)) == "wrong_state"
    do(books, command("confirm_posting", key, SANDBOX))
    assert (books.state(key), books.events(key)[-2:]) == ("synced", ["awaiting_posting", "posted"])


def test_a_report_about_a_draft_is_refused(books: Books) -> None:
    """Nothing was asked."""
    key = key_of("company")
    do(books, draft(key, payload=payload_of("company")))
    assert books.one(report(key)) == "wrong_state"
    assert books.one(report_unlink(key)) == "wrong_state"
