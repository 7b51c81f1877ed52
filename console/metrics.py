"""Prometheus metrics: what is open, read from the database and the broker whenever somebody asks."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog

from console.wiring import Site
from engine.errors import BusUnavailable, CountersignError
from engine.store.queries.metrics import Figures, figures
from engine.times import between
from engine.topology import COMMANDS, topology

if TYPE_CHECKING:
    from prometheus_client import Metric as Family

    from console.page_server import Answer, PageServer

_STATES: Final = ("running", "open", "stopped")  # of integrations; one that nobody has is 0

_PATIENCE_S: Final = 5.0
# One look at a time: whoever asks while a service hangs must not take the roles' connections one by one.
_turn: Final = threading.Lock()

_log = structlog.get_logger("countersign.metrics")

Sample = tuple[tuple[str, ...], float]  # the labels' values in their order, and the number
Found = Mapping[str, Sequence[Sample]]  # a metric's name without its prefix, and its samples


@dataclass(frozen=True, slots=True)
class Metric:
    """A gauge: its name after `countersign_`, what it means, its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


METRICS: Final = (
    Metric("up", "1: the `database` or `broker` answers; 0: it does not, and its metrics are absent.", ("service",)),
    Metric("outbox_messages", "Messages that are committed and not yet published."),
    Metric("outbox_oldest_seconds", "Age of the oldest of them; 0 where there is none."),
    Metric("queue_messages", "Messages that wait in a queue of ours.", ("queue",)),
    Metric("items", "Items that are neither synced nor archived.", ("item_type", "state")),
    Metric("waits", "What items in `sent` wait for, all together."),
    Metric("exports", "Exports on their way.", ("connector", "status")),
    Metric(
        "exports_overdue_seconds",
        "For how long the oldest of them should have gone on; 0 while all are in time.",
        ("connector", "status"),
    ),
    Metric("dead_letters", "Open dead letters.", ("kind", "reason")),
    Metric("integrations", "Companies' links to their ERPs: `running`, `open` or `stopped`.", ("state",)),
    Metric("mails", "Mails that wait to be sent."),
    Metric("mails_oldest_seconds", "Age of the oldest of them; 0 where there is none."),
)  # fmt: skip
PREFIX: Final = "countersign_"


def page(site: Site) -> "Answer":
    """The page that Prometheus reads; a service that is away is a metric, no failure."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

    ours = CollectorRegistry(auto_describe=False)
    ours.register(_Collector(site))
    return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(ours) + generate_latest(REGISTRY)


@contextmanager
def served(site: Site) -> Iterator["PageServer | None"]:
    """The page on an address of its own, where one is set and nobody has it yet."""
    server = _listening(site)
    if server is None:
        yield None
        return
    stop = threading.Event()
    thread = threading.Thread(target=server.run, args=(stop,), name="metrics", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join()


def _listening(site: Site) -> "PageServer | None":
    from console.page_server import PageServer

    listen = site.settings.metrics_listen
    if listen is None:
        return None
    try:
        server = PageServer(listen, {"/metrics": lambda: page(site)})
    except OSError as error:  # as a rule another process of this machine shows the same figures there
        _log.warning("metrics.not_served", address=str(listen), problem=error.strerror or str(error))
        return None
    _log.info("metrics.served", address=server.address)
    return server


class _Collector:
    def __init__(self, site: Site) -> None:
        self._site = site

    def collect(self) -> "Iterable[Family]":
        from prometheus_client.core import GaugeMetricFamily

        found = _found(self._site)
        for metric in METRICS:
            if metric.name in found:
                family = GaugeMetricFamily(PREFIX + metric.name, metric.help, labels=metric.labels)
                for labels, number in found[metric.name]:
                    family.add_metric(labels, number)
                yield family


def _found(site: Site) -> Found:
    if not _turn.acquire(timeout=_PATIENCE_S):
        _log.info("metrics.absent", problem="an earlier look has had no answer yet")
        return {"up": [(("database",), 0), (("broker",), 0)]}
    try:
        return _look(site)
    finally:
        _turn.release()


def _look(site: Site) -> Found:
    up: list[Sample] = []
    found: dict[str, Sequence[Sample]] = {"up": up}
    connectors: set[str] = set()

    def in_database() -> None:
        with site.database.read() as connection:
            read = figures(connection)
        found.update(samples(read, site.now()))
        connectors.update(read.connectors)

    def on_broker() -> None:
        found["queue_messages"] = list(_depths(site, connectors))

    for service, look in (("database", in_database), ("broker", on_broker)):
        up.append(((service,), _answers(service, look)))
    return found


def _answers(service: str, look: Callable[[], None]) -> bool:
    try:
        look()
    except CountersignError as problem:
        _log.info("metrics.absent", service=service, problem=str(problem))
        return False
    return True


def _depths(site: Site, connectors: Iterable[str]) -> Iterator[Sample]:
    """The depth of each queue; raises BusUnavailable where the broker is away."""
    from console.connectors import connector_names

    yield (COMMANDS,), site.bus.depth(COMMANDS)
    for queue in topology(connector_names() | frozenset(connectors)).queues:
        if queue.name != COMMANDS:
            try:
                yield (queue.name,), site.bus.depth(queue.name)
            except BusUnavailable as problem:  # a new connector's queue, which the relay has not declared yet
                _log.info("metrics.no_queue", queue=queue.name, problem=str(problem))


def samples(found: Figures, now: str) -> Found:
    """The figures as samples of metrics; a time becomes an age."""
    states = dict(found.integrations)
    return {
        "outbox_messages": [((), found.outbox)],
        "outbox_oldest_seconds": [((), _age(found.outbox_since, now))],
        "items": [((kind, state), count) for kind, state, count in found.items],
        "waits": [((), found.waits)],
        "exports": [((connector, status), count) for connector, status, count, _ in found.exports],
        "exports_overdue_seconds": [
            ((connector, status), _age(due, now)) for connector, status, _, due in found.exports
        ],
        "dead_letters": [((kind, reason), count) for kind, reason, count in found.dead_letters],
        "integrations": [((state,), states.get(state, 0)) for state in _STATES],
        "mails": [((), found.mails)],
        "mails_oldest_seconds": [((), _age(found.mails_since, now))],
    }


def _age(since: str | None, now: str) -> float:
    return max(0.0, between(since, now)) if since is not None else 0.0
