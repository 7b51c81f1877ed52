"""Cost codes and budgets are sent again: what may change, and what then travels."""

import json
from typing import Any

import pytest

from tests.unit.workflows.payloads import LINE, payload_of
from tests.unit.workflows.test_payloads import good
from workflows import item_types

CODES = item_types()["cost_codes"].payload
BUDGET = item_types()["budget"].payload
SYNCED = json.loads(json.dumps(good("budget").model_dump(exclude_none=True)))
MORE = {**LINE, "number": "2"}

LOST_OR_CHANGED: list[tuple[dict[str, Any], str]] = [
    ({"project": "P-18"}, "payload.project"),
    ({"lines": []}, "payload.lines"),
    ({"lines": [MORE]}, "payload.lines"),
    ({"lines": [MORE, {**LINE, "category": "Labor"}]}, "payload.lines.1"),
    ({"lines__0__amount": "1.00", "lines__0__quantity": ...}, "payload.lines.0"),
    ({"lines__0__description": ...}, "payload.lines.0"),
    ({"modifications": ...}, "payload.modifications"),
    ({"modifications__0__lines__0__amount": "-6"}, "payload.modifications.0"),
    ({"modifications__0__lines": []}, "payload.modifications.0"),
]


def code(name: str, *categories: str, description: str = "Concrete") -> dict[str, Any]:
    """A cost code with its categories."""
    return {"code": name, "description": description, "categories": list(categories)}


@pytest.mark.parametrize(("changes", "path"), LOST_OR_CHANGED)
def test_what_the_erp_has_of_a_budget_stays(changes: dict[str, Any], path: str) -> None:
    """A line or modification that was synced can be neither changed nor left out."""
    assert [place for place, _ in good("budget", **changes).problems_against(SYNCED)] == [path]


def test_a_budget_grows_by_lines_and_modifications() -> None:
    """What is new comes on top, and only that travels."""
    later = {"number": "2", "date": "2026-12-01", "description": "Rails", "lines": []}
    first = SYNCED["modifications"][0]
    payload = good("budget", lines=[MORE, LINE], modifications=[first, later])
    assert payload.problems_against(SYNCED) == ()
    travelling = BUDGET.difference(SYNCED, payload.model_dump(exclude_none=True))
    assert [line["number"] for line in travelling["lines"]] == ["2"]
    assert [each["number"] for each in travelling["modifications"]] == ["2"]
    assert travelling["project"] == "P-17"
    assert BUDGET.merged(SYNCED, payload.model_dump(exclude_none=True)) == payload.model_dump(
        exclude_none=True
    )


def test_an_amount_may_be_written_another_way() -> None:
    """Trailing zeros change nothing; a cost code with other digits is another one."""
    same = good("budget", lines__0__amount="1234.5000", lines__0__unit_cost="123.4500")
    assert same.problems_against(SYNCED) == ()
    other = good("budget", lines__0__cost_code="03-3000")
    assert other.problems_against(SYNCED) != ()


def test_a_budget_that_the_erp_does_not_have_travels_whole() -> None:
    """The first export is the whole budget."""
    assert BUDGET.difference(None, SYNCED) == SYNCED


def test_a_list_of_cost_codes_keeps_its_project() -> None:
    """What other items wait for would move away."""
    assert good("cost_codes").problems_against(payload_of("cost_codes")) == ()
    moved = good("cost_codes", project=...)
    assert [place for place, _ in moved.problems_against(payload_of("cost_codes"))] == ["payload.project"]


def test_a_code_with_another_category_keeps_both() -> None:
    """The ERP has the union; its description stays as it was."""
    synced = {"codes": [code("03", "Labor"), code("04", "Labor")]}
    again = {"codes": [code("03", "Material", description="New"), code("05", "Labor")]}
    assert CODES.merged(synced, again) == {
        "codes": [code("03", "Labor", "Material"), code("04", "Labor"), code("05", "Labor")]
    }


def test_only_new_codes_and_categories_travel() -> None:
    """What the ERP has is not sent again, and its description is not overwritten."""
    synced = {"codes": [code("03", "Labor"), code("04", "Labor")]}
    again = {
        "project": "P-17",
        "codes": [code("03", "Labor", "Material", description="New"), code("04", "Labor"), code("05")],
    }
    assert CODES.difference(synced, again) == {
        "project": "P-17",
        "codes": [code("03", "Material"), code("05")],
    }


def test_a_code_that_is_listed_twice_is_one_code() -> None:
    """The first export has each code once, with all its categories."""
    twice = {"codes": [code("03", "Labor"), code("03", "Material", "Labor", description="New")]}
    once = {"codes": [code("03", "Labor", "Material")]}
    assert CODES.difference(None, twice) == once
    assert CODES.merged(None, twice) == once
