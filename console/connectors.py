"""Which connectors this installation has, and what the engine wants to know of them."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import CountersignError, Misconfigured
from engine.facts import Integration

# What a connector says of an integration's settings, with their secrets: what is wrong, or None.
Probe = Callable[[Mapping[str, Any]], str | None]


def connector_names() -> frozenset[str]:
    """The names under which connectors are installed; none of them is loaded."""
    from connectors.registry import names

    return frozenset(names())


def settle_times(otherwise: float) -> Callable[[Integration], float]:
    """How long after an attempt an integration's "absent" is not to be believed, in seconds.

    A connector in another language cannot be asked: `otherwise` holds for it.
    """
    from connectors.registry import connector

    ours = connector_names()

    def settle(integration: Integration) -> float:
        if integration.connector not in ours:
            return otherwise
        return connector(integration.connector).settle_seconds(integration.settings)

    return settle


def probes() -> dict[str, Probe]:
    """How to ask the ERPs whether they would take anything, by the connector's name."""
    from connectors.kit import Checkable
    from connectors.registry import connector

    found: dict[str, Probe] = {}
    for name in connector_names():
        try:
            kind = connector(name)
        except Misconfigured as problem:
            found[name] = _always(str(problem))
            continue
        if isinstance(kind, Checkable):
            found[name] = _shielded(kind.check)
    return found


def _always(problem: str) -> Probe:
    return lambda _: problem


def _shielded(check: Probe) -> Probe:
    def probe(settings: Mapping[str, Any]) -> str | None:
        try:
            return check(settings)
        except CountersignError:
            raise
        except Exception as problem:  # noqa: BLE001  its text may hold a password
            return (
                f"its connector failed with a {type(problem).__name__}, which is a mistake of the connector"
            )

    return probe
