"""Every command in every state, for all ten item types: what happens, and what is refused."""

from collections.abc import Mapping
from typing import Final

import pytest

from engine.testing import command
from tests.books import Books, code
from tests.builders import ITEM_TYPES, PAM, draft, key_of, payload_of, reject, report, report_unlink, send
from tests.journeys import COMMANDS, bring, do, ready_state, states_of

UNLINKABLE: Final = ITEM_TYPES[2:3] + ITEM_TYPES[5:]
RESENDABLE: Final = ("cost_codes", "budget")

# (command, state) to the state after it and the item events in order; "ready" stands for the type's own.
TABLE: Final[Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]] = {
    ("draft", "new"): ("draft", ("drafted",)),
    ("draft", "draft"): ("draft", ("drafted",)),
    ("draft", "rejected"): ("rejected", ("drafted",)),
    ("send", "new"): ("ready", ("sent", "ready")),
    ("send", "draft"): ("ready", ("sent", "ready")),
    ("send", "rejected"): ("ready", ("sent", "ready")),
    ("retrieve", "sent"): ("draft", ("retrieved",)),
    ("retrieve", "ready"): ("draft", ("retrieved",)),
    ("accept", "ready"): ("accepted", ("accepted",)),
    ("accept", "failed"): ("accepted", ("accepted",)),
    ("reject", "ready"): ("rejected", ("rejected",)),
    ("reject", "failed"): ("rejected", ("rejected",)),
    ("replay", "failed"): ("accepted", ("replayed",)),
    ("archive", "draft"): ("archived", ("archived",)),
    ("archive", "rejected"): ("archived", ("archived",)),
    ("restore", "archived"): ("draft", ("restored",)),
}
_UNLINK: Final = {("unlink", "synced"): ("unlinking", ("unlinking",))}
_RESEND: Final = {("send", "synced"): ("ready", ("sent", "ready"))}
_LINK: Final = {
    ("link", state): ("accepted", ("linked",)) for state in ("draft", "sent", "ready", "failed", "rejected")
}
_POST: Final = {("confirm_posting", "awaiting_posting"): ("synced", ("posted",))}


def expected(item_type: str) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    """The rows of one item type."""
    more = dict(TABLE)
    more |= _UNLINK if item_type in UNLINKABLE else {}
    more |= _RESEND if item_type in RESENDABLE else {}
    more |= _LINK if item_type == "company" else {}
    more |= _POST if item_type == "budget" else {}
    return more


CASES: Final = [(item_type, state) for item_type in ITEM_TYPES for state in states_of(item_type)]


@pytest.mark.parametrize(("item_type", "state"), CASES)
def test_a_state_takes_exactly_its_commands(books: Books, item_type: str, state: str) -> None:
    """Rows move the item and publish their events; every other command is refused and changes nothing."""
    key = bring(books, item_type, state)
    rows = expected(item_type)
    for name in COMMANDS:
        if (name, state) not in rows:
            before = books.select("SELECT * FROM items WHERE key = :key", key=key)
            found = books.one(COMMANDS[name](key))
            assert (name, found) == (name, "unknown_item" if state == "new" else "wrong_state")
            assert books.select("SELECT * FROM items WHERE key = :key", key=key) == before


ROWS: Final = [
    (item_type, name, state) for item_type in ITEM_TYPES for name, state in expected(item_type)
    if state in states_of(item_type)
]  # fmt: skip


@pytest.mark.parametrize(("item_type", "name", "state"), ROWS)
def test_a_row_leads_to_its_state_with_its_events(
    books: Books, item_type: str, name: str, state: str
) -> None:
    """The outcome, the item, its events and its history all say the same."""
    key = bring(books, item_type, state)
    seen = len(books.events(key))
    target, events = expected(item_type)[name, state]
    outcome = books.run(COMMANDS[name](key))[0]
    ready = ready_state(item_type)
    target, events = target.replace("ready", ready), tuple(event.replace("ready", ready) for event in events)
    assert (code(outcome), outcome["data"]["state"], books.state(key)) == ("applied", target, target)
    assert tuple(books.events(key)[seen:]) == events
    assert tuple(entry["event"] for entry in books.history(key)[seen:]) == events


def test_versions_rise_with_drafts_and_later_sends_and_nothing_else(books: Books) -> None:
    """1 when it is created, whichever command creates it."""
    key = key_of("company")
    versions = []
    steps = [
        draft(key),
        send(key),
        reject(key),
        draft(key),
        send(key),
        command("retrieve", key, PAM),
        send(key),
    ]
    for message in [
        *steps,
        COMMANDS["accept"](key),
        report(key, "failed", version=5),
        COMMANDS["replay"](key),
    ]:
        do(books, message)
        versions.append(books.item(key).version)
    assert versions == [1, 2, 2, 3, 4, 4, 5, 5, 5, 5]


def test_a_first_send_is_version_one(books: Books) -> None:
    """It creates the item without a drafted event."""
    do(books, send(key_of("company")))
    assert books.item(key_of("company")).version == 1
    assert books.events(key_of("company")) == ["sent", "ready_to_export"]


@pytest.mark.parametrize("item_type", UNLINKABLE)
def test_what_is_gone_from_the_erp_is_a_draft_again(books: Books, item_type: str) -> None:
    """It has no ERP id and no synced version any more, and it can be sent again."""
    key = bring(books, item_type, "unlinking")
    do(books, report_unlink(key))
    item = books.item(key)
    assert (item.state, item.synced_version, item.erp_id, item.erp_lines) == ("draft", None, None, {})
    assert books.events(key)[-2:] == ["unlinking", "unlinked"]
    do(books, send(key, payload=None), COMMANDS["accept"](key), report(key, version=2))
    assert books.state(key) == "synced"


@pytest.mark.parametrize("item_type", UNLINKABLE)
def test_what_is_still_in_the_erp_stays_synced(books: Books, item_type: str) -> None:
    """Its event says that it has to be deleted there first."""
    key = bring(books, item_type, "unlinking")
    do(books, report_unlink(key, "still_there"))
    assert (books.state(key), books.item(key).synced_version) == ("synced", 1)
    assert "delete it there" in books.about(key, "unlink_refused")[0]["data"]["error"]["message"]


def test_a_draft_with_another_payload_is_what_is_sent_later(books: Books) -> None:
    """`send` of a draft needs no payload of its own."""
    key = key_of("company")
    do(books, draft(key, payload=payload_of("company", name="Bayline Concrete & Sons")))
    do(books, send(key, payload=None, title="Bayline"))
    item = books.item(key)
    assert (item.payload["name"], item.title, item.version) == ("Bayline Concrete & Sons", "Bayline", 2)


def test_a_rejected_item_keeps_the_comment(books: Books) -> None:
    """Its sender sees why."""
    key = bring(books, "company", "ready")
    do(books, reject(key, comment="Which Bayline?"))
    assert books.item(key).comment == "Which Bayline?"
    assert books.about(key, "rejected")[0]["data"]["comment"] == "Which Bayline?"


def test_what_the_erp_has_is_never_archived(books: Books) -> None:
    """Also not after it was sent again and rejected."""
    key = bring(books, "cost_codes", "synced")
    do(books, send(key), reject(key))
    assert books.one(command("archive", key, PAM)) == "wrong_state"
    assert books.one(command("archive", key, PAM, version=99)) == "wrong_state"
