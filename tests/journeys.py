"""The way of an item of each type into each of its states."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.messages import Message
from engine.testing import command
from tests.books import Books, code
from tests.builders import BOSS, PAM, PAT, accept, draft, key_of, reject, report, send

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "project": (),
    "sub_job": ("project",),
    "company": (),
    "cost_codes": ("project",),
    "budget": ("project", "cost_codes"),
    "commitment": ("project", "company", "cost_codes"),
    "commitment_change_order": ("project", "company", "cost_codes", "commitment"),
    "prime_contract_change_order": ("project", "cost_codes"),
    "subcontractor_invoice": ("project", "company", "cost_codes", "commitment"),
    "owner_invoice": ("project",),
}
JOB_FIELDS: Final = {"job_id": "26-017.00"}


def ready_state(item_type: str) -> str:
    """Where an item of the type waits for its approver."""
    return "ready_to_update" if item_type == "cost_codes" else "ready_to_export"


def fields_for(item_type: str) -> dict[str, Any]:
    """What the profile asks of the approver."""
    return {"fields": JOB_FIELDS} if item_type == "project" else {}


def accepted(key: str) -> Message:
    """An accept with the fields that the type's profile asks for."""
    return accept(key, **fields_for(key.split("/")[1]))


def synced(books: Books, *item_types: str) -> None:
    """Bring items of these types into the ERP, each with what it needs; at once if the books are new."""
    if books.image != "founded":
        _sync(books, item_types)
    elif not books.opened(name := " ".join(("founded", *item_types))):
        _sync(books, item_types)
        books.keep(name)


def _sync(books: Books, item_types: tuple[str, ...]) -> None:
    for item_type in item_types:
        _sync(books, NEEDS[item_type])
        key = key_of(item_type)
        if not books.select("SELECT key FROM items WHERE key = :key", key=key):
            do(books, send(key), accepted(key), report(key))


def do(books: Books, *messages: Message) -> None:
    """One after the other, all applied."""
    for message in messages:
        outcome = books.run(message)[0]
        assert code(outcome) == "applied", outcome["data"]


_WAYS: Final[Mapping[str, Callable[[str], tuple[Message, ...]]]] = {
    "new": lambda key: (),
    "draft": lambda key: (draft(key),),
    "sent": lambda key: (send(key),),
    "ready": lambda key: (send(key),),
    "accepted": lambda key: (send(key), accepted(key)),
    "rejected": lambda key: (send(key), reject(key)),
    "synced": lambda key: (send(key), accepted(key), report(key)),
    "failed": lambda key: (send(key), accepted(key), report(key, "failed")),
    "awaiting_posting": lambda key: (send(key), accepted(key), report(key, posting="manual")),
    "unlinking": lambda key: (send(key), accepted(key), report(key), command("unlink", key, PAT)),
    "archived": lambda key: (draft(key), command("archive", key, PAM)),
}


def states_of(item_type: str) -> tuple[str, ...]:
    """Every state that an item of the type can stand in, by the names of this file."""
    without = {"unlinking"} if item_type in ("project", "sub_job", "cost_codes", "budget") else set()
    without |= set() if item_type == "budget" else {"awaiting_posting"}
    without |= set() if NEEDS[item_type] else {"sent"}
    return tuple(state for state in _WAYS if state not in without)


def bring(books: Books, item_type: str, state: str) -> str:
    """Bring the type's item into a state, with everything around it in the ERP unless it is to wait."""
    if state != "sent":
        synced(books, *NEEDS[item_type])
    key = key_of(item_type)
    do(books, *_WAYS[state](key))
    return key


COMMANDS: Final[Mapping[str, Callable[[str], Message]]] = {
    "draft": draft,
    "send": send,
    "retrieve": lambda key: command("retrieve", key, PAM),
    "archive": lambda key: command("archive", key, PAM),
    "restore": lambda key: command("restore", key, PAM),
    "accept": accepted,
    "reject": lambda key: reject(key, comment="wrong cost code"),
    "unlink": lambda key: command("unlink", key, PAT),
    "link": lambda key: command("link", key, BOSS, erp_id="VEND-7"),
    "replay": lambda key: command("replay", key, BOSS),
    "confirm_posting": lambda key: command("confirm_posting", key, PAT, comment="seen in the ledger"),
}
