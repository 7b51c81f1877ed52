"""What the archive must not cost: statements that find their rows by an index, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest

from engine.store.bulk import run
from engine.store.ledger import _DEPENDS
from engine.store.prune import _OLD, Ages, prune
from tests.books import Books

OLD, NEW, BETWEEN = (
    "2020-01-01T00:00:00.000000Z",
    "2030-01-01T00:00:00.000000Z",
    "2025-01-01T00:00:00.000000Z",
)
MANY = 3000
AGES = Ages(BETWEEN, BETWEEN, BETWEEN, BETWEEN)
ROWS = {
    "inbox": "INSERT INTO inbox (key, content, outcome, at) SELECT '{at}' || n, '', '', '{at}'",
    "vouchers": "INSERT INTO vouchers (key, actor, at) SELECT '{at}' || n, '', '{at}'",
    "event_log": "INSERT INTO event_log (type, at, body) SELECT 'a', '{at}', ''",
    "mail": """INSERT INTO mail (id, company, kind, recipient, cause, context, created_at)
               SELECT '{at}' || n, '', '', '', '', '', '{at}'""",
    "dead_letters": """INSERT INTO dead_letters (kind, reason, class, message, attempts, fingerprint, size, sha256,
                                                 properties, added_at, resolved_at)
                       SELECT 'message', '', '', '', 1, '', 0, '', '', '{at}', '{at}'""",
    "items": """INSERT INTO items (key, company, item_type, id, state, version, sequence, head, payload, fields,
                                   waiting_on, erp_lines, attachments, created_at, updated_at)
                SELECT 'acme/commitment/' || n, 'acme', 'commitment', n, 'accepted', 1, 1, '', '{{}}', '{{}}', '[]',
                       '{{}}', '[]', '{at}', '{at}'""",
    "refs": "INSERT INTO refs (needs, item) SELECT 'acme/company/' || n, 'acme/commitment/' || n",
    "met": "INSERT INTO met (need, item) SELECT 'acme/cost_code:' || n, 'acme/cost_codes/' || n",
}
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)",
    "postgresql": "WITH numbers(n) AS (SELECT generate_series(1, :many))",
}


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Acme's books on each kind of database."""
    books = Books(request.getfixturevalue(request.param))
    yield books
    books.close()


def fill(books: Books, table: str, at: str = NEW) -> None:
    """Put many rows into a table."""
    numbers = NUMBERS["postgresql" if books.database.is_postgresql else "sqlite"]
    target, select = ROWS[table].format(at=at).split("SELECT", 1)
    if books.database.is_postgresql:
        books.execute(f"{numbers} {target} SELECT {select} FROM numbers", many=MANY)
    else:
        books.execute(f"{target} {numbers} SELECT {select} FROM numbers", many=MANY)


def plan(books: Books, sql: str, **values: str | int) -> str:
    """How the database would find the rows."""
    with books.database.write() as connection:
        connection.exec_driver_sql("ANALYZE")
        explain = "EXPLAIN" if books.database.is_postgresql else "EXPLAIN QUERY PLAN"
        return "\n".join(" ".join(map(str, row)) for row in run(connection, f"{explain} {sql}", **values))


def test_what_is_past_its_age_goes_and_the_rest_stays(books: Books) -> None:
    """In chunks, from every table."""
    tables = [table for table in ROWS if table in _OLD]
    for at, table in product((OLD, NEW), tables):
        fill(books, table, at)
    chunks: list[int] = []
    assert prune(books.database, AGES, chunks.append) == dict.fromkeys(tables, MANY)
    assert max(chunks) == 1000
    assert prune(books.database, AGES) == dict.fromkeys(tables, 0)
    for table in tables:
        assert books.select(f"SELECT count(*) AS n FROM {table}") == [{"n": MANY}], table


@pytest.mark.parametrize("table", ["inbox", "vouchers", "mail", "dead_letters"])
def test_where_nothing_is_old_nothing_is_read(books: Books, table: str) -> None:
    """Pruning costs what there is to prune, not what there is."""
    fill(books, table)
    key, condition = _OLD[table]
    sql = f"SELECT {key} FROM {table} WHERE {condition} LIMIT 1000"
    assert f"{table}_by_age" in plan(books, sql, before=BETWEEN)


def test_some_of_many_dependents_are_found_without_reading_every_item(books: Books) -> None:
    """A vendor with a thousand commitments."""
    for table in ("items", "refs"):
        fill(books, table)
    books.execute("UPDATE refs SET needs = 'acme/company/V-9' WHERE needs LIKE '%1'")
    found = plan(books, _DEPENDS.format(needs=":needs"), needs="acme/company/V-9", enough=50)
    assert not re.search(r"Seq Scan on items|SCAN i", found), found


def test_what_an_item_refers_to_and_meets_is_found_by_the_item(books: Books) -> None:
    """A new version of one item does not read every other's references."""
    for table in ("refs", "met"):
        fill(books, table)
        assert f"{table}_by_item" in plan(books, f"DELETE FROM {table} WHERE item = :item", item="x")


def test_an_unpublished_event_is_kept_however_old_it_is(books: Books) -> None:
    """The outbox has no body of its own."""
    fill(books, "event_log", OLD)
    books.execute(
        """INSERT INTO outbox (id, bucket, exchange, routing_key, message_id)
           SELECT id, 0, '', '', '' FROM event_log WHERE id % 2 = 0"""
    )
    prune(books.database, AGES)
    assert books.select("SELECT count(*) AS n FROM event_log WHERE id % 2 = 0") == [{"n": MANY // 2}]
