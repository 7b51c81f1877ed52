"""Decide one command from facts: pure, the first reason in the order of precedence refuses."""

from collections.abc import Mapping
from typing import Final

from engine.changes import Decision
from engine.facts import Facts, Refusal
from engine.guards import was_never_synced
from engine.machine import Lifecycle, Move
from engine.permissions import may
from engine.retrying import Delays
from engine.service.effects import Performance
from engine.service.reports import decide_report
from engine.service.shapes import data_problem
from engine.text import with_article
from engine.values import replace
from engine.workflow import Role

REPORTS: Final = ("report_export", "report_unlink")
ROLES: Final[Mapping[str, Role]] = {  # of every command from outside; the tables' `by` columns say the same
    "draft": Role.SENDER,
    "send": Role.SENDER,
    "retrieve": Role.SENDER,
    "archive": Role.SENDER,
    "restore": Role.SENDER,
    "accept": Role.APPROVER,
    "reject": Role.APPROVER,
    "unlink": Role.APPROVER,
    "link": Role.ERP_ADMIN,
    "replay": Role.ERP_ADMIN,
    "confirm_posting": Role.POSTER,
    "report_export": Role.CONNECTOR,
    "report_unlink": Role.CONNECTOR,
}
COMMANDS: Final = tuple(ROLES)
_TAKES: Final[Mapping[Role, str]] = {Role.APPROVER: "an approver", Role.ERP_ADMIN: "an ERP admin"}
_CREATES: Final = ("draft", "send")


def decide(facts: Facts, lifecycle: Lifecycle, delays: Delays) -> Decision | Refusal:
    """The decision, or why not; unknown companies, actors and items were refused before."""
    command, item = facts.command, facts.item
    if not may(facts, ROLES[command.name]):
        return Refusal("not_allowed", _not_allowed(facts))
    if command.name in REPORTS:
        return decide_report(facts, lifecycle, delays)
    if refusal := _wrong_state(lifecycle, facts) or _stale(facts) or _misshapen(facts):
        return refusal
    move = lifecycle.move(command.name, facts)
    if move is None:
        return Decision(item)
    return move if isinstance(move, Refusal) else _performed(move, lifecycle, facts)


def _performed(move: Move, lifecycle: Lifecycle, facts: Facts) -> Decision:
    """The move with its effects; what is sent and waits for nothing goes on at once."""
    work = Performance(facts, _details(facts))
    work.move(move)
    if work.item.state == "sent" and not facts.unmet:
        released = lifecycle.move("release", replace(facts, item=work.item))
        if not isinstance(released, Move):
            raise AssertionError(f"{work.item.key} waits for nothing and is not released: {released}")
        work.move(released)
    return work.decision()


def _misshapen(facts: Facts) -> Refusal | None:
    problem = data_problem(facts.command.name, facts.command.data)
    return problem and Refusal("invalid_payload", f"{problem[0]}: {problem[1]}", errors=(problem,))


def _wrong_state(lifecycle: Lifecycle, facts: Facts) -> Refusal | None:
    """Whether the item's state does not take the command; this is said before anything of its data is."""
    name, workflow = facts.command.name, lifecycle.workflow
    row = workflow.row(name, facts.item.state)
    if facts.posting is not None:
        message = (
            f"{facts.posting} waits for its posting; until that is confirmed no other of its project moves"
        )
        return Refusal("wrong_state", message)
    if row is not None:
        return was_never_synced(facts) if was_never_synced in row.when else None
    refusal = lifecycle.move(name, facts)
    return refusal if isinstance(refusal, Refusal) else None


def _stale(facts: Facts) -> Refusal | None:
    data = facts.command.data
    version = data.get("version") if isinstance(data, dict) else None
    if version is None or version == facts.item.version:
        return None
    message = (
        f"{facts.item.key} is at version {facts.item.version} now, not {version!r:.40}; look at it again"
    )
    return Refusal("stale_version", message)


def _details(facts: Facts) -> dict[str, object]:
    comment = facts.command.data.get("comment")
    return {"comment": comment} if comment else {}


def _not_allowed(facts: Facts) -> str:
    role = ROLES[facts.command.name]
    project = facts.item.project or facts.project
    where = f" on project {project}" if project else ""
    name = facts.command.name
    kind = with_article(facts.kind.name)
    return f"{facts.actor} may not {name} {kind}{where}: that takes {_TAKES.get(role, role.value)}"
