"""One attempt, one worker: killed, stopped, slow or in company, the ERP gets each record once."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.practice_erp import PracticeErp
from connectors.testing import FakeErp, hangs_until
from engine.errors import BusUnavailable
from engine.ports import Outgoing, Publisher
from engine.ports_export import Capabilities
from engine.topology import EVENTS, exports_queue
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
def fake() -> FakeErp:
    """An ERP in memory."""
    return FakeErp(name="sandbox")


@pytest.fixture
def empty(sqlite_url: str, tmp_path: Path) -> Iterator[Yard]:
    """A yard without companies."""
    found = exporting.embedded(sqlite_url, tmp_path)
    yield found
    found.close()


@pytest.fixture
def scripted(empty: Yard, fake: FakeErp) -> Yard:
    """One company with the ERP in memory."""
    empty.connector = fake
    empty.company("acme")
    return empty


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_workers_export_goes_on_once_its_claim_has_run_out(
    empty: Yard, desk: ErpClient, erp: PracticeErp, sqlite_url: str, tmp_path: Path, when: str
) -> None:
    """Another worker asks the ERP, and adopts what the first one left, or sends it."""
    empty.company("acme", url=erp.url, keys=True)
    empty.accepted(P17)
    command = [sys.executable, "-m", "tests.integration.dying_exporter", sqlite_url, str(tmp_path), when]
    assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
    assert empty.export(EXPORT).status == "sending"
    assert len(desk.find(kind="project")) == (1 if when == "after" else 0)
    empty.due(16)
    empty.due()
    (report,) = empty.exported(1)
    assert (report["outcome"], report["attempt"]) == ("succeeded", 2)
    assert len(desk.find(kind="project")) == 1
    assert empty.item(P17).state == "synced"


def test_two_workers_with_the_same_hints_send_each_record_once(
    empty: Yard, desk: ErpClient, erp: PracticeErp
) -> None:
    """A hint that comes twice is claimed once."""
    empty.company("acme", url=erp.url)
    keys = [f"acme/project/P-{number}" for number in range(60)]
    empty.accepted(*keys)
    twice(empty, [f"{key}@1" for key in keys])
    with empty.working(batch=7), empty.working(batch=7):
        reports = empty.reports(60)
        settled(empty)
    assert {report["export"] for report in reports} == {f"{key}@1" for key in keys}
    assert empty.bus.depth("countersign.commands") == 0
    stats = desk.stats()
    assert (stats["stored"], stats["repeated_keys"]) == (60, 0)


def twice(yard: Yard, exports: list[str]) -> None:
    """The same hints once more."""
    publisher = yard.bus.publisher()
    body = '{"type": "countersign.export.requested.v1", "data": {"export": "%s", "attempt": 1}}'
    publisher.publish(
        [
            Outgoing(EVENTS, "export.sandbox.requested.acme", (body % key).encode(), key, mandatory=True)
            for key in exports
        ]
    )
    publisher.close()


def settled(yard: Yard) -> None:
    """Wait until every hint is taken."""
    while yard.bus.depth(exports_queue("sandbox")):
        pass


def test_an_answer_after_the_claim_is_still_told(scripted: Yard, fake: FakeErp) -> None:
    """The attempt is fenced: another adopted the record, and the late answer changes nothing."""
    released, reached = threading.Event(), threading.Event()
    fake.steps.append(hangs_until(released, reached))
    scripted.accepted(P17)
    exporter, stop = scripted.exporter(), threading.Event()
    slow = threading.Thread(target=exporter.run, args=(stop,))
    slow.start()
    assert reached.wait(LONGEST_WAIT)
    stop.set()
    exporter.wake()
    scripted.due(16)
    scripted.due()
    (report,) = scripted.exported(1)
    assert (report["outcome"], report["attempt"]) == ("succeeded", 2)
    released.set()
    slow.join(LONGEST_WAIT)
    (late,) = scripted.reports(1)
    assert (late["outcome"], late["attempt"], late["erp_id"]) == ("succeeded", 1, report["erp_id"])
    assert scripted.item(P17).state == "synced"
    assert len(fake.records) == 1


def test_nothing_is_sent_once_the_claim_has_run_out(scripted: Yard, fake: FakeErp) -> None:
    """What waited behind a slow call belongs to whoever claims it next."""
    fake.capabilities = Capabilities(idempotency="none", batch=1)
    released, reached = threading.Event(), threading.Event()
    fake.steps.append(hangs_until(released, reached))
    scripted.accepted(P17, "acme/project/P-18")
    with scripted.working():
        assert reached.wait(LONGEST_WAIT)
        scripted.clock.move(16)
        released.set()
        scripted.taken(1)
    assert len(fake.calls) == 1
    assert scripted.export("acme/project/P-18@1").status == "sending"


def test_a_claim_is_renewed_while_the_erp_takes_its_time(scripted: Yard, fake: FakeErp) -> None:
    """A slow call alone makes no doubt."""
    exporter = scripted.exporter()
    scripted.accepted(P17)
    claims = exporter._claims
    (claimed,) = claims.take([(EXPORT, 1)])
    scripted.clock.move(10)
    claims.renew()
    scripted.due(10)
    assert claims.holds(claimed)
    assert scripted.export(EXPORT).status == "sending"
    scripted.clock.move(16)
    claims.renew()
    assert not claims.holds(claimed)


def test_reports_wait_for_a_broker_that_is_away(scripted: Yard) -> None:
    """What the ERP said is told as soon as anybody listens."""
    scripted.bus = Shaky(scripted.bus, failures=2)
    scripted.accepted(P17)
    assert scripted.exported(1)[0]["outcome"] == "succeeded"


class Shaky:
    """A bus whose publishers lose their broker so many times."""

    def __init__(self, bus: Any, failures: int) -> None:
        self._bus, self._failures = bus, failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    def publisher(self) -> Publisher:
        self._failures -= 1
        if self._failures >= 0:
            raise BusUnavailable("the broker is away")
        publisher: Publisher = self._bus.publisher()
        return publisher


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_claimed(scripted: Yard, fake: FakeErp) -> None:
    """Its reports are out when it ends, and nothing is left in doubt."""
    released, reached = threading.Event(), threading.Event()
    fake.steps.append(hangs_until(released, reached))
    scripted.accepted(P17)
    exporter, stop = scripted.exporter(), threading.Event()
    thread = threading.Thread(target=exporter.run, args=(stop,))
    thread.start()
    assert reached.wait(LONGEST_WAIT)
    stop.set()
    exporter.wake()
    released.set()
    thread.join(LONGEST_WAIT)
    assert not thread.is_alive()
    assert scripted.reports(1)[0]["outcome"] == "succeeded"


def test_the_worker_serves_rabbitmq_and_postgresql(
    rabbitmq_url: str, postgres_url: str, erp: PracticeErp, desk: ErpClient
) -> None:
    """As in production."""
    yard = exporting.with_rabbitmq(postgres_url, rabbitmq_url)
    try:
        yard.company("acme", url=erp.url)
        keys = [f"acme/project/P-{number}" for number in range(300)]
        yard.accepted(*keys)
        with yard.working(), yard.working():
            assert {report["outcome"] for report in yard.reports(300)} == {"succeeded"}
        assert desk.stats()["records"]["project"] == 300
    finally:
        yard.close()
