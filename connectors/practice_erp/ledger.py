"""What can be done with records inside a transaction: every check comes before the first write."""

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from connectors.practice_erp.answers import Answer, RefusedError, json_text
from connectors.practice_erp.merging import line_ids, merged
from connectors.practice_erp.rules import ID_PREFIXES, check_data, references_in
from connectors.practice_erp.shapes import NewRecord, Update


class Ledger:
    """Creates, merges, finds and deletes; without `keys` it neither keeps keys nor guards codes."""

    def __init__(self, connection: sqlite3.Connection, *, keys: bool) -> None:
        self._execute = connection.execute
        self._keys = keys

    def create(self, new: NewRecord) -> Answer:
        """Store a record: 201, or 200 with the first record where its key is known."""
        first_id = self._record_of_key(new.key)
        if first_id is not None:
            return Answer(200, self._body(first_id))
        self._refuse_known_code(new)
        check_data(new.data)
        targets = self._targets(new.data)
        record_id = self._next_id(new.kind)
        body = json_text(_record(record_id, new, kept_key=new.key if self._keys else None))
        self._execute(
            "INSERT INTO records (id, kind, code, body) VALUES (?, ?, ?, ?)",
            (record_id, new.kind, new.code, body),
        )
        self._keep(record_id, new.key, targets)
        return Answer(201, body)

    def merge(self, record_id: str, update: Update) -> Answer:
        """Merge an update into a record, once for each key."""
        record = json.loads(self._body(record_id))
        updated_id = self._record_of_key(update.key)
        if updated_id == record_id:
            return Answer(200, json_text(record))
        if updated_id is not None:
            raise RefusedError(
                409, "key_used", f"The key belongs to {updated_id}: use one key for one record."
            )
        check_data(update.data)
        targets = self._targets(update.data)
        body = json_text(_updated(record, update, keys=self._keys))
        self._execute("UPDATE records SET body = ? WHERE id = ?", (body, record_id))
        self._keep(record_id, update.key, targets)
        return Answer(200, body)

    def delete(self, record_id: str) -> Answer:
        """Delete a record that no other refers to; its keys and its code may be used again."""
        self._body(record_id)
        referring = self._execute(
            "SELECT record_id FROM record_references WHERE target_id = ? AND record_id <> ? LIMIT 1",
            (record_id, record_id),
        ).fetchone()
        if referring:
            message = f"{record_id} is referred to by {referring[0]}: delete that one first."
            raise RefusedError(409, "referenced", message)
        self._execute("DELETE FROM used_keys WHERE record_id = ?", (record_id,))
        self._execute("DELETE FROM record_references WHERE record_id = ?", (record_id,))
        self._execute("DELETE FROM records WHERE id = ?", (record_id,))
        return Answer(204)

    def get(self, record_id: str) -> Answer:
        return Answer(200, self._body(record_id))

    def find(self, kind: str | None, key: str | None, code: str | None) -> list[str]:
        """Return the bodies of all records that fit, oldest first; a key also finds what it updated."""
        if key is not None and not self._keys:
            return []
        wanted = {
            "kind = ?": kind,
            "code = ?": code,
            "id = (SELECT record_id FROM used_keys WHERE key = ?)": key,
        }
        given = {clause: value for clause, value in wanted.items() if value is not None}
        where = f"WHERE {' AND '.join(given)}" if given else ""
        query = f"SELECT body FROM records {where} ORDER BY row"  # noqa: S608  only the clauses above
        rows = self._execute(query, [*given.values()])
        return [row[0] for row in rows]

    def counts(self) -> dict[str, int]:
        stored = dict(self._execute("SELECT kind, count(*) FROM records GROUP BY kind").fetchall())
        return {kind: stored.get(kind, 0) for kind in ID_PREFIXES}

    def _record_of_key(self, key: str | None) -> str | None:
        if key is None or not self._keys:
            return None
        row = self._execute("SELECT record_id FROM used_keys WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _body(self, record_id: str) -> str:
        row = self._execute("SELECT body FROM records WHERE id = ?", (record_id,)).fetchone()
        if row is None:
            raise RefusedError(404, "unknown_record", f"There is no record {record_id[:80]!r}.")
        return str(row[0])

    def _refuse_known_code(self, new: NewRecord) -> None:
        if not self._keys:
            return
        row = self._execute(
            "SELECT id FROM records WHERE kind = ? AND code = ?", (new.kind, new.code)
        ).fetchone()
        if row:
            message = f"The code {new.code!r} is used by {row[0]}: look it up or choose another code."
            raise RefusedError(409, "duplicate_code", message)

    def _targets(self, data: dict[str, Any]) -> set[str]:
        targets = set()
        for reference in references_in(data):
            record_id, _, line = reference.partition("/")
            row = self._execute("SELECT body FROM records WHERE id = ?", (record_id,)).fetchone()
            if row is None or (line and line not in json.loads(row[0]).get("lines", {})):
                message = f"There is no record or line {reference[:80]!r}: create what is referred to first."
                raise RefusedError(422, "unknown_reference", message)
            targets.add(record_id)
        return targets

    def _next_id(self, kind: str) -> str:
        # A counter instead of the highest id: the id of a deleted record is never given to another.
        row = self._execute(
            "INSERT INTO id_counters (kind, last) VALUES (?, 1)"
            " ON CONFLICT (kind) DO UPDATE SET last = last + 1 RETURNING last",
            (kind,),
        ).fetchone()
        return f"{ID_PREFIXES[kind]}-{row[0]:06d}"

    def _keep(self, record_id: str, key: str | None, targets: set[str]) -> None:
        if key is not None and self._keys:
            self._execute("INSERT INTO used_keys (key, record_id) VALUES (?, ?)", (key, record_id))
        for target in targets:
            self._execute("INSERT OR IGNORE INTO record_references VALUES (?, ?)", (target, record_id))


def _record(record_id: str, new: NewRecord, kept_key: str | None) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {
        "id": record_id,
        "kind": new.kind,
        "key": kept_key,
        "code": new.code,
        "data": new.data,
        "created_at": now,
    }
    if new.data.get("lines") is not None:
        record["lines"] = line_ids(record_id, new.data)
    return record


def _updated(record: dict[str, Any], update: Update, *, keys: bool) -> dict[str, Any]:
    data = merged(record["data"], update.data)
    result = record | {"data": data}
    if data.get("lines") is not None:
        result["lines"] = line_ids(record["id"], data)
    if keys and update.key is not None:
        result["update_keys"] = [*record.get("update_keys", []), update.key]
    return result
