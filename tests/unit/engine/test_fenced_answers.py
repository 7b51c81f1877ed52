"""An answer counts only from whom was asked, for the attempt that is open, and as far as that attempt could know."""

from typing import Any

from engine.changes import PutExport
from engine.service.due import due
from engine.testing import command
from tests.books import Books
from tests.builders import BOSS, PAT, SANDBOX, accept, key_of, reject, report, report_unlink, send
from tests.journeys import bring, do, synced
from tests.unit.engine.test_reports import again

VENDOR = key_of("company")
UNAVAILABLE = {"class": "unavailable", "message": "come back later"}


def untried(books: Books) -> str:
    """A vendor whose first attempt failed before it reached the ERP, or so it was said."""
    key = bring(books, "company", "accepted")
    do(books, report(key, "failed", error={"class": "precondition", "message": "period is closed"}))
    return key


def taken(books: Books, key: str) -> None:
    """A worker has claimed the export, whose attempt sends."""
    assert books.export(key).mode == "send"
    sql = "UPDATE exports SET status = 'sending', worker = 'w-1' WHERE key = :key"
    books.execute(sql, key=key)


def next_attempt(books: Books, export: str) -> str:
    """How the attempt goes that the scheduler makes once the export is due."""
    (change,) = due(books.export(export), books.item(VENDOR), (), books.clock.text, books.rules.delays)
    assert isinstance(change, PutExport)
    return change.export.mode


def test_the_connector_that_was_asked_answers_whatever_the_integration_is_by_now(books: Books) -> None:
    """Another one cannot know what became of the attempt."""
    key = bring(books, "company", "accepted")
    books.execute("UPDATE integrations SET connector = 'sage' WHERE company = 'acme'")
    assert books.one(report(key, actor="connector:sage", erp_id="SAGE-1")) == "not_allowed"
    assert books.one(report(key, actor=SANDBOX, erp_id="VEND-1")) == "applied"
    assert (books.state(key), books.item(key).erp_id) == ("synced", "VEND-1")


def test_the_new_connector_answers_what_it_is_asked_itself(books: Books) -> None:
    """From the next version on."""
    key = bring(books, "company", "failed")
    books.execute("UPDATE integrations SET connector = 'sage' WHERE company = 'acme'")
    do(books, reject(key), send(key), accept(key))
    assert books.one(report(key, version=2, actor=SANDBOX)) == "not_allowed"
    assert books.one(report(key, version=2, actor="connector:sage")) == "applied"


def test_a_late_gone_of_an_older_attempt_unlinks_nothing(books: Books) -> None:
    """The newer attempt may find it still there."""
    key = bring(books, "company", "unlinking")
    attempt = books.export(f"{key}@1").attempt
    first: dict[str, Any] = {"export": f"{key}@1", "attempt": attempt}
    do(books, report_unlink(key, "failed", error=UNAVAILABLE))
    again(books, key)
    assert books.one(report_unlink(key, "gone", **first)) == "stale_attempt"
    assert books.one(report_unlink(key, "gone", export=f"{key}@9")) == "stale_attempt"
    assert books.one(report_unlink(key, "still_there", **first)) == "stale_attempt"
    assert (books.state(key), books.item(key).erp_id) == ("unlinking", f"ERP-{key}")
    do(books, report_unlink(key, "gone", export=f"{key}@1", attempt=attempt + 1))
    assert (books.state(key), books.item(key).erp_id) == ("draft", None)


def test_a_gone_that_names_no_attempt_answers_the_open_one(books: Books) -> None:
    """As connectors were always told."""
    key = bring(books, "company", "unlinking")
    do(books, report_unlink(key, "failed", error=UNAVAILABLE))
    again(books, key)
    do(books, report_unlink(key))
    assert books.state(key) == "draft"


def partly(books: Books) -> str:
    """A commitment of which the ERP holds a part, replayed: its second attempt looks up."""
    key = bring(books, "commitment", "accepted")
    do(books, report(key, "failed", error={"class": "partial", "message": "header without lines"}))
    assert books.one(reject(key)) == "prerequisite"
    do(books, command("replay", key, BOSS))
    assert books.export(f"{key}@1").mode == "lookup"
    return key


def test_a_part_in_the_erp_is_not_forgotten_by_another_failure(books: Books) -> None:
    """A conflict says nothing of what an earlier attempt has left there."""
    key = partly(books)
    do(books, report(key, "failed", 2, error={"class": "conflict", "message": "somebody edits it"}))
    assert books.one(reject(key)) == "prerequisite"
    assert books.state(key) == "failed"


