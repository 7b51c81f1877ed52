"""The practice ERP's records over real HTTP: keys, codes, references, arrays, updates, deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.practice_erp import PracticeErp
from tests.integration.connectors.erp_calls import ErpClient, budget, project


@pytest.fixture
def erp() -> Iterator[ErpClient]:
    """A practice ERP in memory."""
    with PracticeErp() as server, ErpClient(server.url) as client:
        yield client


@pytest.fixture
def keyless() -> Iterator[ErpClient]:
    """A practice ERP that ignores keys."""
    with PracticeErp(keys=False) as server, ErpClient(server.url) as client:
        yield client


def _code(got: Any) -> tuple[int, str]:
    return got.status, got.body["error"]["code"]


def test_a_new_record_gets_an_erp_id_and_can_be_read_back(erp: ErpClient) -> None:
    """What was stored is what is read, by id as well as in a list."""
    created = erp.post(project())
    assert created.status == 201
    assert created.body["id"] == "PRJ-000001"
    assert {name: created.body[name] for name in project()} == project()
    assert erp.call("GET", "/records/PRJ-000001").body == created.body
    assert erp.find() == [created.body]


def test_a_known_key_gets_the_first_record_whatever_comes_with_it(erp: ErpClient) -> None:
    """A repeated export stores nothing new."""
    first = erp.post(project())
    again = erp.post({**project(), "code": "other", "data": {"name": "x" * 300}})
    assert (again.status, again.body) == (200, first.body)
    assert len(erp.find()) == 1


def test_a_code_of_another_key_is_refused_within_its_kind_only(erp: ErpClient) -> None:
    """Two projects cannot have one number; a company may have it too."""
    erp.post(project())
    assert _code(erp.post({**project(), "key": "other"})) == (409, "duplicate_code")
    assert _code(erp.post({**project(), "key": None})) == (409, "duplicate_code")
    assert erp.post({**project(), "kind": "company", "key": "other"}).status == 201


def test_records_without_a_key_are_stored_each_time(erp: ErpClient) -> None:
    """A key that is null or absent protects nothing."""
    without = {name: value for name, value in project("A").items() if name != "key"}
    assert erp.post(without).body["key"] is None
    assert erp.post({**project("B"), "key": None}).status == 201


def test_a_broken_reference_is_refused(erp: ErpClient) -> None:
    """A budget needs its project's ERP id, and a line's id names a line that is there."""
    assert _code(erp.post(budget("PRJ-000009", "1"))) == (422, "unknown_reference")
    project_id = erp.post(project()).body["id"]
    assert _code(erp.post(budget(f"{project_id}/1", "1"))) == (422, "unknown_reference")
    stored = erp.post(budget(project_id, "1")).body
    change = {"data": {"references": {"line": stored["lines"]["1"]}}}
    assert erp.patch(project_id, change).status == 200
    assert _code(erp.patch(project_id, {"data": {"references": {"line": "BUD-000001/9"}}}))[0] == 422


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({**project(), "code": "x" * 61}, (422, "limit")),
        (project(description="x" * 256), (422, "limit")),
        (project(lines=[{"number": "1", "amount": "10000000000000"}]), (422, "limit")),
        (project(lines=[{"number": "1"}, {"number": 1}]), (422, "duplicate_line")),
        (project(lines=[{"amount": "1"}]), (422, "invalid_line")),
        ({**project(), "kind": "invoice"}, (422, "unknown_kind")),
        ({**project(), "code": ""}, (400, "malformed")),
        ({**project(), "key": 7}, (400, "malformed")),
        ({**project(), "data": []}, (400, "malformed")),
        ({**project(), "date": "today"}, (400, "malformed")),
        ("text", (400, "malformed")),
    ],
)
def test_what_the_erp_cannot_take_is_refused_with_a_reason(
    erp: ErpClient, content: Any, expected: tuple[int, str]
) -> None:
    """Each refusal has a code and a sentence, and stores nothing."""
    assert _code(erp.post(content)) == expected
    assert erp.find() == []


def test_an_array_is_answered_record_by_record_in_its_order(erp: ErpClient) -> None:
    """One bad record spoils no other, and a later one meets what an earlier one stored."""
    content = [project("A"), {"kind": "project"}, project("A"), {**project("A"), "key": "k"}, project("B")]
    got = erp.post(content)
    assert got.status == 200
    assert [element["status"] for element in got.body] == [201, 400, 200, 409, 201]
    assert got.body[2]["body"] == got.body[0]["body"]
    assert [record["code"] for record in erp.find()] == ["A", "B"]


def test_an_array_has_at_most_500_records(erp: ErpClient) -> None:
    """500 are stored, 501 are refused as a whole."""
    records = [project(f"P-{number}") for number in range(501)]
    assert _code(erp.post(records)) == (413, "too_many_records")
    assert {element["status"] for element in erp.post(records[:500]).body} == {201}
    assert erp.post([]).body == []


def test_records_are_found_by_kind_key_and_code(erp: ErpClient) -> None:
    """The filters hold together, and an empty one filters nothing."""
    erp.post([project("A"), project("B"), {**project("A"), "kind": "company", "key": "c & d"}])
    assert [found["id"] for found in erp.find(code="A")] == ["PRJ-000001", "VEN-000001"]
    assert [found["id"] for found in erp.find(code="A", kind="company", key="")] == ["VEN-000001"]
    assert [found["id"] for found in erp.find(key="c & d")] == ["VEN-000001"]
    assert erp.find(key="unknown") == []
    assert _code(erp.call("GET", "/records?kind=invoice")) == (422, "unknown_kind")
    assert _code(erp.call("GET", "/records?number=1")) == (400, "malformed")


def test_every_line_has_an_id_and_new_lines_get_theirs_with_the_update(erp: ErpClient) -> None:
    """Lines merge by number, once for each key, and the update's key finds the record."""
    stored = erp.post(budget(erp.post(project()).body["id"], "1", "2")).body
    assert stored["lines"] == {"1": "BUD-000001/1", "2": "BUD-000001/2"}
    lines = [{"number": "2", "amount": "20.00"}, {"number": "3", "amount": "30.00"}]
    change = {"key": "acme/budget/B-1@2", "data": {"lines": lines}}
    updated = erp.patch("BUD-000001", change)
    assert updated.body["lines"] == {number: f"BUD-000001/{number}" for number in "123"}
    assert [line["amount"] for line in updated.body["data"]["lines"]] == ["10.00", "20.00", "30.00"]
    repeated = erp.patch("BUD-000001", {**change, "data": {"lines": [{"number": "4"}]}})
    assert (repeated.status, repeated.body) == (200, updated.body)
    assert erp.find(key="acme/budget/B-1@2") == erp.find(key="acme/budget/B-1@1") == [updated.body]


