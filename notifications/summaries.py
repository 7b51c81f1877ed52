"""Decides the daily summaries that are due, each company day once however many schedulers run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from engine.store import mail, mail_facts
from engine.store.database import Database
from notifications.company_day import CompanyDay, due_now, due_on
from notifications.summary import listed, mails
from notifications.views import Words

_log = structlog.get_logger("countersign.summaries")


@dataclass(frozen=True, slots=True)
class Decided:
    """The summaries of one company day, as they were decided just now."""

    company: str
    day: date
    recipients: tuple[str, ...]


def send_summaries(
    database: Database, now: datetime, words: Words, *, company: str | None = None, day: date | None = None
) -> list[Decided]:
    """Put the summaries that are due into the mailbox; the notifier sends them.

    With `day`, that day of the company's calendar is decided instead of today, unless it was decided before.
    """
    with database.read() as connection:
        tenants = mail_facts.companies(connection, company)
    days = (
        due_now(tenant.company, tenant.created_at, now)
        if day is None
        else due_on(tenant.company, tenant.created_at, day)
        for tenant in tenants
    )
    decided = (_decide(database, each, now, words) for each in _undecided(database, days))
    return [each for each in decided if each is not None]


def _undecided(database: Database, days: Iterable[CompanyDay | None]) -> list[CompanyDay]:
    due = [each for each in days if each is not None]
    with database.read() as connection:
        done = mail.decided(connection, ((each.company, each.day) for each in due))
    return [each for each in due if (each.company, each.day) not in done]


def _decide(database: Database, due: CompanyDay, now: datetime, words: Words) -> Decided | None:
    waiting = mail_facts.waiting(database, due.company)
    if waiting is None:
        return None
    keys = listed(waiting)
    projects = {f"{item.company}/project/{item.project}" for item in waiting.items if item.project}
    with database.read() as connection:
        full = mail_facts.items(connection, keys | projects)
    letters = mails(waiting, full, words, due.day, now)
    if not mail.decide_day(database, due.company, due.day, now, letters):
        return None
    recipients = tuple(each.recipient for each in letters)
    _log.info("summary_decided", company=due.company, day=due.day.isoformat(), mails=len(recipients))
    return Decided(due.company, due.day, recipients)
