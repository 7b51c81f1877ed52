"""One suite for both databases: claiming exports, what is due, who leads, and errors in our words."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from engine import times
from engine.changes import PutExport
from engine.errors import Conflict, Misconfigured, StoreUnavailable
from engine.store import suspects
from engine.store.bulk import run
from engine.store.claiming import claim, foreign, renew
from engine.store.database import Database
from engine.store.database_time import now
from engine.store.due import due_exports, met_unseen, next_due, sweep
from engine.store.leader import Leadership
from engine.store.ledger import StoreLedger
from engine.testing import command
from engine.times import SystemClock
from tests.books import Books
from tests.builders import PAT, accept, key_of, report_unlink, send
from tests.journeys import bring, do

KEY = key_of("company")
EXPORT = f"{KEY}@1"
KEY_OF_NOBODY = "acme/company/V-0"  # nobody waits for it any more


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Acme's books on each kind of database."""
    books = Books(request.getfixturevalue(request.param))
    yield books
    books.close()


def taken(books: Books, worker: str, *hints: tuple[str, int]) -> list[str]:
    """The exports that a worker gets for its hints."""
    with books.database.write() as connection:
        found = claim(connection, hints, "sandbox", worker, books.clock.text, books.rules.delays)
    return [each.export.key for each in found]


def integration(books: Books, state: str, probe_at: str | None = None) -> None:
    """Set the breaker."""
    sql = "UPDATE integrations SET state = :state, probe_at = :probe WHERE company = 'acme'"
    books.execute(sql, state=state, probe=probe_at)


def test_an_attempt_is_claimed_by_one_worker(books: Books) -> None:
    """And a hint about another attempt claims nothing."""
    bring(books, "company", "accepted")
    assert taken(books, "w1", (EXPORT, 2), ("acme/company/none@1", 1)) == []
    assert taken(books, "w1", (EXPORT, 1)) == [EXPORT]
    assert taken(books, "w2", (EXPORT, 1)) == []
    export = books.export(EXPORT)
    assert (export.status, export.worker, export.tried) == ("sending", "w1", True)
    assert export.due_at == times.after(books.clock.text, books.rules.delays.claim)


def test_a_claim_is_renewed_by_its_worker_only(books: Books) -> None:
    """Another's renewal changes nothing."""
    bring(books, "company", "accepted")
    taken(books, "w1", (EXPORT, 1))
    books.clock.advance(10)
    before = books.export(EXPORT)
    for worker in ("w2", "w1"):
        with books.database.write() as connection:
            renew(connection, [(EXPORT, 1)], worker, books.clock.text, books.rules.delays)
        assert (books.export(EXPORT) != before) == (worker == "w1")


def test_a_stopped_integration_parks_and_an_open_one_lets_a_single_probe_through(books: Books) -> None:
    """Another company's exports go on."""
    keys = [key_of("company", f"V-{number}") for number in range(3)]
    rival = key_of("company", company="rival")
    do(books, *(message for key in keys for message in (send(key), accept(key))))
    do(books, send(rival, "pat@rival.test"), accept(rival, "pat@rival.test"))
    hints = [(f"{key}@1", 1) for key in (*keys, rival)]
    integration(books, "open", times.after(books.clock.text, 30))
    assert taken(books, "w1", *hints[:1]) == []
    parked = books.export(f"{keys[0]}@1")
    assert (parked.status, parked.due_at, parked.tries) == ("requested", times.after(books.clock.text, 30), 0)
    integration(books, "open", books.clock.text)
    assert taken(books, "w1", *hints[1:]) == [f"{keys[1]}@1", f"{rival}@1"]
    integration(books, "stopped")
    books.execute("UPDATE exports SET status = 'requested' WHERE company = 'acme'")
    assert taken(books, "w1", *hints) == []
    assert books.export(f"{keys[2]}@1").due_at is None


def test_a_claim_names_the_references_that_are_gone(books: Books) -> None:
    """So that the dispatch fails before anything leaves."""
    key = bring(books, "commitment", "accepted")
    with books.database.write() as connection:
        run(connection, "UPDATE items SET synced_version = NULL, erp_id = NULL WHERE key = :key", key=KEY)
        (found,) = claim(connection, [(f"{key}@1", 1)], "sandbox", "w1", books.clock.text, books.rules.delays)
    assert found.blocked_by == (KEY,)


def test_what_is_due_is_found_when_its_time_has_come(books: Books) -> None:
    """Finished exports never are."""
    bring(books, "company", "accepted")
    due_at = times.after(books.clock.text, books.rules.delays.lease)
    with books.database.write() as connection:
        assert next_due(connection) == due_at
        assert due_exports(connection, books.clock.text, 10) == []
        ((export, item, company),) = due_exports(connection, due_at, 10)
        assert (export.key, item.key, company.slug) == (EXPORT, KEY, "acme")
        ended = PutExport(replace(export, status="succeeded"), item)
        StoreLedger(connection, books.rules.delays).save([ended], due_at)
        assert next_due(connection) is None


def test_the_sweep_finds_what_was_met_unseen(books: Books) -> None:
    """And nothing where all is well."""
    bring(books, "company", "synced")
    do(books, send(key_of("commitment")))
    with books.database.write() as connection:
        assert met_unseen(connection) == []
    books.execute("INSERT INTO waits (item, need) VALUES (:item, :need)", item=key_of("commitment"), need=KEY)
    with books.database.write() as connection:
        assert met_unseen(connection) == [KEY]
        sweep(connection, [KEY, KEY_OF_NOBODY])
        sweep(connection, [KEY])
    assert books.release() == 1
    assert KEY not in books.item(key_of("commitment")).waiting_on


