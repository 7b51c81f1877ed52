"""The connector worker while the ERP misbehaves: nothing is lost, nothing is there twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.practice_erp import PracticeErp
from connectors.testing import FakeErp, hangs_until, loses_the_answer
from engine.exporting.calls import Patience
from engine.ports_export import Capabilities, ErpUnavailable
from tests.integration import exporting
from tests.integration.connectors.erp_calls import ErpClient
from tests.integration.exporting import LONGEST_WAIT, Yard

P17 = "acme/project/P-17"
EXPORT = f"{P17}@1"


@pytest.fixture
def erp() -> Iterator[PracticeErp]:
    """A practice ERP that keeps keys."""
    with PracticeErp() as server:
        yield server


@pytest.fixture
def desk(erp: PracticeErp) -> Iterator[ErpClient]:
    """What the ERP's own people see."""
    with ErpClient(erp.url) as client:
        yield client


@pytest.fixture
def empty(sqlite_url: str, tmp_path: Path) -> Iterator[Yard]:
    """A yard without companies."""
    found = exporting.embedded(sqlite_url, tmp_path)
    yield found
    found.close()


@pytest.fixture
def yard(empty: Yard, erp: PracticeErp) -> Yard:
    """One company with that ERP."""
    empty.company("acme", url=erp.url, timeout=5)
    return empty


@pytest.fixture
def fake() -> FakeErp:
    """An ERP in memory."""
    return FakeErp(name="sandbox")


@pytest.fixture
def scripted(empty: Yard, fake: FakeErp) -> Yard:
    """One company with the ERP in memory."""
    empty.connector = fake
    empty.company("acme")
    return empty


@pytest.mark.parametrize(("mode", "error_class"), [("down", "unavailable"), ("rate_limit", "capacity")])
def test_an_erp_that_did_nothing_is_tried_again_later(
    yard: Yard, desk: ErpClient, mode: str, error_class: str
) -> None:
    """The attempt is over, the export is not."""
    desk.fault(mode, seconds=60, count=1)
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert (report["outcome"], report["error"]["class"]) == ("failed", error_class)
    assert "nothing was done" in report["error"]["message"]
    assert yard.export(EXPORT).status == "retrying"
    desk.fault("none")
    yard.due(60)
    assert yard.exported(1)[0]["outcome"] == "succeeded"


def test_a_short_outage_is_sat_out(yard: Yard, desk: ErpClient) -> None:
    """Seconds are no matter for the engine: the same attempt succeeds."""
    desk.fault("down", count=1)
    yard.accepted(P17)
    (report,) = yard.exported(1, patience=Patience(attempts=3, longest=0.1))
    assert (report["outcome"], report["attempt"]) == ("succeeded", 1)
    assert desk.stats()["faults_injected"] == 1


def test_an_erp_that_nobody_reaches_is_unavailable(empty: Yard, free_port: int) -> None:
    """A refused connection is no doubt: no byte left."""
    empty.company("acme", url=f"http://127.0.0.1:{free_port}")
    empty.accepted(P17)
    (report,) = empty.exported(1)
    assert report["error"]["class"] == "unavailable"


def test_a_refusal_fails_in_the_erps_words_with_the_next_step(yard: Yard, desk: ErpClient) -> None:
    """The approver reads which item, what the ERP said, and what to do."""
    desk.fault("reject", count=1)
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert report["error"] == {
        "class": "validation",
        "code": "reject",
        "message": f'{P17}: the ERP says "The practice ERP has been told to reject: nothing was done."; '
        "correct it and send it again, or accept it with other fields",
    }
    assert yard.item(P17).state == "failed"


def test_a_refused_log_in_is_not_tried_again(yard: Yard, desk: ErpClient) -> None:
    """Not for the exports that wait behind it either: the account would be locked."""
    desk.fault("locked")
    yard.accepted(P17, "acme/project/P-18", "acme/project/P-19")
    with yard.working(batch=1):
        assert {report["error"]["class"] for report in yard.reports(2)} == {"auth"}
        yard.clock.move(3)
        while yard.export("acme/project/P-19@1").due_at is not None:
            pass
    parked = yard.export("acme/project/P-19@1")
    assert (parked.status, parked.attempt) == ("requested", 1)
    assert desk.stats()["requests"] == 1


