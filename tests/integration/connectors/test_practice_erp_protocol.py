"""The practice ERP as an HTTP server: what it refuses, kept connections, stopping, and a killed process."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.practice_erp import PracticeErp
from connectors.practice_erp.records import DatabaseUnusableError
from tests.integration.connectors.erp_calls import ErpClient, project

SERVE = """
import sys
from pathlib import Path
from connectors.practice_erp import PracticeErp
erp = PracticeErp(database=Path(sys.argv[1]))
print(erp.url, flush=True)
erp.serve_forever()
"""


@pytest.fixture
def erp() -> Iterator[ErpClient]:
    """A practice ERP in memory."""
    with PracticeErp() as server, ErpClient(server.url) as client:
        yield client


@contextlib.contextmanager
def _own_process(database: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", SERVE, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"kind": NaN}',
        b'{"kind": 1e999}',
        b"[" * 65 + b"]" * 65,
        b"[" * 1_000_000,
        b'{"kind": "\\ud800"}',
        b"9" * 5000,
    ],
    ids=["empty", "cut", "latin", "nan", "infinite", "deep", "very deep", "surrogate", "digits"],
)
def test_a_body_that_is_no_storable_json_is_refused(erp: ErpClient, body: bytes) -> None:
    """The connection stays usable afterwards."""
    got = erp.call("POST", "/records", body)
    assert (got.status, got.body["error"]["code"]) == (400, "invalid_json")
    assert erp.post(project()).status == 201


def test_a_body_over_16_mib_is_refused_with_an_answer(erp: ErpClient) -> None:
    """The client that sends all of it still reads why."""
    got = erp.call("POST", "/records", b" " * (16 * 1024 * 1024 + 1))
    assert (got.status, got.body["error"]["code"]) == (413, "too_large")
    assert erp.post(project()).status == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/records/", 404),
        ("GET", "/records/PRJ-000001/lines", 404),
        ("GET", "/records/%ff%00", 404),
        ("PUT", "/records", 405),
        ("POST", "/faults", 405),
        ("DELETE", "/stats", 405),
        ("OPTIONS", "/records", 405),
        ("BREW", "/records", 405),
    ],
)
def test_an_unknown_path_or_method_is_refused_in_json(
    erp: ErpClient, method: str, path: str, status: int
) -> None:
    """Every refusal has the same form."""
    got = erp.call(method, path, {})
    assert (got.status, sorted(got.body["error"])) == (status, ["code", "message"])


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /records HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /records HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /records HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST /records HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET http://[x HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /stats HTTP/6.1\r\n\r\n", 400),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_and_its_connection_closed(
    erp: ErpClient, head: bytes, status: int
) -> None:
    """Where the next request begins can no longer be known."""
    answer = erp.raw(head)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["message"]


def test_several_calls_share_one_connection(erp: ErpClient) -> None:
    """Pools of clients keep their connections."""
    pipelined = b"GET /stats HTTP/1.1\r\n\r\n" * 2 + b"GET /stats HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert erp.raw(pipelined).count(b"HTTP/1.1 200 OK") == 3


def test_many_clients_at_once_store_each_key_once() -> None:
    """The same hundred records from eight clients are a hundred records."""
    records = [project(f"P-{number}") for number in range(100)]
    with PracticeErp() as server:

        def send_all(_: int) -> list[int]:
            with ErpClient(server.url) as client:
                return [client.post(record).status for record in records]

        with ThreadPoolExecutor(8) as pool:
            statuses = [status for answers in pool.map(send_all, range(8)) for status in answers]
    assert (statuses.count(201), statuses.count(200)) == (100, 700)


def test_a_stopped_server_answers_nobody_not_even_on_kept_connections() -> None:
    """Stopping twice is no mistake, and neither is stopping what never served."""
    server = PracticeErp()
    server.start()
    with ErpClient(server.url) as client:
        assert client.post(project()).status == 201
        server.stop()
        server.stop()
        with pytest.raises(ConnectionError):
            client.post(project())
    PracticeErp().stop()


def test_a_server_in_this_thread_ends_when_another_stops_it() -> None:
    """The command line serves in its main thread."""
    server = PracticeErp()
    with ErpClient(server.url) as client:
        waiting = threading.Thread(target=server.serve_forever)
        waiting.start()
        assert client.post(project()).status == 201
    server.stop()
    waiting.join(10)
    assert not waiting.is_alive()


def test_every_answered_record_survives_a_killed_process(tmp_path: Path) -> None:
    """What was answered with 201 is there with its id, key and counter after the next start."""
    database = tmp_path / "new" / "erp.db"
    with _own_process(database) as (process, url), ErpClient(url) as client:
        answered = [element["body"] for element in client.post([project(str(n)) for n in range(200)]).body]
        answered.append(client.post(project("last")).body)
        process.kill()
    with PracticeErp(database=database) as server, ErpClient(server.url) as client:
        assert client.find() == answered
        assert client.post(project("last")).status == 200
        assert client.post(project("next")).body["id"] == "PRJ-000202"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """The message says which file and what to do."""
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(DatabaseUnusableError, match=r"notes\.txt cannot be opened .* name another file"):
        PracticeErp(database=wrong)
