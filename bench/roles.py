"""TEMPORARY: runs one role until the command line can; deleted then."""

import http.client
import json
import signal
import sys
import threading
import uuid
from urllib.parse import urlsplit

from console.wiring import site
from engine import times
from engine.messages import dump, envelope
from engine.ports import Outgoing
from engine.relay import Relay
from engine.scheduler import Scheduler
from engine.service.batch import Rules
from engine.store import claiming
from engine.topology import COMMANDS, exports_queue
from engine.worker import Worker
from workflows import item_types


def connector(where, stop):
    consumer = where.bus.consumer(exports_queue("sandbox"), 1000)
    publisher = where.bus.publisher()
    with where.database.read() as c:
        from engine.store.bulk import run
        url = json.loads(run(c, "SELECT settings FROM integrations").scalar())["url"]
    parts = urlsplit(url)
    conn = http.client.HTTPConnection(parts.hostname, parts.port)
    while not stop.is_set():
        got = consumer.receive(200, 1.0)
        if not got:
            continue
        hints = []
        for d in got:
            data = json.loads(d.message.body)["data"]
            hints.append((data["export"], data["attempt"]))
        now = times.text(where.clock.now())
        with where.database.write() as c:
            claimed = claiming.claim(c, hints, "w", now, where.settings.delays)
        consumer.ack(got)
        if not claimed:
            continue
        body = json.dumps([{"kind": x.item.item_type, "key": x.export.key, "code": x.item.id, "data": {**x.item.payload, "references": x.references}} for x in claimed])
        conn.request("POST", "/records", body, {"Content-Type": "application/json"})
        answers = json.loads(conn.getresponse().read())
        out = []
        for x, a in zip(claimed, answers, strict=True):
            id_ = str(uuid.uuid4())
            data = {"export": x.export.key, "attempt": x.export.attempt, "outcome": "succeeded", "erp_id": a["body"]["id"], "erp_lines": a["body"]["lines"]}
            b = dump(envelope("countersign.command.report_export.v1", x.item.key, data, id_=id_, time=now, source="/countersign/connector/sandbox", actor="connector:sandbox"))
            out.append(Outgoing(COMMANDS, f"report_export.{x.item.item_type}", b.encode(), id_, mandatory=True))
        publisher.publish(out)


def main():
    role = sys.argv[1]
    stop = threading.Event()
    worker = []
    def end(*_):
        stop.set()
        for w in worker: w.wake()
    signal.signal(signal.SIGTERM, end)
    with site() as where:
        if role == "engine":
            s = where.settings
            w = Worker(where.bus, where.database, Rules(item_types(), s.delays), where.clock, batch=s.batch_size, prefetch=s.prefetch, committed=where.changed)
            worker.append(w)
            w.run(stop)
        elif role == "relay":
            Relay(where.bus, where.database, where.signals, lambda: ["sandbox"], where.settings.relay_batch).run(stop)
        elif role == "scheduler":
            Scheduler(where.database, where.clock, where.settings.delays, ["sandbox"], committed=where.changed).run(stop)
        else:
            connector(where, stop)


def prof(main):
    import os
    if os.environ.get("BENCH_PROFILE") != sys.argv[1]:
        return main()
    sys.path.insert(0, "/tmp/cs/bench")
    import sampler
    sampler.start()
    try:
        main()
    finally:
        with open(f"/tmp/cs/bench/{sys.argv[1]}.sample", "w") as out:
            sampler.report(60, out)

prof(main)
