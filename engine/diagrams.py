"""A workflow as people read it: a Mermaid diagram and a Markdown table, written from the rows themselves."""

from collections.abc import Iterable

from engine.effects import Emit, Then
from engine.workflow import Guard, Row, State, Workflow

Cells = tuple[str, str, str, str, str, str]

COLUMNS: Cells = ("event", "from", "to", "by", "when", "then")


def mermaid(workflow: Workflow) -> str:
    """The diagram, in Mermaid's language; events between the same two states share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in workflow.rows:
        arrows.setdefault((_place(row.source), row.target), []).append(row.event)
    lines = [f"    {source} --> {target}: {', '.join(events)}" for (source, target), events in arrows.items()]
    ends = [f"    {state} --> [*]" for state in workflow.states if state in workflow.final]
    return "\n".join(["stateDiagram-v2", *lines, *ends]) + "\n"


def table(workflow: Workflow) -> str:
    """The rows as a Markdown table; rows that differ only in their source share a line."""
    return markdown(COLUMNS, cells(workflow.rows))


def ignored(workflow: Workflow) -> str:
    """What may arrive late or twice and changes nothing, as a Markdown table."""
    states: dict[str, list[State]] = {}
    for each in workflow.ignored:
        states.setdefault(each.event, []).append(each.source)
    return markdown(
        ("event", "changes nothing in"), [(event, _states(found)) for event, found in states.items()]
    )


def cells(rows: Iterable[Row]) -> list[Cells]:
    """The six columns of each row as text."""
    sources: dict[Row, list[State]] = {}
    for row in rows:
        sources.setdefault(_without_source(row), []).append(row.source)
    return [
        (
            row.event,
            _states(found),
            row.target,
            row.by,
            _joined(map(condition, row.when)),
            _joined(map(effect, row.then)),
        )
        for row, found in sources.items()
    ]


def condition(guard: Guard) -> str:
    """What a guard demands: the first line of its docstring."""
    return (guard.__doc__ or guard.__name__.replace("_", " ")).strip().splitlines()[0].rstrip(".")


def effect(then: Then) -> str:
    """What an effect does, in words."""
    return f"publish `{then.event}`" if isinstance(then, Emit) else then.value


def markdown(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    columns = [_escaped(name) for name in head]
    lines = [columns, ["---"] * len(columns), *([_escaped(cell) for cell in row] for row in body)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _place(state: State) -> str:
    return "[*]" if state is State.NEW else state


def _without_source(row: Row) -> Row:
    return Row(row.event, State.NEW, row.target, row.by, row.when, row.then)


def _states(states: Iterable[State]) -> str:
    found = set(states)
    return ", ".join("(none)" if state is State.NEW else state for state in State if state in found)


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _escaped(cell: str) -> str:
    return str(cell).replace("|", "\\|").replace("\n", " ")
