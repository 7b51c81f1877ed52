"""Eight approvers decide the same items at once over the bus."""

from __future__ import annotations

import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.acceptance.conftest import MakeSite
from tests.acceptance.support.amqp import Caller, Dashboard, Event, by_item, code, gaps
from tests.acceptance.support.companies import company
from tests.acceptance.support.orders import order, send_project

APPROVERS = tuple(f"approver-{number}@acme.test" for number in range(8))
ITEMS = tuple(f"acme/project/CROWD-{number}" for number in range(200))
SEED = 20261121


def test_each_item_has_one_decision_and_everybody_else_is_told_so(make_site: MakeSite) -> None:
    """Whoever comes second reads `wrong_state` or `stale_version`; history has no gap and `verify` is content."""
    site = make_site("rabbitmq")
    site.prepare(company("acme", site.erp.url, APPROVERS))
    site.start("engine", "relay,scheduler,connectors")
    assert site.broker is not None
    url, together = site.broker, Barrier(len(APPROVERS))

    def decide(number: int) -> list[tuple[str, Event]]:
        chance = random.Random(SEED + number)
        keys = chance.sample(ITEMS, len(ITEMS))
        names = [chance.choice(("accept", "reject")) for _ in keys]
        orders = [
            order(name, key, {"version": 1}, actor=APPROVERS[number])
            for name, key in zip(names, keys, strict=True)
        ]
        with Caller(url, confirmed=False) as caller:  # each command's outcome is waited for anyway
            together.wait(30)
            return list(zip(keys, caller.ask_all(orders, 60), strict=True))

    with Caller(url, confirmed=False) as caller, Dashboard(url, "item.#") as board:
        sent = caller.ask_all(send_project(key) for key in ITEMS)
        assert {answer["data"]["state"] for answer in sent} == {"ready_to_export"}
        with ThreadPoolExecutor(len(APPROVERS)) as threads:
            answers = defaultdict(list)
            for found in threads.map(decide, range(len(APPROVERS))):
                for key, answer in found:
                    answers[key].append(answer)
        final = {key: _decided(outcomes) for key, outcomes in answers.items()}
        wanted = {key: "synced" if state == "accepted" else state for key, state in final.items()}
        board.until(lambda events: _ended(events) == set(ITEMS), 60)
    assert set(final) == set(ITEMS)
    assert set(final.values()) == {"accepted", "rejected"}
    assert gaps(board.events) == {}
    assert site.states() == wanted
    accepted = {key.rpartition("/")[2]: 1 for key, state in final.items() if state == "accepted"}
    assert site.erp.codes("project") == accepted
    site.command("verify")
    assert site.tracebacks() == []


def _decided(outcomes: list[Event]) -> str:
    assert len(outcomes) == len(APPROVERS)
    winners = [outcome for outcome in outcomes if code(outcome) is None]
    assert len(winners) == 1, [code(outcome) for outcome in outcomes]
    assert {code(outcome) for outcome in outcomes} <= {None, "wrong_state", "stale_version"}
    return str(winners[0]["data"]["state"])


def _ended(events: list[Event]) -> set[str]:
    return {
        key
        for key, each in by_item(events).items()
        if each[-1]["data"]["item"]["state"] in ("synced", "rejected")
    }