def test_an_update_is_refused_where_its_record_or_its_key_does_not_fit(erp: ErpClient) -> None:
    """An unknown record, another record's key and a broken limit change nothing."""
    first, second = (erp.post(project(code)).body for code in "AB")
    assert _code(erp.patch("PRJ-000009", {"data": {}})) == (404, "unknown_record")
    assert _code(erp.patch(first["id"], {"key": second["key"], "data": {}})) == (409, "key_used")
    assert _code(erp.patch(first["id"], {"key": "k", "data": {"name": "x" * 256}})) == (422, "limit")
    assert _code(erp.patch(first["id"], {"key": "k"})) == (400, "malformed")
    assert erp.find() == [first, second]


def test_a_record_that_others_refer_to_cannot_be_deleted(erp: ErpClient) -> None:
    """First the budget goes, then its project."""
    project_id = erp.post(project()).body["id"]
    budget_id = erp.post(budget(project_id, "1")).body["id"]
    assert _code(erp.delete(project_id)) == (409, "referenced")
    assert [erp.delete(record_id).status for record_id in (budget_id, project_id)] == [204, 204]
    assert _code(erp.delete(project_id)) == (404, "unknown_record")
    assert erp.find() == []


def test_a_deleted_records_key_and_code_are_free_but_its_id_is_not(erp: ErpClient) -> None:
    """An id once given never means another record."""
    erp.delete(erp.post(project()).body["id"])
    assert erp.find(key=project()["key"]) == []
    created = erp.post(project())
    assert (created.status, created.body["id"]) == (201, "PRJ-000002")


def test_without_keys_everything_is_stored_again(keyless: ErpClient) -> None:
    """Only reading back by code shows what is there."""
    created = [keyless.post(project()) for _ in range(2)]
    assert [(got.status, got.body["key"]) for got in created] == [(201, None), (201, None)]
    assert keyless.find(key=project()["key"]) == []
    assert [record["id"] for record in keyless.find(code="P-17")] == ["PRJ-000001", "PRJ-000002"]
    updates = [keyless.patch("PRJ-000001", {"key": "k", "data": {"name": name}}) for name in ("one", "two")]
    assert [got.body["data"]["name"] for got in updates] == ["one", "two"]


def test_the_statistics_count_what_happened(erp: ErpClient) -> None:
    """Records by kind, calls, and what keys, codes and faults did."""
    erp.post([project("A"), project("A"), {**project("A"), "key": "k"}])
    erp.post({**project("A"), "key": "k"})
    erp.fault("down", count=1)
    assert erp.post(project("B")).status == 503
    stats = erp.stats()
    assert {kind: count for kind, count in stats.pop("records").items() if count} == {"project": 1}
    assert stats == {
        "requests": 3,
        "stored": 1,
        "repeated_keys": 1,
        "duplicates_refused": 2,
        "faults_injected": 1,
    }
