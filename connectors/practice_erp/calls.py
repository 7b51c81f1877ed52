"""Answering calls: routes, arrays, faults and statistics, without sockets."""

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.practice_erp.answers import Answer, RefusedError, json_text
from connectors.practice_erp.bodies import parse_json
from connectors.practice_erp.faults import Faults, fault_from
from connectors.practice_erp.ledger import Ledger
from connectors.practice_erp.records import Records, RecordsClosedError
from connectors.practice_erp.rules import check_kind
from connectors.practice_erp.shapes import new_record, update

MAX_ARRAY = 500
STATISTICS = ("requests", "stored", "repeated_keys", "duplicates_refused", "faults_injected")


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: tuple[str, ...]
    query: str
    body: bytes


def call_of(method: str, target: str, body: bytes) -> Call:
    """Take a request's target apart."""
    try:
        parts = urlsplit(target)
    except ValueError:
        raise RefusedError(400, "bad_request", "The request's address cannot be read: send a path.") from None
    return Call(method, tuple(unquote(part) for part in parts.path.split("/")[1:]), parts.query, body)


class Desk:
    """Answers calls from any number of threads; `None` means: hang up without a word."""

    def __init__(self, records: Records, stopping: threading.Event) -> None:
        self._records = records
        self._stopping = stopping
        self._faults = Faults()
        self._counter: Counter[str] = Counter()
        self._counter_lock = threading.Lock()

    def answer(self, method: str, target: str, body: bytes) -> Answer | None:
        try:
            return self._route(call_of(method, target, body))
        except RefusedError as refusal:
            return refusal.answer()
        except RecordsClosedError:
            return None

    def _route(self, call: Call) -> Answer | None:
        match call.path:
            case ["records"]:
                _check_method(call, "GET", "POST")
                return self._with_faults(call, None)
            case ["records", record_id] if record_id:
                _check_method(call, "GET", "PATCH", "DELETE")
                return self._with_faults(call, record_id)
            case ["faults"]:
                _check_method(call, "GET", "PUT")
                if call.method == "PUT":
                    self._faults.put(fault_from(parse_json(call.body)))
                return Answer(200, json_text(self._faults.current().document()))
            case ["stats"]:
                _check_method(call, "GET")
                return self._stats()
        raise RefusedError(
            404, "unknown_path", "There is only /records, /records/{id}, /faults and /stats here."
        )

    def _with_faults(self, call: Call, record_id: str | None) -> Answer | None:
        fault = self._faults.for_next_call()
        self._count(requests=1, faults_injected=fault.mode != "none")
        if fault.mode == "drop_before":
            return None
        if fault.mode == "slow" and self._stopping.wait(fault.wait_seconds):
            return None
        if fault.mode in ("none", "slow", "drop_after"):
            answer = self._answer_records(call, record_id)
            return None if fault.mode == "drop_after" else answer
        return fault.refusal()

    def _answer_records(self, call: Call, record_id: str | None) -> Answer:
        try:
            return self._one(call, record_id) if record_id else self._all(call)
        except RefusedError as refusal:
            self._count(duplicates_refused=refusal.code == "duplicate_code")
            return refusal.answer()

    def _all(self, call: Call) -> Answer:
        if call.method == "GET":
            kind, key, code = _filters(call)
            with self._records.reading() as ledger:
                bodies = ledger.find(kind, key, code)
            return Answer(200, f"[{','.join(bodies)}]")
        content = parse_json(call.body)
        if isinstance(content, list):
            return self._create_each(content)
        new = new_record(content)
        with self._records.writing() as ledger:
            answer = ledger.create(new)
        self._count_created([answer])
        return answer

    def _create_each(self, contents: list[Any]) -> Answer:
        if len(contents) > MAX_ARRAY:
            message = f"The array has {len(contents)} records: send at most {MAX_ARRAY} in a call."
            raise RefusedError(413, "too_many_records", message)
        with self._records.writing() as ledger:
            answers = [_created_or_refused(ledger, content) for content in contents]
        self._count_created(answers)
        return Answer(200, f"[{','.join(map(_element, answers))}]")

    def _one(self, call: Call, record_id: str) -> Answer:
        if call.method == "GET":
            with self._records.reading() as ledger:
                return ledger.get(record_id)
        if call.method == "DELETE":
            with self._records.writing() as ledger:
                return ledger.delete(record_id)
        change = update(parse_json(call.body))
        with self._records.writing() as ledger:
            return ledger.merge(record_id, change)

    def _stats(self) -> Answer:
        with self._records.reading() as ledger:
            counts = ledger.counts()
        with self._counter_lock:
            since_start = {name: self._counter[name] for name in STATISTICS}
        return Answer(200, json_text({"records": counts} | since_start))

    def _count_created(self, answers: list[Answer]) -> None:
        statuses = Counter(answer.status for answer in answers)
        self._count(stored=statuses[201], repeated_keys=statuses[200], duplicates_refused=statuses[409])

    def _count(self, **amounts: int) -> None:
        with self._counter_lock:
            self._counter.update(amounts)


def _created_or_refused(ledger: Ledger, content: Any) -> Answer:
    try:
        return ledger.create(new_record(content))
    except RefusedError as refusal:
        return refusal.answer()


def _element(answer: Answer) -> str:
    return f'{{"status":{answer.status},"body":{answer.body}}}'


def _filters(call: Call) -> tuple[str | None, str | None, str | None]:
    """Read kind, key and code from the query; an empty one counts as not given."""
    given = parse_qsl(call.query)
    names = [name for name, _ in given]
    if len(set(names)) < len(names) or set(names) - {"kind", "key", "code"}:
        raise RefusedError(400, "malformed", "The query takes kind, key and code, each once.")
    wanted = dict(given)
    kind = wanted.get("kind")
    return None if kind is None else check_kind(kind), wanted.get("key"), wanted.get("code")


def _check_method(call: Call, *allowed: str) -> None:
    if call.method not in allowed:
        message = f"{call.method} is not answered here: use {' or '.join(allowed)}."
        raise RefusedError(405, "unknown_method", message, (("Allow", ", ".join(allowed)),))
