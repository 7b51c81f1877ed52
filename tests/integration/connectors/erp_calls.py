"""Calling a practice ERP over one kept connection, as a connector does."""

from __future__ import annotations

import http.client
import json
import socket
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlencode, urlsplit

DEADLINE_SECONDS = 10


class Got(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: http.client.HTTPMessage


class ErpClient:
    """One connection to the practice ERP."""

    def __init__(self, url: str) -> None:
        self.address = (str(urlsplit(url).hostname), int(urlsplit(url).port or 80))
        self._connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_SECONDS)

    def call(self, method: str, path: str, content: Any = None) -> Got:
        """Send `content` as JSON, or as it is where it is bytes."""
        body = content if isinstance(content, bytes) or content is None else json.dumps(content)
        self._connection.request(method, path, body)
        response = self._connection.getresponse()
        text = response.read()
        return Got(response.status, json.loads(text) if text else None, response.headers)

    def post(self, content: Any) -> Got:
        return self.call("POST", "/records", content)

    def patch(self, record_id: str, content: Any) -> Got:
        return self.call("PATCH", f"/records/{quote(record_id, safe='')}", content)

    def delete(self, record_id: str) -> Got:
        return self.call("DELETE", f"/records/{record_id}")

    def find(self, **filters: str) -> list[dict[str, Any]]:
        got = self.call("GET", f"/records?{urlencode(filters)}")
        assert got.status == 200
        return list(got.body)

    def fault(self, mode: str, **more: Any) -> Got:
        return self.call("PUT", "/faults", {"mode": mode, **more})

    def stats(self) -> dict[str, Any]:
        return dict(self.call("GET", "/stats").body)

    def raw(self, request: bytes) -> bytes:
        """Send bytes on a connection of their own and return all that comes until the other side closes."""
        with socket.create_connection(self.address, timeout=DEADLINE_SECONDS) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def project(code: str = "P-17", **data: Any) -> dict[str, Any]:
    """A project as the sandbox connector sends it."""
    return {
        "kind": "project",
        "key": f"acme/project/{code}@1",
        "code": code,
        "data": {"name": "Pier", **data},
    }


def budget(project_id: str, *numbers: str) -> dict[str, Any]:
    """A budget with one line for each number."""
    lines = [{"number": number, "cost_code": "03-100", "amount": "10.00"} for number in numbers]
    data = {"references": {"acme/project/P-17": project_id}, "lines": lines}
    return {"kind": "budget", "key": "acme/budget/B-1@1", "code": "B-1", "data": data}
