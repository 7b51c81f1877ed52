"""What the suite lets another process do: hold messages until it is killed, or publish a number of them."""

import json
import sys
import threading
from pathlib import Path

from tests.conformance import worlds
from tests.conformance.worlds import World


def main() -> None:
    """Read the world and what to do from the command line."""
    kind, url, directory = json.loads(sys.argv[1])
    world = _open(kind, url, Path(directory))
    action, name, number = sys.argv[2], sys.argv[3], int(sys.argv[4])
    if action == "hold":
        _hold(world, name, number)
    else:
        _publish(world, name, number)


def _open(kind: str, url: str, directory: Path) -> World:
    if kind == "rabbitmq":
        return worlds.rabbitmq(url, directory, closed_port=1)
    return worlds.embedded(url, directory, lost_url="sqlite://")


def _hold(world: World, queue: str, number: int) -> None:
    consumer = world.consumer(queue)
    held = 0
    while held < number:
        held += len(consumer.receive(number - held, 10.0))
    print("holding", flush=True)
    threading.Event().wait()


def _publish(world: World, routing_key: str, number: int) -> None:
    publisher = world.publisher()
    for start in range(0, number, 100):
        batch = range(start, min(start + 100, number))
        publisher.publish([worlds.outgoing(str(each), routing_key) for each in batch])
    world.close()


if __name__ == "__main__":
    main()
