"""Whether a stored record is what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.comparing import differences

SENT: dict[str, Any] = {
    "title": "Foundations",
    "lines": [
        {"number": "1", "cost_code": "03", "amount": "10.0"},
        {"number": "2", "cost_code": "04", "amount": "5"},
    ],
    "references": {"acme/project/P-17": "PRJ-1"},
}


def test_equal_records_do_not_differ() -> None:
    """In whatever order the lines come, and however the amounts are written."""
    stored = {**SENT, "lines": [SENT["lines"][1], {**SENT["lines"][0], "amount": "10.00"}]}
    assert differences(SENT, stored) == ()


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        ({**SENT, "title": "Piles"}, "title"),
        ({**SENT, "lines": SENT["lines"][:1]}, "lines.2"),
        ({**SENT, "lines": [*SENT["lines"], {"number": "3"}]}, "lines.3"),
        ({**SENT, "lines": [{**SENT["lines"][0], "amount": "10.01"}, SENT["lines"][1]]}, "lines.1.amount"),
        ({**SENT, "lines": [{**SENT["lines"][0], "cost_code": "3"}, SENT["lines"][1]]}, "lines.1.cost_code"),
        ({**SENT, "references": {"acme/project/P-17": "PRJ-2"}}, "references.acme/project/P-17"),
        ({**SENT, "note": "by hand"}, "note"),
    ],
)
def test_every_difference_is_named(stored: dict[str, Any], path: str) -> None:
    """By the path at which it is."""
    assert differences(SENT, stored) == (path,)


def test_after_an_update_the_record_may_have_more() -> None:
    """What it had before is no difference; what the update brought has to be there."""
    stored = {
        "codes": [{"code": "03", "categories": ["Material", "Labor"]}, {"code": "04", "categories": []}]
    }
    assert differences({"codes": [{"code": "03", "categories": ["Labor"]}]}, stored, exact=False) == ()
    assert differences({"codes": [{"code": "03", "categories": ["Other"]}]}, stored, exact=False) == (
        "codes.03.categories",
    )
    assert differences({"codes": [{"code": "05"}]}, stored, exact=False) == ("codes.05",)
