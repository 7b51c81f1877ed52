"""Creates the tables and declares the broker's names, or brings both to this release."""

from dataclasses import dataclass

from console.connectors import connector_names
from console.wiring import Site, make_folder
from engine.store import directory, schema
from engine.store.schema import Upgrade
from engine.topology import topology


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was done to the database, and for which connectors the broker has queues."""

    database: str
    upgrade: Upgrade
    connectors: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What was done, for people."""
        if self.upgrade.before is None:
            return f"{self.database}: created the tables (revision {self.upgrade.after})"
        if self.upgrade.changed:
            return f"{self.database}: upgraded from revision {self.upgrade.before} to {self.upgrade.after}"
        return f"{self.database}: up to date (revision {self.upgrade.after})"


def run_init(site: Site) -> Prepared:
    """Create or migrate the database, then declare everything; what exists already stays as it is."""
    make_folder(site.settings.data_dir)
    done = schema.upgrade(site.database)
    return Prepared(site.database.name, done, declare(site))


def declare(site: Site) -> tuple[str, ...]:
    """Declare every name on the bus, with a queue for each connector that is installed or used."""
    with site.database.read() as connection:
        wanted = tuple(sorted(connector_names() | directory.connectors(connection)))
    site.bus.declare(topology(wanted))
    return wanted
