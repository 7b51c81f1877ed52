"""The practice ERP's misbehaviour over real HTTP: each mode, its end, and what was stored."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.practice_erp import PracticeErp
from tests.integration.connectors.erp_calls import DEADLINE_SECONDS, ErpClient, project


@pytest.fixture
def server() -> Iterator[PracticeErp]:
    """A practice ERP in memory."""
    with PracticeErp() as server:
        yield server


@pytest.fixture
def erp(server: PracticeErp) -> Iterator[ErpClient]:
    """A client of it."""
    with ErpClient(server.url) as client:
        yield client


def _request(content: Any) -> bytes:
    body = json.dumps(content).encode()
    return b"POST /records HTTP/1.1\r\nHost: erp\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _wait_for_records(erp: ErpClient, count: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len(erp.find()) < count:
        assert time.monotonic() < deadline, "the record never arrived"


@pytest.mark.parametrize(
    ("mode", "status"), [("down", 503), ("rate_limit", 429), ("reject", 422), ("locked", 401)]
)
def test_a_refusing_fault_answers_the_whole_call_and_stores_nothing(
    erp: ErpClient, mode: str, status: int
) -> None:
    """One record, an array and a list are all refused, with the mode as the code."""
    erp.fault(mode, count=3)
    answers = [erp.post(project()), erp.post([project()]), erp.call("GET", "/records")]
    assert [(got.status, got.body["error"]["code"]) for got in answers] == [(status, mode)] * 3
    assert erp.find() == []


def test_a_rate_limit_says_when_to_come_back(erp: ErpClient) -> None:
    """Retry-After is in whole seconds, as HTTP has it."""
    erp.fault("rate_limit", seconds=2.5)
    assert erp.post(project()).headers["Retry-After"] == "3"


@pytest.mark.parametrize(("mode", "stored"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_call_gets_no_answer_at_once(erp: ErpClient, mode: str, stored: int) -> None:
    """Before storing nothing is there, after storing the record is, and the client cannot tell."""
    erp.fault(mode, count=1)
    with pytest.raises(http.client.RemoteDisconnected):
        erp.post(project())
    assert len(erp.find()) == stored


def test_a_slow_call_is_stored_even_when_its_client_has_gone(erp: ErpClient) -> None:
    """A time-out on the client's side says nothing about the ERP's."""
    erp.fault("slow", seconds=0.2, count=1)
    with socket.create_connection(erp.address) as connection:
        connection.sendall(_request(project()))
    _wait_for_records(erp, 1)
    assert erp.find()[0]["code"] == "P-17"


def test_a_slow_call_is_answered_after_its_wait(erp: ErpClient) -> None:
    """A patient client gets the usual answer."""
    erp.fault("slow", seconds=0.2, count=1)
    began = time.monotonic()
    assert erp.post(project()).status == 201
    assert time.monotonic() - began >= 0.2


def test_a_slow_call_keeps_nobody_else_waiting(server: PracticeErp, erp: ErpClient) -> None:
    """Others are served meanwhile, and stopping the server ends the wait."""
    erp.fault("slow", seconds=3600, count=1)
    answers: list[bytes] = []
    slow = threading.Thread(target=lambda: answers.append(erp.raw(_request(project("slow")))))
    slow.start()
    while erp.stats()["faults_injected"] == 0:
        pass
    assert erp.post(project("quick")).status == 201
    server.stop()
    slow.join(DEADLINE_SECONDS)
    assert answers == [b""]


def test_a_fault_ends_by_itself_when_its_count_is_used_up(erp: ErpClient) -> None:
    """The remaining count can be read, and after it there is none."""
    put = erp.fault("down", count=2)
    assert put.body == {"mode": "down", "rate": 1.0, "seconds": None, "count": 2}
    assert erp.post(project()).status == 503
    assert erp.call("GET", "/faults").body["count"] == 1
    assert [erp.post(project()).status for _ in range(2)] == [503, 201]
    assert erp.call("GET", "/faults").body["mode"] == "none"


def test_a_fault_ends_when_none_is_put(erp: ErpClient) -> None:
    """Neither /faults nor /stats is ever hit."""
    erp.fault("drop_before")
    assert erp.stats()["requests"] == 0
    assert erp.fault("none").body["mode"] == "none"
    assert erp.post(project()).status == 201


def test_a_fault_with_rate_0_hits_nobody(erp: ErpClient) -> None:
    """The rate is the chance of each call."""
    erp.fault("down", rate=0, count=1)
    assert erp.post(project()).status == 201
    assert erp.call("GET", "/faults").body["count"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"mode": "explode"},
        {"mode": ["down"]},
        {"mode": "down", "rate": 2},
        {"mode": "down", "rate": True},
        {"mode": "down", "seconds": -1},
        {"mode": "slow", "seconds": 1e300},
        {"mode": "down", "count": 1.5},
        {"mode": "down", "often": 1},
        "down",
    ],
)
def test_a_fault_that_cannot_be_is_refused(erp: ErpClient, fault: Any) -> None:
    """A typing mistake changes nothing."""
    got = erp.call("PUT", "/faults", fault)
    assert (got.status, got.body["error"]["code"]) == (400, "invalid_fault")
    assert erp.post(project()).status == 201
