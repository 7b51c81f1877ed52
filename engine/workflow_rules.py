"""What every state machine's table has to satisfy; each rule's sentence is also its documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from engine.effects import Effect, Emit
from engine.workflow import ANSWERS, Role, State

if TYPE_CHECKING:
    from engine.workflow import Row, Workflow

Rule = Callable[["Workflow"], Iterable[str]]


def states_exist(workflow: Workflow) -> Iterator[str]:
    """Every state that a table names exists."""
    named: list[str] = [state for row in workflow.rows for state in (row.source, row.target)]
    named += [*(each.source for each in workflow.ignored), *sorted(workflow.final)]
    for state in dict.fromkeys(named):
        if state not in list(State):
            yield f"{state}: there is no such state"


def one_row_for_each(workflow: Workflow) -> Iterator[str]:
    """An event has at most one row in each state."""
    seen = set()
    for row in workflow.rows:
        if (row.event, row.source) in seen:
            yield f"{row.event} in {row.source}: has more than one row"
        seen.add((row.event, row.source))


def one_role_for_each(workflow: Workflow) -> Iterator[str]:
    """All rows of an event name the same role: who may give a command does not depend on the state."""
    for event in workflow.events:
        roles = dict.fromkeys(row.by for row in workflow.rows if row.event == event)
        if len(roles) > 1:
            yield f"{event}: is given by {' and by '.join(roles)}, and one event has one role"


def handled_or_ignored(workflow: Workflow) -> Iterator[str]:
    """In one state an event is handled or ignored, never both."""
    for each in workflow.ignored:
        if workflow.row(each.event, each.source):
            yield f"{each.event} in {each.source}: is handled and ignored at once"


def ignored_is_known(workflow: Workflow) -> Iterator[str]:
    """What is ignored names an event and a state that occur in the rows."""
    for each in workflow.ignored:
        if each.event not in workflow.events:
            yield f"{each.event}: is ignored in {each.source}, and no row has such an event"
        if each.source not in workflow.states:
            yield f"{each.source}: {each.event} is ignored there, and no row has such a state"


def nothing_leads_to_new(workflow: Workflow) -> Iterator[str]:
    """No row leads back to new: an item that exists stays known."""
    for row in workflow.rows:
        if row.target is State.NEW:
            yield f"{row.event} in {row.source}: leads back to new"


def every_state_is_reachable(workflow: Workflow) -> Iterator[str]:
    """Every state can be reached from new."""
    reachable = _reachable(workflow, [State.NEW])
    for state in workflow.states:
        if state not in reachable:
            yield f"{state}: cannot be reached from new"


def final_states_occur(workflow: Workflow) -> Iterator[str]:
    """There is at least one final state, and each occurs in the rows."""
    if not workflow.final:
        yield "there is no final state"
    for state in sorted(workflow.final):
        if state not in workflow.states:
            yield f"{state}: is final, and no row has such a state"


def rest_only_in_final_states(workflow: Workflow) -> Iterator[str]:
    """A state that is not final has a way out."""
    for state in workflow.states:
        if state not in workflow.final and not _leads_on(workflow, state):
            yield f"{state}: is not final and has no way out"


def every_item_can_end(workflow: Workflow) -> Iterator[str]:
    """From every state a final state can be reached."""
    for state in workflow.states:
        if _leads_on(workflow, state) and not _reachable(workflow, [state]) & workflow.final:
            yield f"{state}: no final state can be reached from it"


def every_question_has_answers(workflow: Workflow) -> Iterator[str]:
    """Where a row asks the connector something, its target has a row for each of the answers."""
    for row, effect in _questions(workflow):
        for answer in ANSWERS[effect.name]:
            if workflow.row(answer, row.target) is None:
                yield f"{row.event} in {row.source}: asks, and {row.target} has no row for answer {answer}"


def late_answers_are_foreseen(workflow: Workflow) -> Iterator[str]:
    """Each answer of the connector is handled or ignored in every state where it can arrive late or twice."""
    for effect in dict.fromkeys(effect for _, effect in _questions(workflow)):
        asked = [row.target for row, asking in _questions(workflow) if asking is effect]
        possible = _reachable(workflow, asked) - {State.NEW}
        for answer in _answers(workflow, effect, asked):
            for state in State:
                if state in possible and not _foreseen(workflow, answer, state):
                    yield f"{answer} may arrive in {state}: it is neither handled nor ignored there"


def waiting_ends(workflow: Workflow) -> Iterator[str]:
    """An item waits only where the system can release it, and it stops waiting when it leaves."""
    for waiting in dict.fromkeys(row.target for row in workflow.rows if Effect.WAIT in row.then):
        leaving = [row for row in workflow.rows if row.source == waiting]
        if not any(row.by is Role.SYSTEM for row in leaving):
            yield f"{waiting}: an item waits there, and no row of the system releases it"
        for row in leaving:
            if Effect.STOP_WAITING not in row.then:
                yield f"{row.event} in {waiting}: leaves, and does not stop waiting"


def failures_are_dead_letters(workflow: Workflow) -> Iterator[str]:
    """A row into failed opens the dead letter, a row out of it resolves it, and no other row touches one."""
    for row in workflow.rows:
        enters, leaves = (row.target is State.FAILED), (row.source is State.FAILED)
        if enters != (Effect.DEAD_LETTER in row.then):
            what = (
                "leads to failed without opening a dead letter"
                if enters
                else "opens a dead letter without failing"
            )
            yield f"{row.event} in {row.source}: {what}"
        if leaves != (Effect.RESOLVE_DEAD_LETTER in row.then):
            what = (
                "does not resolve the dead letter" if leaves else "resolves a dead letter that is not there"
            )
            yield f"{row.event} in {row.source}: {what}"


def every_row_publishes_once(workflow: Workflow) -> Iterator[str]:
    """Every row publishes exactly one event of the item, so that the history has one entry for each move."""
    for row in workflow.rows:
        published = [then.event for then in row.then if isinstance(then, Emit)]
        if len(published) != 1:
            names = f": {', '.join(published)}" if published else ""
            yield f"{row.event} in {row.source}: publishes {len(published)} events{names}"


RULES: Final[tuple[Rule, ...]] = (
    states_exist,
    one_row_for_each,
    one_role_for_each,
    handled_or_ignored,
    ignored_is_known,
    nothing_leads_to_new,
    every_state_is_reachable,
    final_states_occur,
    rest_only_in_final_states,
    every_item_can_end,
    every_question_has_answers,
    late_answers_are_foreseen,
    waiting_ends,
    failures_are_dead_letters,
    every_row_publishes_once,
)


def problems(workflow: Workflow) -> list[str]:
    """Every contradiction in a table, one sentence each."""
    return list(dict.fromkeys(sentence for rule in RULES for sentence in rule(workflow)))


def page() -> str:
    """The rules as a Markdown page."""
    intro = "Every workflow is checked when its table is built, and all problems are reported at once."
    rules = "".join(f"{place}. {rule.__doc__}\n" for place, rule in enumerate(RULES, 1))
    return f"# Rules for workflows\n\n{intro}\n\n{rules}"


def _reachable(workflow: Workflow, starts: Iterable[State]) -> set[State]:
    found: set[State] = set()
    ahead = list(starts)
    while ahead:
        state = ahead.pop()
        if state not in found:
            found.add(state)
            ahead += [row.target for row in workflow.rows if row.source == state]
    return found


def _leads_on(workflow: Workflow, state: State) -> bool:
    return any(row.source == state != row.target for row in workflow.rows)


def _questions(workflow: Workflow) -> list[tuple[Row, Effect]]:
    return [
        (row, then)
        for row in workflow.rows
        for then in row.then
        if isinstance(then, Effect) and then.name in ANSWERS
    ]


def _answers(workflow: Workflow, effect: Effect, asked: Iterable[State]) -> tuple[str, ...]:
    """The answers that every connector gives, and those that this table adds."""
    added = [
        row.event
        for state in asked
        for row in workflow.rows
        if (row.source, row.by) == (state, Role.CONNECTOR)
    ]
    return tuple(dict.fromkeys((*ANSWERS[effect.name], *added)))


def _foreseen(workflow: Workflow, event: str, state: State) -> bool:
    return workflow.row(event, state) is not None or workflow.ignores(event, state)
