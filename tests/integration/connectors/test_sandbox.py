"""The sandbox connector: what every connector does, and what the practice ERP's answers mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from connectors.conformance import PROJECT, ConnectorCases
from connectors.kit import (
    Connector,
    ErpAuth,
    ErpCapacity,
    ErpConflict,
    ErpError,
    ErpReference,
    ErpRefused,
    ErpSession,
    ErpUnavailable,
    ErpUncertain,
    ExportRequest,
    Misconfigured,
    Parcel,
    Receipt,
)
from connectors.practice_erp import PracticeErp
from connectors.sandbox import CONNECTOR, SandboxConnector
from tests.integration.connectors.erp_calls import ErpClient

UPDATE = replace(
    PROJECT, export_key="acme/project/P-17@2", change={"description": "Three lanes"}, erp_id="PRJ-000001"
)


@pytest.fixture
def erp() -> Iterator[PracticeErp]:
    """A practice ERP that keeps keys."""
    with PracticeErp() as server:
        yield server


@pytest.fixture
def desk(erp: PracticeErp) -> Iterator[ErpClient]:
    """What the ERP's own people see."""
    with ErpClient(erp.url) as client:
        yield client


@pytest.fixture
def session(erp: PracticeErp) -> Iterator[ErpSession]:
    """A session with it."""
    found = CONNECTOR.open({"url": erp.url, "timeout": 5})
    yield found
    found.close()


@pytest.fixture
def forgetful() -> Iterator[ErpSession]:
    """A session with an ERP that keeps no keys."""
    with PracticeErp(keys=False) as server:
        found = CONNECTOR.open({"url": server.url, "timeout": 5})
        yield found
        found.close()


class TestSandbox(ConnectorCases):
    """The suite of every connector."""

    @pytest.fixture(autouse=True)
    def _erp(self, erp: PracticeErp, free_port: int) -> None:
        self._url, self._closed_port = erp.url, free_port

    def connector(self) -> Connector:
        return CONNECTOR

    def settings(self) -> Mapping[str, Any]:
        return {"url": self._url, "timeout": 5}

    def unreachable(self) -> Mapping[str, Any]:
        return {"url": f"http://127.0.0.1:{self._closed_port}"}


def parcel(session: ErpSession, request: ExportRequest = PROJECT) -> Parcel:
    """A request with its record."""
    return Parcel(request, session.translate(request))


def error_of(session: ErpSession, request: ExportRequest = PROJECT) -> ErpError:
    """What goes wrong when it is sent."""
    try:
        (answer,) = session.send([parcel(session, request)])
    except ErpError as error:
        return error
    assert isinstance(answer, ErpError)
    return answer


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("down", ErpUnavailable),
        ("rate_limit", ErpCapacity),
        ("reject", ErpRefused),
        ("locked", ErpAuth),
        ("drop_before", ErpUncertain),
        ("drop_after", ErpUncertain),
    ],
)
@pytest.mark.parametrize("request_", [PROJECT, UPDATE], ids=["create", "update"])
def test_every_fault_has_its_class(
    session: ErpSession, desk: ErpClient, mode: str, expected: type[ErpError], request_: ExportRequest
) -> None:
    """Whether something may have happened is never in doubt by mistake."""
    desk.post({"kind": "project", "code": "other", "data": {}})
    desk.fault(mode, count=1)
    assert type(error_of(session, request_)) is expected


def test_the_erps_own_wait_is_known(session: ErpSession, desk: ErpClient) -> None:
    """Retry-After comes with the error."""
    desk.fault("rate_limit", seconds=7)
    assert error_of(session).retry_after == 7


def test_a_slow_answer_is_uncertain(erp: PracticeErp, desk: ErpClient) -> None:
    """The record may be stored after we have gone."""
    impatient = CONNECTOR.open({"url": erp.url, "timeout": 0.05})
    desk.fault("slow", seconds=3, count=1)
    error = error_of(impatient)
    impatient.close()
    assert (type(error), error.code) == (ErpUncertain, "timeout")


def test_a_code_that_another_has_is_a_conflict(session: ErpSession, desk: ErpClient) -> None:
    """In the ERP's own words, and found to be another's."""
    desk.post({"kind": "project", "code": "P-17", "key": "by hand", "data": {"name": "Pier"}})
    error = error_of(session)
    found = session.look_up(parcel(session))
    assert type(error) is ErpConflict
    assert "The code 'P-17' is used by PRJ-000001" in str(error)
    assert found is not None
    assert (found.ours, found.differs) == (False, ("key",))