def test_a_lost_answer_is_found_again(yard: Yard, desk: ErpClient) -> None:
    """The record is there, so it is adopted."""
    desk.fault("drop_after", count=1)
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert (report["outcome"], report["error"]["class"]) == ("in_doubt", "uncertain")
    assert yard.export(EXPORT).status == "in_doubt"
    yard.due(30)
    (report,) = yard.exported(1)
    assert (report["outcome"], report["attempt"]) == ("succeeded", 2)
    assert len(desk.find(kind="project")) == 1


def test_a_lost_request_is_sent_again_once_it_is_surely_absent(yard: Yard, desk: ErpClient) -> None:
    """The ERP was asked, and the time in which the request could still arrive is over."""
    desk.fault("drop_before", count=1)
    yard.accepted(P17)
    assert yard.exported(1)[0]["outcome"] == "in_doubt"
    yard.due(30)
    assert [report["outcome"] for report in yard.exported(1)] == ["absent"]
    assert [report["outcome"] for report in yard.exported(1)] == ["succeeded"]
    assert len(desk.find(kind="project")) == 1


def test_with_keys_an_absent_record_is_sent_under_the_same_claim(
    yard: Yard, desk: ErpClient, erp: PracticeErp
) -> None:
    """A second send is harmless there, so one attempt looks up and sends."""
    yard.company("acme", url=erp.url, keys=True)
    desk.fault("drop_before", count=1)
    yard.accepted(P17)
    yard.exported(1)
    yard.due(30)
    assert [report["outcome"] for report in yard.exported(1)] == ["succeeded"]


def test_a_call_that_is_lost_leaves_each_of_its_records_in_doubt(yard: Yard, desk: ErpClient) -> None:
    """And each is found again."""
    keys = [f"acme/project/P-{number}" for number in range(50)]
    desk.fault("drop_after", count=1)
    yard.accepted(*keys)
    assert {report["outcome"] for report in yard.exported(50)} == {"in_doubt"}
    yard.due(30)
    assert {report["outcome"] for report in yard.exported(50)} == {"succeeded"}
    assert len(desk.find(kind="project")) == 50


def test_after_a_lost_call_the_rest_is_not_sent_into_the_dark(scripted: Yard, fake: FakeErp) -> None:
    """What was not sent surely did not happen."""
    fake.capabilities = Capabilities(idempotency="none", batch=1)
    fake.steps.append(loses_the_answer())
    scripted.accepted(P17, "acme/project/P-18")
    reports = scripted.exported(2)
    assert [report["error"]["class"] for report in reports] == ["uncertain", "unavailable"]
    assert len(fake.calls) == 1


def test_an_answer_that_takes_too_long_is_a_doubt(empty: Yard, desk: ErpClient, erp: PracticeErp) -> None:
    """The ERP stores it after we have gone; asking later finds it."""
    empty.company("acme", url=erp.url, timeout=0.2)
    desk.fault("slow", seconds=0.4, count=1)
    empty.accepted(P17)
    assert empty.exported(1)[0]["error"]["code"] == "timeout"
    while not desk.find(kind="project"):
        pass
    empty.due(30)
    assert empty.exported(1)[0]["outcome"] == "succeeded"
    assert len(desk.find(kind="project")) == 1


def test_without_keys_a_lost_answer_is_found_by_its_code(empty: Yard) -> None:
    """An ERP without any protection is never sent a record that it may have."""
    with PracticeErp(keys=False) as erp, ErpClient(erp.url) as desk:
        empty.company("acme", url=erp.url)
        desk.fault("drop_after", count=1)
        empty.accepted(P17)
        empty.exported(1)
        empty.due(30)
        assert empty.exported(1)[0]["outcome"] == "succeeded"
        assert len(desk.find(kind="project")) == 1


