"""Several writers at once on a real database: nobody is missed, nothing is decided twice."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from engine.errors import Conflict
from engine.messages import Message
from engine.service.release import release
from engine.store.due import met_unseen
from engine.store.ledger import StoreLedger
from tests.books import Books, code
from tests.builders import PAT, accept, key_of, payload_of, reject, report, send
from tests.journeys import do, synced

ROUNDS = 12
ITEMS = 200
DECIDERS = 8


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Acme's books on each kind of database."""
    books = Books(request.getfixturevalue(request.param))
    yield books
    books.close()


@pytest.fixture
def postgres_books(postgres_url: str) -> Iterator[Books]:
    """Acme's books on PostgreSQL."""
    books = Books(postgres_url)
    yield books
    books.close()


def at_once(*actions: Callable[[], Any]) -> list[BaseException]:
    """Run the actions in threads that begin together; returns what they raised."""
    barrier = threading.Barrier(len(actions))
    raised: list[BaseException] = []

    def run(action: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            action()
        except BaseException as error:  # noqa: BLE001  handed to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def patiently(books: Books, messages: Sequence[Message]) -> None:
    """Handle a batch as the worker does: again after a conflict."""
    while True:
        try:
            return books.handle(*messages)
        except Conflict:
            continue


@pytest.mark.parametrize("meeting", ["company", "cost_codes", "standard"])
def test_whoever_begins_to_wait_while_it_is_met_is_released(postgres_books: Books, meeting: str) -> None:
    """Without the sweep, in whatever order the two transactions interleave."""
    books = postgres_books
    synced(
        books,
        *({"project", "company", "cost_codes"} - {meeting, "cost_codes" if meeting == "standard" else ""}),
    )
    for number in range(ROUNDS):
        need = f"{number}-X"
        item = key_of("company" if meeting == "company" else "cost_codes", need)
        line = {**payload_of("commitment")["lines"][0]}
        change: dict[str, Any] = (
            {"vendor": need} if meeting == "company" else {"lines": [{**line, "cost_code": need}]}
        )
        more: dict[str, Any] = {}
        if meeting != "company":
            codes = [{"code": need, "description": "x", "categories": ["S"]}]
            more = {"payload": payload_of("cost_codes", codes=codes)}
            if meeting == "standard":
                del more["payload"]["project"]
        do(books, send(item, **more), accept(item))
        waiter = key_of("commitment", f"SC-{number}")
        sending = send(waiter, payload=payload_of("commitment", **change))
        assert at_once(partial(books.handle, sending), partial(books.handle, report(item))) == []
        books.release()
        assert books.state(waiter) == "ready_to_export", number
    with books.database.write() as connection:
        assert met_unseen(connection) == []


def test_a_release_does_not_forget_what_is_met_meanwhile(postgres_books: Books) -> None:
    """Its last look and its tidying up are two statements."""
    books = postgres_books
    synced(books, "project", "company")
    do(books, send(key_of("commitment")), send(key_of("cost_codes")), accept(key_of("cost_codes")))
    ledger_looks = threading.Event()
    met = threading.Event()

    def looked(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM releases r JOIN waits" in statement and threading.current_thread() is releaser:
            ledger_looks.set()
            met.wait(10)

    releaser = threading.Thread(target=books.release)
    event.listen(books.database.engine, "after_cursor_execute", looked)
    releaser.start()
    assert ledger_looks.wait(10)
    books.handle(report(key_of("cost_codes")))
    met.set()
    releaser.join()
    event.remove(books.database.engine, "after_cursor_execute", looked)
    books.release()
    assert books.state(key_of("commitment")) == "ready_to_export"


def test_a_thousand_waiting_items_are_released_with_few_statements(books: Books) -> None:
    """A statement is for many rows, not for one."""
    synced(books, "project", "cost_codes")
    do(books, send(key_of("company")), accept(key_of("company")))
    books.handle(*(send(key_of("commitment", f"SC-{number}")) for number in range(1000)))
    books.handle(report(key_of("company")))
    statements: list[str] = []

    def counted(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(books.database.engine, "before_cursor_execute", counted)
    turns = 0
    while True:
        with books.database.write() as connection:
            if not release(StoreLedger(connection, books.rules.delays), books.rules, books.clock.text):
                break
        turns += 1
    event.remove(books.database.engine, "before_cursor_execute", counted)
    assert turns == 2
    assert len(statements) <= 40
    found = books.select(
        "SELECT state, count(*) AS items FROM items WHERE item_type = 'commitment' GROUP BY state"
    )
    assert found == [{"state": "ready_to_export", "items": 1000}]


def test_eight_approvers_decide_two_hundred_items_and_each_is_decided_once(books: Books) -> None:
    """One wins, the others hear that the state is another by now."""
    keys = [key_of("company", f"V-{number}") for number in range(ITEMS)]
    books.handle(*(send(key) for key in keys))
    decisions = [
        [(accept if (place + turn) % 2 else reject)(key, PAT, version=1) for place, key in enumerate(keys)]
        for turn in range(DECIDERS)
    ]

    def decide(messages: Sequence[Message]) -> None:
        for at in range(0, ITEMS, 50):
            patiently(books, messages[at : at + 50])

    batches = [partial(decide, messages) for messages in decisions]
    assert at_once(*batches) == []
    outcomes = {
        body["data"]["command"]["id"]: code(body) for body in books.bodies() if ".command." in body["type"]
    }
    assert len(outcomes) == ITEMS * (DECIDERS + 1)
    for key in keys:
        entries = books.history(key)
        assert [entry["event"] for entry in entries[:2]] == ["sent", "ready_to_export"]
        assert len(entries) == 3
        assert books.item(key).state == entries[-1]["state"]
    found = list(outcomes.values())
    assert (found.count("applied"), found.count("wrong_state")) == (2 * ITEMS, ITEMS * (DECIDERS - 1))


def test_two_senders_of_one_new_item_create_it_once(books: Books) -> None:
    """The second one's command is run again, and then hears that it is too late."""
    key = key_of("company")
    for number in range(ROUNDS):
        key = key_of("company", f"V-{number}")
        pair = [send(key), send(key, title="Another")]
        assert at_once(*(partial(patiently, books, [each]) for each in pair)) == []
        assert sorted(code(books.outcome(each)) for each in pair) == ["applied", "wrong_state"]
        assert books.item(key).version == 1


def test_two_approvers_cannot_give_one_erp_code_to_two_projects(books: Books) -> None:
    """Whoever is second hears that the code is taken."""
    for number in range(ROUNDS):
        keys = [key_of("project", f"P-{number}-{side}") for side in "ab"]
        do(books, *(send(key) for key in keys))
        fields = {"job_id": f"26-{number:03}.00"}
        pair = [accept(key, fields=fields) for key in keys]
        assert at_once(*(partial(patiently, books, [each]) for each in pair)) == []
        assert sorted(code(books.outcome(each)) for each in pair) == ["applied", "invalid_field"]


def test_one_command_delivered_to_two_workers_has_one_outcome(books: Books) -> None:
    """The broker may deliver it twice at once."""
    for number in range(ROUNDS):
        message = send(key_of("company", f"V-{number}"), reply_to="gateway")
        assert at_once(*[partial(patiently, books, [message])] * 2) == []
        found = books.about(key_of("company", f"V-{number}"), ".command.")
        assert len(found) == 1
    assert len({row["body"] for row in books.replies()}) == ROUNDS
