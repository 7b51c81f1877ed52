"""The benchmark's own arithmetic, its ERP and its page."""

from __future__ import annotations

import json
import os
from typing import Any

from bench import erp, latency, options, page, usage, work
from engine.messages import Message, read
from workflows import item_types


def _part(speed: float) -> dict[str, Any]:
    used = {"engine": {"cpu": 1.0, "memory": 64 * 2**20}}
    phases = {"last_ready": 1.0, "first_synced": 2.0}
    return {
        "items": 100,
        "seconds": 3.0,
        "items_per_second": speed,
        "phases": phases,
        "events": 800,
        "events_out_of_sequence": 0,
        "used": used,
        "cpu_us_per_item": {"engine": 900.0},
        "cpu_seconds_of_others": 0.0,
    }


def _machine() -> dict[str, Any]:
    return {
        "date": "2026-11-22",
        "processor": "a processor",
        "cores": 2,
        "memory_bytes": 2**30,
        "system": "Linux",
        "python": "3.11",
        "libraries": {"pika": "1.4"},
        "load_before": 0.1,
    }


def test_the_default_run_writes_the_page_and_names_the_short_command() -> None:
    """What is published can be measured again by typing what the page says."""
    chosen = options.parse([])
    assert (chosen.items, chosen.rate, chosen.command) == (5000, 100, "make bench")
    assert chosen.page is not None
    assert options.parse(["--json", "figures.json"]).command == "make bench"


def test_a_part_or_a_quick_run_writes_no_page() -> None:
    """A page of half the figures would hide the other half."""
    assert options.parse(["--quick"]).page is None
    assert options.parse(["--only", "floor"]).page is None


def test_another_size_is_named_in_the_command() -> None:
    """Figures of 200 items are not those of 5000."""
    assert (
        options.parse(["--items", "200"]).command == 'make bench ARGS="--items 200 --rate 100 --seconds 30"'
    )


def test_quantiles_are_values_that_were_measured() -> None:
    """The highest of a hundred is p99's neighbour, not an average."""
    found = latency.quantiles([number / 100 for number in range(100)])
    assert found == {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 0.99}


def test_the_erp_answers_every_record_with_an_id_for_each_line() -> None:
    """An item is synced only once its header and lines have ids."""
    records = [{"kind": "commitment", "key": "k", "code": "c", "data": {"lines": [{"number": "1"}]}}]
    status, answers = erp.answer("POST", json.dumps(records).encode())
    assert status == "200 OK"
    assert answers[0]["status"] == 201
    assert answers[0]["body"]["lines"] == {"1": f"{answers[0]['body']['id']}/1"}


def test_the_measured_commitment_is_one_that_may_be_sent() -> None:
    """A refused command would be fast and worth nothing."""
    message = work.send_commitment("SC-1")
    command = read(Message(message.body, message.content_type), 2**20)
    payload, problems = item_types()["commitment"].payload.read(command.data["payload"])
    assert problems == ()
    assert payload is not None


def test_a_process_that_is_gone_has_used_nothing() -> None:
    """A server on another machine cannot be looked at, and that is no error."""
    assert usage.of(2**22 + 1) == usage.NOTHING
    assert usage.of(os.getpid()).memory > 0


def test_the_page_compares_with_the_floor() -> None:
    """A figure alone says nothing about the machine."""
    floor = {"items_per_second": 400.0}
    text = page.text(
        {"command": "make bench", "machine": _machine(), "parts": {"throughput": _part(300), "floor": floor}}
    )
    assert "0.75 times that" in text
    assert "64 MiB" in text


def test_the_page_does_not_hide_a_gap() -> None:
    """Speed without the events would be no speed."""
    part = _part(300) | {"events_out_of_sequence": 3}
    text = page.text({"command": "make bench", "machine": _machine(), "parts": {"throughput": part}})
    assert "3 OUT OF SEQUENCE" in text
