"""The connector worker and connectors that have mistakes: each export ends in a report that the engine takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.testing import FakeErp, FakeSession, loses_the_answer, refuses
from engine.ports_export import ErpAuth, ErpError, ErpPartial, Found, Parcel, Receipt
from engine.store.bulk import run
from tests.integration import exporting
from tests.integration.exporting import Yard

P17, P18 = "acme/project/P-17", "acme/project/P-18"
EXPORT = f"{P17}@1"


class Mistaken(FakeErp):
    """The ERP in memory behind a connector that a test may spoil."""

    def __init__(self) -> None:
        super().__init__(name="sandbox")
        self.opening: Callable[[Any], object] = lambda settings: None
        self.spoilt: dict[str, Any] = {}  # item to what the connector makes of its receipt

    def open(self, settings: Any) -> FakeSession:
        self.opening(settings)
        return Spoiling(self)


class Spoiling(FakeSession):
    """Hands on what the test wants in the place of the receipt."""

    def __init__(self, erp: Mistaken) -> None:
        super().__init__(erp)
        self._spoilt = erp.spoilt

    def send(self, parcels: Any) -> Any:
        answers = super().send(parcels)
        return [self._of(parcel, answer) for parcel, answer in zip(parcels, answers, strict=True)]

    def look_up(self, parcel: Parcel) -> Found | None:
        found = super().look_up(parcel)
        return found and Found(self._of(parcel, found.receipt), found.item_type, found.ours, found.differs)

    def _of(self, parcel: Parcel, answer: Any) -> Any:
        return self._spoilt.get(parcel.request.item, answer)


@pytest.fixture
def fake() -> Mistaken:
    """An ERP in memory."""
    return Mistaken()


@pytest.fixture
def yard(sqlite_url: str, tmp_path: Path, fake: Mistaken) -> Iterator[Yard]:
    """One company with the ERP in memory."""
    found = exporting.embedded(sqlite_url, tmp_path)
    found.connector = fake
    found.company("acme")
    yield found
    found.close()


def reports_of(yard: Yard, *keys: str) -> dict[str, dict[str, Any]]:
    """What is reported of each item."""
    return {report["export"].partition("@")[0]: report for report in yard.exported(len(keys))}


def test_a_connector_that_cannot_open_is_a_bug_of_each_export(yard: Yard, fake: Mistaken) -> None:
    """Nothing was sent, the log-in is not repeated, and the next export finds the lane at work."""

    def opening(settings: Any) -> None:
        raise KeyError(settings["password"])

    fake.opening = opening
    yard.company("acme", password={"env": "ACME_ERP"})
    yard.accepted(P17, P18)
    with yard.working(resolve=lambda settings: {**settings, "password": "hunter2-hunter2"}):
        reports = yard.reports(2)
        assert {(report["outcome"], report["error"]["class"]) for report in reports} == {("failed", "bug")}
        assert all("KeyError" in report["traceback"] for report in reports)
        assert "hunter2" not in str(reports)
        fake.opening = lambda settings: None
        yard.accepted("acme/project/P-19")
        assert yard.reports(1)[0]["outcome"] == "succeeded"
    assert yard.item(P17).state == "failed"


def test_what_is_in_doubt_stays_so_while_the_connector_has_a_bug(yard: Yard, fake: Mistaken) -> None:
    """The ERP may have it, so nobody may reject it."""
    fake.steps.append(loses_the_answer())
    yard.accepted(P17)
    yard.exported(1)

    def opening(settings: Any) -> None:
        raise KeyError("anything")

    fake.opening = opening
    yard.due(30)
    assert yard.exported(1)[0]["outcome"] == "in_doubt"
    fake.opening = lambda settings: None
    yard.due(30)
    assert yard.exported(1)[0]["outcome"] == "succeeded"


def test_a_mistake_after_sending_leaves_a_doubt(
    yard: Yard, fake: Mistaken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever part of the worker or the connector it is in."""
    yard.accepted(P17)
    with monkeypatch.context() as patch:
        patch.setattr("engine.exporting.calls.Calls._answered", lambda *_: dict[str, Any]()["answer"])
        (report,) = yard.exported(1)
    assert (report["outcome"], report["error"]["code"]) == ("in_doubt", "bug")
    yard.due(30)
    assert yard.exported(1)[0]["outcome"] == "succeeded"
    assert len(fake.records) == 1


@pytest.mark.parametrize("erp_id", [None, 17, float("nan"), "", "FAKE\x00"])
def test_an_answer_without_a_usable_id_is_a_doubt_and_then_partial(
    yard: Yard, fake: Mistaken, erp_id: Any
) -> None:
    """The ERP is asked once; if it still names no id, an operator sees it. Its neighbour has arrived."""
    fake.spoilt[P17] = Receipt(erp_id)
    yard.accepted(P17, P18)
    reports = reports_of(yard, P17, P18)
    assert reports[P18]["outcome"] == "succeeded"
    assert (reports[P17]["outcome"], reports[P17]["error"]["code"]) == ("in_doubt", "unreadable_answer")
    yard.due(30)
    (report,) = yard.exported(1)
    assert (report["outcome"], report["error"]["class"]) == ("failed", "partial")
    assert yard.item(P17).state == "failed"
    assert yard.export(EXPORT).holds


