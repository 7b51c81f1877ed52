"""The console role: says whether this installation works, at /healthz, /readyz and /metrics."""

from http import HTTPStatus

from console.metrics import page
from console.page_server import PLAIN, Answer, PageServer
from console.wiring import Site
from engine.errors import Misconfigured, Unavailable
from engine.store import schema
from engine.topology import COMMANDS


class HealthServer(PageServer):
    """Listens from its making, answers while it runs."""

    def __init__(self, site: Site) -> None:
        listen = site.settings.console_listen
        pages = {
            "/healthz": lambda: (HTTPStatus.OK, PLAIN, b"ok\n"),
            "/readyz": lambda: _readiness(site),
            "/metrics": lambda: page(site),
        }
        try:
            super().__init__(listen, pages)
        except OSError as error:
            advice = "stop what listens there, or set COUNTERSIGN_CONSOLE_LISTEN"
            raise Misconfigured(
                [f"cannot listen on {listen}: {error.strerror or error}; {advice}"]
            ) from error


def _readiness(site: Site) -> Answer:
    try:
        schema.ensure_current(site.database)
        site.bus.depth(COMMANDS)
    except (Unavailable, Misconfigured) as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, PLAIN, f"{error}\n".encode()
    return HTTPStatus.OK, PLAIN, b"ready\n"
