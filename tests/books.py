"""A company's books in a database: run commands as the worker does, and look at what became of them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from engine.facts import Export, Item
from engine.messages import Message, dump, read
from engine.retrying import Delays
from engine.service.batch import Rules, handle
from engine.service.release import release
from engine.store import rows
from engine.store.bulk import run
from engine.store.database import Database
from engine.store.ledger import StoreLedger
from engine.store.tables import METADATA
from engine.testing import FakeClock
from tests import builders as b
from workflows import item_types

IN_MEMORY: Final = "sqlite://"
_images: Final[dict[str, bytes]] = {}
JOB_ID: Final = {"job_id": {"required": True, "format": "##-###.##", "label": "Job ID"}}
PROFILE: Final = {"project": {"fields": JOB_ID}}

_ADMIN: Final = {"*": "admin"}
PEOPLE: Final[Mapping[str, Mapping[str, Any]]] = {
    b.PAM: {"tools": _ADMIN},
    b.PAT: {"erp": "standard", "push": True},
    b.BOSS: {"erp": "admin", "push": True},
    b.READER: {"erp": "read_only", "push": True},
    b.CLERK: {"erp": "standard"},
    b.IT: {"erp": "admin"},
    b.P17_PM: {"tools": _ADMIN, "tool_projects": ["P-17"]},
    b.P17_PAT: {"erp": "standard", "push": True, "projects": ["P-17"]},
    b.VIEWER: {"tools": {"*": "read_only"}},
    b.GONE: {"erp": "admin", "push": True, "tools": _ADMIN, "active": False},
}


class Books:
    """Acme Builders with a sandbox ERP, and a rival company, on any database."""

    def __init__(self, url: str = IN_MEMORY, delays: Delays | None = None, **rules: Any) -> None:
        self.database = Database(url)
        self.clock = FakeClock()
        self.rules = Rules(item_types(), delays or Delays(), **{"own_user": "countersign", **rules})
        self.image: str | None = None  # a name for what is in the books, while that is known
        self._in_memory = url == IN_MEMORY
        if not (self._in_memory and self.opened("founded")):
            self._found()
            self.keep("founded")

    def _found(self) -> None:
        with self.database.write() as connection:
            METADATA.create_all(connection)
        self.company("acme", PROFILE)
        self.company("rival")
        for email, rights in PEOPLE.items():
            self.person("acme", email, **rights)
        self.person("rival", b.RIVAL, erp="admin", push=True, tools=_ADMIN)

    def keep(self, name: str) -> None:
        """Remember the books in memory as they are now, so that others open them quickly."""
        if self._in_memory:
            self.image = name
            _images[name] = self._sqlite().serialize()

    def opened(self, name: str) -> bool:
        """Open kept books, if they are kept."""
        if name in _images:
            self._sqlite().deserialize(_images[name])
            self.image = name
        return name in _images

    def _sqlite(self) -> sqlite3.Connection:
        with closing(self.database.engine.raw_connection()) as connection:
            found = connection.driver_connection
        assert isinstance(found, sqlite3.Connection)
        return found

    def company(
        self, slug: str, profile: Mapping[str, Any] | None = None, connector: str | None = "sandbox"
    ) -> None:
        """Found a company; without a connector it has no integration."""
        self.execute(
            "INSERT INTO companies VALUES (:slug, :slug, 'USD', 'UTC', '07:00', NULL, '2026')", slug=slug
        )
        if connector is not None:
            self.execute(
                """INSERT INTO integrations (company, connector, settings, profile, export, state)
                   VALUES (:slug, :connector, '{}', :profile, 'immediate', 'running')""",
                slug=slug, connector=connector, profile=dump(dict(profile or {})),
            )  # fmt: skip

    def profile(self, slug: str, profile: Mapping[str, Any]) -> None:
        """Change what a company's integration asks for."""
        sql = "UPDATE integrations SET profile = :profile WHERE company = :slug"
        self.execute(sql, slug=slug, profile=dump(dict(profile)))

    def person(self, company: str, email: str, **rights: Any) -> None:
        """Somebody of a company."""
        names = {"projects": rights.get("projects"), "tool_projects": rights.get("tool_projects")}
        self.execute(
            """INSERT INTO people (company, email, name, erp, can_push_to_accounting, projects, tools,
                                   tool_projects, directory, daily_summary, active)
               VALUES (:company, :email, :email, :erp, :push, :projects, :tools,
                       :tool_projects, 'none', true, :active)""",
            company=company,
            email=email,
            erp=rights.get("erp", "none"),
            push=rights.get("push", False),
            tools=dump(dict(rights.get("tools", {}))),
            active=rights.get("active", True),
            **{name: None if value is None else dump(value) for name, value in names.items()},
        )

    def source(self, name: str, broker_user: str | None, *may: str) -> None:
        """A configured source."""
        sql = "INSERT INTO sources (source, broker_user, may) VALUES (:name, :user, :may)"
        self.execute(sql, name=name, user=broker_user, may=dump(list(may)))

    def vouch(self, message: Message, actor: str) -> None:
        """Somebody with the database's password stands for a command."""
        key = read(message, self.rules.message_limit).key.hex()
        self.execute("INSERT INTO vouchers VALUES (:key, :actor, '2026')", key=key, actor=actor)

    def run(self, *messages: Message) -> list[dict[str, Any]]:
        """Handle the messages as one batch, release what waits, and return their outcomes."""
        self.handle(*messages)
        self.release()
        return [self.outcome(message) for message in messages]

    def one(self, message: Message) -> str:
        """Handle one message; `applied`, or the code of its refusal."""
        return code(self.run(message)[0])

    def handle(self, *messages: Message) -> None:
        """One transaction for all of them."""
        self.image = None
        with self.database.write() as connection:
            handle(StoreLedger(connection, self.rules.delays), messages, self.rules, self.clock.text)

    def release(self, most: int = 100) -> int:
        """Let everything go on that can; returns in how many transactions."""
        for turn in range(most):
            with self.database.write() as connection:
                if not release(StoreLedger(connection, self.rules.delays), self.rules, self.clock.text):
                    return turn
        raise AssertionError(f"not everything was released in {most} transactions")

    def execute(self, sql: str, **values: Any) -> None:
        """Change the database by hand."""
        self.image = None
        with self.database.write() as connection:
            run(connection, sql, **values)

    def select(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Look at the database."""
        with self.database.read() as connection:
            return [dict(row) for row in run(connection, sql, **values).mappings()]

    def item(self, key: str) -> Item:
        """The item as it is stored."""
        (row,) = self.select("SELECT * FROM items WHERE key = :key", key=key)
        return rows.item(row)

    def state(self, key: str) -> str:
        """The item's state."""
        return self.item(key).state

    def export(self, key: str) -> Export:
        """An export by its key."""
        (row,) = self.select("SELECT * FROM exports WHERE key = :key", key=key)
        return rows.export(row)

    def outcome(self, message: Message) -> dict[str, Any]:
        """The outcome as it was sent to whoever gave the command: its newest one."""
        found = json.loads(message.body)
        for body in reversed(self.bodies()):
            command = body["data"].get("command")
            if command and (command["source"], command["id"]) == (found["source"], found["id"]):
                return body  # type: ignore[no-any-return]
        raise AssertionError(f"no outcome of {found['id']}")

    def bodies(self) -> list[dict[str, Any]]:
        """Every published event, in order."""
        return [json.loads(row["body"]) for row in self.select("SELECT body FROM event_log ORDER BY id")]

    def events(self, subject: str) -> list[str]:
        """The names of an item's events, or of an export's, in order."""
        return [body["type"].split(".")[2] for body in self.about(subject) if ".command." not in body["type"]]

    def about(self, subject: str, type_: str = "") -> list[dict[str, Any]]:
        """Every event about a subject, whose type contains a word."""
        return [body for body in self.bodies() if body.get("subject") == subject and type_ in body["type"]]

    def history(self, key: str) -> list[dict[str, Any]]:
        """An item's history, once its chain is checked."""
        found = self.select(
            "SELECT sequence, entry, hash FROM history WHERE item = :key ORDER BY sequence", key=key
        )
        return list(_checked(found))

    def letters(self, *, resolved: bool = False) -> list[dict[str, Any]]:
        """The dead letters, oldest first."""
        condition = "NOT NULL" if resolved else "NULL"
        return self.select(f"SELECT * FROM dead_letters WHERE resolved_at IS {condition} ORDER BY id")

    def replies(self) -> list[dict[str, Any]]:
        """What is on its way to reply queues."""
        sql = """SELECT o.routing_key, o.correlation_id, COALESCE(o.body, e.body) AS body FROM outbox o
                 LEFT JOIN event_log e ON e.id = o.id WHERE o.exchange = '' ORDER BY o.id"""
        return self.select(sql)

    def close(self) -> None:
        """Leave."""
        self.database.close()


def _checked(found: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    head = ""
    for number, row in enumerate(found, 1):
        entry: dict[str, Any] = json.loads(row["entry"])
        assert (row["sequence"], entry["sequence"], entry["prev"]) == (number, number, head)
        head = hashlib.sha256(row["entry"].encode()).hexdigest()
        assert row["hash"] == head
        yield entry


def code(outcome: Mapping[str, Any]) -> str:
    """`applied`, or the code of a refusal."""
    if outcome["type"] == "countersign.command.applied.v1":
        return "applied"
    found: str = outcome["data"]["reason"]["code"]
    return found
