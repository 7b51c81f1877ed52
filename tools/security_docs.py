"""The generated table of who may do what, found by asking the engine for each kind of actor."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from engine.facts import Company, Facts, Integration, Item, Person
from engine.messages import Command
from engine.permissions import may
from engine.service.decide import ROLES
from tools.marked import filled, table
from workflows import item_types

PAGE: Final = "docs/security.md"
_TYPE: Final = "commitment"
_ELSEWHERE: Final = ("P-99",)

# A column's name, and who stands for it; a connector and an operator are no persons.
_ACTORS: Final[Mapping[str, Mapping[str, Any]]] = {
    "tool admin": {"tools": {_TYPE: "admin"}},
    "tool admin of other projects": {"tools": {_TYPE: "admin"}, "tool_projects": _ELSEWHERE},
    "approver": {"erp": "standard", "can_push_to_accounting": True},
    "approver of other projects": {"erp": "standard", "can_push_to_accounting": True, "projects": _ELSEWHERE},
    "ERP admin": {"erp": "admin"},
    "directory admin": {"directory": "admin"},
    "the connector": {"actor": "connector:sandbox"},
    "another connector": {"actor": "connector:other"},
    "operator": {"actor": "operator:root", "trusted": True},
}


def matrix() -> str:
    """Every command against every kind of actor."""
    return table(
        ("command", *_ACTORS),
        ((f"`{name}`", *("yes" if allowed else "" for allowed in _row(name))) for name in ROLES),
    )


def _row(command: str) -> Iterator[bool]:
    for rights in _ACTORS.values():
        yield may(_facts(command, dict(rights)), ROLES[command])


def _facts(command: str, rights: dict[str, Any]) -> Facts:
    actor, trusted = rights.pop("actor", "pat@acme.test"), rights.pop("trusted", False)
    subject = f"acme/{_TYPE}/SC-1"
    return Facts(
        now="2026-11-21T09:30:00Z",
        command=Command("/docs", "1", f"countersign.command.{command}.v1", subject, actor, {}, b"", b""),
        kind=item_types()[_TYPE],
        company=Company("acme", integration=Integration("sandbox")),
        item=Item("acme", _TYPE, "SC-1", state="draft", version=1, project="P-17"),
        person=None if actor.startswith(("connector:", "operator:")) else Person(actor, **rights),
        actor=actor,
        trusted_operator=trusted,
        project="P-17",
    )


_PARTS: Final = {"who may do what": matrix}

GENERATORS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({PAGE: partial(filled, PAGE, _PARTS)})