def test_a_code_that_another_has_fails(yard: Yard, desk: ErpClient) -> None:
    """The approver reads who has it and gives another code."""
    desk.post({"kind": "project", "code": "P-17", "key": "by hand", "data": {}})
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert (report["error"]["class"], report["error"]["code"]) == ("conflict", "duplicate_code")
    assert "PRJ-000001" in report["error"]["message"]
    assert report["error"]["message"].startswith(f'{P17}: the ERP says "The code')


def test_a_code_that_we_have_ourselves_is_adopted(yard: Yard, desk: ErpClient) -> None:
    """A conflict with an equal record that nobody else made is no conflict."""
    desk.post({"kind": "project", "code": "P-17", "data": {"name": P17}})
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert (report["outcome"], report["erp_id"]) == ("succeeded", "PRJ-000001")


def test_our_key_with_other_content_is_a_conflict(yard: Yard, desk: ErpClient) -> None:
    """What the ERP has is not what was accepted, and nobody overwrites it."""
    desk.post({"kind": "project", "code": "P-17", "key": EXPORT, "data": {"name": "Bridge"}})
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert (report["error"]["class"], report["error"]["code"]) == ("conflict", "other_content")
    assert "name" in report["error"]["message"]


def test_a_lookup_that_gets_no_answer_stays_in_doubt(scripted: Yard, fake: FakeErp) -> None:
    """Giving up would let somebody reject an item that the ERP may have."""
    fake.steps.append(loses_the_answer())
    scripted.accepted(P17)
    scripted.exported(1)
    scripted.due(30)
    away = Unreadable(fake)
    scripted.connector = away
    (report,) = scripted.exported(1)
    assert (report["outcome"], report["error"]["class"]) == ("in_doubt", "unavailable")
    scripted.connector = fake
    scripted.due(30)
    assert scripted.exported(1)[0]["outcome"] == "succeeded"


class Unreadable:
    """The ERP in memory, with nobody who answers questions."""

    def __init__(self, erp: FakeErp) -> None:
        self.name, self.capabilities, self.settle_seconds = erp.name, erp.capabilities, erp.settle_seconds
        self._erp = erp

    def open(self, settings: Any) -> Any:
        session = self._erp.open(settings)
        session.look_up = self._away  # type: ignore[method-assign]
        return session

    def _away(self, parcel: Any) -> Any:
        raise ErpUnavailable("nobody answers")


def test_one_companys_erp_being_away_holds_nobody_up(
    empty: Yard, desk: ErpClient, erp: PracticeErp, free_port: int
) -> None:
    """Another company's exports arrive meanwhile."""
    empty.company("acme", url=f"http://127.0.0.1:{free_port}")
    empty.company("beta", url=erp.url)
    keys = [f"{slug}/project/P-{number}" for number in range(20) for slug in ("acme", "beta")]
    empty.accepted(*keys)
    outcomes = {report["export"]: report["outcome"] for report in empty.exported(40)}
    assert {outcome for export, outcome in outcomes.items() if export.startswith("beta")} == {"succeeded"}
    assert {outcome for export, outcome in outcomes.items() if export.startswith("acme")} == {"failed"}
    assert len(desk.find(kind="project")) == 20


def test_one_companys_hanging_erp_holds_nobody_up(scripted: Yard, fake: FakeErp) -> None:
    """While its call waits, and more of its exports than it may have claimed, another company goes on."""
    scripted.company("beta")
    released, reached = threading.Event(), threading.Event()
    fake.steps.append(hangs_until(released, reached))
    scripted.accepted(*(f"acme/project/A-{number}" for number in range(30)))
    with scripted.working(batch=5):
        assert reached.wait(LONGEST_WAIT)
        scripted.accepted(*(f"beta/project/B-{number}" for number in range(30)))
        reports = scripted.reports(30)
        assert {report["export"].partition("/")[0] for report in reports} == {"beta"}
        released.set()
        assert len(scripted.reports(30)) == 30
