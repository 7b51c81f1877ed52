"""One session with a practice ERP: records from requests, and what its answers mean."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from connectors.comparing import differences
from connectors.http import ErpHttp, Reply, refusal
from connectors.kit import (
    Answer,
    ErpConflict,
    ErpError,
    ErpReference,
    ErpUncertain,
    ExportRequest,
    Found,
    Parcel,
    Receipt,
)

_DONE: Final = (200, 201)
_UNKNOWN_REFERENCE: Final = frozenset(("unknown_reference",))
_ONE_BY_ONE: Final = (400, 413)  # one record that cannot be read makes the ERP refuse the whole array


class SandboxSession:
    """Creates in arrays, updates one by one; `keys` None means: find out whether the ERP keeps them."""

    def __init__(self, http: ErpHttp, keys: bool | None) -> None:
        self._http = http
        self._find_out = keys is None
        self.replays = keys is True

    def translate(self, request: ExportRequest) -> dict[str, Any]:
        """The body of a POST, or of a PATCH where the ERP has the record already."""
        data = {**request.body}
        if request.references:
            data["references"] = dict(request.references)
        if request.fields:
            data["fields"] = dict(request.fields)
        if request.change is not None:
            return {"key": request.export_key, "data": data}
        return {"kind": request.item_type, "key": request.export_key, "code": _code(request), "data": data}

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Answer]:
        """One call for all."""
        if parcels[0].request.change is not None:
            return [self._update(parcel) for parcel in parcels]
        reply = self._http.call("POST", "/records", [parcel.record for parcel in parcels])
        if reply.status in _ONE_BY_ONE and len(parcels) > 1:
            return [self._alone(parcel) for parcel in parcels]
        if reply.status != 200:
            raise reply.error(_UNKNOWN_REFERENCE)
        if not isinstance(reply.body, list) or len(reply.body) != len(parcels):
            raise ErpUncertain("the ERP's answer has not one entry for each record", code="unreadable_answer")
        return [self._answer(parcel, entry) for parcel, entry in zip(parcels, reply.body, strict=True)]

    def _alone(self, parcel: Parcel) -> Answer:
        try:
            return self.send([parcel])[0]
        except ErpError as error:
            return error  # and no word on its neighbours, who may have been stored by now

    def _update(self, parcel: Parcel) -> Answer:
        reply = self._http.call("PATCH", _path(parcel.request.erp_id), parcel.record)
        if reply.status not in _DONE:
            raise reply.error(_UNKNOWN_REFERENCE)
        return self._answer(parcel, {"status": reply.status, "body": reply.body})

    def _answer(self, parcel: Parcel, entry: Any) -> Answer:
        status = entry.get("status") if isinstance(entry, dict) else None
        if not isinstance(status, int):
            return ErpUncertain("the ERP's answer has no status for the record", code="unreadable_answer")
        if status not in _DONE:
            return refusal(status, entry.get("body"), references=_UNKNOWN_REFERENCE)
        try:
            record = _record(entry.get("body"))
        except ErpUncertain as problem:
            return problem
        if status == 200 and (other := _found(parcel, record, ours=True).differs):
            text = f"the ERP has {record['id']} with this key, and with another {', '.join(other[:5])}"
            return ErpConflict(text, code="other_content")
        if self._find_out:
            kept = (record.get("key"), *record.get("update_keys", ()))
            self.replays = parcel.request.export_key in kept
        return _receipt(record)

    def look_up(self, parcel: Parcel) -> Found | None:
        """By every export key; by code too, for an ERP that keeps no keys can be asked in no other way."""
        request = parcel.request
        if request.change is not None:
            return self._look_up_update(parcel)
        for key in (request.export_key, *request.earlier_keys):
            if records := self._find(kind=request.item_type, key=key):
                return _found(parcel, records[0], ours=True)
        others = self._find(kind=request.item_type, code=_code(request))
        judged = (self._by_code(parcel, record) for record in others)
        return min(judged, key=lambda found: len(found.differs), default=None)

    def _by_code(self, parcel: Parcel, record: Mapping[str, Any]) -> Found:
        if record.get("key") is None:
            return _found(parcel, record, ours=False)
        return Found(_receipt(record), record.get("kind"), ours=False, differs=("key",))

    def _look_up_update(self, parcel: Parcel) -> Found | None:
        """An update is there when the record has all of it; merging it again would change nothing."""
        erp_id = str(parcel.request.erp_id)
        record = self._record_of(erp_id)
        if record is None:
            raise ErpReference(f"the ERP no longer has {erp_id}, to be changed", code="unknown_record")
        found = _found(parcel, record, ours=True)
        return None if found.differs else found

    def fetch(self, item_type: str, erp_id: str) -> Found | None:
        """The record with this id."""
        record = self._record_of(erp_id) if erp_id else None
        return None if record is None else Found(_receipt(record), record.get("kind"))

    def close(self) -> None:
        """Leave."""
        self._http.close()

    def _record_of(self, erp_id: str) -> Mapping[str, Any] | None:
        reply = self._http.call("GET", _path(erp_id))
        return None if reply.status == 404 else _record(_read(reply))

    def _find(self, **filters: str) -> list[Mapping[str, Any]]:
        body = _read(self._http.call("GET", "/records", params=filters))
        if not isinstance(body, list):
            raise ErpUncertain("the ERP's answer is no list of records", code="unreadable_answer")
        return [_record(each) for each in body]


def _code(request: ExportRequest) -> str:
    """This ERP files an item under its own number, whatever id the approver gave it for elsewhere."""
    return str(request.payload.get("number") or request.item_id)


def _path(erp_id: str | None) -> str:
    return f"/records/{quote(erp_id or '-', safe='')}"


def _read(reply: Reply) -> Any:
    if reply.status != 200:
        raise reply.error()
    return reply.body


def _record(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise ErpUncertain("the ERP's answer is no record with an id", code="unreadable_answer")
    return body


def _receipt(record: Mapping[str, Any]) -> Receipt:
    lines = record.get("lines")
    return Receipt(record["id"], dict(lines) if isinstance(lines, dict) else {})


def _found(parcel: Parcel, record: Mapping[str, Any], *, ours: bool) -> Found:
    stored = record.get("data")
    exact = parcel.request.change is None
    differs = differences(parcel.record["data"], stored if isinstance(stored, dict) else {}, exact=exact)
    return Found(_receipt(record), record.get("kind"), ours, differs)