def test_one_of_two_leads_until_it_leaves(books: Books) -> None:
    """Each name has a leader of its own."""
    other = Database(books.database.url.render_as_string(hide_password=False))
    with Leadership(other, "relay") as second:
        with Leadership(books.database, "relay") as first:
            assert first.held()
            assert not second.held()
            assert first.held()
            with Leadership(other, "scheduler") as third:
                assert third.held()
        assert second.held()
    other.close()


def test_a_start_that_never_ended_is_counted(books: Books) -> None:
    """Until the message has ended well."""
    message = command("accept", KEY, PAT)
    with books.database.write() as connection:
        assert [suspects.start(connection, message) for _ in range(3)] == [1, 2, 3]
        suspects.clear(connection, message)
        assert suspects.start(connection, message) == 1


def test_a_failed_transaction_leaves_nothing(books: Books) -> None:
    """Whatever failed it."""
    with pytest.raises(Misconfigured):
        _delete_people_and_fail(books.database)
    assert books.select("SELECT count(*) AS people FROM people")[0]["people"] > 0


def _delete_people_and_fail(database: Database) -> None:
    with database.write() as connection:
        run(connection, "DELETE FROM people")
        run(connection, "DELETE FROM of_another_program")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("INSERT INTO releases (need) VALUES ('a'), ('a')", Conflict),
        ("SELECT * FROM of_another_program", Misconfigured),
        ("SELECT colour FROM items", Misconfigured),
    ],
)
def test_errors_are_said_in_our_words(books: Books, sql: str, expected: type[Exception]) -> None:
    """With what to do where something can be done."""
    with pytest.raises(expected), books.database.write() as connection:
        connection.execute(text(sql))


def test_a_row_that_lacks_something_is_no_conflict(books: Books) -> None:
    """Trying again would never help."""
    with pytest.raises(Exception, match=r"(?i)not.null") as raised, books.database.write() as connection:
        connection.execute(text("INSERT INTO releases (need) VALUES (NULL)"))
    assert not isinstance(raised.value, Conflict | StoreUnavailable)


def test_a_database_that_is_away_is_unavailable(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is waited for."""
    nowhere = tmp_path_factory.mktemp("data") / "missing" / "countersign.db"
    for url in (f"sqlite:///{nowhere}", "postgresql://nobody:secret@127.0.0.1:1/none"):
        database = Database(url)
        with pytest.raises(StoreUnavailable) as raised, database.write():
            pass
        assert "secret" not in str(raised.value)
        database.close()


def test_another_kind_of_database_is_a_mistake() -> None:
    """Said at once."""
    with pytest.raises(Misconfigured, match="COUNTERSIGN_DATABASE_URL"):
        Database("mysql://localhost/countersign")


def test_an_unlink_is_claimed_like_any_attempt(books: Books) -> None:
    """Its mode says what is asked."""
    bring(books, "company", "unlinking")
    with books.database.write() as connection:
        (found,) = claim(connection, [(EXPORT, 2)], "sandbox", "w1", books.clock.text, books.rules.delays)
    assert (found.export.mode, found.blocked_by) == ("unlink", ())
    do(books, report_unlink(KEY))


def test_a_claim_is_renewed_for_its_own_attempt_only(books: Books) -> None:
    """The same worker may have a later attempt of the export by now; that one's claim is another."""
    bring(books, "company", "accepted")
    taken(books, "w1", (EXPORT, 1))
    books.execute("UPDATE exports SET attempt = 2 WHERE key = :key", key=EXPORT)
    before = books.export(EXPORT)
    books.clock.advance(10)
    with books.database.write() as connection:
        assert renew(connection, [(EXPORT, 1)], "w1", books.clock.text, books.rules.delays) == set()
    assert books.export(EXPORT) == before
    with books.database.write() as connection:
        hints = [(EXPORT, 1), (EXPORT, 2)]
        assert renew(connection, hints, "w1", books.clock.text, books.rules.delays) == {(EXPORT, 2)}
    assert books.export(EXPORT).due_at == times.after(books.clock.text, books.rules.delays.claim)


def test_a_connector_claims_its_own_exports_only(books: Books) -> None:
    """A hint that strayed into its queue changes nothing."""
    bring(books, "company", "accepted")
    books.execute("UPDATE exports SET connector = 'tryton' WHERE key = :key", key=EXPORT)
    assert taken(books, "w1", (EXPORT, 1)) == []
    assert books.export(EXPORT).status == "requested"
    with books.database.read() as connection:
        assert foreign(connection, [(EXPORT, 1)], "sandbox") == [EXPORT]
        assert foreign(connection, [(EXPORT, 1)], "tryton") == []


def test_a_lookup_names_the_references_that_are_gone(books: Books) -> None:
    """Where nothing is found, it may become a send."""
    key = bring(books, "commitment", "accepted")
    books.execute("UPDATE exports SET mode = 'lookup' WHERE key = :key", key=f"{key}@1")
    with books.database.write() as connection:
        run(connection, "UPDATE items SET synced_version = NULL, erp_id = NULL WHERE key = :key", key=KEY)
        hints = [(f"{key}@1", 1)]
        (found,) = claim(connection, hints, "sandbox", "w1", books.clock.text, books.rules.delays)
    assert found.blocked_by == (KEY,)


def test_a_clock_that_is_given_is_right(books: Books) -> None:
    """Whatever the database's is."""
    with books.database.read() as connection:
        assert now(connection, books.clock) == books.clock.text


def test_all_machines_on_one_postgresql_have_its_time(postgres_url: str) -> None:
    """A claim's end is judged by another machine than the one that set it."""
    books = Books(postgres_url)
    with books.database.read() as connection:
        earlier = now(connection, SystemClock())
        server = run(connection, "SELECT clock_timestamp()").scalar_one()
        assert earlier <= times.text(server) <= now(connection, SystemClock())
    books.close()
