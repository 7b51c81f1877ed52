"""One suite for both databases: exports, their attempts, dead letters, and the state of integrations."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.changes import Breaker, OpenDeadLetter, PutAttempt, PutExport, ResolveDeadLetter
from engine.facts import Export
from engine.messages import Message
from tests.builders import PAT
from tests.conformance.stores import NOW, SC, VENDOR, Store


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """The store on each kind of database."""
    store = Store(request.getfixturevalue(request.param))
    yield store
    store.books.close()


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
    store.save(letter)
    (kept,) = store.books.letters()
    assert (bytes(kept["original"]), kept["size"]) == (body[: 1024 * 1024], len(body))
    assert kept["sha256"] == hashlib.sha256(body).hexdigest()


JUNK = Message(b"junk", message_id="m-1", headers={"x-delivery-count": 0, "cloudEvents:id": "1"})


def junk(
    message: Message = JUNK, queue: str = "countersign.commands", reason: str = "malformed"
) -> OpenDeadLetter:
    """A message that nobody can read."""
    return OpenDeadLetter("message", reason, "malformed", "junk", original=message, queue=queue)


def test_a_message_that_is_delivered_again_is_one_dead_letter(store: Store) -> None:
    """Whoever was killed between its commit and its acknowledgement tells it twice, and nobody hears it twice."""
    assert [name for name, _ in store.save(junk(), junk())] == ["added"]
    redelivered = replace(JUNK, headers={**JUNK.headers, "x-delivery-count": 1})
    assert store.save(junk(redelivered)) == []
    assert store.save(junk(redelivered, reason="poison")) == []
    store.books.execute("UPDATE dead_letters SET resolved_at = :now", now=NOW)
    assert [name for name, _ in store.save(junk())] == ["added"]


def test_messages_that_differ_in_anything_are_dead_letters_of_their_own(store: Store) -> None:
    """Nothing is dropped: a command may be in the headers alone."""
    others = [
        junk(replace(JUNK, body=b"other")),
        junk(replace(JUNK, message_id="m-2")),
        junk(replace(JUNK, headers={"cloudEvents:id": "2"})),
        junk(queue="countersign.notifications"),
    ]
    assert len(store.save(junk(), *others)) == 5


def test_words_of_a_dead_letter_that_no_database_takes_are_made_readable(store: Store) -> None:
    """Whatever a foreign program says of itself."""
    odd = replace(junk(queue="q\x00\ud800"), reason="a\x00b\ud800", code="c\x00")
    assert len(store.save(odd)) == 1
    (kept,) = store.books.letters()
    assert (kept["reason"], kept["queue"], kept["code"]) == ("a\ufffdb\ufffd", "q\ufffd\ufffd", "c\ufffd")


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
