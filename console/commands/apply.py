"""Lets companies and sources become what a configuration file says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.config_file import read_file
from console.connectors import connector_names
from console.wiring import Site
from engine.directory import Change, Directory, difference
from engine.errors import Misconfigured
from engine.store import directory, integrations, schema
from engine.topology import topology


@dataclass(frozen=True, slots=True)
class Applied:
    """What changed (or would), and what about the file is strange."""

    changes: tuple[Change, ...]
    warnings: tuple[str, ...]


def run_apply(site: Site, path: Path, *, dry_run: bool = False) -> Applied:
    """Write a file's companies and sources in one transaction; with `dry_run` only compare."""
    written = read_file(path, connector_names())
    schema.ensure_current(site.database)
    if dry_run:
        with site.database.read() as connection:
            changes = difference(_present(written.directory, connection), written.directory)
        return Applied(changes, written.warnings)
    _declare_queues(site, written.directory)
    with site.database.write() as connection:
        directory.lock(connection)
        changes = difference(_present(written.directory, connection), written.directory)
        _keep_what_is_on_its_way(written.directory, connection)
        if changes:
            directory.write(connection, written.directory, site.now())
    return Applied(changes, written.warnings)


def _keep_what_is_on_its_way(written: Directory, connection: Any) -> None:
    """Refuse to take an export away from the connector that may have made its record."""
    problems = []
    for (slug, connector), count in sorted(integrations.open_exports(connection).items()):
        company = written.companies.get(slug)
        if company and (company.integration is None or company.integration.connector != connector):
            problems.append(
                f"company.{slug}.integration: {count} exports are still on their way to {connector}; "
                f"change the connector once they are done (`countersign items --company {slug} --state accepted`)"
            )
    if problems:
        raise Misconfigured(problems)


def _present(written: Directory, connection: Any) -> Directory:
    return directory.read(connection, written.companies.keys())


def _declare_queues(site: Site, written: Directory) -> None:
    """Give a connector that nobody has used yet its queue, so that its first export request arrives."""
    used = {company.integration.connector for company in written.companies.values() if company.integration}
    with site.database.read() as connection:
        known = connector_names() | directory.connectors(connection)
    if used - known:
        site.bus.declare(topology(used | known))
