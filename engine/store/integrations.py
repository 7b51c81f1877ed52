"""The state of each integration: running, open (the ERP is away, one probe at a time) or stopped (until resumed)."""

from collections.abc import Sequence
from itertools import takewhile

from sqlalchemy import Connection

from engine import times
from engine.changes import Breaker
from engine.retrying import Delays
from engine.store.bulk import run
from engine.text import printable


def note(connection: Connection, verdicts: Sequence[Breaker], now: str, delays: Delays) -> None:
    """Count what attempts said of their integrations; a breaker opens after some failures in a row."""
    for company in sorted({verdict.company for verdict in verdicts}):
        of_company = [verdict for verdict in verdicts if verdict.company == company]
        if any(verdict.verdict == "auth" for verdict in of_company):
            _stop(connection, company, _message(of_company, "auth"), now)
            continue
        in_a_row = list(takewhile(lambda verdict: verdict.verdict == "failed", reversed(of_company)))
        if len(in_a_row) < len(of_company):
            _close(connection, company, now)
        if in_a_row:
            _fail(connection, company, len(in_a_row), _message(of_company, "failed"), now, delays)


def _message(verdicts: Sequence[Breaker], kind: str) -> str:
    return printable(
        next((v.message for v in reversed(verdicts) if v.verdict == kind and v.message), "no answer"), 500
    )


def _stop(connection: Connection, company: str, message: str, now: str) -> None:
    sql = """UPDATE integrations SET state = 'stopped', reason = :reason, last_error = :message, last_error_at = :now
             WHERE company = :company"""
    reason = f"the ERP refuses the log-in: correct it, then run `countersign integrations resume {company}`"
    run(connection, sql, company=company, reason=reason, message=message, now=now)


def _close(connection: Connection, company: str, now: str) -> None:
    run(
        connection,
        "UPDATE integrations SET failures = 0 WHERE company = :company AND failures > 0",
        company=company,
    )
    sql = """UPDATE integrations SET state = 'running', reason = NULL, probe_at = NULL
             WHERE company = :company AND state = 'open'"""
    if run(connection, sql, company=company).rowcount:
        due_now(connection, company, now)


def due_now(connection: Connection, company: str, now: str) -> int:
    """What waits for this ERP is tried now; returns how many exports that is."""
    sql = """UPDATE exports SET due_at = :now WHERE company = :company
             AND status IN ('requested', 'retrying') AND (due_at IS NULL OR due_at > :now)"""
    return int(run(connection, sql, company=company, now=now).rowcount)


def resume(connection: Connection, company: str, now: str) -> int | None:
    """Start a stopped or open integration again; returns how many exports go on, None if there is no such company."""
    sql = """UPDATE integrations SET state = 'running', reason = NULL, probe_at = NULL, failures = 0
             WHERE company = :company"""
    if not run(connection, sql, company=company).rowcount:
        return None
    return due_now(connection, company, now)


def _fail(connection: Connection, company: str, count: int, message: str, now: str, delays: Delays) -> None:
    sql = """UPDATE integrations SET failures = failures + :count, last_error = :message, last_error_at = :now
             WHERE company = :company"""
    run(connection, sql, company=company, count=count, message=message, now=now)
    sql = """UPDATE integrations SET state = 'open', probe_at = :probe, reason = :reason
             WHERE company = :company AND state <> 'stopped' AND failures >= :limit"""
    probe = times.after(now, delays.breaker_pause)
    reason = "the ERP is away; one attempt at a time is let through"
    run(connection, sql, company=company, probe=probe, reason=reason, limit=delays.breaker_failures)


def open_exports(connection: Connection) -> dict[tuple[str, str], int]:
    """(company, connector) to how many exports are on their way."""
    sql = """SELECT company, connector, count(*) FROM exports WHERE status NOT IN ('succeeded', 'failed')
             GROUP BY company, connector"""
    return {(row[0], row[1]): row[2] for row in run(connection, sql)}
