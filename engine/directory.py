"""Who is there: companies, their people, the sources of commands; and what changes from one to another."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from engine.facts import Company, Integration, Person
from engine.ledger import Source

_ADDED, _CHANGED, _REMOVED = "+", "~", "-"


@dataclass(frozen=True, slots=True)
class Directory:
    """Companies by slug, each one's active people by e-mail address, and sources by name."""

    companies: Mapping[str, Company] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, Person]] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `sign` is + added, ~ changed or - removed; `detail` says from what to what."""

    sign: str
    kind: str  # company | integration | person | source
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.kind} {self.name}" + (f": {self.detail}" if self.detail else "")


def difference(before: Directory, after: Directory) -> tuple[Change, ...]:
    """What changes when every company and source in `after` becomes as it is written there; others stay."""
    found: list[Change] = []
    for slug, company in after.companies.items():
        old = before.companies.get(slug)
        found += _compared("company", slug, _of_company(old), _of_company(company))
        found += _compared("integration", slug, _of_integration(old), _of_integration(company))
        found += _people(slug, before.people.get(slug, {}), after.people.get(slug, {}))
    for name, source in after.sources.items():
        found += _compared("source", name, _of_source(before.sources.get(name)), _of_source(source))
    return tuple(found)


def _people(slug: str, before: Mapping[str, Person], after: Mapping[str, Person]) -> Iterator[Change]:
    for email in sorted(before.keys() | after.keys()):
        old, new = _of_person(before.get(email)), _of_person(after.get(email))
        yield from _compared("person", f"{slug}/{email}", old, new, removed="deactivated")


def _compared(
    kind: str,
    name: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    removed: str = "removed",
) -> Iterator[Change]:
    if before is None and after is None:
        return
    if after is None:
        yield Change(_REMOVED, kind, name, removed)
    elif before is None:
        yield Change(_ADDED, kind, name)
    else:
        old, new = dict(_leaves(before)), dict(_leaves(after))
        for path in sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path)):
            yield Change(_CHANGED, kind, name, f"{path} {_shown(old.get(path))} → {_shown(new.get(path))}")


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, each in value.items():
        if isinstance(each, Mapping) and each:
            yield from _leaves(each, f"{path}{name}.")
        else:
            yield f"{path}{name}", each


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _of_company(company: Company | None) -> Mapping[str, Any] | None:
    return None if company is None else _attributes(company, without=("slug", "integration"))


def _of_integration(company: Company | None) -> Mapping[str, Any] | None:
    integration: Integration | None = company.integration if company else None
    return None if integration is None else _attributes(integration)


def _of_person(person: Person | None) -> Mapping[str, Any] | None:
    return None if person is None else _attributes(person, without=("email",))


def _of_source(source: Source | None) -> Mapping[str, Any] | None:
    return None if source is None else {"broker_user": source.broker_user, "may": sorted(source.may)}


def _attributes(value: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    names = (each.name for each in fields(value) if each.name not in without)
    return {name: getattr(value, name) for name in names}
