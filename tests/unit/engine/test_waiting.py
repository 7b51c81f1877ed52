"""Items wait for what they refer to, say so once for each change, and go on when the last thing arrives."""

from typing import Any

import pytest

from engine.testing import command
from tests.books import PROFILE, Books
from tests.builders import (
    LINE,
    PAM,
    PAT,
    accept,
    draft,
    key_of,
    payload_of,
    reject,
    report,
    report_unlink,
    send,
)  # fmt: skip
from tests.journeys import JOB_FIELDS, accepted, bring, do, synced

SC, VENDOR, PROJECT, CODES = (key_of(each) for each in ("commitment", "company", "project", "cost_codes"))


def waits(books: Books, key: str) -> list[list[str]]:
    """What each of the item's `waiting` events said."""
    return [body["data"]["waiting_on"] for body in books.about(key, ".waiting.")]


def test_a_commitment_sent_first_waits_for_everything_and_says_so_once_for_each_change(books: Books) -> None:
    """Then it is ready."""
    do(books, send(SC), send(PROJECT), send(VENDOR), send(CODES))
    do(books, accepted(PROJECT), accept(VENDOR), report(PROJECT), report(VENDOR))
    do(books, accept(CODES), report(CODES))
    assert waits(books, SC) == [
        [PROJECT, VENDOR, "cost_code:03-300/S"],
        [VENDOR, "cost_code:03-300/S"],
        ["cost_code:03-300/S"],
    ]
    assert books.events(SC) == ["sent", "waiting", "waiting", "waiting", "ready_to_export"]
    assert books.item(SC).waiting_on == ()
    assert books.select("SELECT * FROM waits") == []


def test_several_things_that_arrive_together_are_one_change(books: Books) -> None:
    """One transaction, one event."""
    do(books, send(SC), send(PROJECT), send(VENDOR), accepted(PROJECT), accept(VENDOR))
    books.run(report(PROJECT), report(VENDOR))
    assert waits(books, SC) == [[PROJECT, VENDOR, "cost_code:03-300/S"], ["cost_code:03-300/S"]]


def test_whoever_waits_is_seen_by_what_comes_later_in_the_same_batch(books: Books) -> None:
    """Also when something else was met before it began to wait."""
    synced(books, "cost_codes")
    other = key_of("company", "V-1")
    do(books, send(VENDOR), send(other), accept(VENDOR), accept(other))
    books.run(report(other), send(SC), report(VENDOR))
    assert books.state(SC) == "ready_to_export"


def test_a_change_order_sent_before_its_commitment_waits_for_it(books: Books) -> None:
    """Its project is its commitment's, as soon as there is one."""
    change = key_of("commitment_change_order")
    synced(books, "project", "company", "cost_codes")
    do(books, send(change))
    assert (books.state(change), books.item(change).project) == ("sent", None)
    assert waits(books, change) == [[SC, "cost_code:03-300/S"]]
    do(books, send(SC), accept(SC), report(SC))
    assert (books.state(change), books.item(change).project) == ("ready_to_export", "P-17")


def test_an_invoice_waits_for_the_change_orders_that_it_bills(books: Books) -> None:
    """And for its commitment."""
    invoice, change = key_of("subcontractor_invoice"), key_of("commitment_change_order")
    line = {"number": "2", "change_order": "CCO-1", "change_order_line": "1", "work_completed": "5.00"}
    synced(books, "commitment")
    do(books, send(invoice, payload=payload_of("subcontractor_invoice", lines=[line])))
    assert waits(books, invoice) == [[change]]
    do(books, send(change), accept(change), report(change))
    assert books.state(invoice) == "ready_to_export"


def test_the_companys_standard_list_meets_the_codes_of_every_project(books: Books) -> None:
    """Whether it comes before or after."""
    standard = key_of("cost_codes", "STANDARD")
    synced(books, "project", "company")
    do(books, send(SC), send(standard, payload=payload_of("cost_codes", project=...)))
    assert books.state(SC) == "sent"
    do(books, accept(standard), report(standard))
    assert books.state(SC) == "ready_to_export"
    do(books, send(key_of("commitment", "SC-2")))
    assert books.state(key_of("commitment", "SC-2")) == "ready_to_export"


def test_another_projects_list_meets_nothing(books: Books) -> None:
    """Codes are a project's."""
    synced(books, "project", "company")
    other, codes = key_of("project", "P-18"), key_of("cost_codes", "CC-18")
    do(books, send(other), accept(other, fields={"job_id": "26-018.00"}), report(other))
    do(books, send(codes, payload=payload_of("cost_codes", project="P-18")), accept(codes), report(codes))
    do(books, send(SC))
    assert waits(books, SC) == [["cost_code:03-300/S"]]


def test_a_code_that_was_ever_synced_stays_met(books: Books) -> None:
    """A later send without it, a failure or a rejection takes nothing away."""
    key = bring(books, "cost_codes", "synced")
    other = [{"code": "31-600", "description": "Piles", "categories": ["L"]}]
    do(books, send(key, payload=payload_of("cost_codes", codes=other)), accept(key))
    do(books, report(key, "failed", version=2), reject(key))
    synced_before = books.item(key).synced_payload
    do(books, send(VENDOR), accept(VENDOR), report(VENDOR), send(SC))
    assert books.state(SC) == "ready_to_export"
    assert synced_before == {**payload_of("cost_codes")}


