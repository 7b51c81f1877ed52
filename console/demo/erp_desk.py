"""What people see and do in the practice ERP itself: type a record in, delete one, make it misbehave."""

import json
from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import httpx2

from console.demo import examples
from console.errors import Wanting

Record = Mapping[str, Any]


class ErpDesk:
    """A person at the practice ERP."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client = httpx2.Client(base_url=address, timeout=10)

    def misbehave(self, mode: str, count: int | None) -> None:
        """Tell it what to do wrong, and how often if not until further notice."""
        self._ask("PUT", "/faults", {"mode": mode, "count": count})

    def type_in(self, file: str) -> None:
        """Enter a record by hand, without an export key."""
        path = examples.folder() / "erp" / f"{file}.json"
        self._ask("POST", "/records", json.loads(path.read_text(encoding="utf-8")))

    def delete(self, kind: str, code: str) -> None:
        """Delete the record with this code."""
        for record in self._ask("GET", f"/records?kind={kind}&code={code}"):
            self._ask("DELETE", f"/records/{record['id']}")

    def records(self) -> list[Record]:
        """Everything that it has."""
        found: list[Record] = self._ask("GET", "/records")
        return found

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        reply = self._client.request(method, path, json=body)
        if reply.status_code >= 300:
            raise Wanting(f"the practice ERP answers {reply.status_code} to {method} {path}: {reply.text}")
        return reply.json() if reply.content else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()


def amount(data: Mapping[str, Any]) -> Decimal:
    """What a record, or an item's payload, comes to: its lines, and a budget's modifications."""
    lines = [
        *data.get("lines", ()),
        *(line for each in data.get("modifications", ()) for line in each["lines"]),
    ]
    names = ("amount", "work_completed", "materials")
    return sum((Decimal(line[name]) for line in lines for name in names if name in line), Decimal(0))
