"""Who may do what: the actor of a command against the role that the table asks for."""

from collections.abc import Callable
from typing import Final

from engine.facts import Facts, Person
from engine.workflow import Role

OPERATOR = "operator:"
CONNECTOR = "connector:"


def may(facts: Facts, role: Role) -> bool:
    """Whether the actor has the role for this item."""
    return _CHECKS[role](facts)


def is_approver(person: Person | None, project: str | None) -> bool:
    """Whether a person may decide items of a project; `None` is an item without one."""
    if person is None or person.erp not in ("standard", "admin") or not person.can_push_to_accounting:
        return False
    return person.projects is None or project in person.projects


def _sender(facts: Facts) -> bool:
    person = facts.person
    if person is None or person.tool(facts.kind.name) != "admin":
        return False
    if person.tool_projects is None:
        return True
    projects = {facts.project} if facts.item.state == "new" else {facts.project, facts.item.project}
    return projects <= set(person.tool_projects)


def _approver(facts: Facts) -> bool:
    return is_approver(facts.person, facts.item.project)


def _erp_admin(facts: Facts) -> bool:
    return facts.trusted_operator or (facts.person is not None and facts.person.erp == "admin")


def _connector(facts: Facts) -> bool:
    """The connector that was asked, whatever the company's integration is by now."""
    integration, asked = facts.company.integration, [facts.export] if facts.export else facts.earlier
    names = {export.connector for export in asked} or ({integration.connector} if integration else set())
    return facts.actor in {f"{CONNECTOR}{name}" for name in names}


_CHECKS: Final[dict[Role, Callable[[Facts], bool]]] = {
    Role.SENDER: _sender,
    Role.APPROVER: _approver,
    Role.ERP_ADMIN: _erp_admin,
    Role.CONNECTOR: _connector,
    Role.POSTER: lambda facts: _connector(facts) or _approver(facts),
    Role.SYSTEM: lambda facts: facts.actor == "system",
}
