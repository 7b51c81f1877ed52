"""Steps that every part takes: publish, accept what is ready, bring in what commitments refer to."""

from collections.abc import Sequence
from typing import Final

from bench import work
from bench.board import Board
from engine.ports import Bus, Outgoing

_AT_ONCE: Final = 500


class Refused(Exception):
    """The broker did not take a command."""


def publish(bus: Bus, messages: Sequence[Outgoing]) -> None:
    """Publish commands and wait until they are safe."""
    publisher = bus.publisher()
    try:
        for first in range(0, len(messages), _AT_ONCE):
            if not all(publisher.publish(messages[first : first + _AT_ONCE])):
                raise Refused("a command was returned: the command queue is missing")
    finally:
        publisher.close()


def accept_what_becomes_ready(bus: Bus, board: Board, items: int) -> None:
    """Accept each of so many items as soon as its event has come."""
    publisher = bus.publisher()
    try:
        while items > 0:
            ready = board.take_ready()
            publisher.publish([work.accept(key) for key in ready])
            items -= len(ready)
    finally:
        publisher.close()


def prepare(bus: Bus, board: Board) -> int:
    """Bring what commitments refer to into the ERP; returns how many items that is."""
    done = 0
    for group in work.prerequisites():
        publish(bus, [work.command("send", key, work.SENDER, payload=body) for key, body in group])
        accept_what_becomes_ready(bus, board, len(group))
        done += len(group)
        board.wait_for_synced(done)
    return done
