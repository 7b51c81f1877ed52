"""What each item type takes, and with which sentence it refuses the rest."""

from decimal import Decimal
from typing import Any

import pytest

from engine.payload import Payload
from engine.text import is_printable
from tests.unit.workflows.payloads import PAYLOADS, payload_of
from workflows import ITEM_TYPES, item_types

OPTIONAL = {
    "project": ("number", "address", "start_date", "description", "address__line2", "address__country"),
    "sub_job": (),
    "company": ("address", "phone", "email", "tax_id"),
    "cost_codes": ("project",),
    "budget": ("modifications", "lines__0__description", "modifications__0__lines__0__sub_job"),
    "commitment": ("date", "description", "retainage_percent", "lines__0__sub_job", "lines__0__unit"),
    "commitment_change_order": ("description", "lines__0__commitment_line", "lines__0__quantity"),
    "prime_contract_change_order": ("lines__0__sub_job", "lines__0__quantity"),
    "subcontractor_invoice": ("period_start", "period_end", "lines__0__description", "lines__0__materials"),
    "owner_invoice": ("period_start", "lines__0__change_order", "lines__0__cost_code", "lines__0__category"),
}
REQUIRED = {
    "project": ("name", "address__line1", "address__city", "address__state", "address__zip"),
    "sub_job": ("project", "code", "name"),
    "company": ("name",),
    "cost_codes": ("codes", "codes__0__code", "codes__0__description", "codes__0__categories"),
    "budget": ("project", "locked", "lines", "modifications__0__date", "modifications__0__number"),
    "commitment": (
        "project",
        "kind",
        "status",
        "number",
        "title",
        "vendor",
        "lines",
        "lines__0__description",
    ),
    "commitment_change_order": ("commitment", "status", "number", "title", "date", "lines"),
    "prime_contract_change_order": (
        "project",
        "prime_contract",
        "status",
        "number",
        "title",
        "date",
        "lines",
    ),
    "subcontractor_invoice": ("commitment", "status", "number", "billing_date", "lines__0__work_completed"),
    "owner_invoice": (
        "project",
        "prime_contract",
        "status",
        "number",
        "billing_date",
        "lines__0__description",
    ),
}

BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("project", {"name": "  "}, "name", "text of 1 to 255 characters"),
    ("project", {"name": "a\nb"}, "name", "without line breaks"),
    ("project", {"name": "a\0b"}, "name", "control characters"),
    ("project", {"name": "a\ud800b"}, "name", "text of"),
    ("project", {"name": "a\u202eb"}, "name", "text of"),
    ("project", {"name": "x" * 256}, "name", "text of 1 to 255 characters"),
    ("project", {"description": "a\0b"}, "description", "control characters"),
    ("project", {"start_date": "2026-02-29"}, "start_date", "a day of the calendar"),
    ("project", {"start_date": "21.11.2026"}, "start_date", "a day of the calendar"),
    ("project", {"start_date": "2026-11-21T00:00:00Z"}, "start_date", "a day of the calendar"),
    ("project", {"address": "here"}, "address", "has to be a JSON object"),
    ("project", {"nmae": "x"}, "nmae", "is not known here"),
    ("project", {"address__planet": "Earth"}, "address.planet", "is not known here"),
    ("company", {"email": "nobody"}, "email", "an e-mail address"),
    ("company", {"email": "a@b\r\nBcc: c@d"}, "email", "an e-mail address"),
    ("sub_job", {"project": "P 17"}, "project", "the id of an item"),
    ("sub_job", {"project": "acme/project/P-17"}, "project", "the id of an item"),
    ("sub_job", {"project": "x" * 65}, "project", "the id of an item"),
    ("sub_job", {"project": 17}, "project", "the id of an item"),
    ("cost_codes", {"codes": {}}, "codes", "has to be a JSON array"),
    ("cost_codes", {"codes__0__categories": "Labor"}, "codes.0.categories", "has to be a JSON array"),
    ("budget", {"locked": "true"}, "locked", "has to be true or false"),
    ("budget", {"locked": 1}, "locked", "has to be true or false"),
    ("budget", {"lines__0__quantity": "-10"}, "lines.0.quantity", "not negative"),
    ("commitment", {"kind": "lease"}, "kind", "'subcontract' or 'purchase_order'"),
    ("commitment", {"lines": []}, "lines", "at least one entry"),
    ("commitment", {"lines__0__amount": 1234.5}, "lines.0.amount", "it loses cents"),
    ("commitment", {"lines__0__amount": 1234}, "lines.0.amount", "a JSON number is refused"),
    ("commitment", {"lines__0__amount": Decimal("1234.50")}, "lines.0.amount", "a JSON number is refused"),
    ("commitment", {"lines__0__amount": "1,234.50"}, "lines.0.amount", "a decimal string"),
    ("commitment", {"lines__0__amount": "1234.50\n"}, "lines.0.amount", "a decimal string"),
    ("commitment", {"lines__0__amount": "\u0661\u0662"}, "lines.0.amount", "a decimal string"),
    ("commitment", {"lines__0__amount": "1e3"}, "lines.0.amount", "a decimal string"),
    ("commitment", {"lines__0__amount": "NaN"}, "lines.0.amount", "a decimal string"),
    ("commitment", {"lines__0__amount": "1.00001"}, "lines.0.amount", "a decimal string"),
    ("commitment", {"lines__0__amount": "1" * 14}, "lines.0.amount", "a decimal string"),
    ("commitment", {"lines__0__amount": "1234.49"}, "lines.0.amount", "has to be 10 * 123.45 = 1234.50"),
    ("commitment", {"lines__0__unit_cost": ...}, "lines.0.unit_cost", "is required with a quantity"),
    ("commitment", {"lines__0__unit_cost": "-1"}, "lines.0.unit_cost", "not negative"),
    ("commitment", {"lines__0__number": True}, "lines.0.number", "a number or text"),
    ("commitment", {"lines__0__sub_job": "a/b"}, "lines.0.sub_job", "the id of an item"),
    ("commitment", {"retainage_percent": "100.1"}, "retainage_percent", "from 0 to 100"),
    ("commitment", {"retainage_percent": -1}, "retainage_percent", "from 0 to 100"),
    ("commitment", {"retainage_percent": True}, "retainage_percent", "from 0 to 100"),
    (
        "commitment_change_order",
        {"lines__1__number": "1"},
        "lines.1.number",
        "1 is already another entry's number",
    ),
    (
        "commitment_change_order",
        {"lines__1__commitment_line": "1"},
        "lines.1.commitment_line",
        "1 is already another entry's commitment line",
    ),
    ("prime_contract_change_order", {"description": "x"}, "description", "is not known here"),
    ("subcontractor_invoice", {"lines__1__number": "1"}, "lines.1.number", "already another"),
    (
        "subcontractor_invoice",
        {"lines__0__commitment_line": ...},
        "lines.0.commitment_line",
        "is required, or change_order",
    ),
    ("subcontractor_invoice", {"lines__1__commitment_line": 1}, "lines.1.commitment_line", "left out"),
    ("subcontractor_invoice", {"lines__1__change_order": ...}, "lines.1.change_order", "is required with"),
    (
        "subcontractor_invoice",
        {"lines__1__change_order_line": ...},
        "lines.1.change_order_line",
        "is required with",
    ),
    ("owner_invoice", {"lines__0__work_completed": 5}, "lines.0.work_completed", "a JSON number is refused"),
]

GOOD: list[tuple[str, dict[str, Any]]] = [
    ("project", {"name": "x" * 255}),
    ("project", {"name": "\u6a4b\u6881 \N{BRIDGE AT NIGHT}"}),
    ("project", {"number": None, "address": None}),
    ("cost_codes", {"codes": []}),
    ("budget", {"lines": [], "locked": False}),
    ("budget", {"lines__0__quantity": ..., "lines__0__amount": "-9999999999999.9999"}),
    ("budget", {"modifications": []}),
    ("commitment", {"status": "out for signature"}),
    ("commitment", {"retainage_percent": 10}),
    ("commitment", {"retainage_percent": Decimal("7.25")}),
    ("commitment", {"retainage_percent": "100.00"}),
    ("commitment", {"lines__0__number": 1}),
    ("commitment", {"lines__0__quantity": "0.5", "lines__0__unit_cost": "0.01", "lines__0__amount": "0.01"}),
    ("commitment", {"lines__0__amount": "1234.5"}),
    ("commitment_change_order", {"lines__0__unit_cost": "-123.45", "lines__0__amount": "-1234.5"}),
    ("subcontractor_invoice", {"lines": []}),
]


