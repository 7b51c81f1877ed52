"""An ERP that takes everything at once and keeps nothing: `python -m bench.erp` prints its address and answers."""

import asyncio
import itertools
import json
from typing import Any, cast

_numbers = itertools.count(1)


def _record(record: dict[str, Any]) -> dict[str, Any]:
    id_ = f"ERP-{next(_numbers)}"
    answer = {"id": id_, "kind": record.get("kind"), "key": record.get("key"), "code": record.get("code")}
    lines = (record.get("data") or {}).get("lines") or ()
    return {**answer, "lines": {str(line.get("number")): f"{id_}/{line.get('number')}" for line in lines}}


def answer(method: str, body: bytes) -> tuple[str, Any]:
    """The status line's end and the answer to one request."""
    if method != "POST":
        return "200 OK", []
    records = json.loads(body)
    if isinstance(records, dict):
        return "201 Created", _record(records)
    return "200 OK", [{"status": 201, "body": _record(each)} for each in records]


class Till(asyncio.Protocol):
    """One client's connection, kept open between its requests."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1").lower().split("\r\n")
            lengths = [line.partition(":")[2] for line in head if line.startswith("content-length:")]
            stop = end + 4 + int(lengths[0] if lengths else 0)
            if len(self._buffer) < stop:
                return
            body, self._buffer = self._buffer[end + 4 : stop], self._buffer[stop:]
            self._answer(head[0].partition(" ")[0].upper(), body)

    def _answer(self, method: str, body: bytes) -> None:
        status, content = answer(method, body)
        data = json.dumps(content, separators=(",", ":")).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self._transport.write(head.encode() + data)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Till, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
