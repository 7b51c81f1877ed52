"""`kill -9` of any process at any moment: everything arrives, and nothing twice."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance.conftest import MakeSite
from tests.acceptance.support.amqp import Caller, Dashboard, Event, bind_board, by_item, gaps
from tests.acceptance.support.load import Load
from tests.acceptance.support.orders import Order
from tests.acceptance.support.site import Site
from tests.acceptance.support.waiting import eventually

KILLS = 22
ROLES = ("engine", "relay", "connector sandbox", "notifier", "scheduler,dead-letters")
FEW = ("engine", "relay,scheduler,dead-letters", "notifier,connectors")
ERP = "practice ERP"
CHUNKS = 10
BOARD = "board"
KINDS = pytest.mark.parametrize("kind", ["rabbitmq", "embedded"])


def _chunks(orders: Sequence[Order]) -> list[Sequence[Order]]:
    size = -(-len(orders) // CHUNKS)
    return [orders[start : start + size] for start in range(0, len(orders), size)]


def _send_all_the_time(site: Site, orders: Sequence[Order]) -> None:
    """Send while processes are killed: over AMQP where there is a broker, else by command line."""
    for chunk in _chunks(orders):
        if site.broker is None:
            site.send(chunk)
        else:
            with Caller(site.broker) as caller:
                for each in chunk:
                    caller.give(each)
        threading.Event().wait(1.0)


def _kill_at_random(site: Site, chance: random.Random) -> None:
    """Each process is started again at once; some are killed before they have quite begun."""
    for _ in range(KILLS):
        threading.Event().wait(chance.uniform(0.1, 2.0))
        victim = chance.choice((*ROLES, *ROLES, ERP))
        if victim == ERP:
            site.erp.restart()
        else:
            site.restart(victim)


def _events(site: Site, log: Sequence[Event]) -> list[Event]:
    """What a dashboard has seen by now; without a broker, what the event log has."""
    if site.broker is None:
        return list(log)
    ids = {event["id"] for event in log}
    with Dashboard(site.broker, queue=BOARD) as board:
        return list(board.until(lambda events: ids <= {event["id"] for event in events}))


@pytest.mark.timeout(300)
@KINDS
def test_more_than_twenty_kills_at_random_moments_lose_nothing_and_double_nothing(
    kind: str, make_site: MakeSite
) -> None:
    """Each item is once in the ERP, each mail once in the folder, each event on the dashboard."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    site, load = make_site(kind), Load("KILL", 150)
    site.prepare()
    if site.broker is not None:
        bind_board(site.broker, BOARD, "#")
    site.start(*ROLES)
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(_send_all_the_time, site, load.orders())
        _kill_at_random(site, random.Random(seed))
        sending.result(60)
    site.until_states(load.states, 60)
    eventually(lambda: len(site.mails()) >= load.mails().total(), 30, "a mail for each person and rejection")
    log = site.ask("events", "--limit", "100000")
    events = [each for each in _events(site, log) if each["type"].startswith("countersign.")]

    assert site.erp.codes("project") == load.codes()
    assert load.mails_in(site.mails()) == load.mails()
    assert set(by_item(events)) == set(load.keys)
    assert gaps(events) == {}
    ends = {key: each[-1]["data"]["item"]["state"] for key, each in by_item(events).items()}
    assert ends == load.states
    assert _outcomes(events) == {each["id"]: {"countersign.command.applied.v1"} for each in load.orders()}
    assert site.ask("dead-letters", "list") == []
    site.command("verify")
    assert site.tracebacks() == []


def _outcomes(events: Sequence[Event]) -> dict[str, set[str]]:
    """The types of every sender's outcomes by command."""
    found: dict[str, set[str]] = {}
    for event in events:
        if (
            event["type"].startswith("countersign.command.")
            and event["data"]["command"]["source"] == "/procore"
        ):
            found.setdefault(event["data"]["command"]["id"], set()).add(event["type"])
    return found


@KINDS
def test_everything_killed_while_the_erp_works_goes_on_within_thirty_seconds(
    kind: str, make_site: MakeSite
) -> None:
    """A power cut takes all processes together; what was queued before the first start is there, too."""
    site, load = make_site(kind), Load("CUT", 40)
    site.prepare()
    site.erp.fault("slow", seconds=3, count=1)
    site.send(load.orders())
    site.start(*FEW)
    eventually(lambda: site.erp.stats()["faults_injected"], 30, "the ERP has the first request")
    for role in FEW:
        site.programs[role].process.kill()
    for role in FEW:
        site.restart(role)
    for role in FEW:
        site.programs[role].wait_for("serve.ready")
    started = time.monotonic()
    site.until_states(load.states, 60)
    took = time.monotonic() - started
    print(f"resumed after {took:.0f} s")
    assert took < 30
    eventually(lambda: len(site.mails()) >= load.mails().total(), 30, "a mail for each person and rejection")
    assert site.erp.codes("project") == load.codes()
    assert load.mails_in(site.mails()) == load.mails()
    assert gaps(site.ask("events", "--limit", "10000")) == {}
    site.command("verify")
    assert site.tracebacks() == []
