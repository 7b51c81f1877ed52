"""Brings a database to this release, after a new release was installed."""

from console.commands.init import Prepared, run_init
from console.wiring import Site


def run_upgrade(site: Site) -> Prepared:
    """Migrate the database and declare what the new release needs; an empty database gets its tables."""
    return run_init(site)
