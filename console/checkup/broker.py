"""The broker: whether it answers, its release, and whether it has every name as it has to be."""

from collections.abc import Iterator
from typing import Final

from console.checkup.database import is_there
from console.checkup.finding import Finding, fail, ok, warn
from console.connectors import connector_names
from console.wiring import Site
from engine.bus import rabbit_about
from engine.errors import BusUnavailable, CountersignError
from engine.ports import Topology
from engine.store import directory
from engine.topology import topology

_OLDEST: Final = (3, 10)


def check(site: Site) -> Iterator[Finding]:
    """Look at the broker; raises BusUnavailable when it is away."""
    wanted = topology(connector_names() | _used(site))
    if site.settings.broker_url is None:
        yield from _embedded(site, wanted)
        return
    about = rabbit_about.look(site.settings.broker_url, wanted)
    yield version(about.version)
    yield from _names(about, wanted)


def _used(site: Site) -> frozenset[str]:
    if not is_there(site):
        return frozenset()
    try:
        with site.database.read() as connection:
            return directory.connectors(connection)
    except CountersignError:
        return frozenset()  # the database has findings of its own


def _embedded(site: Site, wanted: Topology) -> Iterator[Finding]:
    if not is_there(site):
        yield fail("broker", "in the database, which is not there", "run `countersign init`")
        return
    missing = []
    for queue in wanted.queues:
        try:
            site.bus.depth(queue.name)
        except BusUnavailable:
            missing.append(queue.name)
    if missing:
        yield fail("broker", f"in the database; missing: {', '.join(missing)}", "run `countersign init`")
    else:
        yield ok("broker", f"in the database, with {len(wanted.queues)} queues")


def version(text: str) -> Finding:
    """Whether the broker's release is one that works."""
    numbers = tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
    if numbers < _OLDEST:
        return fail("broker", f"RabbitMQ {text}", "install RabbitMQ 3.10 or newer")
    return ok("broker", f"RabbitMQ {text}")


def _names(about: rabbit_about.About, wanted: Topology) -> Iterator[Finding]:
    if about.missing:
        yield fail("broker's names", f"missing: {', '.join(about.missing)}", "run `countersign init`")
    for name, said in about.different:
        advice = "it keeps its own limits until you empty it, delete it and run `countersign init`"
        yield warn("broker's names", f"{name} was declared differently ({said})", advice)
    if not about.missing and not about.different:
        yield ok("broker's names", f"{len(wanted.exchanges)} exchanges and {len(wanted.queues)} queues")
