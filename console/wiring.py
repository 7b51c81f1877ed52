"""Puts everything together: settings, database, signals, bus. Nothing is opened before it is asked for."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from console.logging import configure
from engine.errors import StoreUnavailable
from engine.settings import Settings
from engine.times import SystemClock, text

if TYPE_CHECKING:
    from engine.bus.signal import Signals
    from engine.ports import Bus
    from engine.store.database import Database

Opened = TypeVar("Opened", bound="Database | Signals | Bus")

# A single command tells its result; only a role tells all it does.
_TALKATIVE: Final = ("debug", "error")
CHANGED: Final = "outbox"  # the channel on which every commit is told that has something to publish


def make_folder(path: Path) -> None:
    """Make a folder for what is kept in files; raises StoreUnavailable where that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{error.strerror or error}; make it, or set COUNTERSIGN_DATA_DIR to another"
        raise StoreUnavailable(f"the folder {path} cannot be made: {why}") from error


class Site:
    """One installation as the environment describes it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self._opened: list[Database | Signals | Bus] = []

    @cached_property
    def database(self) -> "Database":
        """The database; a SQLite file's folder is made if it is not there."""
        from engine.store.database import Database

        database = self._keep(Database(self.settings.database_url))
        if database.path is not None:
            make_folder(database.path.parent)
        return database

    @cached_property
    def signals(self) -> "Signals":
        """How the processes of this installation wake each other."""
        from engine.bus.signal import LocalSignals, PostgresSignals

        database = self.database
        if database.is_postgresql:
            address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
            return self._keep(PostgresSignals(address))
        return self._keep(LocalSignals(database.path.parent if database.path else self.settings.data_dir))

    @cached_property
    def bus(self) -> "Bus":
        """The broker, or the durable queue in the database."""
        if self.settings.broker_url is not None:
            from engine.bus.rabbitmq import RabbitBus

            return self._keep(RabbitBus(self.settings.broker_url))
        from engine.bus.embedded import EmbeddedBus

        return self._keep(EmbeddedBus(self.database.write, self.database.read, self.signals))

    def now(self) -> str:
        """The time as the tables hold it."""
        return text(self.clock.now())

    def changed(self) -> None:
        """Tell everybody who waits that something was committed."""
        self.signals.notify(CHANGED)

    def close(self) -> None:
        """Give everything back, the last opened first."""
        while self._opened:
            self._opened.pop().close()

    def _keep(self, opened: Opened) -> Opened:
        self._opened.append(opened)
        return opened


@contextmanager
def site(environment: Mapping[str, str] | None = None) -> Iterator[Site]:
    """The installation that the environment describes, for the length of one command."""
    settings = Settings.from_environment(os.environ if environment is None else environment)
    configure(settings.log if settings.log in _TALKATIVE else "warning", settings.log_format)
    found = Site(settings)
    try:
        yield found
    finally:
        found.close()
