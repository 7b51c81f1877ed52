"""The same command many times, also at once: one effect and equal outcomes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from tests.acceptance.conftest import MakeSite
from tests.acceptance.support.amqp import Caller, Dashboard, Event, code
from tests.acceptance.support.orders import lines_of, order, send_project
from tests.acceptance.support.site import EMBEDDED_GROUPS, Site

TIMES = 5


def _without_time(outcome: Event) -> dict[str, Any]:
    return {name: value for name, value in outcome.items() if name != "routing_key"}


def test_the_same_command_five_times_in_a_row_has_one_effect_and_five_equal_outcomes(
    served: Site, caller: Caller
) -> None:
    """A sender that is not sure sends again; time and mode do not count."""
    assert served.broker is not None
    command = send_project("acme/project/ROW")
    with Dashboard(served.broker, "command.#", "item.#") as board:
        answers = [caller.ask(command | {"time": f"2026-11-21T09:30:0{n}Z"}) for n in range(TIMES)]
        caller.ask(send_project("acme/project/ROW-AFTER"))
        board.until_item("acme/project/ROW-AFTER", "ready_to_export")
        published = [each["id"] for each in board.events if each["id"] == answers[0]["id"]]
    assert all(answer == answers[0] for answer in answers)
    assert code(answers[0]) is None
    assert published == [
        answers[0]["id"]
    ]  # an outcome is published once, a repeat's goes to its sender alone
    assert [each["event"] for each in served.item("acme/project/ROW")["history"]] == [
        "sent",
        "ready_to_export",
    ]


def test_the_same_command_from_five_connections_at_once_has_one_effect_and_five_equal_outcomes(
    served: Site, caller: Caller
) -> None:
    """Whoever comes first wins, and everybody hears the same."""
    assert served.broker is not None
    url, key, together = served.broker, "acme/project/ATONCE", Barrier(TIMES)
    caller.ask(send_project(key))
    command = order("accept", key)

    def give(_: int) -> Event:
        with Caller(url) as own:
            together.wait(30)
            return own.ask(command)

    with Dashboard(url, "item.#") as board, ThreadPoolExecutor(TIMES) as threads:
        answers = list(threads.map(give, range(TIMES)))
        board.until_item(key, "synced")
    assert len({answer["id"] for answer in answers}) == 1
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["data"]["state"] == "accepted"
    assert [each["event"] for each in served.item(key)["history"]].count("accepted") == 1
    assert len(served.erp.records(code="ATONCE")) == 1


def test_a_refused_command_is_refused_with_the_same_outcome_each_time(served: Site, caller: Caller) -> None:
    """A repeat is answered as before, even when it would be applied by now."""
    command = order("accept", "acme/project/EARLY")
    before = caller.ask(command)
    caller.ask(send_project("acme/project/EARLY"))
    assert code(before) == "unknown_item"
    assert caller.ask(command) == before
    assert served.item("acme/project/EARLY")["state"] == "ready_to_export"


def test_an_id_that_comes_again_with_other_content_is_refused_and_the_first_stands(
    served: Site, caller: Caller
) -> None:
    """A reused id is a mistake of the sender's, not another command."""
    first = send_project("acme/project/REUSED")
    applied = caller.ask(first)
    other = caller.ask(first | {"data": {"payload": {"name": "Something else"}}})
    assert code(other) == "reused_id"
    assert caller.ask(first) == applied
    assert served.item("acme/project/REUSED")["version"] == 1


def test_five_command_lines_that_send_the_same_file_at_once_all_print_the_same_outcome(
    make_site: MakeSite,
) -> None:
    """The embedded queue keeps the same promise."""
    site = make_site("embedded")
    site.prepare()
    site.start(*EMBEDDED_GROUPS)
    text = lines_of([send_project("acme/project/FILE"), order("accept", "acme/project/FILE")])

    def send(_: int) -> list[dict[str, Any]]:
        done = site.command("send", "-", "--wait", "--json", given=text)
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return sorted(found, key=lambda outcome: str(outcome["command"]["type"]))

    with ThreadPoolExecutor(TIMES) as threads:
        answers = list(threads.map(send, range(TIMES)))
    assert [each["outcome"] for each in answers[0]] == ["applied", "applied"]
    assert all(answer == answers[0] for answer in answers)
    site.until_states({"acme/project/FILE": "synced"}, 30)
    assert site.erp.codes("project") == {"FILE": 1}
    events = [each["event"] for each in site.item("acme/project/FILE")["history"]]
    assert events == ["sent", "ready_to_export", "accepted", "synced"]
