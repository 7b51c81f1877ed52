"""The connector worker while its own services misbehave: what it holds, what it gives back, when it fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from connectors.testing import FakeErp, hangs_until
from engine.errors import StoreUnavailable
from engine.exporting.reporter import Reporter
from engine.ports import Consumer, Outgoing, Publisher
from engine.store.bulk import run
from engine.topology import exports_queue
from tests.integration import exporting
from tests.integration.exporting import LONGEST_WAIT, Yard

P17, P18 = "acme/project/P-17", "acme/project/P-18"
EXPORT = f"{P17}@1"


@pytest.fixture
def fake() -> FakeErp:
    """An ERP in memory."""
    return FakeErp(name="sandbox")


@pytest.fixture
def yard(sqlite_url: str, tmp_path: Path, fake: FakeErp) -> Iterator[Yard]:
    """One company with the ERP in memory."""
    found = exporting.embedded(sqlite_url, tmp_path)
    found.connector = fake
    found.company("acme")
    yield found
    found.close()


class Bus:
    """The yard's bus, which counts its consumers and whose publishers may refuse a message."""

    def __init__(self, bus: Any, refused: str = "") -> None:
        self._bus, self._refused = bus, refused
        self.consumers = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        self.consumers += 1
        consumer: Consumer = self._bus.consumer(queue, prefetch)
        return consumer

    def publisher(self) -> Publisher:
        publisher: Publisher = self._bus.publisher()
        return Choosy(publisher, self._refused) if self._refused else publisher


class Choosy:
    """A publisher that cannot publish what is about one export."""

    def __init__(self, publisher: Publisher, refused: str) -> None:
        self._publisher, self._refused = publisher, refused

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        for message in messages:
            if json.loads(message.body)["data"]["export"] == self._refused:
                raise ValueError("no such message")
        return self._publisher.publish(messages)

    def close(self) -> None:
        self._publisher.close()


class Shaky:
    """A database that is away so many times."""

    def __init__(self, database: Any, failures: int) -> None:
        self._database, self._failures = database, failures

    def write(self) -> AbstractContextManager[Connection]:
        self._failures -= 1
        if self._failures >= 0:
            raise StoreUnavailable("the database is away")
        found: AbstractContextManager[Connection] = self._database.write()
        return found


def test_hints_are_kept_in_hand_while_the_database_is_away(yard: Yard) -> None:
    """Giving them back would count as a delivery, and an outage takes longer than the broker counts."""
    bus = yard.bus = Bus(yard.bus)
    real = yard.database
    yard.accepted(P17)
    exporter = yard.exporter()
    exporter._claims._database = Shaky(real, failures=3)  # type: ignore[assignment]
    stop = threading.Event()
    thread = threading.Thread(target=exporter.run, args=(stop,))
    thread.start()
    assert yard.reports(1)[0]["outcome"] == "succeeded"
    stop.set()
    exporter.wake()
    thread.join(LONGEST_WAIT)
    assert bus.consumers == 1


def test_a_report_that_cannot_be_published_spoils_no_other(yard: Yard) -> None:
    """Its claim runs out, the ERP is asked, and the reports after it are told."""
    yard.bus = Bus(yard.bus, refused=EXPORT)
    yard.accepted(P17, P18)
    with yard.working() as exporter:
        assert [report["export"] for report in yard.reports(1)] == [f"{P18}@1"]
        yard.accepted("acme/project/P-19")
        assert [report["export"] for report in yard.reports(1)] == ["acme/project/P-19@1"]
        exporter._claims.renew()
    yard.due(16)
    assert yard.export(EXPORT).status in ("in_doubt", "requested")


def test_a_worker_without_its_reporter_fails(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing more is sent by it, and whoever runs the role sees it."""

    def broken(self: Reporter) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Reporter, "run", broken)
    with pytest.raises(RuntimeError, match="lost a thread"):
        yard.exporter().run(threading.Event())


def test_a_full_backlog_of_one_company_holds_no_other_up(yard: Yard, fake: FakeErp) -> None:
    """Its hints are acknowledged and remembered, and each is made as soon as there is room."""
    yard.company("beta")
    released, reached = threading.Event(), threading.Event()
    fake.steps.append(hangs_until(released, reached))
    yard.accepted(*(f"acme/project/A-{number}" for number in range(60)))
    with yard.working(batch=2):  # the broker hands over 20 before the first is acknowledged
        assert reached.wait(LONGEST_WAIT)
        yard.accepted(*(f"beta/project/B-{number}" for number in range(10)))
        reports = yard.reports(10)
        assert {report["export"].partition("/")[0] for report in reports} == {"beta"}
        released.set()
        assert len(yard.reports(60)) == 60
    assert yard.bus.depth(exports_queue("sandbox")) == 0


def test_a_claim_whose_row_is_gone_or_anothers_is_believed_no_longer(yard: Yard) -> None:
    """Whatever the clocks say: the database knows whose it is."""
    yard.accepted(P17, P18)
    claims = yard.exporter()._claims
    lost, kept = claims.take([(EXPORT, 1), (f"{P18}@1", 1)])
    if lost.export.key != EXPORT:
        lost, kept = kept, lost
    with yard.database.write() as connection:
        run(connection, "UPDATE exports SET worker = 'another' WHERE key = :key", key=EXPORT)
    claims.renew()
    assert (claims.holds(lost), claims.holds(kept)) == (False, True)
    claims.release([kept])
    with yard.database.write() as connection:
        run(connection, "UPDATE exports SET attempt = 2 WHERE key = :key", key=f"{P18}@1")
    claims.renew()
    assert not claims._reported


def test_a_later_attempt_of_the_same_worker_is_not_the_earlier_one(yard: Yard) -> None:
    """The earlier one was fenced meanwhile, though the worker's name is the same."""
    yard.accepted(P17)
    claims = yard.exporter()._claims
    (first,) = claims.take([(EXPORT, 1)])
    with yard.database.write() as connection:
        run(connection, "UPDATE exports SET attempt = 2, status = 'requested', worker = NULL")
    (second,) = claims.take([(EXPORT, 2)])
    claims.renew()
    assert (claims.holds(first), claims.holds(second)) == (False, True)


def test_another_connectors_hint_is_done_with_and_changes_nothing(yard: Yard, fake: FakeErp) -> None:
    """The queue goes on with what is its own."""
    yard.accepted(P17)
    with yard.database.write() as connection:
        run(connection, "UPDATE exports SET connector = 'tryton' WHERE key = :key", key=EXPORT)
    yard.accepted(P18)
    assert [report["export"] for report in yard.exported(1)] == [f"{P18}@1"]
    assert (yard.export(EXPORT).status, yard.bus.depth(exports_queue("sandbox"))) == ("requested", 0)
    assert fake.calls == [(f"{P18}@1",)]
