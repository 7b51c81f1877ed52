"""The database: whether it answers, what it is, and whether its clock and its tables are right."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from console.checkup.finding import Finding, fail, ok, warn
from console.wiring import Site
from engine.errors import Misconfigured
from engine.store import schema
from engine.store.server import Server, describe

_OLDEST: Final = {"PostgreSQL": (13,), "SQLite": (3, 38)}
_SKEW, _MUCH_SKEW = 2.0, 30.0  # seconds


def check(site: Site) -> Iterator[Finding]:
    """Look at the database; raises StoreUnavailable when it is away."""
    name = site.database.name
    if not is_there(site):
        yield fail("database", f"{name} is not there", "run `countersign init`")
        return
    server = describe(site.database)
    yield _version(name, server)
    if server.time is not None:
        yield skew((datetime.now(UTC) - server.time).total_seconds())
    try:
        schema.ensure_current(site.database)
        yield ok("tables", f"revision {schema.newest()}")
    except Misconfigured as error:
        yield fail("tables", *_parted(str(error)))


def is_there(site: Site) -> bool:
    """Whether there is something to connect to; SQLite would make an empty file of what is missing."""
    return site.database.path is None or site.database.path.exists()


def _version(name: str, server: Server) -> Finding:
    oldest = _OLDEST[server.product]
    text = f"{name} ({server.product} {server.version_text})"
    if server.version < oldest:
        return fail("database", text, f"install {server.product} {'.'.join(map(str, oldest))} or newer")
    return ok("database", text)


def skew(seconds: float) -> Finding:
    """How far this machine's clock is from the database's."""
    text = f"{abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} the database's"
    advice = "let both machines take their time from the network (NTP)"
    if abs(seconds) > _MUCH_SKEW:
        return fail("clock", text, advice)
    return warn("clock", text, advice) if abs(seconds) > _SKEW else ok("clock", text)


def _parted(sentence: str) -> tuple[str, str]:
    message, _, advice = sentence.rpartition(": ")
    return message, advice
