"""What a worker asks the ERP for one company's claimed exports, and what it makes of the answers."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from engine.claims import Claimed
from engine.exporting import receipts, reports
from engine.exporting.reports import Report
from engine.exporting.requests import export_request
from engine.ports_export import (
    Answer,
    Capabilities,
    ErpAuth,
    ErpConflict,
    ErpError,
    ErpPrecondition,
    ErpReference,
    ErpSession,
    ErpUnavailable,
    ErpUncertain,
    Found,
    Parcel,
    Receipt,
)
from engine.retrying import patiently
from engine.store.claiming import Hint
from engine.workflow import ItemType

log = structlog.get_logger()
T = TypeVar("T")
Reports = Iterator[list[Report]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call that surely did nothing is made again at once, before the engine takes over."""

    attempts: int = 3
    longest: float = 5.0  # seconds between two; an ERP that asks for more is tried again by the engine


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed export with what the connector made of it."""

    claimed: Claimed
    parcel: Parcel


class Calls:
    """Deals with the claimed exports of one company over one session; an outage ends it early."""

    def __init__(
        self,
        session: ErpSession,
        capabilities: Capabilities,
        kinds: Mapping[str, ItemType],
        patience: Patience,
        holds: Callable[[Claimed], bool],
        stopping: Callable[[], bool],
        sent: set[Hint],
    ) -> None:
        self._session, self._capabilities, self._kinds = session, capabilities, kinds
        self._patience, self._holds, self._stopping = patience, holds, stopping
        self._may_have_left = sent  # grows: what the ERP may have by now
        self.outage: ErpError | None = None  # why nothing more is asked: the rest would meet the same

    def reports(self, group: Sequence[Claimed]) -> Reports:
        """Yield reports as soon as they are known. What is no longer ours gets none: its claim ran out."""
        sends: list[Job] = []
        for claimed in filter(self._holds, group):
            if claimed.export.mode == "unlink" or "adopt" in claimed.export.request:
                ask = self._unlink if claimed.export.mode == "unlink" else self._adopt
                yield [self._shielded(claimed, ask)]
            elif isinstance(prepared := self._prepared(claimed), Report):
                yield [prepared]
            elif claimed.export.mode == "lookup":
                if (report := self._looked_up(prepared)) is None:
                    sends.append(prepared)
                else:
                    yield [report]
            else:
                sends.append(prepared)
        yield from self._send_all(sends)

    def _prepared(self, claimed: Claimed) -> Job | Report:
        item, known = claimed.item, self._capabilities.item_types
        if claimed.blocked_by and claimed.export.mode == "send":
            gone = f"the ERP no longer has {', '.join(claimed.blocked_by)}"
            return reports.failed(claimed, ErpPrecondition(gone, code="blocked_by"))
        if known is not None and item.item_type not in known:
            unknown = f"this ERP takes no {item.item_type}"
            return reports.failed(claimed, ErpPrecondition(unknown, code="unsupported"))
        try:
            request = export_request(claimed, self._kinds)
            return Job(claimed, Parcel(request, self._session.translate(request)))
        except ErpError as error:
            return reports.failed(claimed, error)
        except Exception as problem:
            log.exception("connector.bug", item=item.key)
            return reports.bug(claimed, problem, traceback.format_exc())

    def _unlink(self, claimed: Claimed) -> Report:
        return reports.unlinked(claimed, there=self._fetched(claimed, claimed.item.erp_id or "") is not None)

    def _adopt(self, claimed: Claimed) -> Report:
        erp_id = str(claimed.export.request["adopt"])
        found = self._fetched(claimed, erp_id)
        if found is None:
            return reports.absent(claimed)
        if found.item_type not in (None, claimed.item.item_type):
            wrong = ErpReference(f"{erp_id} is a {found.item_type} in the ERP", code="other_kind")
            return reports.failed(claimed, wrong)
        return receipts.adopted(claimed, found.receipt)

    def _fetched(self, claimed: Claimed, erp_id: str) -> Found | None:
        return self._asked([claimed], lambda: self._session.fetch(claimed.item.item_type, erp_id))

    def _shielded(self, claimed: Claimed, ask: Callable[[Claimed], Report]) -> Report:
        """A question that changes nothing: whatever goes wrong, it can be asked again."""
        try:
            return ask(claimed)
        except ErpUncertain as error:
            return reports.failed(claimed, ErpUnavailable(str(error), code=error.code))
        except ErpError as error:
            return reports.failed(claimed, error)
        except Exception as problem:
            log.exception("connector.bug", item=claimed.item.key)
            return reports.bug(claimed, problem, traceback.format_exc())

    def _looked_up(self, job: Job) -> Report | None:
        """What the ERP has of an earlier attempt; None if it has nothing and sending again is harmless."""
        claimed = job.claimed
        if not self._capabilities.read_back:
            unknown = "this ERP cannot be asked whether it has it: look there"
            return reports.failed(claimed, ErpPrecondition(unknown, code="no_read_back"))
        try:
            found = self._asked([claimed], lambda: self._session.look_up(job.parcel))
            if found is not None:
                return self._judged(job, found, None)
        except (ErpAuth, ErpReference) as error:
            return reports.failed(claimed, error)
        except ErpError as error:
            return reports.in_doubt(claimed, error)
        except Exception as problem:
            log.exception("connector.bug", item=claimed.item.key)
            return reports.in_doubt(claimed, ErpUncertain(f"{type(problem).__name__}: {problem}", code="bug"))
        blocked = bool(claimed.blocked_by)  # then sending is an attempt of its own, which will say so
        return reports.absent(claimed) if blocked or not self._session.replays else None

    def _judged(self, job: Job, found: Found, refusal: ErpError | None) -> Report:
        """Adopt the record if it is what would be sent; else it is in the way."""
        if not found.differs:
            return receipts.found(job.claimed, found.receipt, self._lines(job))
        record, what = found.receipt.erp_id, ", ".join(found.differs[:5])
        if found.ours:
            text, code = f"the ERP has it as {record} already, with another {what}", "other_content"
        else:
            taken = f"the code {job.parcel.request.code} is taken by {record}, which is not this item"
            text, code = taken, "duplicate_code"
        if refusal is not None:
            text, code = f"{refusal}: {text}", refusal.code or code
        return reports.failed(job.claimed, ErpConflict(text, code=code))

    def _lines(self, job: Job) -> list[str]:
        """The lines that the ERP has to have an id for."""
        lines = job.parcel.request.body.get("lines") if self._capabilities.line_ids else None
        return [str(each["number"]) for each in lines or ()]

    def _send_all(self, jobs: Sequence[Job]) -> Reports:
        size = max(1, self._capabilities.batch)
        creates = [job for job in jobs if job.parcel.request.change is None]
        calls = [creates[start : start + size] for start in range(0, len(creates), size)]
        calls += [[job] for job in jobs if job.parcel.request.change is not None]
        for call in calls:
            if held := [job for job in call if self._holds(job.claimed)]:
                answers = zip(held, self._sent(held), strict=True)
                yield [self._answered(job, answer) for job, answer in answers]

    def _sent(self, jobs: Sequence[Job]) -> Sequence[Answer]:
        parcels = [job.parcel for job in jobs]
        self._may_have_left.update(job.claimed.hint for job in jobs)
        try:
            called = self._asked([job.claimed for job in jobs], lambda: self._session.send(parcels))
            answers = list(called)
        except ErpUncertain as error:
            self.outage = ErpUnavailable(f"not sent, because the call before it got no answer ({error})")
            return [error] * len(jobs)
        except ErpError as error:
            return [error] * len(jobs)
        except Exception as problem:
            log.exception("connector.bug", items=len(jobs))
            return [ErpUncertain(f"{type(problem).__name__}: {problem}", code="bug")] * len(jobs)
        if len(answers) != len(jobs):
            return [ErpUncertain(f"{len(answers)} answers came for {len(jobs)} records")] * len(jobs)
        return answers

    def _answered(self, job: Job, answer: Answer) -> Report:
        """What one record's answer means; an answer that cannot be read leaves a doubt about this record alone."""
        try:
            if isinstance(answer, Receipt):
                return receipts.sent(job.claimed, answer, self._lines(job))
            if not isinstance(answer, ErpConflict) or not self._capabilities.read_back:
                return reports.failed(job.claimed, answer)
            return self._conflicting(job, answer)
        except Exception as problem:
            log.exception("connector.bug", item=job.claimed.item.key)
            doubt = ErpUncertain(
                f"the answer cannot be read ({type(problem).__name__}: {problem})", code="bug"
            )
            return reports.in_doubt(job.claimed, doubt)

    def _conflicting(self, job: Job, conflict: ErpConflict) -> Report:
        try:
            found = self._asked([job.claimed], lambda: self._session.look_up(job.parcel))
        except Exception:
            log.exception("connector.conflict_unread", item=job.claimed.item.key)
            return reports.in_doubt(
                job.claimed, ErpUncertain(f"{conflict}, and whose it is could not be read")
            )
        return self._judged(job, found, conflict) if found else reports.failed(job.claimed, conflict)

    def _asked(self, claimed: Sequence[Claimed], call: Callable[[], T]) -> T:
        """Make a call, again if it surely did nothing; an outage answers for the calls that would follow."""
        if self.outage is not None:
            raise self.outage
        try:
            return patiently(
                call,
                errors=ErpUnavailable,
                attempts=self._patience.attempts,
                longest=self._patience.longest,
                wait_for=lambda error: error.retry_after if isinstance(error, ErpError) else None,
                give_up=lambda: self._stopping() or not all(map(self._holds, claimed)),
            )
        except (ErpUnavailable, ErpAuth) as error:
            self.outage = error
            raise
