"""One outcome for each command however often it comes, and what every event says."""

import json

import pytest

from engine.messages import Message
from engine.testing import command
from tests.books import Books, code
from tests.builders import (
    ITEM_TYPES,
    PAM,
    PAT,
    SANDBOX,
    accept,
    draft,
    key_of,
    reject,
    report,
    report_unlink,
    send,
)
from tests.journeys import bring, do, synced

KEY = key_of("company")
EVENT_FIELDS = {"item", "previous_state", "actor", "cause"}
ITEM_FIELDS = {"key", "type", "title", "project", "state", "version", "editable"}


def test_a_repeat_has_no_effect_and_gets_the_stored_outcome_at_its_own_address(books: Books) -> None:
    """The same event, not published again."""
    first = send(KEY, id_="s-1", reply_to="gateway.1", correlation_id="one")
    again = send(KEY, id_="s-1", reply_to="gateway.2", correlation_id="two")
    do(books, first, command("retrieve", KEY, PAM))
    published = len(books.bodies())
    books.handle(again, send(KEY, id_="s-1"))
    one, two = books.replies()
    assert (one["routing_key"], one["correlation_id"]) == ("gateway.1", "one")
    assert (two["routing_key"], two["correlation_id"]) == ("gateway.2", "two")
    assert one["body"] == two["body"]
    assert (books.state(KEY), books.item(KEY).version, len(books.bodies())) == ("draft", 1, published)


def test_a_repeat_within_one_batch_is_a_repeat(books: Books) -> None:
    """Also of a refused command."""
    good, bad = send(KEY, id_="s-1", reply_to="q"), accept("acme/company/none", id_="a-1", reply_to="q")
    books.handle(good, bad, good, bad, good)
    ids = [json.loads(row["body"])["id"] for row in books.replies()]
    assert (len(ids), len(set(ids))) == (5, 2)
    assert books.item(KEY).version == 1
    assert len(books.select("SELECT * FROM inbox")) == 2


def test_time_and_other_attributes_are_no_content(books: Books) -> None:
    """Type, subject, actor and data are."""
    first = send(KEY, id_="s-1")
    envelope = json.loads(first.body) | {"time": "2030-01-01T00:00:00Z", "traceparent": "00-1"}
    do(books, first)
    books.handle(Message(json.dumps(envelope, indent=1).encode()))
    assert len(books.select("SELECT * FROM inbox")) == 1


def test_the_same_id_with_other_content_is_refused_and_not_stored(books: Books) -> None:
    """The first command keeps its outcome."""
    do(books, send(KEY, id_="s-1"))
    assert books.one(send(KEY, id_="s-1", title="Another")) == "reused_id"
    books.handle(send(KEY, id_="s-1", reply_to="gateway"))
    assert json.loads(books.replies()[0]["body"])["type"] == "countersign.command.applied.v1"
    assert books.one(send(key_of("company", "V-2"), id_="s-1", source="/other")) == "applied"


def test_an_untrusted_command_is_not_stored(books: Books) -> None:
    """Once its source is trusted, it is applied."""
    books.source("/desk", "upstream", "send")
    message = send(KEY, id_="s-1", source="/desk", user_id="mallory")
    assert books.one(message) == "untrusted_source"
    assert books.one(send(KEY, id_="s-1", source="/desk", user_id="upstream")) == "applied"


@pytest.mark.parametrize(
    "reply_to", ["countersign.commands", "countersign.dead-letters", "", None, "x" * 256, "a\x00", "\ud800"]
)
def test_an_address_that_cannot_be_answered_is_ignored(books: Books, reply_to: str | None) -> None:
    """The outcome is published all the same."""
    do(books, send(KEY, reply_to=reply_to, correlation_id="c"))
    assert books.replies() == []


def test_a_dry_run_tells_the_outcome_and_changes_nothing(books: Books) -> None:
    """The real command comes with an id of its own."""
    outcome = books.run(send(KEY, dry_run=True))[0]
    assert (code(outcome), outcome["data"]["state"]) == ("applied", "ready_to_export")
    assert books.select("SELECT * FROM items") == []
    assert books.select("SELECT * FROM claims") == []
    assert books.events(KEY) == []
    assert books.one(send(KEY, dry_run=True, payload={"name": 5})) == "invalid_payload"
    do(books, send(KEY))


def test_every_event_of_a_whole_life_has_the_fields_that_the_contract_names(books: Books) -> None:
    """And its sequence is the history's."""
    synced(books, "project", "cost_codes")
    sc = key_of("commitment")
    do(
        books,
        draft(KEY),
        send(sc),
        send(KEY),
        accept(KEY),
        report(KEY, version=2),
        reject(sc, comment="no"),
        send(sc),
    )
    do(
        books,
        accept(sc),
        report(sc, "failed", version=2),
        command("replay", sc, "boss@acme.test"),
        report(sc, attempt=2, version=2),
    )
    do(
        books,
        command("unlink", sc, PAT),
        report_unlink(sc),
        command("archive", sc, PAM),
        command("restore", sc, PAM),
    )
    for key in (KEY, sc):
        events = [body for body in books.about(key) if ".item." in body["type"]]
        assert [body["sequence"] for body in events] == list(range(1, len(events) + 1))
        history = books.history(key)
        assert [body["type"].split(".")[2] for body in events] == [entry["event"] for entry in history]
        for body, entry in zip(events, history, strict=True):
            data = body["data"]
            assert (body["source"], body["specversion"], body["time"]) == ("/countersign", "1.0", entry["at"])
            assert data.keys() >= EVENT_FIELDS
            assert data["item"].keys() == ITEM_FIELDS
            assert data["cause"].keys() == {"source", "id"}
            assert (data["previous_state"] or "new", data["item"]["state"]) == (entry["from"], entry["state"])
            assert data["item"]["editable"] == (entry["state"] in ("draft", "rejected"))
    details = {body["type"].split(".")[2]: body["data"] for body in books.about(sc)}
    assert details["waiting"]["waiting_on"] == [KEY]
    assert details["rejected"]["comment"] == "no"
    assert details["accepted"]["export"] == f"{sc}@2"
    assert details["synced"]["erp_id"] == f"ERP-{sc}"
    assert details["failed"]["error"]["class"] == "validation"
    assert details["unlinking"]["actor"] == PAT
    assert details["unlinked"]["actor"] == SANDBOX


@pytest.mark.parametrize("item_type", ITEM_TYPES)
def test_an_export_request_has_what_a_connector_needs(books: Books, item_type: str) -> None:
    """In every item type."""
    key = bring(books, item_type, "accepted")
    (event,) = books.about(f"{key}@1", "export.requested")
    data = event["data"]
    assert data.keys() >= {
        "export", "attempt", "mode", "earlier_exports", "lease_until",
        "payload", "fields", "references", "integration",
    }  # fmt: skip
    assert (data["export"], data["attempt"], data["mode"]) == (f"{key}@1", 1, "send")
    assert data["lease_until"] > books.clock.text
    (row,) = books.select("SELECT routing_key, mandatory FROM outbox WHERE message_id = :id", id=event["id"])
    assert (row["routing_key"], bool(row["mandatory"])) == ("export.sandbox.requested.acme", True)


def test_a_tax_id_never_leaves_in_an_event(books: Books) -> None:
    """Not in the request, not in the history."""
    do(books, send(KEY), accept(KEY), report(KEY))
    assert "94-1234567" not in json.dumps(books.bodies())
    assert "94-1234567" not in json.dumps(books.history(KEY))
    assert books.item(KEY).payload["tax_id"] == "94-1234567"
