"""The event log and the outbox: what is to be published, and what was."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from engine.ledger import Publication
from engine.ports import Outgoing
from engine.service.record import bucket
from engine.store.bulk import array, insert, is_postgresql, run
from engine.store.tables import event_log, outbox
from engine.text import is_printable
from engine.topology import EVENTS

_LONGEST_SUBJECT: Final = 255


def write(connection: Connection, publications: Sequence[Publication]) -> None:
    """Put events into the log and the outbox, in their order; replies only into the outbox."""
    if not publications:
        return
    needed = sum((each.routing_key is not None) + (each.reply_to is not None) for each in publications)
    ids = iter(_reserve(connection, needed))
    log, out = [], []
    for each in publications:
        if each.routing_key is not None:
            number = next(ids)
            log.append(_log_row(each, number))
            out.append(_out_row(each, number, EVENTS, each.routing_key, None))
        if each.reply_to is not None:
            out.append(_out_row(each, next(ids), "", each.reply_to, each.body))
    insert(connection, event_log, log)
    insert(connection, outbox, out)


def _can_be_a_subject(subject: str) -> bool:
    """Whether events may be looked up by it; what a refused command names may be anything."""
    return len(subject) <= _LONGEST_SUBJECT and is_printable(subject)


def _log_row(each: Publication, number: int) -> dict[str, object]:
    return {
        "id": number,
        "type": each.type,
        "subject": each.subject if each.subject is None or _can_be_a_subject(each.subject) else None,
        "company": each.company,
        "at": each.at,
        "body": each.body,
    }


def _out_row(each: Publication, number: int, exchange: str, key: str, body: str | None) -> dict[str, object]:
    return {
        "id": number,
        "bucket": bucket(each.subject),
        "exchange": exchange,
        "routing_key": key,
        "mandatory": each.mandatory and exchange != "",
        "message_id": each.id,
        "correlation_id": each.correlation_id if exchange == "" else None,
        "body": body,
    }


def _reserve(connection: Connection, count: int) -> Iterable[int]:
    """Numbers that nobody else gets; on PostgreSQL a sequence, on SQLite what the writer lock protects."""
    if is_postgresql(connection):
        found = run(
            connection, "SELECT nextval('event_log_id_seq') FROM generate_series(1, :count)", count=count
        )
        return [row[0] for row in found]
    last = run(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'event_log'").scalar()
    statement = "UPDATE sqlite_sequence SET seq = :last WHERE name = 'event_log'"
    if last is None:
        statement = "INSERT INTO sqlite_sequence (name, seq) VALUES ('event_log', :last)"
    run(connection, statement, last=(last or 0) + count)
    return range((last or 0) + 1, (last or 0) + count + 1)


def pending(connection: Connection, limit: int, buckets: tuple[int, int]) -> list[tuple[int, Outgoing]]:
    """The oldest unpublished messages of the buckets from..to (exclusive), in order."""
    sql = """SELECT o.id, o.exchange, o.routing_key, o.mandatory, o.message_id, o.correlation_id,
                    COALESCE(o.body, e.body) AS body
             FROM outbox o LEFT JOIN event_log e ON e.id = o.id
             WHERE o.bucket >= :low AND o.bucket < :high ORDER BY o.id LIMIT :limit"""
    return [
        (
            row.id,
            Outgoing(
                exchange=row.exchange,
                routing_key=row.routing_key,
                body=row.body.encode(),
                message_id=row.message_id,
                mandatory=bool(row.mandatory),
                correlation_id=row.correlation_id,
            ),
        )
        for row in run(connection, sql, low=buckets[0], high=buckets[1], limit=limit)
    ]


def published(connection: Connection, ids: Sequence[int]) -> None:
    """These are safe at the broker: their rows leave."""
    if is_postgresql(connection):
        run(connection, "DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))", ids=list(ids))
    else:
        run(
            connection,
            "DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(:ids))",
            ids=array(connection, ids),
        )


def waiting(connection: Connection) -> int:
    """How many messages are not yet published."""
    return int(run(connection, "SELECT count(*) FROM outbox").scalar_one())
