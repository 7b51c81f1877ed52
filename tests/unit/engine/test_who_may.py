"""Permissions from the wrong side: every command by everybody who may not give it."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from engine.messages import Message
from engine.testing import command
from tests.books import Books
from tests.builders import (
    BOSS,
    CLERK,
    GONE,
    IT,
    P17_PAT,
    P17_PM,
    PAM,
    PAT,
    READER,
    RIVAL,
    SANDBOX,
    VIEWER,
    accept,
    draft,
    key_of,
    payload_of,
    reject,
    report,
    report_unlink,
    send,
)  # fmt: skip
from tests.journeys import COMMANDS, JOB_FIELDS, bring, do, synced

OPERATOR: Final = "operator:root"
EVERYBODY: Final = (
    PAM, PAT, BOSS, READER, CLERK, IT, P17_PM, P17_PAT, VIEWER, GONE, RIVAL,
    SANDBOX, "connector:sage", "connector:", OPERATOR, "nobody@acme.test",
)  # fmt: skip
UNKNOWN: Final = frozenset((GONE, RIVAL, "connector:", OPERATOR, "nobody@acme.test"))
SENDERS: Final = frozenset((PAM,))
APPROVERS: Final = frozenset((PAT, BOSS))
ERP_ADMINS: Final = frozenset((BOSS, IT))

# Each command on a vendor, which has no project, in a state that takes it.
WHO: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "draft": ("new", SENDERS),
    "send": ("new", SENDERS),
    "retrieve": ("ready", SENDERS),
    "archive": ("draft", SENDERS),
    "restore": ("archived", SENDERS),
    "accept": ("ready", APPROVERS),
    "reject": ("ready", APPROVERS),
    "unlink": ("synced", APPROVERS),
    "link": ("ready", ERP_ADMINS),
    "replay": ("failed", ERP_ADMINS),
    "report_export": ("accepted", frozenset((SANDBOX,))),
    "report_unlink": ("unlinking", frozenset((SANDBOX,))),
}
_MADE: Final[Mapping[str, Callable[[str], Message]]] = {
    **COMMANDS, "report_export": report, "report_unlink": report_unlink
}  # fmt: skip


def by(actor: str, message: Message) -> Message:
    """The same command, given by somebody else under an id of its own."""
    from tests.unit.engine.test_refusals import altered

    return altered(message, actor=actor, id=f"by {actor}")


@pytest.mark.parametrize("name", WHO)
def test_only_those_who_may_are_obeyed(books: Books, name: str) -> None:
    """Everybody else is refused, and whoever is nobody here is unknown."""
    state, allowed = WHO[name]
    key = bring(books, "company", state)
    message = _MADE[name](key)
    refused = [by(actor, message) for actor in EVERYBODY if actor not in allowed]
    codes = [each["data"]["reason"]["code"] for each in books.run(*refused)]
    others = [actor for actor in EVERYBODY if actor not in allowed]
    assert dict(zip(others, codes, strict=True)) == {
        actor: "unknown_actor" if actor in UNKNOWN else "not_allowed" for actor in others
    }
    assert books.one(by(min(allowed), message)) == "applied"


def test_confirming_a_posting_is_for_the_connector_and_approvers(books: Books) -> None:
    """An approver limited to the project is one of them."""
    key = bring(books, "budget", "awaiting_posting")
    allowed = {PAT, BOSS, P17_PAT, SANDBOX}
    message = COMMANDS["confirm_posting"](key)
    for actor in EVERYBODY:
        if actor not in allowed:
            expected = "unknown_actor" if actor in UNKNOWN else "not_allowed"
            assert (actor, books.one(by(actor, message))) == (actor, expected)
    assert books.one(by(P17_PAT, message)) == "applied"


def test_a_limited_approver_decides_its_projects_and_nothing_without_a_project(books: Books) -> None:
    """The project itself counts as its own."""
    vendor, project, other = key_of("company"), key_of("project"), key_of("project", "P-18")
    do(books, send(vendor), send(project), send(other))
    assert books.one(accept(vendor, P17_PAT)) == "not_allowed"
    assert books.one(reject(other, P17_PAT)) == "not_allowed"
    assert books.one(accept(project, P17_PAT, fields=JOB_FIELDS)) == "applied"


def test_a_limited_sender_works_on_its_projects_only(books: Books) -> None:
    """In every command, and cannot move an item to or from another project."""
    synced(books, "project", "company", "cost_codes")
    key = key_of("commitment")
    elsewhere = payload_of("commitment", project="P-18")
    assert books.one(send(key, P17_PM, payload=elsewhere)) == "not_allowed"
    assert books.one(send(key_of("company", "V-1"), P17_PM)) == "not_allowed"
    do(books, draft(key, P17_PM))
    assert books.one(draft(key, P17_PM, payload=elsewhere)) == "not_allowed"
    do(books, send(key, P17_PM, payload=None), command("retrieve", key, P17_PM))
    do(books, command("archive", key, P17_PM), command("restore", key, P17_PM))
    do(books, draft(key, PAM, payload=elsewhere))
    for message in (draft(key, P17_PM), send(key, P17_PM), command("archive", key, P17_PM)):
        assert books.one(message) == "not_allowed"


def test_a_limited_sender_hears_what_is_wrong_with_its_payload(books: Books) -> None:
    """Its project is known in spite of the mistake."""
    wrong = payload_of("commitment", lines="none")
    assert books.one(send(key_of("commitment"), P17_PM, payload=wrong)) == "invalid_payload"


def test_the_level_on_one_tool_is_for_that_tool(books: Books) -> None:
    """What is not named counts as `*` says."""
    mixed = "mixed@acme.test"
    books.person("acme", mixed, tools={"*": "admin", "company": "read_only", "budget": "none"})
    assert books.one(send(key_of("company"), mixed)) == "not_allowed"
    assert books.one(draft(key_of("budget"), mixed)) == "not_allowed"
    assert books.one(send(key_of("project"), mixed)) == "applied"


def test_an_operator_is_trusted_for_what_somebody_with_the_password_vouched_for(books: Books) -> None:
    """And for that command only."""
    key = bring(books, "company", "failed")
    message = command("replay", key, OPERATOR)
    assert books.one(command("replay", key, OPERATOR)) == "unknown_actor"
    books.vouch(message, OPERATOR)
    assert books.one(message) == "applied"
    refused = accept(key, OPERATOR)
    books.vouch(refused, OPERATOR)
    assert books.one(refused) == "not_allowed"


@pytest.mark.parametrize(
    ("item_type", "what"),
    [("company", "a company"), ("cost_codes", "cost codes"), ("owner_invoice", "an owner invoice")],
)
def test_a_refusal_is_a_sentence(books: Books, item_type: str, what: str) -> None:
    """Whoever reads it knows whom to ask."""
    message = _sentence(books, send(key_of(item_type), READER))
    assert message.startswith(f"{READER} may not send {what}")
    assert message.endswith(": that takes admin on the item type's tool")


@pytest.mark.parametrize(("name", "who"), [("accept", "an approver"), ("link", "an ERP admin")])
def test_a_refusal_says_who_is_needed(books: Books, name: str, who: str) -> None:
    """An article belongs before a person."""
    key = bring(books, "company", "ready")
    message = _sentence(books, by(READER, _MADE[name](key)))
    assert message == f"{READER} may not {name} a company: that takes {who}"


def _sentence(books: Books, message: Message) -> str:
    sentence: str = books.run(message)[0]["data"]["reason"]["message"]
    return sentence


def test_a_person_who_comes_back_may_again(books: Books) -> None:
    """Rights are looked up for every batch."""
    assert books.one(send(key_of("company"), GONE)) == "unknown_actor"
    books.execute("UPDATE people SET active = true WHERE email = :email", email=GONE)
    assert books.one(send(key_of("company"), GONE)) == "applied"
