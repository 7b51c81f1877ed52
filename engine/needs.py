"""What an item can wait for, written as one string for each need.

An item's key (`acme/project/P-17`), a cost code with its category (`acme/P-17/cost_code:03-300/Material`, with `*`
in place of the project for the company's standard list, `?` while the project is not known), or a project's budget
(`acme/P-17/budget:`). No item's id has a colon, so none can be taken for another.
"""

from collections.abc import Iterable

from engine.payload import Payload

STANDARD = "*"
_UNKNOWN = "?"
_CODE = "cost_code:"
_BUDGET = "budget:"


def item_need(company: str, item_type: str, item_id: str) -> str:
    """Wait for an item to be in the ERP."""
    return f"{company}/{item_type}/{item_id}"


def code_need(company: str, project: str | None, code: str, category: str) -> str:
    """Wait for a cost code with its category."""
    return f"{company}/{project or _UNKNOWN}/{_CODE}{code}/{category}"


def budget_need(company: str, project: str) -> str:
    """Wait for a project's budget."""
    return f"{company}/{project}/{_BUDGET}"


def standard_form(need: str) -> str | None:
    """The same cost code in the company's standard list, which meets the need as well."""
    company, scope, rest = need.split("/", 2)
    return f"{company}/{STANDARD}/{rest}" if rest.startswith(_CODE) and scope != STANDARD else None


def is_item(need: str) -> bool:
    """Whether an item of this key meets the need."""
    return ":" not in need.split("/", 2)[2]


def shown(needs: Iterable[str]) -> tuple[str, ...]:
    """The needs as the outside reads them: item keys, `cost_code:<code>/<category>`, `budget:<project>`."""
    return tuple(dict.fromkeys(_shown(need) for need in needs))


def _shown(need: str) -> str:
    _, scope, rest = need.split("/", 2)
    if rest.startswith(_CODE):
        return rest
    return f"{_BUDGET}{scope}" if rest == _BUDGET else need


def of_payload(company: str, payload: Payload, project: str | None) -> tuple[str, ...]:
    """Everything that an item with this payload needs, whether it is met or not."""
    items = (item_need(company, *reference) for reference in payload.references())
    codes = (code_need(company, project, code, category) for code, category in payload.cost_codes())
    return tuple(dict.fromkeys((*items, *codes)))


def met_by(company: str, item_type: str, item_id: str, payload: Payload) -> tuple[str, ...]:
    """Every need that is met once this item is in the ERP."""
    codes = (code_need(company, payload.project_id() or STANDARD, *code) for code in payload.meets())
    budget = (
        (budget_need(company, project),)
        if item_type == "budget" and (project := payload.project_id())
        else ()
    )
    return (item_need(company, item_type, item_id), *codes, *budget)
