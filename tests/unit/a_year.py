"""Everything that can happen to items, once: each command, each event, each item type."""

from __future__ import annotations

from engine.messages import Message
from engine.testing import command
from tests import builders as b
from tests.books import Books

_UNREACHED = {"class": "unavailable", "message": "the ERP does not answer"}
_UNREADABLE = Message(b"what is this?", reply_to="answers", correlation_id="7")


def live(books: Books) -> None:
    """Let it all happen."""
    _send_before_the_rest(books)
    _sync_all(books)
    _change_minds(books)
    _fail_and_go_on(books)
    _unlink(books)
    books.run(
        b.send("acme/project/P-99", actor=b.VIEWER, reply_to="answers"),
        b.accept("acme/commitment/SC-1001"),
        b.send("acme/project/P-99", payload={"name": 7}),
        command("dance", "acme/project/P-17", b.PAM),
        command("send", "acme", b.PAM),
    )
    books.handle(_UNREADABLE)


def _send_before_the_rest(books: Books) -> None:
    """An invoice first: it waits, and each change of what it waits for is told."""
    for item_type in reversed(b.ITEM_TYPES):
        books.run(b.draft(b.key_of(item_type)), b.send(b.key_of(item_type)))


def _sync_all(books: Books) -> None:
    for item_type in b.ITEM_TYPES:
        key = b.key_of(item_type)
        fields = {"job_id": "26-017.00"} if item_type == "project" else {}
        books.run(b.accept(key, fields=fields), b.report(key, version=2, posting=_posting(item_type)))
    books.run(command("confirm_posting", b.key_of("budget"), b.PAT, comment="seen in the ledger"))
    grown = b.payload_of("cost_codes")
    grown["codes"].append({"code": "31-200", "description": "Earthwork", "categories": ["S"]})
    books.run(b.send(b.key_of("cost_codes"), payload=grown))
    books.run(b.accept(b.key_of("cost_codes")))


def _posting(item_type: str) -> str | None:
    return "manual" if item_type == "budget" else None


def _change_minds(books: Books) -> None:
    key = "acme/company/V-2"
    books.run(b.send(key), command("retrieve", key, b.PAM), command("archive", key, b.PAM))
    books.run(command("restore", key, b.PAM), b.send(key), b.reject(key, comment="known as V-9"))
    books.run(command("link", key, b.BOSS, erp_id="4711"))
    books.run(b.report(key, version=2, erp_id="4711"))


def _fail_and_go_on(books: Books) -> None:
    key = "acme/company/V-3"
    books.run(b.send(key), b.accept(key), b.report(key, "failed"), command("replay", key, b.BOSS))
    books.run(b.report(key, "failed", attempt=2, error=_UNREACHED))
    late = "acme/company/V-4"
    books.run(b.send(late), b.accept(late), b.report(late, "in_doubt"))


def _unlink(books: Books) -> None:
    key = b.key_of("owner_invoice")
    for outcome in ("still_there", "gone"):
        books.run(command("unlink", key, b.PAT), b.report_unlink(key, outcome))
