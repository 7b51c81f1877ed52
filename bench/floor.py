"""What two libraries do at best: nothing is decided, but the same rows are written and the same messages sent.

One process, in turn commands, events and exports: psycopg writes arrays, pika publishes with pipelined confirms.
"""

import json
import time
from typing import Any, Final

from bench import floor_rows as rows
from bench import work
from bench.board import ALL
from bench.flow import publish
from bench.place import Place
from engine.ports import Consumer, Delivery, Outgoing, Topology
from engine.topology import COMMANDS, EVENTS, exports_queue

_BATCH: Final = 250
_RELAYED: Final = 1000
_PAYLOAD: Final = json.loads(work.send_commitment("SC-0").body)["data"]["payload"]


def measure(place: Place, items: int) -> dict[str, Any]:
    """So many commitments, from sent to synced."""
    bus = place.site.bus
    bus.declare(Topology((EVENTS,), (ALL,)))
    names = [f"SC-{number}" for number in range(items)]
    sends = [work.send_commitment(name) for name in names]
    accepts = [work.accept(work.commitment_key(name)) for name in names]
    floor = Floor(place)
    start, cpu = time.monotonic(), time.process_time()
    publish(bus, sends)
    floor.run_until("sent", items)
    publish(bus, accepts)
    floor.run_until("synced", items)
    seconds, used = time.monotonic() - start, time.process_time() - cpu
    floor.close()
    return {
        "items": items,
        "seconds": seconds,
        "items_per_second": items / seconds,
        "cpu_us_per_item": 1e6 * used / items,
    }


class Floor:
    """Engine, relay and connector in turn, in one thread."""

    def __init__(self, place: Place) -> None:
        self._database = rows.connect(place.database_url)
        self._cursor = self._database.cursor()
        self._publisher = place.site.bus.publisher()
        self._commands = place.site.bus.consumer(COMMANDS, 4 * _BATCH)
        self._exports = place.site.bus.consumer(exports_queue("sandbox"), 4 * _BATCH)
        self._done = {"send": 0, "accept": 0, "report_export": 0}

    def close(self) -> None:
        """Leave."""
        for each in (self._commands, self._exports, self._publisher, self._database):
            each.close()

    def run_until(self, event: str, count: int) -> None:
        """Work until so many items are there and everything is published."""
        command = {"sent": "send", "synced": "report_export"}[event]
        while self._done[command] < count or self._relay():
            self._take(self._commands, self._decide)
            self._relay()
            self._take(self._exports, self._export)

    def _take(self, consumer: Consumer, use: Any) -> None:
        deliveries: list[Delivery] = consumer.receive(_BATCH, 0.01)
        if deliveries:
            use([json.loads(each.message.body) for each in deliveries])
            consumer.ack(deliveries)

    def _decide(self, commands: list[dict[str, Any]]) -> None:
        keys = [command["subject"] for command in commands]
        self._cursor.execute(
            "SELECT * FROM items WHERE key = ANY(%s) ORDER BY key FOR UPDATE", (sorted(keys),)
        )
        self._cursor.fetchall()
        rows.remember(self._cursor, commands)
        for name, write in (("send", self._send), ("accept", self._accept), ("report_export", self._report)):
            same = [command for command in commands if f".{name}." in command["type"]]
            if same:
                write(same)
                self._done[name] += len(same)
        self._database.commit()

    def _send(self, commands: list[dict[str, Any]]) -> None:
        items, history, events = [], [], []
        for command in commands:
            key = command["subject"]
            items.append(_new_item(key, command["actor"], command["data"]["payload"]))
            history += [(key, 1, "sent"), (key, 2, "ready_to_export")]
            applied = rows.event("command.applied", key, {})
            events += [_item(key, "sent"), _item(key, "ready_to_export"), applied]
        rows.insert(self._cursor, "items", items)
        needed = [{"needs": "bench/company/V-1", "item": command["subject"]} for command in commands]
        rows.insert(self._cursor, "refs", needed, "ON CONFLICT DO NOTHING")
        self._finish(history, events)

    def _accept(self, commands: list[dict[str, Any]]) -> None:
        keys = [command["subject"] for command in commands]
        self._update(keys, "accepted", 3)
        rows.insert(self._cursor, "exports", [_new_export(key) for key in keys])
        events = []
        for key in keys:
            export = rows.event("export.requested", f"{key}@1", {"export": f"{key}@1", "payload": _PAYLOAD})
            events += [_item(key, "accepted"), export, rows.event("command.applied", key, {})]
        self._finish([(key, 3, "accepted") for key in keys], events)

    def _report(self, commands: list[dict[str, Any]]) -> None:
        keys = [command["subject"] for command in commands]
        self._update(keys, "synced", 4)
        sql = "UPDATE {} SET status = 'succeeded', finished_at = %s WHERE {} = ANY(%s)"
        for table, column in (("exports", "key"), ("attempts", "export")):
            self._cursor.execute(sql.format(table, column), (rows.AT, [f"{key}@1" for key in keys]))
        events = [
            each for key in keys for each in (_item(key, "synced"), rows.event("command.applied", key, {}))
        ]
        self._finish([(key, 4, "synced") for key in keys], events)

    def _update(self, keys: list[str], state: str, sequence: int) -> None:
        sql = "UPDATE items SET state = %s, sequence = %s, head = %s, updated_at = %s WHERE key = ANY(%s)"
        self._cursor.execute(sql, (state, sequence, "0" * 64, rows.AT, keys))

    def _finish(self, history: list[tuple[str, int, str]], events: list[tuple[str, str, str]]) -> None:
        rows.record(self._cursor, history)
        rows.publish(self._cursor, events)

    def _relay(self) -> int:
        sql = """SELECT o.id, o.routing_key, o.mandatory, o.message_id, e.body FROM outbox o
                 JOIN event_log e ON e.id = o.id ORDER BY o.id LIMIT %s"""
        found = self._cursor.execute(sql, (_RELAYED,)).fetchall()
        self._database.commit()
        if found:
            self._publisher.publish(
                [
                    Outgoing(EVENTS, key, body.encode(), id_, mandatory=must)
                    for _, key, must, id_, body in found
                ]
            )
            self._cursor.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([row[0] for row in found],))
            self._database.commit()
        return len(found)

    def _export(self, events: list[dict[str, Any]]) -> None:
        keys = [event["subject"] for event in events]
        taken = "UPDATE exports SET status = 'sending', worker = 'floor', tried = true WHERE key = ANY(%s)"
        self._cursor.execute(taken, (keys,))
        begun = {"attempt": 1, "mode": "send", "status": "sending", "worker": "floor", "started_at": rows.AT}
        rows.insert(self._cursor, "attempts", [{"export": key, **begun} for key in keys])
        self._database.commit()
        self._publisher.publish([_report(key) for key in keys])


