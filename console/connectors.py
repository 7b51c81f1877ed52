"""Which connectors this installation has, and what the engine wants to know of them."""

from collections.abc import Callable

from engine.facts import Integration


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
