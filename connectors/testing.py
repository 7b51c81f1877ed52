"""For tests of connectors and of the engine: an ERP in memory that does what a test tells it to."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.comparing import differences
from connectors.kit import (
    Answer,
    Capabilities,
    ErpConflict,
    ErpError,
    ErpUncertain,
    ExportRequest,
    Found,
    Parcel,
    Receipt,
)

Act = Callable[[], None]
REPLAYS: Final = Capabilities(idempotency="replay", batch=200)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens in one call of `send`, before and after the records are stored."""

    before: Act = lambda: None
    after: Act = lambda: None


def refuses(error: Exception) -> Step:
    """Nothing is stored, and this is raised."""
    return Step(before=lambda: _raise(error))


def loses_the_answer() -> Step:
    """The records are stored, and nobody learns it."""
    return Step(after=lambda: _raise(ErpUncertain("the connection was lost")))


def hangs_until(released: threading.Event, reached: threading.Event) -> Step:
    """The records are stored; the answer comes once `released` is set. `reached` says that it waits."""

    def wait() -> None:
        reached.set()
        released.wait()

    return Step(after=wait)


@dataclass(slots=True)
class FakeErp:
    """A connector and its ERP in one; threads share it."""

    name: str = "fake"
    capabilities: Capabilities = REPLAYS
    settle: float = 0.0
    steps: deque[Step] = field(default_factory=deque)  # of the next calls; without one all goes well
    records: dict[str, ExportRequest] = field(default_factory=dict)  # ERP id to what was stored
    refused: dict[str, ErpError] = field(default_factory=dict)  # item key to why its record is not taken
    calls: list[tuple[str, ...]] = field(default_factory=list)  # the export keys of each call of `send`
    lock: threading.Lock = field(default_factory=threading.Lock)

    def settle_seconds(self, settings: Mapping[str, Any]) -> float:
        return self.settle

    def open(self, settings: Mapping[str, Any]) -> "FakeSession":
        return FakeSession(self)

    def store(self, request: ExportRequest) -> Answer:
        """What `send` does with one record."""
        with self.lock:
            if error := self.refused.get(request.item):
                return error
            for erp_id, known in self.records.items():
                if known.export_key == request.export_key and self.capabilities.idempotency == "replay":
                    return _receipt(erp_id, known)
                if known.item_type == request.item_type and known.code == request.code != "":
                    return ErpConflict(f"the code {request.code} is used by {erp_id}", code="duplicate_code")
            erp_id = request.erp_id or f"FAKE-{len(self.records) + 1}"
            self.records[erp_id] = request
            return _receipt(erp_id, request)


class FakeSession:
    """A session with the ERP in memory."""

    def __init__(self, erp: FakeErp) -> None:
        self._erp = erp
        self.replays = erp.capabilities.idempotency == "replay"

    def translate(self, request: ExportRequest) -> dict[str, Any]:
        return dict(request.body)

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Answer]:
        self._erp.calls.append(tuple(parcel.request.export_key for parcel in parcels))
        step = self._erp.steps.popleft() if self._erp.steps else Step()
        step.before()
        answers = [self._erp.store(parcel.request) for parcel in parcels]
        step.after()
        return answers

    def look_up(self, parcel: Parcel) -> Found | None:
        wanted = parcel.request
        with self._erp.lock:
            for erp_id, known in self._erp.records.items():
                ours = known.export_key in (wanted.export_key, *wanted.earlier_keys)
                if ours or (known.item_type == wanted.item_type and known.code == wanted.code):
                    differs = differences(wanted.payload, known.payload) if ours else ("key",)
                    return Found(_receipt(erp_id, known), known.item_type, ours, differs)
        return None

    def fetch(self, item_type: str, erp_id: str) -> Found | None:
        known = self._erp.records.get(erp_id)
        return Found(_receipt(erp_id, known), known.item_type) if known else None

    def close(self) -> None:
        """Nothing is open."""


def _receipt(erp_id: str, request: ExportRequest) -> Receipt:
    lines = request.payload.get("lines") or ()
    return Receipt(erp_id, {str(line["number"]): f"{erp_id}/{line['number']}" for line in lines})


def _raise(error: Exception) -> None:
    raise error
