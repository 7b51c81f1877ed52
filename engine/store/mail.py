"""The mails: which wait, which went out, and the days whose summaries are decided."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection

from engine import times
from engine.ledger import Publication
from engine.messages import dump
from engine.store import bulk, outbox
from engine.store.database import Database
from engine.store.tables import mail

Context: TypeAlias = Mapping[str, Any]
Gather: TypeAlias = Callable[[Sequence["Mail"]], Context]  # of one mail that stands for all of them

_COLUMNS: Final = (
    "id, company, kind, recipient, cause, context, created_at, due_at, message_id, attempts, error"
)
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('countersign.mail', 0))"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person, as it stands in the table."""

    id: str
    company: str
    kind: str  # rejection | failure | summary
    recipient: str
    cause: str
    context: Context
    created_at: str
    due_at: str | None
    message_id: str | None = None  # set when it is sealed: its content does not change any more
    attempts: int = 0
    error: str | None = None


def add(connection: Connection, mails: Sequence[Mail]) -> None:
    """Write mails; one that is known already stays as it is."""
    rows = [
        {
            "id": each.id,
            "company": each.company,
            "kind": each.kind,
            "recipient": each.recipient,
            "cause": each.cause,
            "context": dump(each.context),
            "created_at": each.created_at,
            "due_at": each.due_at,
        }
        for each in mails
    ]
    bulk.insert(connection, mail, rows, "ON CONFLICT (id) DO NOTHING")


def gathering(connection: Connection, companies: Iterable[str]) -> dict[tuple[str, str], str]:
    """When the failure mail that still gathers is due, for each company and recipient that has one."""
    sql = f"""SELECT company, recipient, min(due_at) FROM mail
              WHERE due_at IS NOT NULL AND message_id IS NULL AND kind = 'failure'
              AND {bulk.among(connection, "company", "companies")} GROUP BY company, recipient"""
    found = bulk.run(connection, sql, companies=bulk.array(connection, sorted(set(companies))))
    return {(company, recipient): due_at for company, recipient, due_at in found}


def decided(connection: Connection, companies_days: Iterable[tuple[str, date]]) -> set[tuple[str, date]]:
    """Of the companies' days, those whose summaries are decided already."""
    wanted = list(companies_days)
    sql = f"""SELECT company, day FROM summaries WHERE {bulk.among(connection, "company", "companies")}
              AND {bulk.among(connection, "day", "days")}"""
    companies = bulk.array(connection, sorted({company for company, _ in wanted}))
    days = bulk.array(connection, sorted({day.isoformat() for _, day in wanted}))
    found = bulk.run(connection, sql, companies=companies, days=days)
    return {(company, date.fromisoformat(day)) for company, day in found}


def decide_day(database: Database, company: str, day: date, now: datetime, mails: Sequence[Mail]) -> bool:
    """Write the summaries of one company day, all or none; False when that day was decided before."""
    with database.write() as connection:
        decided = bulk.run(
            connection,
            """INSERT INTO summaries (company, day, decided_at) VALUES (:company, :day, :at)
               ON CONFLICT DO NOTHING""",
            company=company,
            day=day.isoformat(),
            at=times.text(now),
        )
        if decided.rowcount != 1:
            return False
        add(connection, mails)
        return True


