"""Decides, for each service, where it comes from: the environment, this machine, or a private start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tools.services import installed
from tools.services.errors import ServiceMissingError
from tools.services.found import LOCAL_BROKER, LOCAL_DATABASE, broker_answers, database_answers
from tools.services.postgres import private_postgres
from tools.services.rabbitmq import private_rabbitmq

DATABASE = "COUNTERSIGN_TEST_DATABASE_URL"
BROKER = "COUNTERSIGN_TEST_BROKER_URL"
CONTROL = "COUNTERSIGN_TEST_RABBITMQCTL"
PRIVATE = "COUNTERSIGN_TEST_PRIVATE_SERVICES"


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of service: how it is named, recognised and started."""

    name: str
    variable: str
    local: str
    answers: Callable[[str], bool]
    package: str
    programs: Callable[[], Path | None]
    start: Callable[[ExitStack, Path], dict[str, str]]


def provide(service: Service, environment: Mapping[str, str], until: ExitStack) -> dict[str, str]:
    """Return the variables that lead to the service; what is started is stopped when `until` closes."""
    given = environment.get(service.variable)
    if given:
        if not service.answers(given):
            raise ServiceMissingError(
                f"{service.name} does not answer at {service.variable}: correct or unset it."
            )
        return {service.variable: given}
    if environment.get(PRIVATE) != "1" and service.answers(service.local):
        return {service.variable: service.local}
    programs = service.programs()
    if programs is None:
        installed.install(service.package)
        programs = service.programs()
    if programs is None:
        raise ServiceMissingError(
            f"{service.name}'s programs are not found though {service.package} is installed."
        )
    try:
        return service.start(until, programs)
    except ServiceMissingError:
        # A port that was free may have been taken before the server came to it: once more with others.
        return service.start(until, programs)


def _start_postgres(until: ExitStack, programs: Path) -> dict[str, str]:
    return {DATABASE: until.enter_context(private_postgres(programs))}


def _start_rabbitmq(until: ExitStack, programs: Path) -> dict[str, str]:
    broker = until.enter_context(private_rabbitmq(programs))
    return {BROKER: broker.url, CONTROL: str(broker.control)}


SERVICES = (
    Service(
        "PostgreSQL",
        DATABASE,
        LOCAL_DATABASE,
        database_answers,
        "postgresql",
        installed.postgres_programs,
        _start_postgres,
    ),
    Service(
        "RabbitMQ",
        BROKER,
        LOCAL_BROKER,
        broker_answers,
        "rabbitmq-server",
        installed.rabbitmq_programs,
        _start_rabbitmq,
    ),
)
