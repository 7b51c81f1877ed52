"""The ERP in memory keeps what every connector has to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.conformance import PROJECT, ConnectorCases
from connectors.kit import Connector, ErpRefused, ErpUnavailable, ExportRequest
from connectors.testing import FakeErp, refuses


class TestFakeErp(ConnectorCases):
    """The suite of every connector."""

    @pytest.fixture(autouse=True)
    def _erp(self) -> None:
        self._fake = FakeErp()
        self._fake.refused[self.refused_request().item] = ErpRefused("too long")

    def connector(self) -> Connector:
        return self._fake

    def settings(self) -> Mapping[str, Any]:
        return {}

    def unreachable(self) -> Mapping[str, Any]:
        self._fake.steps.append(refuses(ErpUnavailable("nobody listens")))
        return {}


def test_what_was_asked_can_be_read() -> None:
    """A test sees each call with its export keys."""
    request: ExportRequest = PROJECT
    assert FakeErp().calls == []
    assert request.item == "acme/project/P-17"
