"""Every name that Countersign declares on a bus."""

from collections.abc import Iterable
from typing import Final

from engine.ports import Queue, Topology

COMMANDS: Final = "countersign.commands"  # an exchange, and the queue behind it
EVENTS: Final = "countersign.events"
DEAD: Final = "countersign.dead"
DEAD_LETTERS: Final = "countersign.dead-letters"
NOTIFICATIONS: Final = "countersign.notifications"
EXPORTS: Final = "countersign.exports."

DELIVERY_LIMIT: Final = 100
# RabbitMQ 4 gives a queue without a limit one of 20 and drops what exceeds it, and 3.10 refuses -1: only a
# limit that no message reaches means "never drop" on all of them.
NO_DELIVERY_LIMIT: Final = 2**31 - 1

NOTIFIED: Final = ("item.*.rejected.*", "dead_letter.added.*")


def exports_queue(connector: str) -> str:
    """The queue that a connector's export requests arrive in."""
    return EXPORTS + connector


def topology(connectors: Iterable[str]) -> Topology:
    """What `init` declares; the queue of dead letters is first, so that nothing is given up into the void."""
    return Topology(
        exchanges=(DEAD, COMMANDS, EVENTS),
        queues=(
            Queue(DEAD_LETTERS, ((DEAD, "#"),), delivery_limit=NO_DELIVERY_LIMIT),
            _queue(COMMANDS, (COMMANDS, "#"), single_active_consumer=True),
            _queue(NOTIFICATIONS, *((EVENTS, pattern) for pattern in NOTIFIED)),
            *(
                _queue(exports_queue(name), (EVENTS, f"export.{name}.requested.*"))
                for name in sorted(set(connectors))
            ),
        ),
    )


def _queue(name: str, *bindings: tuple[str, str], single_active_consumer: bool = False) -> Queue:
    return Queue(
        name,
        bindings,
        single_active_consumer=single_active_consumer,
        delivery_limit=DELIVERY_LIMIT,
        dead_exchange=DEAD,
    )
