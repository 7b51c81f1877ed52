"""What the practice ERP takes: amounts, lengths, lists and references."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.practice_erp.answers import RefusedError
from connectors.practice_erp.rules import ID_PREFIXES, check_data, references_in


@pytest.mark.parametrize("amount", ["0", "-12.5", "9999999999999.9999", None])
def test_a_decimal_in_a_text_is_an_amount(amount: str | None) -> None:
    """Up to 13 digits before the point and 4 after it, and null for none."""
    check_data({"lines": [{"number": "1", "amount": amount}]})


@pytest.mark.parametrize(
    "amount", ["10000000000000", "1.00001", "1,5", "1e3", "", "٣", 12, 1.5, True, {}, []]
)
def test_anything_else_is_no_amount(amount: Any) -> None:
    """The refusal names where it stands."""
    with pytest.raises(RefusedError, match=r"data\.modifications\[0\]\.lines\[1\]\.amount") as refused:
        check_data({"modifications": [{"number": 1, "lines": [{}, {"amount": amount}]}]})
    assert (refused.value.status, refused.value.code) == (422, "limit")


@pytest.mark.parametrize(("field", "longest"), [("name", 255), ("title", 255), ("cost_code", 60)])
def test_texts_and_codes_are_measured_wherever_they_stand(field: str, longest: int) -> None:
    """The longest text fits, one character more does not."""
    check_data({"fields": {field: "x" * longest}})
    with pytest.raises(RefusedError, match=f"shorten it to {longest}"):
        check_data({"fields": {field: "x" * (longest + 1)}})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"lines": {}}, "invalid_line"),
        ({"lines": ["1"]}, "invalid_line"),
        ({"lines": [{"number": ""}]}, "invalid_line"),
        ({"lines": [{"number": True}]}, "invalid_line"),
        ({"codes": [{"description": "Concrete"}]}, "invalid_line"),
        ({"modifications": [{"number": "1"}, {"number": "1"}]}, "duplicate_line"),
    ],
)
def test_a_list_whose_entries_cannot_be_told_apart_is_refused(data: dict[str, Any], code: str) -> None:
    """Lines and modifications need a number of their own, cost codes a code."""
    with pytest.raises(RefusedError) as refused:
        check_data(data)
    assert refused.value.code == code


def test_a_list_that_is_null_counts_as_not_given() -> None:
    """A payload may spell out what it does not have."""
    check_data({"lines": None, "codes": None})
    assert list(references_in({"references": None})) == []


def test_a_cost_code_may_come_once_for_each_category() -> None:
    """Only numbers are unique within a list."""
    check_data({"codes": [{"code": "03", "categories": ["L"]}, {"code": "03", "categories": ["M"]}]})


@pytest.mark.parametrize("references", [[], "PRJ-000001", {"project": 1}, {"project": None}])
def test_references_map_names_to_erp_ids(references: Any) -> None:
    """Any other form is a broken reference."""
    with pytest.raises(RefusedError) as refused:
        list(references_in({"references": references}))
    assert refused.value.code == "unknown_reference"


def test_every_kind_has_ids_of_its_own() -> None:
    """Ten item types, ten prefixes."""
    assert len(ID_PREFIXES) == len(set(ID_PREFIXES.values())) == 10
