"""Where the tests take PostgreSQL and RabbitMQ from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tools.services.errors import ServiceMissingError
from tools.services.provide import PRIVATE, Service, provide

ELSEWHERE, HERE, OWN = "db://elsewhere", "db://here", "db://own"


def _start(_until: ExitStack, _programs: Path) -> dict[str, str]:
    return {"URL": OWN}


EVERYWHERE = Service(
    name="Database",
    variable="URL",
    local=HERE,
    answers=lambda _url: True,
    package="database",
    programs=lambda: Path("/programs"),
    start=_start,
)


def test_the_environment_comes_first() -> None:
    """Who names a service gets that one."""
    assert provide(EVERYWHERE, {"URL": ELSEWHERE}, ExitStack()) == {"URL": ELSEWHERE}


def test_a_named_service_that_does_not_answer_is_not_replaced() -> None:
    """Testing against another server than the one named would prove nothing."""
    deaf = replace(EVERYWHERE, answers=lambda url: url != ELSEWHERE)
    with pytest.raises(ServiceMissingError, match="correct or unset it"):
        provide(deaf, {"URL": ELSEWHERE}, ExitStack())


def test_a_service_of_this_machine_comes_second() -> None:
    """What already runs need not be started."""
    assert provide(EVERYWHERE, {}, ExitStack()) == {"URL": HERE}


def test_a_private_service_is_started_where_none_answers() -> None:
    """Installed programs are enough."""
    assert provide(replace(EVERYWHERE, answers=lambda _url: False), {}, ExitStack()) == {"URL": OWN}


def test_a_private_service_can_be_asked_for() -> None:
    """A machine's own server may be busy or precious."""
    assert provide(EVERYWHERE, {PRIVATE: "1"}, ExitStack()) == {"URL": OWN}


def test_a_private_service_is_started_once_more_when_the_first_start_fails() -> None:
    """A port that was free may have been taken before the server came to it."""
    outcomes: Iterator[ServiceMissingError | dict[str, str]]
    outcomes = iter([ServiceMissingError("port taken"), {"URL": OWN}])

    def start(_until: ExitStack, _programs: Path) -> dict[str, str]:
        outcome = next(outcomes)
        if isinstance(outcome, ServiceMissingError):
            raise outcome
        return outcome

    assert provide(replace(EVERYWHERE, start=start), {PRIVATE: "1"}, ExitStack()) == {"URL": OWN}
