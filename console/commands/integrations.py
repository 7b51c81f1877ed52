"""`integrations list` and `resume`."""

from collections.abc import Mapping
from typing import Any

from console import errors
from console.errors import Wanting
from console.output import as_json, counted, say, short, table, when
from console.wiring import site
from engine.store import integrations as states
from engine.store.queries import integrations as queries


def list_integrations(*, json: bool) -> int:
    """Every company's link to its ERP."""
    with site() as here, here.database.read() as connection:
        found = queries.listed(connection)
    if json:
        as_json(found)
        return errors.DONE
    columns = ("company", "connector", "state", "exports", "open", "last error")
    rows = (
        (each["company"], each["connector"], _state(each), each["export"], each["open_exports"], _error(each))
        for each in found
    )
    table(columns, rows, empty="No company has an integration: `countersign apply FILE.toml` makes them.")
    return errors.DONE


def _state(each: Mapping[str, Any]) -> str:
    if each["state"] == "running":
        return "running" + (f" ({each['failures']} failures)" if each["failures"] else "")
    probe = f", next probe {when(each['probe_at'])} UTC" if each["probe_at"] else ""
    return f"{each['state']}: {each['reason'] or 'no reason is kept'}{probe}"


def _error(each: Mapping[str, Any]) -> str:
    return f"{when(each['last_error_at'])} UTC: {short(each['last_error'], 80)}" if each["last_error"] else ""


def resume_integration(company: str, *, json: bool) -> int:
    """Let an integration start again, and what waits for it go on."""
    with site() as here:
        with here.database.write() as connection:
            going_on = states.resume(connection, company, here.now())
        if going_on is None:
            raise Wanting(f"company {company} has no integration: `countersign integrations list` shows them")
        here.changed()
    if json:
        as_json([{"company": company, "state": "running", "exports": going_on}])
    else:
        say(f"The integration of {company} runs again; {counted(going_on, 'export')} will be tried now.")
    return errors.DONE
