"""The working set of one batch: what was loaded, and what the commands before have already changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine import needs
from engine.changes import Change, Claim, Decision, Free, Meet, PutExport, Unmeet
from engine.facts import Company, Export, Facts, Item, Person
from engine.ledger import Brief
from engine.messages import Command
from engine.payload import Payload
from engine.values import replace
from engine.workflow import ItemType

Problems = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Target:
    """One command with what its subject says it is about."""

    command: Command
    kind: ItemType
    company: Company
    key: str
    id: str
    person: Person | None = None
    trusted_operator: bool = False
    payload: Payload | None = None  # what the command brings
    problems: Problems = ()


@dataclass(slots=True)
class Working:
    """Everything that decisions of one batch may look at; later commands see what earlier ones did."""

    now: str
    lease: float
    before: dict[str, Item] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    payloads: dict[str, Payload] = field(default_factory=dict)
    briefs: dict[str, Brief] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    claims: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)  # by company
    exports: dict[str, list[Export]] = field(default_factory=dict)
    dependents: dict[str, list[str]] = field(default_factory=dict)

    def item(self, target: Target) -> Item:
        """The item as it now is; `new` if it does not exist."""
        found = self.items.get(target.key)
        return found or Item(company=target.company.slug, item_type=target.kind.name, id=target.id)

    def project(self, company: str, item_type: str, item_id: str, payload: Payload | None) -> str | None:
        """The project that an item with this payload belongs to: its own, its payload's, or its parent's."""
        if item_type == "project":
            return item_id
        if payload is None:
            return None
        if parent := payload.parent():
            brief = self.briefs.get(needs.item_need(company, *parent))
            return brief.project if brief else None
        return payload.project_id()

    def _project_as_it_would_be(self, target: Target, item: Item, payload: Payload | None) -> str | None:
        if payload is not None:
            return self.project(target.company.slug, target.kind.name, target.id, payload)
        if target.problems and isinstance(named := target.command.data["payload"], dict):
            named = named.get("project", item.project)  # a payload with mistakes still says where it belongs
            return named if isinstance(named, str) else item.project
        return target.id if target.kind.name == "project" else item.project

    def projects_of(self, target: Target) -> set[str]:
        """The projects that a command's item belongs to and would belong to."""
        item, payload = self.item(target), target.payload or self.payloads.get(target.key)
        return {item.project or "", self._project_as_it_would_be(target, item, payload) or ""} - {""}

    def _posting(self, target: Target) -> str | None:
        """Another budget of the item's project whose posting is not confirmed."""
        if target.kind.name != "budget":
            return None
        claims = self.claims.get(target.company.slug, {})
        holders = {claims.get(("budget", project)) for project in self.projects_of(target)} - {target.key}
        found = (self.briefs.get(holder) for holder in sorted(filter(None, holders)))
        return next((brief.key for brief in found if brief and brief.state == "awaiting_posting"), None)

    def needs_of(
        self, company: Company, item_type: str, payload: Payload, project: str | None
    ) -> tuple[str, ...]:
        """Everything that an item needs, met or not."""
        found = needs.of_payload(company.slug, payload, project)
        profile = company.integration.profile.get(item_type, {}) if company.integration else {}
        if profile.get("requires_budget") and project:
            found += (needs.budget_need(company.slug, project),)
        return found

    def unmet(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Those of the needs that the ERP cannot meet yet."""
        return tuple(need for need in wanted if not self._is_met(need))

    def _is_met(self, need: str) -> bool:
        if needs.is_item(need):
            brief = self.briefs.get(need)
            # What is being unlinked may be gone from the ERP by the time that the item gets there.
            return brief is not None and brief.synced_version is not None and brief.state != "unlinking"
        return need in self.met or needs.standard_form(need) in self.met

    def facts(self, target: Target) -> Facts:
        """The snapshot that one decision looks at."""
        item, command, company = self.item(target), target.command, target.company
        payload = target.payload or self.payloads.get(target.key)
        project = self._project_as_it_would_be(target, item, payload)
        wanted = self.needs_of(company, target.kind.name, payload, project) if payload else ()
        exports = self.exports.get(target.key, [])
        return Facts(
            now=self.now,
            command=command,
            kind=target.kind,
            company=company,
            item=item,
            person=target.person,
            actor=command.actor or "",
            trusted_operator=target.trusted_operator,
            payload=payload,
            payload_problems=target.problems,
            project=project,
            unmet=self.unmet(wanted),
            claimed=self.claims.get(company.slug, {}),
            posting=self._posting(target),
            dependents=self._dependents(target) if command.name == "unlink" else (),
            export=next((each for each in exports if each.key == item.export_key), None),
            earlier=tuple(each for each in exports if each.key != item.export_key),
            references=self._references(item, wanted),
            lease=self.lease,
        )

    def _dependents(self, target: Target) -> tuple[str, ...]:
        """Accepted and synced items that refer to it, as the commands before have left them."""
        reference = (target.kind.name, target.id)
        here = {
            key
            for key, item in self.items.items()
            if item.company == target.company.slug
            and key in self.payloads
            and reference in self.payloads[key].references()
        }
        found = here.union(self.dependents.get(target.key, ()))
        gone = {
            key for key in found & self.items.keys() if self.items[key].state not in ("accepted", "synced")
        }
        return tuple(sorted(found - gone))

    def _references(self, item: Item, wanted: Iterable[str]) -> Mapping[str, str]:
        found = {}
        for need in wanted:
            brief = self.briefs.get(need)
            if brief is not None and brief.erp_id is not None:
                found[need] = brief.erp_id
        if item.erp_id is not None:
            found[item.key] = item.erp_id
        return found

    def keep(self, target: Target, decision: Decision) -> None:
        """Let the commands after see what this one did."""
        item = decision.item
        self.items[item.key] = item
        if target.payload is not None:
            self.payloads[item.key] = target.payload
        self.briefs[item.key] = Brief(item.key, item.state, item.project, item.synced_version, item.erp_id)
        for change in decision.changes:
            self._keep_change(change)

    def _keep_change(self, change: Change) -> None:
        if isinstance(change, Claim):
            self.claims.setdefault(change.item.company, {})[change.scope, change.value] = change.item.key
        elif isinstance(change, Free):
            self._free(change)
        elif isinstance(change, Meet):
            self.met.update(change.needs)
        elif isinstance(change, Unmeet):
            self.dependents.pop(change.item.key, None)
        elif isinstance(change, PutExport):
            others = [each for each in self.exports.get(change.item.key, []) if each.key != change.export.key]
            self.exports[change.item.key] = [*others, change.export]

    def _free(self, change: Free) -> None:
        claims = self.claims.get(change.item.company, {})
        for scope, value in [key for key, holder in claims.items() if holder == change.item.key]:
            if scope.startswith(change.scope):
                del claims[scope, value]

    def numbered(self, item: Item, sequence: int, head: str) -> None:
        """The item's newest history entry."""
        self.items[item.key] = replace(self.items[item.key], sequence=sequence, head=head)
