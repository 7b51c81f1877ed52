"""Merging updates into a record's data."""

from __future__ import annotations

from connectors.practice_erp.merging import line_ids, merged


def test_objects_merge_field_by_field_and_other_values_are_replaced() -> None:
    """What an update does not name stays."""
    old = {"name": "Pier", "address": {"city": "Oakland", "zip": "94607"}, "tags": [1]}
    change = {"address": {"zip": "94601"}, "tags": [2], "name": None}
    assert merged(old, change) == {
        "name": None,
        "address": {"city": "Oakland", "zip": "94601"},
        "tags": [2],
    }


def test_lines_merge_by_number_whether_text_or_integer() -> None:
    """A known line changes in its place, a new one is added at the end."""
    old = {"lines": [{"number": "1", "amount": "1"}, {"number": "2", "amount": "2"}]}
    result = merged(old, {"lines": [{"number": 3, "amount": "3"}, {"number": 1, "amount": "9"}]})
    assert [(str(line["number"]), line["amount"]) for line in result["lines"]] == [
        ("1", "9"),
        ("2", "2"),
        ("3", "3"),
    ]


def test_a_cost_code_keeps_its_categories_and_its_description() -> None:
    """Another category is added, and a description is only filled in where there is none."""
    old = {"codes": [{"code": "03", "description": "Concrete", "categories": ["L"]}, {"code": "04"}]}
    change = {
        "codes": [
            {"code": "03", "description": "Other", "categories": ["M", "L"]},
            {"code": "04", "description": "Masonry"},
        ]
    }
    assert merged(old, change)["codes"] == [
        {"code": "03", "description": "Concrete", "categories": ["L", "M"]},
        {"code": "04", "description": "Masonry"},
    ]


def test_null_takes_neither_lines_nor_references_away() -> None:
    """What only ever grows is not emptied by a payload that spells out null."""
    old = {"lines": [{"number": "1"}], "references": {"project": "PRJ-000001"}}
    assert merged(old, {"lines": None, "references": None}) == old


def test_merging_changes_neither_of_its_arguments() -> None:
    """The stored data stays as it was until the update is stored."""
    old = {"lines": [{"number": "1", "amount": "1"}], "address": {"city": "Oakland"}}
    merged(old, {"lines": [{"number": "1", "amount": "2"}], "address": {"city": "Alameda"}})
    assert old == {"lines": [{"number": "1", "amount": "1"}], "address": {"city": "Oakland"}}


def test_a_lines_id_is_made_of_its_record_and_its_number() -> None:
    """So it never changes, whatever is added."""
    assert line_ids("BUD-000001", {"lines": [{"number": 2}, {"number": "A"}]}) == {
        "2": "BUD-000001/2",
        "A": "BUD-000001/A",
    }
