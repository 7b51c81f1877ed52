"""One suite for both databases: what the service is promised by its ledger."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.changes import (
    Breaker,
    Change,
    Claim,
    Free,
    Meet,
    OpenDeadLetter,
    PutAttempt,
    PutExport,
    Refer,
    ResolveDeadLetter,
    Unmeet,
    Wait,
)  # fmt: skip
from engine.errors import Conflict
from engine.facts import Export, Item
from engine.ledger import Entry, Publication
from engine.messages import Message
from engine.store import outbox
from engine.store.database import Database
from engine.store.ledger import StoreLedger
from tests.books import Books
from tests.builders import GONE, PAT, RIVAL

NOW = "2026-11-21T09:30:00.000000Z"
VENDOR = Item(
    "acme",
    "company",
    "V-9",
    state="sent",
    version=1,
    payload={"name": "Bayline"},
    created_at=NOW,
    updated_at=NOW,
)
OTHER = replace(VENDOR, id="V-1")
SC = Item("acme", "commitment", "SC-1", state="sent", version=1, created_at=NOW, updated_at=NOW)
CODE = "acme/P-17/cost_code:03-300/S"
STANDARD = "acme/*/cost_code:03-300/S"


class Store:
    """A database with one ledger for each transaction."""

    def __init__(self, url: str) -> None:
        self.books = Books(url)
        self.database: Database = self.books.database

    def save(self, *changes: Change) -> list[tuple[str, Any]]:
        """Write changes in one transaction."""
        with self.database.write() as connection:
            return StoreLedger(connection, self.books.rules.delays).save(changes, NOW)

    def items(self, *items: Item) -> None:
        """Create items."""
        with self.database.write() as connection:
            StoreLedger(connection, self.books.rules.delays).save_items({}, items)

    def ask(self, name: str, *arguments: Any) -> Any:
        """Ask the ledger in a transaction of its own."""
        with self.database.write() as connection:
            return getattr(StoreLedger(connection, self.books.rules.delays), name)(*arguments)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The store on each kind of database."""
    store = Store(request.getfixturevalue(request.param))
    yield store
    store.books.close()


FULL = replace(
    VENDOR, state="failed", sequence=7, head="ab" * 32, project="P-17", title='Bayline "Ümläut" 🏗️', fields={"vendor_id": "B"},
    waiting_on=("acme/project/P-17",), synced_version=1, synced_payload={"codes": []}, erp_id="4711", erp_lines={"1": "a"},
    created_by="a", sent_by="b", accepted_by="c", comment="line\nbreak", error={"class": "partial", "message": "\x00\ud800"},
    url="https://a.test", attachments=({"name": "a", "url": "https://a.test"},),
)  # fmt: skip


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
    [(VENDOR.key, VENDOR.key), (CODE, CODE), (CODE, STANDARD), ("acme/P-17/budget", "acme/P-17/budget")],
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
    store.save(Meet(VENDOR, (VENDOR.key, CODE, "acme/P-17/budget")))
    assert store.ask("met", {CODE, STANDARD, "acme/P-17/budget"}) == {CODE, "acme/P-17/budget"}
    store.save(Unmeet(VENDOR))
    assert store.ask("met", {CODE, "acme/P-17/budget"}) == {CODE}


@pytest.mark.parametrize("state", ["draft", "accepted", "synced", "failed"])
def test_dependents_are_accepted_and_synced_items_that_refer_to_it(store: Store, state: str) -> None:
    """The newest reference counts."""
    store.items(replace(SC, state=state))
    store.save(Refer(SC, (OTHER.key,)), Refer(replace(SC, version=2), (VENDOR.key,)))
    expected = {VENDOR.key: [SC.key]} if state in ("accepted", "synced") else {}
    assert store.ask("dependents", {VENDOR.key, OTHER.key}) == expected


EXPORT = Export(
    f"{SC.key}@1", SC.key, "acme", "sandbox", 1, "requested", 1, "send", NOW, request={"references": {}}
)


def test_an_export_is_replaced_by_its_newest(store: Store) -> None:
    """The last one of a batch counts."""
    last = replace(
        EXPORT,
        status="failed",
        attempt=3,
        error={"class": "bug", "message": "\ud800"},
        holds=True,
        erp_id="7",
    )
    store.save(PutExport(EXPORT, SC))
    store.save(PutExport(replace(EXPORT, attempt=2), SC), PutExport(last, SC))
    assert store.ask("exports", {SC.key, VENDOR.key}) == {SC.key: [last]}


def test_an_attempt_keeps_its_end(store: Store) -> None:
    """Told twice, it is one."""
    store.save(PutAttempt(EXPORT.key, 1, "send", "in_doubt"), PutAttempt(EXPORT.key, 2, "lookup", "absent"))
    store.save(PutAttempt(EXPORT.key, 1, "send", "failed", {"class": "bug"}))
    found = store.books.select("SELECT attempt, status FROM attempts ORDER BY attempt")
    assert [tuple(row.values()) for row in found] == [(1, "failed"), (2, "absent")]


LETTER = OpenDeadLetter(
    "export", "failed", "validation", "no\x00\ud800", item=SC, export=EXPORT.key, connector="sandbox"
)


def test_an_export_has_one_open_dead_letter(store: Store) -> None:
    """Until it is resolved; then there may be another."""
    assert [name for name, _ in store.save(LETTER, LETTER)] == ["added"]
    assert store.save(LETTER) == []
    found = store.save(
        ResolveDeadLetter(EXPORT.key, "accepted", PAT), LETTER, ResolveDeadLetter("none@1", "x", PAT)
    )
    assert [name for name, _ in found] == ["resolved", "added"]
    assert len(store.books.letters()) == len(store.books.letters(resolved=True)) == 1


def test_a_messages_dead_letter_keeps_its_bytes(store: Store) -> None:
    """Of a large one the head, its size and its hash."""
    body = b"\x00\xff" * 600_000
    message = Message(body, headers={"a\x00": "\ud800"}, reply_to="q\x00")
    letter = OpenDeadLetter("message", "malformed", "malformed", "junk", original=message)
    store.save(letter, letter)
    first, second = store.books.letters()
    assert (bytes(first["original"]), first["size"]) == (body[: 1024 * 1024], len(body))
    assert first["sha256"] == second["sha256"]


def integration(store: Store) -> tuple[str, int]:
    """State and failures in a row."""
    (row,) = store.books.select("SELECT state, failures FROM integrations WHERE company = 'acme'")
    return row["state"], row["failures"]


FAILED, OK = Breaker("acme", "failed", "down"), Breaker("acme", "ok")


def test_a_breaker_opens_after_failures_in_a_row_and_closes_with_a_success(store: Store) -> None:
    """Only those after the last success count."""
    store.save(*[FAILED] * 4)
    assert integration(store) == ("running", 4)
    store.save(OK, FAILED)
    assert integration(store) == ("running", 1)
    store.save(FAILED, FAILED)
    store.save(FAILED, FAILED)
    assert integration(store) == ("open", 5)
    store.save(PutExport(replace(EXPORT, status="retrying", due_at="2030"), SC))
    store.save(OK)
    assert integration(store) == ("running", 0)
    assert store.books.export(EXPORT.key).due_at == NOW


def test_a_refused_log_in_stops_the_integration_until_somebody_resumes_it(store: Store) -> None:
    """A success of what was under way does not start it again."""
    store.save(Breaker("acme", "auth", "locked\x00"), OK)
    assert integration(store)[0] == "stopped"
    store.save(OK, *[FAILED] * 9)
    assert integration(store)[0] == "stopped"


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
