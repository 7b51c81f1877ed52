"""Each company: its time zone, its mail templates, and whether its ERP can be reached with its secrets."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from console.checkup.database import is_there
from console.checkup.finding import Finding, fail, ok, warn
from console.connectors import Probe, connector_names
from console.credentials import resolve_secrets
from console.wiring import Site
from engine.errors import CountersignError, Misconfigured
from engine.facts import Company, Integration
from engine.store import directory


def check(site: Site, probes: Mapping[str, Probe]) -> Iterator[Finding]:
    """Look at every company."""
    if not is_there(site):
        return
    with site.database.read() as connection:
        companies = directory.read(connection).companies
        states = directory.states(connection)
    if not companies:
        yield warn(
            "companies", "there is none", "write a configuration file and run `countersign apply FILE.toml`"
        )
    for slug, company in companies.items():
        yield from _places(company)
        if company.integration is None:
            yield warn(
                slug, "has no integration", "without one nothing can be accepted: add it and apply the file"
            )
        else:
            yield from _integration(slug, company.integration, states[slug], probes)


def _places(company: Company) -> Iterator[Finding]:
    try:
        ZoneInfo(company.timezone)
    except (KeyError, ValueError, OSError):
        message = f"this machine does not know the time zone {company.timezone}"
        yield fail(company.slug, message, "install the package tzdata")
    if company.templates is not None and not Path(company.templates).is_dir():
        message = f"its mail templates are not at {company.templates}"
        yield warn(company.slug, message, "put them there; until then the usual texts are used")


def _integration(
    slug: str, integration: Integration, state: tuple[str, str | None], probes: Mapping[str, Probe]
) -> Iterator[Finding]:
    connector = integration.connector
    if connector not in connector_names():
        advice = f"see that a program of yours takes from the queue countersign.exports.{connector}"
        yield warn(slug, f"the connector {connector} is none of this installation's", advice)
    if state[0] != "running":
        level = fail if state[0] == "stopped" else warn
        yield level(slug, f"the integration is {state[0]}", state[1] or "see `countersign integrations list`")
    try:
        settings = resolve_secrets(integration.settings)
    except Misconfigured as error:
        for problem in error.problems:
            yield fail(slug, "a secret is missing here", f"{problem} (also where the connector runs)")
        return
    yield _answer(slug, connector, settings, probes.get(connector))


def _answer(slug: str, connector: str, settings: Mapping[str, Any], probe: Probe | None) -> Finding:
    where = f"{connector} at {settings['url']}" if "url" in settings else connector
    if probe is None:
        return ok(slug, f"{where} (not asked: its connector offers no check)")
    try:
        problem = probe(settings)
    except CountersignError as error:
        problem = str(error)
    if problem:
        return fail(slug, f"{where}: {problem}", "check the integration's settings and that the ERP runs")
    return ok(slug, where)
