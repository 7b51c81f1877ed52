"""While a budget waits for its posting in the ERP, no other budget of its project moves."""

import pytest

from engine.testing import command
from tests.books import Books, code
from tests.builders import SANDBOX, accept, draft, key_of, payload_of, report, send
from tests.journeys import COMMANDS, bring, do, synced

FIRST, SECOND = key_of("budget"), key_of("budget", "B-18")
MEANWHILE = tuple(name for name in COMMANDS if name != "restore")


def waiting_beside(books: Books) -> None:
    """A drafted second budget of the project, and the first one awaits its posting."""
    synced(books, "cost_codes")
    do(books, draft(SECOND))
    bring(books, "budget", "awaiting_posting")


@pytest.mark.parametrize("name", MEANWHILE)
def test_every_command_on_another_budget_of_the_project_has_to_wait(books: Books, name: str) -> None:
    """And is told for which."""
    waiting_beside(books)
    reason = books.run(COMMANDS[name](SECOND))[0]["data"]["reason"]
    assert (reason["code"], FIRST in reason["message"]) == ("wrong_state", True)
    assert (books.state(SECOND), books.item(SECOND).version) == ("draft", 1)


def test_a_new_or_archived_budget_of_the_project_has_to_wait_too(books: Books) -> None:
    """With a good payload or a bad one."""
    waiting_beside(books)
    third = key_of("budget", "B-19")
    for message in (draft(third), send(third), send(third, payload=payload_of("budget", lines="none"))):
        assert books.one(message) == "wrong_state"
    assert books.select("SELECT key FROM items WHERE key = :key", key=third) == []
    do(books, command("confirm_posting", FIRST, SANDBOX), COMMANDS["archive"](SECOND))
    do(books, send(FIRST, payload=payload_of("budget")), accept(FIRST))
    do(books, report(FIRST, version=2, posting="manual"))
    assert books.one(COMMANDS["restore"](SECOND)) == "wrong_state"


def test_once_the_posting_is_confirmed_the_others_move(books: Books) -> None:
    """A second one still cannot be sent, for a reason of its own."""
    waiting_beside(books)
    do(books, command("confirm_posting", FIRST, SANDBOX), draft(SECOND))
    assert books.one(send(SECOND)) == "invalid_payload"
    do(books, COMMANDS["archive"](SECOND), COMMANDS["restore"](SECOND))


def test_commands_of_one_batch_see_the_posting_begin_and_end(books: Books) -> None:
    """In their order."""
    synced(books, "cost_codes")
    do(books, draft(SECOND))
    bring(books, "budget", "accepted")
    outcomes = books.run(
        draft(SECOND),
        report(FIRST, posting="manual"),
        draft(SECOND),
        command("confirm_posting", FIRST, SANDBOX),
        draft(SECOND),
    )
    assert [code(each) for each in outcomes] == ["applied", "applied", "wrong_state", "applied", "applied"]


def test_another_projects_budget_and_other_items_of_the_project_move(books: Books) -> None:
    """A posting holds up the budgets of its own project alone."""
    waiting_beside(books)
    do(books, draft(key_of("budget", "B-20"), payload=payload_of("budget", project="P-18")))
    do(books, draft(key_of("prime_contract_change_order")))


def test_a_budget_cannot_be_taken_out_of_the_project_meanwhile(books: Books) -> None:
    """It belongs to the project until a command has moved it."""
    waiting_beside(books)
    assert books.one(draft(SECOND, payload=payload_of("budget", project="P-18"))) == "wrong_state"
