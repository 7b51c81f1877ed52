"""One session with each integration's ERP, kept from call to call, opened anew when settings change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from engine.errors import Misconfigured
from engine.facts import Company
from engine.ports_export import ErpAuth, ErpPrecondition, ErpSession, ExportPort

Resolve = Callable[[Mapping[str, Any]], Mapping[str, Any]]  # puts secrets in the place of references
log = structlog.get_logger()
_SHORTEST_SECRET = 4  # a shorter one would blacken every text


@dataclass(frozen=True, slots=True)
class _Opened:
    session: ErpSession
    settings: Mapping[str, Any]


class Sessions:
    """The sessions of one worker; a company's is used by one thread at a time."""

    def __init__(self, port: ExportPort, resolve: Resolve) -> None:
        self._port, self._resolve = port, resolve
        self._opened: dict[str, _Opened] = {}
        self._secrets: dict[str, frozenset[str]] = {}

    def of(self, company: Company) -> ErpSession:
        """The company's session. Raises ErpError: without settings that work, nothing can be sent."""
        integration = company.integration
        if integration is None or integration.connector != self._port.name:
            used = integration.connector if integration else "no ERP"
            text = f"{company.slug} uses {used} now, not {self._port.name}"
            raise ErpPrecondition(text, code="other_connector")
        try:
            settings = self._resolve(integration.settings)
            opened = self._opened.get(company.slug)
            if opened is None or opened.settings != settings:
                self.close(company.slug)
                self._secrets[company.slug] = frozenset(_secrets(integration.settings, settings))
                opened = self._opened[company.slug] = _Opened(self._port.open(settings), settings)
        except Misconfigured as problem:
            raise ErpAuth("; ".join(problem.problems), code="misconfigured") from problem
        return opened.session

    def secrets(self, company: str) -> frozenset[str]:
        """What must not be repeated to anybody."""
        return self._secrets.get(company, frozenset())

    def close(self, company: str) -> None:
        """Leave one ERP."""
        if opened := self._opened.pop(company, None):
            try:
                opened.session.close()
            except Exception as problem:  # noqa: BLE001  it is being left
                log.warning("connector.left", company=company, problem=type(problem).__name__)

    def close_all(self) -> None:
        """Leave every ERP."""
        for company in list(self._opened):
            self.close(company)


def _secrets(written: Any, resolved: Any) -> list[str]:
    """The values that stand where a reference was written."""
    if isinstance(written, Mapping) and isinstance(resolved, Mapping):
        return [text for name in written for text in _secrets(written[name], resolved.get(name))]
    if isinstance(written, list) and isinstance(resolved, list):
        return [text for pair in zip(written, resolved, strict=False) for text in _secrets(*pair)]
    if isinstance(resolved, str) and written != resolved and len(resolved) >= _SHORTEST_SECRET:
        return [resolved]
    return []