def test_a_broken_reference_is_told_from_a_bad_value(session: ErpSession) -> None:
    """One is brought in order in the ERP, the other in the item."""
    assert type(error_of(session, replace(PROJECT, references={"acme/company/V": "VEN-1"}))) is ErpReference
    assert type(error_of(session, replace(PROJECT, item_id="x" * 61))) is ErpRefused


def test_a_known_key_with_other_content_is_a_conflict(session: ErpSession) -> None:
    """The first record is not taken for what was sent now."""
    session.send([parcel(session)])
    error = error_of(session, replace(PROJECT, payload={"name": "Bridge"}))
    assert (type(error), error.code) == (ErpConflict, "other_content")


def test_a_record_that_cannot_be_read_is_refused_alone(session: ErpSession) -> None:
    """The ERP refuses a whole array for half a character; its neighbours are sent again one by one."""
    broken = replace(PROJECT, export_key="acme/project/P-2@1", item_id="P-2", payload={"name": "\ud800"})
    answers = session.send([parcel(session), parcel(session, broken)])
    assert isinstance(answers[0], Receipt)
    assert type(answers[1]) is ErpRefused


def test_keys_are_trusted_once_the_erp_has_shown_that_it_keeps_them(
    session: ErpSession, forgetful: ErpSession
) -> None:
    """Until then a second send counts as a second record."""
    assert not session.replays
    for each in (session, forgetful):
        each.send([parcel(each)])
    assert (session.replays, forgetful.replays) == (True, False)


def test_without_keys_a_record_is_known_by_its_code_and_content(forgetful: ErpSession) -> None:
    """The same is ours; anything else under that code is another's."""
    forgetful.send([parcel(forgetful)])
    same = forgetful.look_up(parcel(forgetful))
    other = forgetful.look_up(parcel(forgetful, replace(PROJECT, payload={"name": "Bridge"})))
    assert same is not None
    assert other is not None
    assert (same.differs, other.differs) == ((), ("name", "description"))


def test_an_update_is_found_only_when_it_was_merged(session: ErpSession) -> None:
    """What the record had before does not count as the update."""
    session.send([parcel(session)])
    update = parcel(session, UPDATE)
    assert session.look_up(update) is None
    session.send([update])
    found = session.look_up(update)
    assert found is not None
    assert found.receipt.erp_id == "PRJ-000001"


def test_an_update_of_a_deleted_record_is_a_broken_reference(session: ErpSession) -> None:
    """Whether it is sent or looked up."""
    assert type(error_of(session, UPDATE)) is ErpReference
    with pytest.raises(ErpReference):
        session.look_up(parcel(session, UPDATE))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "url"),
        ({"url": "ftp://erp"}, "url"),
        ({"url": "http://erp:port"}, "url"),
        ({"url": "http://erp", "timeout": 0}, "timeout"),
        ({"url": "http://erp", "timeout": True}, "timeout"),
        ({"url": "http://erp", "keys": "yes"}, "keys"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], problem: str) -> None:
    """Before anything is sent, with the name of what is wrong."""
    with pytest.raises(Misconfigured, match=problem):
        CONNECTOR.open(settings)


def test_only_kept_keys_need_no_time_to_settle() -> None:
    """Without them a request that is still on its way would become a second record."""
    assert CONNECTOR.settle_seconds({"keys": True}) == 0
    assert CONNECTOR.settle_seconds({"timeout": 7}) == 7
    assert CONNECTOR.settle_seconds({"keys": False}) == 10


def test_it_says_whether_the_erp_can_be_reached(erp: PracticeErp, desk: ErpClient, free_port: int) -> None:
    """In one sentence, and without changing anything there."""
    assert SandboxConnector().check({"url": erp.url, "timeout": 5}) is None
    with pytest.raises(ErpUnavailable, match="cannot be reached"):
        SandboxConnector().check({"url": f"http://127.0.0.1:{free_port}"})
    with pytest.raises(Misconfigured):
        SandboxConnector().check({})
    assert desk.stats()["stored"] == 0
