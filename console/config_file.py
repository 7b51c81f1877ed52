"""Reads a configuration file: companies, integrations, people, sources; tells every mistake at once."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.config import checks, integration, people
from console.config.table import Remarks, Table
from engine.directory import Directory
from engine.errors import Misconfigured
from engine.facts import Company, Person
from engine.ledger import Source
from engine.service.decide import COMMANDS


@dataclass(frozen=True, slots=True)
class Written:
    """What a file says, and what about it is strange."""

    directory: Directory
    warnings: tuple[str, ...]


def read_file(path: Path, connectors: Collection[str]) -> Written:
    """What a file says; `connectors` are those that this installation has. Raises Misconfigured."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Misconfigured([f"{path} cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise Misconfigured([f"{path} has to be UTF-8 text"]) from error
    return read(text, str(path), path.absolute().parent, connectors)


def read(text: str, name: str, folder: Path, connectors: Collection[str]) -> Written:
    """What a text says; relative paths in it begin at `folder`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured([f"{name} is not valid TOML: {error}"]) from error
    remarks = Remarks()
    directory = _directory(Table("", content, remarks), connectors, folder)
    if remarks.problems:
        raise Misconfigured([f"{name}: {problem}" for problem in remarks.problems])
    return Written(directory, tuple(f"{name}: {warning}" for warning in remarks.warnings))


def _directory(root: Table, connectors: Collection[str], folder: Path) -> Directory:
    named, sources = root.table("company"), root.table("source")
    if not named.names() and not sources.names():
        root.remarks.warnings.append("names no company and no source: nothing will change")
    companies: dict[str, Company] = {}
    persons: dict[str, dict[str, Person]] = {}
    for slug in named.names():
        if problem := checks.SLUG(slug):
            named.problem(f'"{slug}"', problem)
        table = named.table(slug)
        companies[slug] = _company(slug, table, connectors, folder)
        persons[slug] = people.read(table)
        table.close()
    found = {name: _source(name, sources) for name in sources.names()}
    root.close()
    return Directory(companies, persons, found)


def _company(slug: str, table: Table, connectors: Collection[str], folder: Path) -> Company:
    return Company(
        slug=slug,
        name=table.text("name", slug, checks.NAME),
        currency=table.text("currency", "USD", checks.CURRENCY),
        timezone=table.text("timezone", "UTC", checks.time_zone),
        daily_summary_at=table.text("daily_summary_at", "07:00", checks.TIME_OF_DAY),
        templates=_templates(table, folder),
        integration=integration.read(table, connectors, folder),
    )


def _templates(table: Table, folder: Path) -> str | None:
    written = table.text("templates", None)
    if written is None:
        return None
    path = folder / written
    if not path.is_dir():
        table.warning("templates", f"{path} is no folder: the usual texts are used until it is there")
    return str(path)


def _source(name: str, sources: Table) -> Source:
    table = sources.table(name)
    if not name.strip():
        sources.problem('""', 'has to name the source of its commands, such as "/procore"')
    broker_user: Any = table.text("broker_user", None, checks.NAME)
    may = table.texts("may", checks.one_of(COMMANDS))
    if may is None and "may" not in table:
        table.problem("may", f"is missing: name the commands that it may give, from {', '.join(COMMANDS)}")
    table.close()
    return Source(broker_user, frozenset(may or ()))
