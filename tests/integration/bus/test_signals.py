"""How a change in one place wakes whoever waits in another."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from engine.bus.signal import LocalSignals, PostgresSignals, Signals

SOON = 20.0
LONG_PATH = "a-long-directory-name-" * 6


@pytest.fixture(params=["local", "local with a long path", "PostgreSQL"])
def new_signals(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Signals]]:
    """Signals as one more process has them."""
    opened: list[Signals] = []
    if request.param == "PostgreSQL":
        url = request.getfixturevalue("postgres_url")
        make: Callable[[], Signals] = lambda: PostgresSignals(url)  # noqa: E731 - one name for three ways
    else:
        directory = tmp_path if request.param == "local" else tmp_path / LONG_PATH
        make = lambda: LocalSignals(directory)  # noqa: E731 - as above

    def open_one() -> Signals:
        opened.append(make())
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def test_a_notice_ends_a_wait(new_signals: Callable[[], Signals]) -> None:
    """Also one that came before the wait, but not one that was heard already."""
    listener = new_signals().listener(["outbox", "other"])
    notifier = new_signals()
    notifier.notify("outbox")
    assert listener.wait(SOON)
    assert not listener.wait(0)

    notifier.notify("other")
    assert listener.wait(SOON)
    listener.close()


def test_a_notice_on_another_channel_wakes_nobody(new_signals: Callable[[], Signals]) -> None:
    """Whoever waits for mail sleeps on when a command comes."""
    signals = new_signals()
    listener, other = signals.listener(["mail"]), signals.listener(["outbox"])
    signals.notify("outbox")

    assert other.wait(SOON)
    assert not listener.wait(0)
    listener.close()
    other.close()


def test_every_listener_of_a_channel_is_woken(new_signals: Callable[[], Signals]) -> None:
    """Whichever of them gets the work, none sleeps through it."""
    listeners = [new_signals().listener(["outbox"]) for _ in range(3)]
    new_signals().notify("outbox")

    assert all(listener.wait(SOON) for listener in listeners)
    for listener in listeners:
        listener.close()


def test_waking_works_from_another_thread(new_signals: Callable[[], Signals]) -> None:
    """A program that ends does not wait for its listeners' time-out; a late wake harms nobody."""
    listener = new_signals().listener(["outbox"])
    thread = threading.Timer(0.05, listener.wake)
    thread.start()
    begun = time.monotonic()

    assert listener.wait(SOON)
    assert time.monotonic() - begun < SOON / 2
    thread.join()
    listener.close()
    listener.wake()


def test_a_thousand_notices_are_one_wake(new_signals: Callable[[], Signals]) -> None:
    """A listener that is busy does not hold up whoever notifies."""
    signals = new_signals()
    listener = signals.listener(["outbox"])
    for _ in range(1000):
        signals.notify("outbox")

    assert listener.wait(SOON)
    signals.notify("outbox")
    assert listener.wait(SOON)
    listener.close()


def test_notices_cross_processes_and_a_killed_listener_is_forgotten(tmp_path: Path) -> None:
    """Its socket stays behind in the directory until the next notice."""
    program = (
        "import sys; from pathlib import Path; from engine.bus.signal import LocalSignals;"
        "listener = LocalSignals(Path(sys.argv[1])).listener(['outbox']); print('ready', flush=True);"
        "print(listener.wait(20), flush=True); listener.wait(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    signals = LocalSignals(tmp_path)
    signals.notify("outbox")
    assert process.stdout.readline() == "True\n"
    process.kill()
    process.communicate()
    assert len(list(signals._directory.iterdir())) == 1

    signals.notify("outbox")

    assert list(signals._directory.iterdir()) == []
    signals.close()


def test_a_listener_that_lost_its_database_looks_once_and_listens_again(postgres_url: str) -> None:
    """What was notified while it was deaf is not missed."""
    signals = PostgresSignals(postgres_url)
    listener = signals.listener(["outbox"])
    signals.notify("outbox")
    assert listener.wait(SOON)

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert listener.wait(SOON)
    assert listener.wait(SOON)
    assert not listener.wait(0)
    signals.notify("outbox")
    assert listener.wait(SOON)
    listener.close()
    signals.close()


def test_a_notice_while_the_database_is_away_is_only_lost(free_port: int) -> None:
    """It is a hint; whoever waits looks by itself."""
    signals = PostgresSignals(f"postgresql://postgres@127.0.0.1:{free_port}/nothing")
    signals.notify("outbox")
    listener = signals.listener(["outbox"])

    assert not listener.wait(0)
    listener.close()
    signals.close()
