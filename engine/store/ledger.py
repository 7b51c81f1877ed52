"""The ledger on PostgreSQL and SQLite: what one batch reads, a query for each kind of fact."""

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from engine.changes import Change, Meet
from engine.facts import Company, Export, Item, Person
from engine.ledger import Brief, Entry, Publication, Source
from engine.needs import standard_form
from engine.retrying import Delays
from engine.store import rows, saving
from engine.store.bulk import among, array, insert, is_postgresql, run, update_changed
from engine.store.outbox import write
from engine.store.tables import history, inbox, items
from engine.text import is_printable

_LOCKS = 512  # advisory locks that needs are spread over; sorted, so that nobody waits in a circle
_LOCK_SPACE = 0x6373_6E64  # ours among the database's advisory locks
_DEPENDENTS = 50  # of one item: as many as a refusal needs to name
# In the order of the index of references, so that the first ones are found without reading the others.
_DEPENDS = """SELECT r.item FROM refs r JOIN items i ON i.key = r.item
              WHERE r.needs = {needs} AND i.state IN ('accepted', 'synced') ORDER BY r.item LIMIT :enough"""


class StoreLedger:
    """One open transaction; implements engine.ledger.Ledger."""

    def __init__(self, connection: Connection, delays: Delays) -> None:
        self._connection = connection
        self._delays = delays
        self.releases = False  # whether something was met that others wait for
        self._in_hand = 0  # items that this transaction has locked

    def _select(self, sql: str, **arrays: Collection[str]) -> Sequence[Mapping[str, Any]]:
        parameters = {name: array(self._connection, sorted(values)) for name, values in arrays.items()}
        found: Sequence[Mapping[str, Any]] = run(self._connection, sql, **parameters).mappings().all()
        return found

    def _among(self, column: str, parameter: str) -> str:
        return among(self._connection, column, parameter)

    def outcomes(self, keys: Collection[str]) -> Mapping[str, tuple[str, str]]:
        sql = f"SELECT key, content, outcome FROM inbox WHERE {self._among('key', 'keys')}"
        return {row["key"]: (row["content"], row["outcome"]) for row in self._select(sql, keys=keys)}

    def sources(self) -> Mapping[str, Source]:
        found = self._select("SELECT source, broker_user, may FROM sources")
        return {row["source"]: Source(row["broker_user"], frozenset(json.loads(row["may"]))) for row in found}

    def companies(self, slugs: Collection[str]) -> Mapping[str, Company]:
        sql = f"""SELECT c.*, i.connector, i.settings, i.profile, i.export FROM companies c
                  LEFT JOIN integrations i ON i.company = c.slug WHERE {self._among("c.slug", "slugs")}"""
        return {row["slug"]: rows.company(row) for row in self._select(sql, slugs=slugs)}

    def people(self, pairs: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Person]:
        if not pairs:
            return {}
        sql = f"""SELECT * FROM people WHERE {self._among("company", "companies")}
                  AND {self._among("email", "emails")} AND active"""
        safe = [pair for pair in pairs if is_printable(pair[1])]
        found = self._select(sql, companies={pair[0] for pair in safe}, emails={pair[1] for pair in safe})
        return {(row["company"], row["email"]): rows.person(row) for row in found}

    def vouchers(self, keys: Collection[str]) -> frozenset[str]:
        if not keys:
            return frozenset()
        return frozenset(
            r["key"]
            for r in self._select(f"SELECT key FROM vouchers WHERE {self._among('key', 'keys')}", keys=keys)
        )

    def items(self, keys: Collection[str]) -> dict[str, Item]:
        lock = "FOR UPDATE" if is_postgresql(self._connection) else ""
        sql = f"SELECT * FROM items WHERE {self._among('key', 'keys')} ORDER BY key {lock}"
        self._in_hand += len(keys)
        return {row["key"]: rows.item(row) for row in self._select(sql, keys=keys)}

    def briefs(self, keys: Collection[str]) -> dict[str, Brief]:
        sql = f"SELECT key, state, project, synced_version, erp_id FROM items WHERE {self._among('key', 'keys')}"
        return {row["key"]: Brief(**row) for row in self._select(sql, keys=keys)}

    def lock_needs(self, needs: Iterable[str]) -> None:
        if not is_postgresql(self._connection):
            return  # the one writer lock is held
        # A code of the standard list meets every project's, so all of its forms share one lock.
        shared = {standard_form(need) or need for need in needs}
        numbers = sorted({zlib.crc32(need.encode()) % _LOCKS for need in shared})
        sql = """SELECT pg_advisory_xact_lock(CAST(:space AS int), number) FROM
                 (SELECT number FROM unnest(CAST(:numbers AS int[])) AS number ORDER BY number) AS sorted"""
        run(self._connection, sql, space=_LOCK_SPACE, numbers=numbers)

    def met(self, needs: Collection[str]) -> set[str]:
        found = self._select(f"SELECT need FROM met WHERE {self._among('need', 'needs')}", needs=needs)
        return {row["need"] for row in found}

    def claimed(self, claims: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
        sql = f"""SELECT company, scope, value, item FROM claims WHERE {self._among("company", "companies")}
                  AND {self._among("scope", "scopes")} AND {self._among("value", "texts")}"""
        safe = [claim for claim in claims if is_printable(claim[2])]
        found = self._select(
            sql, companies={c[0] for c in safe}, scopes={c[1] for c in safe}, texts={c[2] for c in safe}
        )
        return {(row["company"], row["scope"], row["value"]): row["item"] for row in found}

    def exports(self, items: Collection[str]) -> dict[str, list[Export]]:
        found: dict[str, list[Export]] = {}
        lock = "FOR UPDATE" if is_postgresql(self._connection) else ""
        sql = f"SELECT * FROM exports WHERE {self._among('item', 'items')} ORDER BY key {lock}"
        for row in self._select(sql, items=items):
            found.setdefault(row["item"], []).append(rows.export(row))
        return found

    def dependents(self, items: Collection[str]) -> dict[str, list[str]]:
        # This transaction may yet free those that it has in hand: so many more are looked for.
        enough = _DEPENDENTS + self._in_hand
        if is_postgresql(self._connection):
            sql = f"""SELECT n.needs, d.item FROM unnest(CAST(:items AS text[])) AS n(needs)
                      CROSS JOIN LATERAL ({_DEPENDS.format(needs="n.needs")}) AS d ORDER BY n.needs, d.item"""
            pairs = run(self._connection, sql, items=sorted(items), enough=enough).all()
        else:
            sql = _DEPENDS.format(needs=":needs")
            pairs = [
                (needs, item)
                for needs in sorted(items)
                for item in run(self._connection, sql, needs=needs, enough=enough).scalars()
            ]
        return {needs: [item for _, item in group] for needs, group in groupby(pairs, itemgetter(0))}

    def to_release(self, limit: int) -> list[str]:
        sql = """SELECT w.item FROM releases r JOIN waits w ON w.need = r.need
                 UNION SELECT w.item FROM releases r JOIN waits w ON w.standard = r.need ORDER BY item LIMIT :limit"""
        found = [row[0] for row in run(self._connection, sql, limit=limit)]
        if not found:  # another transaction may have met something since: only what nobody waits for goes
            run(
                self._connection,
                """DELETE FROM releases WHERE NOT EXISTS (SELECT 1 FROM waits w WHERE w.need = releases.need)
                   AND NOT EXISTS (SELECT 1 FROM waits w WHERE w.standard = releases.need)""",
            )
        return found

    def keep_waiting(self, needs: Collection[str]) -> None:
        sql = f"DELETE FROM releases WHERE {self._among('need', 'needs')}"
        run(self._connection, sql, needs=array(self._connection, sorted(needs)))

    def save_items(self, before: Mapping[str, Item], after: Iterable[Item]) -> None:
        new, changed = [], []
        for item in after:
            old = before.get(item.key)
            if old is None:
                new.append(rows.new_item(item))
            elif old is not item:
                changed.append(rows.changed_item(old, item))
        insert(self._connection, items, new)
        update_changed(self._connection, items, "key", [row for row in changed if len(row) > 1])

    def save(self, changes: Sequence[Change], now: str) -> list[tuple[str, Mapping[str, Any]]]:
        saved = saving.save(self._connection, changes, now, self._delays)
        if any(isinstance(change, Meet) for change in changes):
            self.releases = self.releases or anything_to_release(self._connection)
        return saved

    def record(self, entries: Sequence[Entry], publications: Sequence[Publication]) -> None:
        insert(
            self._connection,
            history,
            [{"item": e.item, "sequence": e.sequence, "entry": e.text, "hash": e.hash} for e in entries],
        )
        write(self._connection, publications)

    def remember(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        insert(self._connection, inbox, outcomes)


def anything_to_release(connection: Connection) -> bool:
    """Whether something was met that items may still wait for."""
    return run(connection, "SELECT 1 FROM releases LIMIT 1").first() is not None