def _new_item(key: str, actor: str, payload: dict[str, Any]) -> dict[str, Any]:
    company, item_type, id_ = key.split("/")
    named = {"key": key, "company": company, "item_type": item_type, "id": id_, "title": payload["title"]}
    state = {"state": "ready_to_export", "version": 1, "sequence": 2, "head": rows.HASH, "project": "P-17"}
    empty = {"fields": "{}", "waiting_on": "[]", "erp_lines": "{}", "attachments": "[]"}
    who = {"created_by": actor, "sent_by": actor, "created_at": rows.AT, "updated_at": rows.AT}
    return {**named, **state, **empty, **who, "payload": json.dumps(payload)}


def _new_export(key: str) -> dict[str, Any]:
    request = json.dumps({"references": {"bench/project/P-17": "ERP-1", "bench/company/V-1": "ERP-2"}})
    named = {"key": f"{key}@1", "item": key, "company": "bench", "connector": "sandbox", "version": 1}
    state = {"status": "requested", "attempt": 1, "mode": "send", "tries": 0, "holds": False, "tried": False}
    return {**named, **state, "due_at": rows.AT, "request": request, "requested_at": rows.AT}


def _item(key: str, event: str) -> tuple[str, str, str]:
    shown = {
        "key": key,
        "type": "commitment",
        "state": event,
        "version": 1,
        "title": "Concrete",
        "project": "P-17",
    }
    return rows.event(
        f"item.{event}", key, {"item": shown, "actor": work.SENDER, "cause": {"source": "/bench"}}
    )


def _report(export: str) -> Outgoing:
    data = {
        "export": export,
        "attempt": 1,
        "outcome": "succeeded",
        "erp_id": "ERP-1",
        "erp_lines": {"1": "1"},
    }
    return work.command("report_export", export.removesuffix("@1"), "connector:sandbox", **data)
