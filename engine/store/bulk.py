"""Many rows in one statement, on PostgreSQL as arrays and on SQLite as JSON or one prepared statement."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, LargeBinary, Table, text
from sqlalchemy.sql.elements import TextClause

Row = Mapping[str, Any]


def is_postgresql(connection: Connection) -> bool:
    """Whether this connection speaks PostgreSQL."""
    return connection.dialect.name == "postgresql"


def among(connection: Connection, column: str, parameter: str) -> str:
    """SQL for "column is one of the values of the array parameter"."""
    if is_postgresql(connection):
        return f"{column} = ANY(CAST(:{parameter} AS text[]))"
    return f"{column} IN (SELECT value FROM json_each(:{parameter}))"


def array(connection: Connection, values: Iterable[str | int]) -> Any:
    """An array parameter of text or whole numbers."""
    return list(values) if is_postgresql(connection) else json.dumps(list(values))


@lru_cache(maxsize=512)
def _statement(sql: str) -> TextClause:
    return text(sql)


def run(connection: Connection, sql: str, **parameters: Any) -> Any:
    """Execute one statement given as text."""
    return connection.execute(_statement(sql), parameters)


def insert(connection: Connection, table: Table, rows: Sequence[Row], conflict: str = "") -> None:
    """Insert rows that all have the same columns; `conflict` is an ON CONFLICT clause."""
    if not rows:
        return
    columns = list(rows[0])
    names = ", ".join(columns)
    if is_postgresql(connection):
        source = f"SELECT * FROM unnest({_arrays(table, columns)})"
        connection.execute(
            _statement(f"INSERT INTO {table.name} ({names}) {source} {conflict}"), _columns(columns, rows)
        )
    else:
        marks = ", ".join(f":{column}" for column in columns)
        connection.execute(
            _statement(f"INSERT INTO {table.name} ({names}) VALUES ({marks}) {conflict}"), list(rows)
        )


def update(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Update rows by one key column; all rows have the same columns."""
    if not rows:
        return
    columns = list(rows[0])
    changed = [column for column in columns if column != key]
    if is_postgresql(connection):
        assignments = ", ".join(f"{column} = d.{column}" for column in changed)
        source = f"FROM unnest({_arrays(table, columns)}) AS d({', '.join(columns)})"
        sql = f"UPDATE {table.name} SET {assignments} {source} WHERE {table.name}.{key} = d.{key}"
        connection.execute(_statement(sql), _columns(columns, rows))
    else:
        assignments = ", ".join(f"{column} = :{column}" for column in changed)
        connection.execute(
            _statement(f"UPDATE {table.name} SET {assignments} WHERE {key} = :{key}"), list(rows)
        )


def update_changed(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Update rows that differ in which columns they change: one statement for each set of columns."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    for group in groups.values():
        update(connection, table, key, group)


def _columns(columns: Sequence[str], rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {column: [row[column] for row in rows] for column in columns}


def _arrays(table: Table, columns: Sequence[str]) -> str:
    return ", ".join(f"CAST(:{column} AS {_type(table, column)}[])" for column in columns)


def _type(table: Table, column: str) -> str:
    kind = table.c[column].type
    if isinstance(kind, Boolean):
        return "boolean"
    if isinstance(kind, LargeBinary):
        return "bytea"
    return "bigint" if isinstance(kind, BigInteger) else "text"