def test_only_the_difference_of_sent_again_codes_is_merged(books: Books) -> None:
    """A code with another category keeps both, and the first description stays."""
    key = bring(books, "cost_codes", "synced")
    again = [
        {"code": "03-300", "description": "Concrete, all kinds", "categories": ["L"]},
        {"code": "31-600", "description": "Piles", "categories": ["L"]},
    ]
    do(books, send(key, payload=payload_of("cost_codes", codes=again)), accept(key), report(key, version=2))
    stored = books.item(key).synced_payload
    assert stored is not None
    assert stored["codes"] == [
        {"code": "03-300", "description": "Cast-in-place concrete", "categories": ["S", "M", "L"]},
        {"code": "31-600", "description": "Piles", "categories": ["L"]},
    ]
    requested = books.about(f"{key}@2", "requested")[0]["data"]
    assert requested["synced_payload"]["codes"][0]["categories"] == ["S", "M"]


MODIFICATION = {
    "number": "1",
    "date": "2026-12-01",
    "description": "Deeper piles",
    "lines": [{"cost_code": "03-300", "category": "M", "amount": "-50.00"}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"lines": []},
        {"lines": [{**LINE, "amount": "1.00", "quantity": "1", "unit_cost": "1.00"}]},
        {"project": "P-18"},
    ],
    ids=["a line left out", "a line changed", "another project"],
)
def test_what_the_erp_has_of_a_budget_never_changes(books: Books, change: dict[str, Any]) -> None:
    """It is refused at the send."""
    key = bring(books, "budget", "synced")
    assert books.one(send(key, payload=payload_of("budget", **change))) == "invalid_payload"
    assert books.state(key) == "synced"


def test_a_budget_grows_by_modifications(books: Books) -> None:
    """Its version rises; what is synced is merged."""
    key = bring(books, "budget", "synced")
    do(books, send(key, payload=payload_of("budget", modifications=[MODIFICATION])), accept(key))
    do(books, report(key, version=2))
    item = books.item(key)
    assert (item.version, item.synced_version) == (2, 2)
    assert item.synced_payload is not None
    assert item.synced_payload["modifications"][0]["number"] == "1"


def test_a_project_has_one_budget(books: Books) -> None:
    """A second one can be drafted, not sent; when the first is archived, it can."""
    synced(books, "cost_codes")
    first, second = key_of("budget"), key_of("budget", "B-18")
    do(books, send(first), draft(second))
    assert books.one(send(second, payload=None)) == "invalid_payload"
    assert books.one(send(second)) == "invalid_payload"
    do(books, reject(first))
    assert books.one(send(second)) == "invalid_payload"
    do(books, command("archive", first, PAM), send(second, payload=None))
    do(books, command("restore", first, PAM))
    assert books.one(send(first)) == "invalid_payload"
    assert books.one(send(first, payload=None)) == "invalid_payload"


def test_two_budgets_of_one_project_in_one_batch_leave_one(books: Books) -> None:
    """The second sees the first."""
    synced(books, "cost_codes")
    outcomes = books.run(send(key_of("budget")), send(key_of("budget", "B-18")))
    assert [each["type"].split(".")[2] for each in outcomes] == ["applied", "refused"]


def test_a_change_of_the_prime_contract_waits_for_the_budget_where_the_profile_says_so(books: Books) -> None:
    """Its need is the project's budget."""
    books.profile("acme", {**PROFILE, "prime_contract_change_order": {"requires_budget": True}})
    key, budget = key_of("prime_contract_change_order"), key_of("budget")
    synced(books, "project", "cost_codes")
    do(books, send(key))
    assert waits(books, key) == [["budget:P-17"]]
    do(books, send(budget), accept(budget), report(budget))
    assert books.state(key) == "ready_to_export"


def test_what_was_met_and_unlinked_before_the_release_keeps_others_waiting(books: Books) -> None:
    """And the release comes to an end."""
    synced(books, "cost_codes")
    do(books, send(VENDOR), accept(VENDOR), send(SC))
    books.handle(report(VENDOR), command("unlink", VENDOR, PAT), report_unlink(VENDOR))
    assert books.release() >= 1
    assert books.state(SC) == "sent"
    assert waits(books, SC) == [[VENDOR]]
    do(books, send(VENDOR, payload=None), accept(VENDOR), report(VENDOR, version=2))
    assert books.state(SC) == "ready_to_export"


def test_an_item_that_was_retrieved_meanwhile_is_not_released(books: Books) -> None:
    """It waits for nothing any more."""
    do(books, send(SC), send(PROJECT), accepted(PROJECT))
    books.handle(report(PROJECT), command("retrieve", SC, PAM))
    books.release()
    assert (books.state(SC), books.item(SC).waiting_on) == ("draft", ())
    assert books.select("SELECT * FROM waits") == []


def test_accept_checks_again_what_was_met_at_the_send(books: Books) -> None:
    """A vendor may have been unlinked since."""
    bring(books, "commitment", "ready")
    do(books, command("unlink", VENDOR, PAT), report_unlink(VENDOR))
    refused = books.run(accept(SC))[0]["data"]["reason"]
    assert (refused["code"], refused["blocked_by"]) == ("prerequisite", [VENDOR])


def test_an_item_of_another_company_meets_nothing(books: Books) -> None:
    """References stay within the company."""
    rival = key_of("company", company="rival")
    do(books, send(rival, "pat@rival.test"), accept(rival, "pat@rival.test"), report(rival))
    synced(books, "cost_codes")
    do(books, send(SC))
    assert waits(books, SC)[0] == [VENDOR]


def test_accept_gives_the_connector_the_erp_ids_of_what_it_refers_to(books: Books) -> None:
    """By item key."""
    bring(books, "commitment", "accepted")
    requested = books.about(f"{SC}@1", "requested")[0]["data"]
    assert requested["references"] == {PROJECT: f"ERP-{PROJECT}", VENDOR: f"ERP-{VENDOR}"}
    assert JOB_FIELDS["job_id"] == books.item(PROJECT).fields["job_id"]
