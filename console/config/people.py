"""A company's people: who may decide, who may send, and who gets mail."""

from collections.abc import Mapping

from console.config import checks
from console.config.table import Table, suggestion
from engine.facts import Person
from workflows import ITEM_TYPES

LEVELS = ("none", "read_only", "standard", "admin")


def read(company: Table) -> dict[str, Person]:
    """Everybody in `[[company.X.people]]` by e-mail address."""
    found: dict[str, Person] = {}
    spelled: dict[str, str] = {}
    for table in company.tables("people"):
        person = _person(table)
        if person is None:
            continue
        if known := spelled.get(person.email.lower()):
            table.problem(
                "email", f"{person.email} is there twice (also as {known}): one person has one entry"
            )
        spelled[person.email.lower()] = person.email
        found[person.email] = person
    return found


def _person(table: Table) -> Person | None:
    email = table.text("email", None, checks.EMAIL, required=True)
    if email is not None:
        table.path = f"{table.path.rpartition('[')[0]}[{email}]"
    erp = table.text("erp", "none", checks.one_of(LEVELS))
    push = table.flag("can_push_to_accounting", False)
    person = Person(
        email=email or "",
        name=table.text("name", email or "", checks.NAME),
        erp=erp,
        can_push_to_accounting=push,
        projects=table.texts("projects", checks.ITEM_ID),
        tools=_tools(table),
        tool_projects=table.texts("tool_projects", checks.ITEM_ID),
        directory=table.text("directory", "none", checks.one_of(LEVELS)),
        daily_summary=table.flag("daily_summary", True),
    )
    table.close()
    if push and erp not in ("standard", "admin"):
        table.warning(
            "can_push_to_accounting", 'has no effect: an approver needs erp = "standard" or "admin"'
        )
    return person if email else None


def _tools(table: Table) -> Mapping[str, str]:
    if "tools" not in table:
        return {}
    value = table.take("tools")
    level = checks.one_of(LEVELS)
    if isinstance(value, str):
        if problem := level(value):
            table.problem("tools", problem)
        return {"*": value}
    tools = table.table("tools")
    found = {name: tools.text(name, "none", level) for name in tools.names()}
    for name in found.keys() - set(ITEM_TYPES):
        tools.problem(name, f"is no item type{suggestion(name, ITEM_TYPES)}")
    return dict(sorted(found.items()))