def read(item_type: str, data: object) -> tuple[Payload | None, tuple[tuple[str, str], ...]]:
    """What the item type makes of a payload."""
    return item_types()[item_type].payload.read(data)


def good(item_type: str, **changes: Any) -> Payload:
    """A payload that is taken."""
    payload, problems = read(item_type, payload_of(item_type, **changes))
    assert problems == ()
    assert payload is not None
    return payload


@pytest.mark.parametrize("item_type", ITEM_TYPES)
def test_a_complete_payload_is_taken_and_can_be_sent(item_type: str) -> None:
    """Every field of every item type has its place."""
    assert good(item_type).problems_when_sent() == ()


@pytest.mark.parametrize("item_type", ITEM_TYPES)
def test_a_payload_survives_being_stored(item_type: str) -> None:
    """What is kept of a payload reads as the same payload."""
    payload = good(item_type)
    assert read(item_type, payload.model_dump(exclude_none=True)) == (payload, ())


@pytest.mark.parametrize(
    ("item_type", "path"), [(name, path) for name in OPTIONAL for path in OPTIONAL[name]]
)
def test_an_optional_field_may_be_missing(item_type: str, path: str) -> None:
    """What the upstream tool does not have need not be invented."""
    changes = {path: ...}
    if path == "lines__0__quantity":
        changes["lines__0__unit_cost"] = ...
    good(item_type, **changes)


@pytest.mark.parametrize(
    ("item_type", "path"), [(name, path) for name in REQUIRED for path in REQUIRED[name]]
)
def test_a_required_field_is_asked_for(item_type: str, path: str) -> None:
    """The sender reads which field is missing."""
    _, problems = read(item_type, payload_of(item_type, **{path: ...}))
    assert problems == ((f"payload.{path.replace('__', '.')}", "is required"),)


@pytest.mark.parametrize(("item_type", "changes", "path", "sentence"), BAD)
def test_a_mistake_is_refused_where_it_is(
    item_type: str, changes: dict[str, Any], path: str, sentence: str
) -> None:
    """The sender reads the place and a sentence, and nothing else is blamed."""
    payload, problems = read(item_type, payload_of(item_type, **changes))
    assert payload is None
    assert [place for place, _ in problems] == [f"payload.{path}"]
    assert sentence in problems[0][1]


@pytest.mark.parametrize(("item_type", "changes"), GOOD)
def test_what_looks_unusual_but_is_right_is_taken(item_type: str, changes: dict[str, Any]) -> None:
    """The rules refuse no more than they say."""
    good(item_type, **changes)


@pytest.mark.parametrize("data", [None, [], "text", 7])
@pytest.mark.parametrize("item_type", ITEM_TYPES)
def test_a_payload_that_is_no_object_is_refused(item_type: str, data: object) -> None:
    """Whatever JSON comes, the answer is a sentence."""
    assert read(item_type, data) == (None, (("payload", "has to be a JSON object"),))


def test_every_mistake_is_reported_at_once() -> None:
    """The sender corrects all of them in one go."""
    _, problems = read("commitment", {"kind": "lease", "x": 1, "lines": [{}]})
    assert len(problems) == len(PAYLOADS["commitment"]) - 4 + 1 + 4 + 1


def test_a_refusal_stays_small() -> None:
    """A payload full of mistakes is answered with the first of them, and with readable places."""
    _, many = read("commitment", payload_of("commitment", lines=[{}] * 1000))
    assert len(many) == 100
    _, odd = read("sub_job", {**payload_of("sub_job"), "\x1b[31m\ud800" + "x" * 1000: 1})
    assert len(odd[0][0]) < 100
    assert is_printable(odd[0][0])


def test_text_is_trimmed_and_line_numbers_become_text() -> None:
    """What is stored is what people compare."""
    assert good("project", name=" Harbour ").model_dump(exclude_none=True)["name"] == "Harbour"
    assert good("commitment", lines__0__number=1).model_dump(exclude_none=True)["lines"][0]["number"] == "1"
    assert good("commitment", retainage_percent=10).model_dump(exclude_none=True)["retainage_percent"] == "10"
