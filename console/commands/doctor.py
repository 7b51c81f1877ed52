"""Looks at everything that has to be in order, one line each, with what to do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from console.checkup import broker, companies, database, machine, mail
from console.checkup.finding import Finding, fail
from console.connectors import Probe
from console.wiring import Site
from engine.errors import Misconfigured, Unavailable

Check = Callable[[Site], Iterable[Finding]]


def run_doctor(site: Site, probes: Mapping[str, Probe] | None = None) -> list[Finding]:
    """Every finding; `probes` ask the ERPs, by the connector's name. A service that is away is a finding."""
    checks: tuple[tuple[str, Check], ...] = (
        ("machine", machine.check),
        ("database", database.check),
        ("broker", broker.check),
        ("mail", mail.check),
        ("companies", partial(companies.check, probes=probes or {})),
    )
    return [finding for name, check in checks for finding in _findings(name, check, site)]


def in_order(findings: Iterable[Finding]) -> bool:
    """Whether nothing fails; a warning is no failure."""
    return all(finding.status != "fail" for finding in findings)


def _findings(name: str, check: Check, site: Site) -> Iterator[Finding]:
    try:
        yield from check(site)
    except Unavailable as error:
        yield fail(name, str(error), "see that it runs and that its address is right")
    except Misconfigured as error:
        for problem in error.problems:
            yield fail(name, problem, "")
