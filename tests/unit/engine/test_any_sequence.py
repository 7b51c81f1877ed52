"""Whatever people, connectors and the broker do in whatever order: the books stay consistent."""

import json
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.messages import Message
from engine.testing import command
from tests.books import Books
from tests.builders import (
    BOSS,
    CLERK,
    PAM,
    PAT,
    SANDBOX,
    accept,
    draft,
    key_of,
    payload_of,
    reject,
    report,
    report_unlink,
    send,
)  # fmt: skip
from tests.journeys import synced

VENDORS: Final = (key_of("company", "V-1"), key_of("company", "V-9"))
KEYS: Final = (
    *VENDORS,
    key_of("commitment"),
    key_of("commitment_change_order"),
    key_of("budget"),
    key_of("cost_codes"),
)
PROFILE: Final = {
    "project": {"fields": {"job_id": {"required": True}}},
    "company": {"fields": {"vendor_id": {"required": True}}},
}

versions: Final = st.integers(1, 4)
actors: Final = st.sampled_from([PAM, PAT, BOSS, BOSS, CLERK, SANDBOX])
keys: Final = st.sampled_from(KEYS)
error_classes: Final = st.sampled_from(
    ["validation", "partial", "unavailable", "uncertain", "conflict", "auth"]
)


@st.composite
def commands(draw: st.DrawFn) -> Any:
    """One command; most are plausible."""
    key, kind = draw(keys), draw(st.integers(0, 9))
    if kind <= 1:
        return draw(st.sampled_from([send, send, draft]))(key, PAM, **draw(contents(key)))
    if kind <= 3:
        fields = {"vendor_id": draw(st.sampled_from(["A", "B"]))} if key in VENDORS else {}
        more = draw(st.sampled_from([{}, {}, {"version": draw(versions)}]))
        return accept(key, draw(st.sampled_from([PAT, PAT, CLERK])), fields=fields, **more)
    if kind <= 6:
        return draw(reports(key))
    if kind == 7:
        return report_unlink(
            key, draw(st.sampled_from(["gone", "still_there", "failed"])), error=_error("capacity")
        )
    if kind == 8 and key in VENDORS:
        return command("link", key, BOSS, erp_id=draw(st.sampled_from(["E-1", "E-2"])))
    names = ["retrieve", "archive", "restore", "unlink", "replay", "confirm_posting"]
    return draw(st.sampled_from([reject(key), command(draw(st.sampled_from(names)), key, draw(actors))]))


def _error(error_class: str) -> dict[str, str]:
    return {"class": error_class, "message": "no"}


@st.composite
def contents(draw: st.DrawFn, key: str) -> dict[str, Any]:
    """With the payload of old, a new one, or none."""
    item_type = key.split("/")[1]
    return draw(
        st.sampled_from([{}, {}, {"payload": None}, {"payload": payload_of(item_type), "dry_run": True}])
    )


@st.composite
def reports(draw: st.DrawFn, key: str) -> tuple[str, str, int, int, dict[str, Any]]:
    """An answer to the current attempt of the current version, or to another one."""
    outcome = draw(st.sampled_from(["succeeded", "succeeded", "failed", "failed", "in_doubt", "absent"]))
    data: dict[str, Any] = {"error": _error(draw(error_classes))} if outcome == "failed" else {}
    if outcome == "succeeded":
        data = {"erp_id": draw(st.sampled_from(["E-1", "E-2", f"ERP-{key}"]))}
        data |= draw(st.sampled_from([{}, {}, {"posting": "manual"}]))
    return (
        key,
        outcome,
        draw(st.sampled_from([0, 0, 0, 0, -1])),
        draw(st.sampled_from([0, 0, 0, 0, -1])),
        data,
    )


def made(books: Books, step: Any) -> Message:
    """The message of a step; a report answers what is asked by then."""
    if isinstance(step, Message):
        return step
    key, outcome, attempt, version, data = step
    items = books.select("SELECT version FROM items WHERE key = :key", key=key)
    current = max(1, (items[0]["version"] if items else 1) + version)
    asked = books.select("SELECT attempt FROM exports WHERE key = :key", key=f"{key}@{current}")
    return report(key, outcome, max(1, (asked[0]["attempt"] if asked else 1) + attempt), current, **data)


def check(books: Books) -> None:
    """What has to hold at any time."""
    letters = [letter["item"] for letter in books.letters() if letter["kind"] == "export"]
    claims = books.select("SELECT * FROM claims")
    exports = {row["key"]: row for row in books.select("SELECT * FROM exports")}
    events = [body for body in books.bodies() if ".item." in body["type"]]
    for row in books.select("SELECT * FROM items"):
        key, state = row["key"], row["state"]
        history = books.history(key)
        assert (history[-1]["state"], history[-1]["version"]) == (state, row["version"])
        assert (len(history), row["head"] != "") == (row["sequence"], True)
        assert [e["sequence"] for e in events if e["subject"] == key] == list(range(1, len(history) + 1))
        assert letters.count(key) == (1 if state == "failed" else 0)
        export = exports.get(f"{key}@{row['version']}")
        if state in ("accepted", "unlinking"):
            assert export is not None
            assert export["status"] in ("requested", "sending", "retrying", "in_doubt")
        elif export is not None:
            assert export["status"] in ("succeeded", "failed")
        assert (row["synced_version"] is None) == (row["erp_id"] is None)
        waiting = sorted(
            row["need"] for row in books.select("SELECT need FROM waits WHERE item = :key", key=key)
        )
        assert waiting == sorted(json.loads(row["waiting_on"])) == (waiting if state == "sent" else [])
        assert state != "sent" or waiting
        held = {claim["scope"].split("/")[0] for claim in claims if claim["item"] == key}
        if state in ("accepted", "synced") and key in VENDORS:
            assert held
        if state in ("archived",):
            assert not held
    assert books.select("SELECT * FROM releases") == []


@settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
@given(batches=st.lists(st.lists(commands(), min_size=1, max_size=5), min_size=1, max_size=12))
def test_any_sequence_of_commands_leaves_consistent_books(batches: list[list[Any]]) -> None:
    """Histories replay to states, each entry has its event, each failed item its dead letter, and nothing raises."""
    books = Books()
    try:
        synced(books, "project")
        books.profile("acme", PROFILE)
        for batch in batches:
            outcomes = books.run(*(made(books, step) for step in batch))
            assert len(outcomes) == len(batch)
            check(books)
            books.clock.advance(20)
    finally:
        books.close()
