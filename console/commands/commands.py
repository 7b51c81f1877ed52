"""Commands on their way to the engine: read, addressed, published."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from console.wiring import Site
from engine.errors import BusUnavailable
from engine.messages import COMMAND_PREFIX, STRUCTURED, Command, Message, dump, read
from engine.ports import Outgoing, Publisher
from engine.store.queries.integrations import connectors_in_use
from engine.topology import COMMANDS, topology

SOURCE: Final = "/countersign/cli"

_BATCH: Final = 500
_NOT_A_WORD: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_WORD: Final = 60
_LONGEST_ID: Final = 255  # bytes of an AMQP short string


@dataclass(frozen=True, slots=True)
class Ready:
    """A readable command with its message."""

    command: Command
    message: Outgoing


def ready(body: bytes, limit: int) -> Ready:
    """The command in a body; raises Malformed."""
    command = read(Message(body, STRUCTURED), limit)
    return Ready(
        command,
        Outgoing(COMMANDS, routing_key(command), body, _message_id(command), STRUCTURED, mandatory=True),
    )


def build(name: str, key: str, actor: str, data: dict[str, Any], now: str, limit: int) -> Ready:
    """A new command of the command line's own."""
    envelope = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": SOURCE,
        "time": now,
        "type": f"{COMMAND_PREFIX}{name}.v1",
        "subject": key,
        "actor": actor,
        "datacontenttype": "application/json",
        "data": data,
    }
    return ready(dump(envelope).encode(), limit)


def routing_key(command: Command) -> str:
    """`<command>.<item_type>`, made of what a routing key can hold."""
    parts = (command.subject or "").split("/")
    return f"{_word(command.name)}.{_word(parts[1] if len(parts) > 1 else '')}"


def _word(text: str) -> str:
    return _NOT_A_WORD.sub("-", text)[:_LONGEST_WORD] or "-"


def _message_id(command: Command) -> str:
    fits = command.id.isprintable() and len(command.id.encode("utf-8", "replace")) <= _LONGEST_ID
    return command.id if fits else command.key.hex()


def publish(site: Site, messages: Sequence[Outgoing], done: Callable[[int], None] = lambda _: None) -> None:
    """Publish in order and return when all are safe; `done` hears of every confirmed batch."""
    publisher = site.bus.publisher()
    safe = 0
    try:
        for start in range(0, len(messages), _BATCH):
            batch = messages[start : start + _BATCH]
            _publish(site, publisher, batch)
            safe += len(batch)
            done(len(batch))
    except BusUnavailable as error:
        raise BusUnavailable(f"{error} ({_advice(safe, len(messages))})") from error
    finally:
        publisher.close()


def _advice(safe: int, total: int) -> str:
    if total == 1:
        return "the command is not known to be queued: try again once the broker is back"
    return f"{safe} of {total} are queued: send all of them again, what was queued has no second effect"


def _publish(site: Site, publisher: Publisher, batch: Sequence[Outgoing]) -> None:
    returned = _returned(publisher, batch)
    if not returned:
        return
    with site.database.read() as connection:
        connectors = connectors_in_use(connection)
    site.bus.declare(topology(connectors))  # somebody deleted the queue
    if _returned(publisher, returned):
        raise BusUnavailable("the broker has no queue for commands: run `countersign init`")


def _returned(publisher: Publisher, batch: Sequence[Outgoing]) -> list[Outgoing]:
    safe = publisher.publish(batch)
    return [message for message, ok in zip(batch, safe, strict=True) if not ok]
