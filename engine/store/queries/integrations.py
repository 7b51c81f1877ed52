"""The companies' links to their ERPs as they are listed."""

from typing import Any, Final

from sqlalchemy import Connection

from engine.store.bulk import run

_LISTED: Final = """SELECT i.company, i.connector, i.state, i.reason, i.failures, i.probe_at, i.export,
           i.last_error, i.last_error_at, COALESCE(e.count, 0) AS open_exports
    FROM integrations i
    LEFT JOIN (SELECT company, count(*) AS count FROM exports WHERE status NOT IN ('succeeded', 'failed')
               GROUP BY company) AS e ON e.company = i.company
    ORDER BY i.company"""


def listed(connection: Connection) -> list[dict[str, Any]]:
    """Every integration with its breaker, schedule and last error, and without its settings."""
    return [dict(row) for row in run(connection, _LISTED).mappings()]


def connectors_in_use(connection: Connection) -> list[str]:
    """The connectors that some company has."""
    return [
        row[0] for row in run(connection, "SELECT DISTINCT connector FROM integrations ORDER BY connector")
    ]
