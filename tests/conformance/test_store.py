"""One suite for both databases: what the service is promised by its ledger about items and what they need."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.changes import Claim, Free, Meet, Refer, Unmeet, Wait
from engine.errors import Conflict
from engine.ledger import Entry, Publication
from engine.store import outbox
from engine.store.ledger import StoreLedger
from tests.builders import GONE, PAT, RIVAL
from tests.conformance.stores import CODE, NOW, OTHER, SC, STANDARD, VENDOR, Store


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The store on each kind of database."""
    store = Store(request.getfixturevalue(request.param))
    yield store
    store.books.close()


FULL = replace(
    VENDOR,
    state="failed",
    sequence=7,
    head="ab" * 32,
    project="P-17",
    title='Bayline "Ümläut" 🏗️',
    fields={"vendor_id": "B"},
    waiting_on=("acme/project/P-17",),
    synced_version=1,
    synced_payload={"codes": []},
    erp_id="4711",
    erp_lines={"1": "a"},
    created_by="a",
    sent_by="b",
    accepted_by="c",
    comment="line\nbreak",
    error={"class": "partial", "message": "\x00\ud800"},
    url="https://a.test",
    attachments=({"name": "a", "url": "https://a.test"},),
)


def test_an_item_comes_back_as_it_was_saved(store: Store) -> None:
    """Every field, also what no database takes as text."""
    store.items(FULL, SC)
    assert store.ask("items", {FULL.key, SC.key, "acme/company/none"}) == {FULL.key: FULL, SC.key: SC}


def test_only_what_changed_of_an_item_is_written(store: Store) -> None:
    """Many items at once, each with its own columns."""
    store.items(FULL, SC)
    after = [replace(FULL, state="rejected", error=None, comment=None), replace(SC, version=2, title="New")]
    store.ask("save_items", {FULL.key: FULL, SC.key: SC}, after)
    assert store.ask("items", {FULL.key, SC.key}) == {item.key: item for item in after}


def test_creating_an_item_twice_is_a_conflict_and_writes_nothing(store: Store) -> None:
    """The whole transaction may run again."""
    store.items(VENDOR)
    with pytest.raises(Conflict):
        store.items(SC, replace(VENDOR, title="Another"))
    assert store.ask("items", {VENDOR.key, SC.key}) == {VENDOR.key: VENDOR}


def test_an_outcome_is_remembered_once(store: Store) -> None:
    """A second one for the same command is a conflict."""
    row = {"key": "k", "content": "c", "outcome": "{}", "at": NOW}
    store.ask("remember", [row])
    assert store.ask("outcomes", {"k", "other"}) == {"k": ("c", "{}")}
    with pytest.raises(Conflict):
        store.ask("remember", [row])


def test_a_history_takes_each_number_once(store: Store) -> None:
    """It is append-only."""
    store.ask("record", [Entry(SC.key, 1, '{"a":1}', "h1"), Entry(SC.key, 2, '{"a":2}', "h2")], [])
    with pytest.raises(Conflict):
        store.ask("record", [Entry(SC.key, 2, '{"a":3}', "h3")], [])
    found = store.books.select("SELECT sequence, entry, hash FROM history ORDER BY sequence")
    assert [tuple(row.values()) for row in found] == [(1, '{"a":1}', "h1"), (2, '{"a":2}', "h2")]


def published(number: int, **more: Any) -> Publication:
    """An event."""
    values: dict[str, Any] = {"routing_key": f"item.{number}", "subject": SC.key, "body": f'{{"n":{number}}}'}
    return Publication(type="t", company="acme", at=NOW, id=f"e-{number}", **(values | more))


def test_the_outbox_has_events_and_replies_in_their_order(store: Store) -> None:
    """A reply carries its body; an event's is in the log."""
    store.ask(
        "record",
        [],
        [
            published(1),
            published(2, reply_to="gateway", correlation_id="c"),
            published(3, routing_key=None, reply_to="q"),
        ],
    )
    with store.database.read() as connection:
        found = outbox.pending(connection, 10, (0, 64))
    assert [(each.exchange, each.routing_key, each.body, each.correlation_id) for _, each in found] == [
        ("countersign.events", "item.1", b'{"n":1}', None),
        ("countersign.events", "item.2", b'{"n":2}', None),
        ("", "gateway", b'{"n":2}', "c"),
        ("", "q", b'{"n":3}', None),
    ]  # fmt: skip
    with store.database.write() as connection:
        outbox.published(connection, [number for number, _ in found[:3]])
        assert outbox.waiting(connection) == 1
    assert [row["type"] for row in store.books.select("SELECT type FROM event_log")] == ["t", "t"]


@pytest.mark.parametrize("subject", ["a\x00b", "\ud800", "x" * 20_000], ids=["NUL", "surrogate", "long"])
def test_an_event_about_anything_is_kept(store: Store, subject: str) -> None:
    """Even where nobody can look it up by its subject."""
    store.ask("record", [], [published(1, subject=subject)])
    assert store.books.select("SELECT subject FROM event_log") == [{"subject": None}]