def test_what_a_look_up_did_not_find_can_be_rejected_after_the_next_failure(books: Books) -> None:
    """An operator has removed it there meanwhile."""
    key = partly(books)
    do(books, report(key, "absent", 2), report(key, "failed", 3))
    assert not books.export(f"{key}@1").holds
    assert books.one(reject(key)) == "applied"


def test_a_vendor_unlinked_and_linked_to_another_record_is_not_there_twice(books: Books) -> None:
    """The first record is gone, and that was said."""
    key = bring(books, "company", "ready")
    do(books, command("link", key, BOSS, erp_id="VEND-1"), report(key, erp_id="VEND-1"))
    do(books, command("unlink", key, PAT), report_unlink(key))
    gone = books.export(f"{key}@1")
    assert (gone.erp_id, gone.holds, gone.tried) == (None, False, False)
    do(books, command("link", key, BOSS, erp_id="VEND-2"))
    attempt = books.export(f"{key}@1").attempt
    do(books, report(key, attempt=attempt, erp_id="VEND-2"))
    assert (books.state(key), books.item(key).erp_id, books.letters()) == ("synced", "VEND-2", [])


def test_a_late_answer_with_the_id_that_was_unlinked_is_heard_again(books: Books) -> None:
    """It may be there once more, so it is kept and not taken for the one that went."""
    key = bring(books, "company", "synced")
    do(books, command("unlink", key, PAT), report_unlink(key), report(key, erp_id="VEND-2"))
    assert (books.export(f"{key}@1").erp_id, books.letters()) == ("VEND-2", [])


def test_after_a_kept_late_success_the_next_attempt_looks_up(books: Books) -> None:
    """Or the ERP would get the vendor twice; the open attempt was already under way when it came."""
    key = untried(books)
    do(books, accept(key))
    taken(books, f"{key}@1")
    do(books, report(key, attempt=1, erp_id="VEND-1"), report(key, "failed", 2, error=UNAVAILABLE))
    assert next_attempt(books, f"{key}@1") == "lookup"


def test_a_late_success_of_an_older_version_makes_the_next_attempt_a_look_up(books: Books) -> None:
    """Also when a worker had taken this version's attempt before."""
    key = untried(books)
    do(books, reject(key), send(key), accept(key))
    taken(books, f"{key}@2")
    do(books, report(key, version=1, erp_id="VEND-1"))
    do(books, report(key, "failed", 1, 2, error=UNAVAILABLE))
    assert next_attempt(books, f"{key}@2") == "lookup"


def test_only_a_look_up_can_say_that_something_is_absent(books: Books) -> None:
    """A send that says so has misunderstood what it was asked."""
    key = bring(books, "company", "accepted")
    refused = books.run(report(key, "absent"))[0]["data"]["reason"]
    assert (refused["code"], refused["errors"][0]["path"]) == ("invalid_payload", "outcome")
    assert (books.export(f"{key}@1").attempt, books.export(f"{key}@1").status) == (1, "requested")
    do(books, report(key, "failed"), accept(key))
    assert books.export(f"{key}@1").mode == "lookup"
    do(books, report(key, "absent", 2))
    assert (books.export(f"{key}@1").attempt, books.export(f"{key}@1").mode) == (3, "send")


def test_a_dependent_is_not_accepted_while_its_vendor_is_being_unlinked(books: Books) -> None:
    """It may be gone from the ERP by the time that the commitment gets there."""
    key = bring(books, "commitment", "ready")
    do(books, command("unlink", VENDOR, PAT))
    refused = books.run(accept(key))[0]["data"]["reason"]
    assert (refused["code"], refused["blocked_by"]) == ("prerequisite", [VENDOR])
    do(books, report_unlink(VENDOR, "still_there"))
    assert books.one(accept(key)) == "applied"


def test_a_dependent_sent_while_its_vendor_is_being_unlinked_goes_on_if_it_stays(books: Books) -> None:
    """Without waiting for a sweep."""
    synced(books, "project", "company", "cost_codes")
    do(books, command("unlink", VENDOR, PAT), send(key_of("commitment")))
    assert books.item(key_of("commitment")).waiting_on == (VENDOR,)
    do(books, report_unlink(VENDOR, "still_there"))
    assert books.state(key_of("commitment")) == "ready_to_export"
