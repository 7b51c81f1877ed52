"""Who may take from a queue: consumers of the embedded queue prove that they live by renewing a lease."""

from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, update

from engine.bus.embedded_session import Session
from engine.bus.embedded_tables import queue_consumers, queue_messages, queues
from engine.ports import Queue

LEASE: Final = 10.0  # seconds after which a killed process' messages are given to others
RENEWAL: Final = 3.0  # seconds between two renewals


def renew(session: Session, connection: Connection, owner: str) -> bool:
    """Live on; False where this owner is not, or no longer, known."""
    expires = session.now(connection) + LEASE
    statement = update(queue_consumers).where(queue_consumers.c.owner == owner).values(expires_at=expires)
    return connection.execute(statement).rowcount > 0


def enter(session: Session, connection: Connection, owner: str, queue: str) -> None:
    """Begin to live."""
    expires = session.now(connection) + LEASE
    connection.execute(insert(queue_consumers).values(owner=owner, queue=queue, expires_at=expires))


def leave(connection: Connection, owner: str) -> None:
    """Live no longer; a queue that this owner had alone is free for the next."""
    connection.execute(delete(queue_consumers).where(queue_consumers.c.owner == owner))
    connection.execute(update(queues).where(queues.c.active == owner).values(active=None))


def expired(session: Session, connection: Connection, queue: str) -> list[str]:
    """The owners of this queue's messages whose lease is over."""
    return list(
        connection.scalars(
            select(queue_consumers.c.owner)
            .where(_over(session, connection, queue))
            .with_for_update(skip_locked=True)
        )
    )


def activate(connection: Connection, owner: str, queue: str) -> bool:
    """Become, or be, the one consumer that gets this queue's messages; holds the queue until the commit."""
    active = connection.scalar(select(queues.c.active).where(queues.c.name == queue).with_for_update())
    if active is None:
        connection.execute(update(queues).where(queues.c.name == queue).values(active=owner))
    return active in {None, owner}


def worth_claiming(session: Session, connection: Connection, owner: str, queue: Queue) -> bool:
    """Whether a claim would change anything; only reads, so that idling costs no write."""
    free = exists().where(queue_messages.c.queue == queue.name, queue_messages.c.owner.is_(None))
    over = exists().where(_over(session, connection, queue.name), queue_consumers.c.owner != owner)
    if not queue.single_active_consumer:
        return bool(connection.scalar(select(or_(free, over))))
    vacant = exists().where(queues.c.name == queue.name, queues.c.active.is_(None))
    mine = exists().where(queues.c.name == queue.name, queues.c.active == owner)
    is_vacant, is_mine, has_free, is_over = connection.execute(select(vacant, mine, free, over)).one()
    return bool(is_vacant or is_over or (is_mine and has_free))


def _over(session: Session, connection: Connection, queue: str) -> ColumnElement[bool]:
    return (queue_consumers.c.queue == queue) & (queue_consumers.c.expires_at < session.now(connection))