def test_a_claim_is_for_one_item_until_it_is_freed(store: Store) -> None:
    """Another's is a conflict; one's own again is none."""
    store.save(Claim(VENDOR, "code/company/vendor_id", "BAY"), Claim(VENDOR, "erp_id/company", "4711"))
    store.save(Claim(VENDOR, "code/company/vendor_id", "BAY"))
    wanted = {("acme", "code/company/vendor_id", "BAY"), ("rival", "code/company/vendor_id", "BAY")}
    assert store.ask("claimed", wanted) == {("acme", "code/company/vendor_id", "BAY"): VENDOR.key}
    with pytest.raises(Conflict):
        store.save(Claim(OTHER, "code/company/vendor_id", "BAY"))
    store.save(Free(VENDOR, "code/"))
    store.save(Claim(OTHER, "code/company/vendor_id", "BAY"))
    found = store.books.select("SELECT scope, item FROM claims ORDER BY scope")
    assert [tuple(row.values()) for row in found] == [
        ("code/company/vendor_id", OTHER.key),
        ("erp_id/company", VENDOR.key),
    ]


def test_a_code_can_change_hands_within_one_batch(store: Store) -> None:
    """Freed by one, taken by the other, and given back and taken again."""
    store.save(Claim(VENDOR, "code/x", "A"))
    store.save(Free(VENDOR, "code/"), Claim(OTHER, "code/x", "A"), Claim(VENDOR, "code/x", "B"))
    store.save(
        Free(OTHER, "code/"), Claim(OTHER, "code/x", "C"), Free(OTHER, "code/"), Claim(OTHER, "code/x", "D")
    )
    found = store.books.select("SELECT value, item FROM claims ORDER BY value")
    assert [tuple(row.values()) for row in found] == [("B", VENDOR.key), ("D", OTHER.key)]


@pytest.mark.parametrize(
    ("need", "met"),
    [(VENDOR.key, VENDOR.key), (CODE, CODE), (CODE, STANDARD), ("acme/P-17/budget:", "acme/P-17/budget:")],
)
def test_whoever_waits_for_what_is_met_is_to_be_released(store: Store, need: str, met: str) -> None:
    """By item, by the project's code, by the standard list's, by budget."""
    store.items(SC)
    store.save(Wait(SC, (need, "acme/project/P-17")))
    assert store.ask("to_release", 10) == []
    store.save(Meet(VENDOR, (met,)))
    assert store.ask("to_release", 10) == [SC.key]
    store.save(Wait(SC, ("acme/project/P-17",)))
    assert store.ask("to_release", 10) == []
    assert store.books.select("SELECT * FROM releases") == []


def test_a_wait_of_the_same_batch_is_met_too(store: Store) -> None:
    """Whatever else the batch met before."""
    store.save(Meet(OTHER, (OTHER.key,)), Wait(SC, (VENDOR.key,)), Meet(VENDOR, (VENDOR.key,)))
    assert store.ask("to_release", 10) == [SC.key]


def test_what_is_not_met_any_more_releases_nobody(store: Store) -> None:
    """The rest does."""
    store.save(Wait(SC, (VENDOR.key, CODE)), Meet(VENDOR, (VENDOR.key, CODE)))
    store.ask("keep_waiting", {VENDOR.key})
    assert store.books.select("SELECT need FROM releases") == [{"need": CODE}]


def test_codes_stay_met_and_everything_else_goes_with_its_item(store: Store) -> None:
    """A code that the ERP has is never taken back."""
    store.save(Meet(VENDOR, (VENDOR.key, CODE, "acme/P-17/budget:")))
    assert store.ask("met", {CODE, STANDARD, "acme/P-17/budget:"}) == {CODE, "acme/P-17/budget:"}
    store.save(Unmeet(VENDOR))
    assert store.ask("met", {CODE, "acme/P-17/budget:"}) == {CODE}


@pytest.mark.parametrize("state", ["draft", "accepted", "synced", "failed"])
def test_dependents_are_accepted_and_synced_items_that_refer_to_it(store: Store, state: str) -> None:
    """The newest reference counts."""
    store.items(replace(SC, state=state))
    store.save(Refer(SC, (OTHER.key,)), Refer(replace(SC, version=2), (VENDOR.key,)))
    expected = {VENDOR.key: [SC.key]} if state in ("accepted", "synced") else {}
    assert store.ask("dependents", {VENDOR.key, OTHER.key}) == expected


def test_of_many_dependents_enough_are_found(store: Store) -> None:
    """Those that the same transaction may free are not counted."""
    many = [replace(SC, id=f"SC-{number:03}", state="accepted") for number in range(200)]
    store.items(*many)
    store.save(*[Refer(each, (VENDOR.key,)) for each in many])
    assert store.ask("dependents", {VENDOR.key}) == {VENDOR.key: [each.key for each in many[:50]]}
    with store.database.write() as connection:
        ledger = StoreLedger(connection, store.books.rules.delays)
        ledger.items({each.key for each in many[:60]})
        assert ledger.dependents({VENDOR.key}) == {VENDOR.key: [each.key for each in many[:110]]}


def test_people_and_companies_are_found_by_exactly_their_names(store: Store) -> None:
    """Not the deactivated, not another company's, not what cannot be stored."""
    pairs = {
        ("acme", PAT),
        ("acme", GONE),
        ("acme", RIVAL),
        ("rival", RIVAL),
        ("acme", "a\x00"),
        ("acme", "\ud800"),
    }
    assert set(store.ask("people", pairs)) == {("acme", PAT), ("rival", RIVAL)}
    assert set(store.ask("companies", {"acme", "none"})) == {"acme"}
    assert store.ask("claimed", {("acme", "code/x", "\x00"), ("acme", "code/x", "\ud800")}) == {}
