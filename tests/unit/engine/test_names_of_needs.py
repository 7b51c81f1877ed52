"""What an item waits for is told apart by its form: no id can be taken for a budget or a cost code."""

import pytest

from engine import needs
from tests.books import PROFILE, Books
from tests.builders import accept, key_of, payload_of, report, send
from tests.journeys import accepted, do

SC = key_of("commitment")


@pytest.mark.parametrize("id_", ["budget", "project"])
def test_an_item_whose_id_is_a_word_of_ours_is_referred_to_like_any_other(books: Books, id_: str) -> None:
    """Its dependents wait for it, and the connector gets its ERP id."""
    project, vendor = key_of("project", id_), key_of("company", id_)
    codes = key_of("cost_codes", id_)
    do(books, send(project), accepted(project), send(vendor), accept(vendor))
    do(books, send(codes, payload=payload_of("cost_codes", project=id_)))
    do(books, send(SC, payload=payload_of("commitment", project=id_, vendor=id_)))
    assert books.about(SC, ".waiting.")[0]["data"]["waiting_on"] == [project, vendor, "cost_code:03-300/S"]
    do(books, report(project), report(vendor), accept(codes), report(codes))
    assert books.state(SC) == "ready_to_export"
    do(books, accept(SC))
    (requested,) = books.about(f"{SC}@1", "requested")
    assert requested["data"]["references"] == {project: f"ERP-{project}", vendor: f"ERP-{vendor}"}


def test_a_project_named_budget_does_not_stand_for_the_budget_of_a_project_named_project(
    books: Books,
) -> None:
    """Their needs were once written alike."""
    books.profile("acme", {**PROFILE, "prime_contract_change_order": {"requires_budget": True}})
    project, budget = key_of("project", "project"), key_of("project", "budget")
    key, codes = key_of("prime_contract_change_order"), key_of("cost_codes")
    do(books, send(project), accepted(project), report(project))
    do(books, send(codes, payload=payload_of("cost_codes", project="project")), accept(codes), report(codes))
    do(books, send(key, payload=payload_of("prime_contract_change_order", project="project")))
    do(books, send(budget), accept(budget, fields={"job_id": "26-018.00"}), report(budget))
    assert books.about(key, ".waiting.")[-1]["data"]["waiting_on"] == ["budget:project"]
    own = key_of("budget")
    do(books, send(own, payload=payload_of("budget", project="project")), accept(own), report(own))
    assert books.state(key) == "ready_to_export"


def test_only_an_items_key_is_met_by_an_item() -> None:
    """No item's id has a colon."""
    assert needs.is_item(needs.item_need("acme", "project", "budget"))
    assert not needs.is_item(needs.budget_need("acme", "project"))
    assert not needs.is_item(needs.code_need("acme", "P-17", "03-300", "S"))
    assert needs.shown([needs.budget_need("acme", "P-17"), needs.item_need("acme", "P-17", "budget")]) == (
        "budget:P-17",
        "acme/P-17/budget",
    )