@pytest.mark.parametrize("answer", [None, {"id": "FAKE-1"}, Receipt("FAKE-1", 5)])  # type: ignore[arg-type]
def test_an_answer_of_no_known_kind_spoils_no_other(yard: Yard, fake: Mistaken, answer: Any) -> None:
    """Nobody knows whether it happened, or it did and cannot be kept."""
    fake.spoilt[P17] = answer
    yard.accepted(P17, P18)
    reports = reports_of(yard, P17, P18)
    assert reports[P18]["outcome"] == "succeeded"
    assert reports[P17]["error"]["class"] in ("uncertain", "partial")


@pytest.mark.parametrize(
    ("receipt", "said"),
    [
        (Receipt("X" * 201), "201 characters"),
        (Receipt("FAKE-1", {"1": 7}), "the ids of these lines are no text that can be kept: 1"),  # type: ignore[dict-item]
        (Receipt("FAKE-1", {"1": "a\x00"}), "the ids of these lines"),
        (Receipt("FAKE-1", posting="soon"), "posting"),  # type: ignore[arg-type]
        (Receipt("FAKE-1", {str(number): "7" * 40 for number in range(30_000)}), "COUNTERSIGN_MESSAGE_LIMIT"),
    ],
)
def test_a_success_that_the_engine_would_refuse_is_partial(
    yard: Yard, fake: Mistaken, receipt: Receipt, said: str
) -> None:
    """The operator reads which record it is and what to do."""
    fake.spoilt[P17] = receipt
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert (report["outcome"], report["error"]["class"]) == ("failed", "partial")
    assert receipt.erp_id[:200] in report["error"]["message"]
    assert said in report["error"]["message"]
    assert (yard.item(P17).state, yard.export(EXPORT).holds) == ("failed", True)


def test_an_error_class_of_the_connectors_own_is_a_doubt(yard: Yard, fake: Mistaken) -> None:
    """Nobody has said what it means."""

    class OddError(ErpError):
        error_class = "odd"

    fake.refused[P17] = OddError("what now?", code=17)  # type: ignore[arg-type]
    yard.accepted(P17)
    assert yard.exported(1)[0]["outcome"] == "in_doubt"


def test_a_lookup_that_finds_nothing_sends_nothing_that_is_blocked(yard: Yard, fake: Mistaken) -> None:
    """The attempt says that it is absent, and the next one why it cannot be sent."""
    exporting.ground(yard)
    key = "acme/commitment/SC-1"
    yard.accepted(key, payload=exporting.COMMITMENT)
    sent = len(fake.calls)
    with yard.database.write() as connection:
        run(connection, "UPDATE exports SET mode = 'lookup' WHERE key = :key", key=f"{key}@1")
        run(connection, "UPDATE items SET synced_version = NULL WHERE key = 'acme/company/V-1'")
    with yard.working():
        assert yard.reports(1)[0]["outcome"] == "absent"
        (report,) = yard.reports(1)
    assert (report["error"]["class"], report["error"]["code"]) == ("precondition", "blocked_by")
    assert len(fake.calls) == sent


def test_a_header_without_its_lines_is_partial(yard: Yard, fake: Mistaken) -> None:
    """The operator learns what exists."""
    fake.refused[P17] = ErpPartial("FAKE-1 was stored without its lines")
    yard.accepted(P17)
    (report,) = yard.exported(1)
    assert report["error"]["class"] == "partial"
    assert yard.export(EXPORT).holds


@pytest.mark.parametrize("while_", ["translating", "sending"])
def test_a_bug_is_told_with_its_traceback_or_leaves_a_doubt(
    yard: Yard, fake: Mistaken, while_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything was sent it is a failure; after, nobody knows."""
    if while_ == "sending":
        fake.steps.append(refuses(KeyError("lines")))
    else:
        monkeypatch.setattr("connectors.testing.FakeSession.translate", lambda *_: dict[str, str]()["lines"])
    yard.accepted(P17)
    (report,) = yard.exported(1)
    if while_ == "sending":
        assert (report["outcome"], report["error"]["class"]) == ("in_doubt", "uncertain")
    else:
        assert (report["outcome"], report["error"]["class"]) == ("failed", "bug")
        assert "KeyError" in report["traceback"]


def test_the_log_in_never_appears_in_a_report(yard: Yard, fake: Mistaken) -> None:
    """Not even where the ERP repeats it."""
    yard.company("acme", password={"env": "ACME_ERP"})
    fake.steps.append(refuses(ErpAuth("user acme with hunter2-hunter2 is locked", code="hunter2-hunter2")))
    yard.accepted(P17)
    (report,) = yard.exported(1, resolve=lambda settings: {**settings, "password": "hunter2-hunter2"})
    assert "hunter2" not in str(report)
    assert "user acme with ••• is locked" in report["error"]["message"]


def test_an_unknown_error_class_of_a_connector_counts_as_a_doubt(yard: Yard, fake: Mistaken) -> None:
    """An ErpError that says nothing of itself is not taken for "nothing happened"."""
    fake.refused[P17] = ErpError("something odd")
    yard.accepted(P17)
    assert yard.exported(1)[0]["outcome"] == "in_doubt"
