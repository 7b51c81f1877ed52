"""The connector to the practice ERP."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any, Final

from connectors.http import ErpHttp, checked_seconds
from connectors.kit import Capabilities, Connector, ErpSession, Misconfigured
from connectors.sandbox_session import SandboxSession

_TIMEOUT: Final = 10.0


class SandboxConnector:
    """Settings: `url`; `timeout` (10 s); `keys`: whether this ERP keeps keys, found out if not given."""

    name = "sandbox"
    capabilities = Capabilities(idempotency="replay", batch=200)

    def settle_seconds(self, settings: Mapping[str, Any]) -> float:
        """Nothing to wait for where the keys are kept: a second send gets the first record."""
        return 0.0 if settings.get("keys") is True else _timeout(settings)

    def open(self, settings: Mapping[str, Any]) -> ErpSession:
        """A session; nothing is sent yet."""
        keys = settings.get("keys")
        if keys is not None and not isinstance(keys, bool):
            raise Misconfigured(["the integration's keys has to be true or false"])
        return SandboxSession(_http(settings), keys)

    def check(self, settings: Mapping[str, Any]) -> str | None:
        """Whether the practice ERP answers."""
        with closing(_http(settings)) as http:
            reply = http.call("GET", "/stats")
        return None if reply.status == 200 else str(reply.error())


def _http(settings: Mapping[str, Any]) -> ErpHttp:
    return ErpHttp(settings.get("url"), _timeout(settings))


def _timeout(settings: Mapping[str, Any]) -> float:
    return checked_seconds(settings.get("timeout", _TIMEOUT), "timeout")


CONNECTOR: Final[Connector] = SandboxConnector()