class Mailbox:
    """What waits to be sent; several notifiers may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has_due(self, now: datetime) -> bool:
        """Whether a mail waits that nobody is sending."""
        with self._database.read() as connection:
            sql = "SELECT 1 FROM mail WHERE due_at <= :now LIMIT 1"
            return bulk.run(connection, sql, now=times.text(now)).first() is not None

    def claim(
        self, now: datetime, until: datetime, limit: int, seal: Callable[[str], str], gather: Gather
    ) -> list[Mail]:
        """Take up to `limit` mails that are due; until `until` nobody else gets them.

        A mail that is taken for the first time is sealed with its Message-ID, and a failure mail takes every
        other one of its recipient with it: what is committed here goes out, however often that is tried.
        """
        with self._database.write() as connection:
            if bulk.is_postgresql(connection):
                bulk.run(connection, _ONE_AT_A_TIME)  # two notifiers would split what belongs into one mail
            taken: dict[str, Mail] = {}
            gathered: set[str] = set()
            for each in _due(connection, times.text(now), limit):
                if each.id in gathered:
                    continue
                message_id = each.message_id or seal(each.id)
                if each.message_id is None and each.kind == "failure":
                    together = [each, *_others(connection, each)]
                    gathered.update(other.id for other in together)
                    each = replace(each, context=gather(together))  # noqa: PLW2901
                    _seal_others(connection, together[1:], message_id)
                taken[each.id] = replace(each, message_id=message_id, due_at=times.text(until))
            bulk.update(connection, mail, "id", [_claimed(each) for each in taken.values()])
            return list(taken.values())

    def hold(self, ids: Sequence[str], until: datetime) -> None:
        """Keep mails that are being sent from others for longer."""
        with self._database.write() as connection:
            self._move(connection, ids, times.text(until))

    def put_back(self, ids: Sequence[str], due: datetime, error: str | None = None) -> None:
        """Let mails wait until `due` without counting an attempt."""
        with self._database.write() as connection:
            self._move(connection, ids, times.text(due))
            if error is not None:
                _note(connection, ids, error)

    def refused(self, each: Mail, error: str, due: datetime | None) -> None:
        """Count an attempt that the mail server refused; without `due` it was the last one."""
        with self._database.write() as connection:
            bulk.run(
                connection,
                """UPDATE mail SET due_at = :due, error = :error, attempts = attempts + 1
                   WHERE id = :id AND sent_at IS NULL""",
                due=times.text(due) if due else None,
                error=error,
                id=each.id,
            )

    def sent(
        self,
        each: Mail,
        together: Sequence[str],
        now: datetime,
        note: str | None,
        event: Publication,
    ) -> None:
        """Record that a mail, and those that it stands for, went out, and announce it."""
        with self._database.write() as connection:
            done = bulk.run(
                connection,
                """UPDATE mail SET sent_at = :now, due_at = NULL, error = :note, attempts = attempts + 1
                   WHERE id = :id AND sent_at IS NULL""",
                now=times.text(now),
                note=note,
                id=each.id,
            )
            if done.rowcount != 1:
                return  # its lease had ended, and another notifier was faster
            rows = [{"id": other, "sent_at": times.text(now)} for other in together if other != each.id]
            bulk.update(connection, mail, "id", rows)
            outbox.write(connection, [event])

    def failed(self, limit: int) -> list[Mail]:
        """The mails that the mail server refused for good, newest first."""
        sql = f"""SELECT {_COLUMNS} FROM mail WHERE due_at IS NULL AND sent_at IS NULL AND error IS NOT NULL
                  ORDER BY created_at DESC, id LIMIT :limit"""
        with self._database.read() as connection:
            return [_mail(row) for row in bulk.run(connection, sql, limit=limit)]

    @staticmethod
    def _move(connection: Connection, ids: Sequence[str], due_at: str) -> None:
        sql = f"""UPDATE mail SET due_at = :due WHERE {bulk.among(connection, "id", "ids")}
                  AND due_at IS NOT NULL AND sent_at IS NULL"""
        bulk.run(connection, sql, due=due_at, ids=bulk.array(connection, ids))


def _due(connection: Connection, now: str, limit: int) -> list[Mail]:
    sql = f"SELECT {_COLUMNS} FROM mail WHERE due_at <= :now ORDER BY due_at, id LIMIT :limit"
    return [_mail(row) for row in bulk.run(connection, sql, now=now, limit=limit)]


def _others(connection: Connection, first: Mail) -> list[Mail]:
    sql = f"""SELECT {_COLUMNS} FROM mail WHERE due_at IS NOT NULL AND message_id IS NULL AND kind = 'failure'
              AND company = :company AND recipient = :recipient AND id <> :id
              ORDER BY created_at, id"""
    found = bulk.run(connection, sql, company=first.company, recipient=first.recipient, id=first.id)
    return [_mail(row) for row in found]


def _seal_others(connection: Connection, others: Sequence[Mail], message_id: str) -> None:
    rows = [{"id": other.id, "due_at": None, "message_id": message_id} for other in others]
    bulk.update(connection, mail, "id", rows)


def _note(connection: Connection, ids: Sequence[str], error: str) -> None:
    sql = f"UPDATE mail SET error = :error WHERE {bulk.among(connection, 'id', 'ids')} AND sent_at IS NULL"
    bulk.run(connection, sql, error=error, ids=bulk.array(connection, ids))


def _claimed(each: Mail) -> bulk.Row:
    return {
        "id": each.id,
        "due_at": each.due_at,
        "message_id": each.message_id,
        "context": dump(each.context),
    }


def _mail(row: Sequence[Any]) -> Mail:
    id_, company, kind, recipient, cause, context, created_at, due_at, message_id, attempts, error = row
    content = json.loads(context)
    return Mail(
        id_, company, kind, recipient, cause, content, created_at, due_at, message_id, attempts, error
    )
