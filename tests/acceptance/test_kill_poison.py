"""A message that ends the engine each time ends as a dead letter, and its neighbours go on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pika
import psycopg
import pytest

from tests.acceptance.conftest import MakeSite
from tests.acceptance.support.amqp import COMMANDS, Caller, Client, Dashboard, code
from tests.acceptance.support.orders import order, send_project
from tests.acceptance.support.site import Site
from tests.acceptance.support.waiting import eventually

MOST_KILLS = 12
LIMIT = 100  # deliveries, the queue's own
KEY = "acme/project/POISON"
BLOCKED = """FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'countersign'"""


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """A site that gives a message up when it has ended the engine twice while it ran alone."""
    found = make_site("rabbitmq")
    found.environment["COUNTERSIGN_POISON_STARTS"] = "2"
    found.prepare()
    return found


@pytest.fixture
def locked(site: Site) -> Iterator[psycopg.Connection]:
    """Somebody who holds a row of the item, so that whoever handles a command for it is stopped there."""
    url = site.environment["COUNTERSIGN_DATABASE_URL"]
    with psycopg.connect(url) as holder:
        yield holder


def test_a_message_that_ends_the_engine_each_time_becomes_a_dead_letter_and_its_neighbours_are_applied(
    site: Site, locked: psycopg.Connection
) -> None:
    """The engine is killed while it handles this message, until it gives it up."""
    assert site.broker is not None
    site.start("engine", "relay,scheduler,dead-letters")
    with Caller(site.broker) as caller, Dashboard(site.broker, "dead_letter.#") as board:
        caller.ask(send_project(KEY))
        locked.execute("SELECT 1 FROM items WHERE key = %s FOR UPDATE", [KEY])
        guilty = order("reject", KEY)
        neighbours = [send_project(f"acme/project/BESIDE-{number}") for number in range(20)]
        asked = [caller.give(each) for each in (*neighbours[:10], guilty, *neighbours[10:])]
        kills = _kill_while_it_is_handled(site, locked, board)
        innocent = asked[:10] + asked[11:]
        answers = caller.wait(innocent, 60)
    assert 3 <= kills <= MOST_KILLS
    assert {code(answer) for answer in answers} == {None}
    (letter,) = site.ask("dead-letters", "list")
    assert (letter["reason"], letter["queue"]) == ("poison", "countersign.commands")
    assert json.loads(site.ask("dead-letters", "show", str(letter["id"]))["original"]) == guilty
    locked.rollback()
    replayed = ("dead-letters", "replay", str(letter["id"]), "--reason", "the row is free again")
    site.command(*replayed)
    site.until_states({KEY: "rejected"}, 30)


def _kill_while_it_is_handled(site: Site, holder: psycopg.Connection, board: Dashboard) -> int:
    """Kill the engine whenever it is stopped at the locked row; returns how often that was."""
    with psycopg.connect(site.environment["COUNTERSIGN_DATABASE_URL"], autocommit=True) as watcher:
        for kills in range(MOST_KILLS + 1):

            def blocked() -> int:
                row = watcher.execute(f"SELECT count(*) {BLOCKED}").fetchone()
                return int(row[0]) if row else 0

            def given_up() -> bool:
                board.connection.process_data_events(time_limit=0)
                return bool(board.events)

            eventually(
                lambda: blocked() or given_up(), 60, "the engine handles the message, or has given it up"
            )
            if given_up():
                return kills
            site.restart("engine")
            # PostgreSQL looks after a dead client only when it has something to tell it.
            watcher.execute(f"SELECT pg_terminate_backend(pid, 10000) {BLOCKED}")
    raise AssertionError(f"not given up after {MOST_KILLS} kills:\n{site.told()}")


def test_a_message_that_the_broker_itself_gives_up_becomes_a_dead_letter_and_its_neighbours_are_applied(
    site: Site,
) -> None:
    """The delivery limit of the queue is reached by a consumer that never says that it is done."""
    assert site.broker is not None
    guilty = send_project(KEY)
    with Caller(site.broker) as caller:
        asked = [caller.give(each) for each in (guilty, send_project("acme/project/AFTER"))]
        _reject_until_it_is_given_up(site.broker, str(guilty["id"]))
        site.start("engine", "relay,scheduler,dead-letters")
        assert code(caller.wait(asked[1:])[0]) is None
        with Dashboard(site.broker, "dead_letter.added.#") as board:
            letters = eventually(lambda: site.ask("dead-letters", "list"), 30, "a dead letter")
            assert len(board.events) <= 1
    assert [letter["reason"] for letter in letters] == ["poison"]
    assert letters[0]["queue"] == "countersign.commands"
    assert json.loads(site.ask("dead-letters", "show", str(letters[0]["id"]))["original"]) == guilty
    assert KEY not in site.states()
    site.command("dead-letters", "replay", str(letters[0]["id"]), "--reason", "its consumer is mended")
    site.until_states({KEY: "ready_to_export"}, 30)


def _reject_until_it_is_given_up(url: str, guilty: str) -> None:
    with Client(url) as client:
        client.channel.basic_qos(prefetch_count=1)
        rejected = 0
        for method, properties, _ in client.channel.consume(COMMANDS, inactivity_timeout=10):
            assert isinstance(properties, pika.BasicProperties), f"nothing comes after {rejected} rejections"
            if properties.message_id != guilty:
                break
            rejected += 1
            client.channel.basic_reject(method.delivery_tag, requeue=True)
        assert rejected == LIMIT + 1
        client.channel.cancel()
