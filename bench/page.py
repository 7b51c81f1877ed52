"""The figures as a page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]
_TITLES = {"benchmark": "the benchmark itself", "postgresql": "PostgreSQL's backends", "rabbitmq": "RabbitMQ"}


def text(figures: Figures) -> str:
    """Markdown, the whole of docs/benchmarks.md."""
    parts = figures["parts"]
    sections = [_head(figures)]
    for name, write in _SECTIONS.items():
        if name in parts:
            sections.append(write(parts[name], parts))
    return "\n\n".join(sections) + "\n"


def _head(figures: Figures) -> str:
    machine = figures["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    lines = [
        "# Benchmarks",
        "",
        "Measured, not estimated; this page is written by the command that measures.",
        "",
        _table(
            ("", ""),
            (
                ("command", f"`{figures['command']}`"),
                ("date", machine["date"]),
                (
                    "machine",
                    f"{machine['cores']} cores of {machine['processor']}, {_mib(machine['memory_bytes'])}",
                ),
                ("system", f"{machine['system']}, Python {machine['python']}"),
                ("libraries", libraries),
                *_servers(figures["parts"].get("throughput", {}).get("servers")),
                ("load before", f"{machine['load_before']:.2f}"),
            ),
        ),
    ]
    return "\n".join(lines)


def _servers(said: Figures | None) -> Iterable[tuple[str, str]]:
    if said is None:
        return ()
    settings = dict(said["postgresql"])
    version = settings.pop("server_version")
    shown = ", ".join(f"{name} {value}" for name, value in settings.items())
    return (("PostgreSQL", f"{version}: {shown}"), ("RabbitMQ", str(said["rabbitmq"])))


def _throughput(part: Figures, parts: Figures) -> str:
    return f"""## From sent to synced

{part["items"]} commitments of three lines are sent, released, accepted, exported to an ERP that answers at once, and
synced. Engine, relay, connector and scheduler are processes of their own, as are PostgreSQL, RabbitMQ, the ERP and
the benchmark, all on the same machine. Every event is in a quorum queue bound with `#`.

{_way(part)}

{_used(part)}"""


def _way(part: Figures) -> str:
    phases = part["phases"]
    wrong = part["events_out_of_sequence"]
    checked = f"{wrong} OUT OF SEQUENCE" if wrong else "every item's events without a gap"
    return _table(
        ("", ""),
        (
            ("items a second", f"**{part['items_per_second']:.0f}**"),
            ("whole time", f"{part['seconds']:.1f} s"),
            ("last item ready after", f"{phases['last_ready']:.1f} s"),
            ("first item synced after", f"{phases['first_synced']:.1f} s"),
            ("events", f"{part['events']}, {checked}"),
            ("processor time of others", f"{part['cpu_seconds_of_others']:.1f} s"),
        ),
    )


def _used(part: Figures) -> str:
    rows = [
        (_TITLES.get(name, name), f"{part['cpu_us_per_item'][name]:.0f} µs", _mib(used["memory"]))
        for name, used in part["used"].items()
    ]
    rows.append(("together", f"{sum(part['cpu_us_per_item'].values()):.0f} µs", ""))
    return _table(("process", "processor time per item", "memory (PSS)"), rows)


def _latency(part: Figures, parts: Figures) -> str:
    shown = part["latency_ms"]
    return f"""## Latency

{part["rate"]} items a second for {part["seconds"]} s, sent and one second later accepted; from the time at which the
accept command was due to the arrival of the `synced` event at a bound queue, so that lateness counts.

{_table(tuple(shown), [tuple(f"{value:.0f} ms" for value in shown.values())])}

{_used(part)}"""


def _relay(part: Figures, parts: Figures) -> str:
    speed, cost = part["events_per_second"], part["cpu_us_per_event"]
    return f"""## The relay alone

{part["events"]} events from a full outbox to a quorum queue: read, published, confirmed, deleted.
**{speed:.0f} events a second**, {cost:.0f} µs of processor time each."""


def _floor(part: Figures, parts: Figures) -> str:
    compared = ""
    if "throughput" in parts:
        ratio = parts["throughput"]["items_per_second"] / part["items_per_second"]
        compared = f"; Countersign does {ratio:.2f} times that"
    return f"""## The floor

One process with psycopg and pika that decides nothing and calls no ERP, but writes the same rows and sends the same
messages in batches: **{part["items_per_second"]:.0f} items a second**{compared}."""


def _embedded(part: Figures, parts: Figures) -> str:
    return f"""## Embedded

The same {part["items"]} commitments without PostgreSQL and RabbitMQ: one SQLite file, and the queue in it.

{_way(part)}

{_used(part)}"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


_SECTIONS = {
    "throughput": _throughput,
    "latency": _latency,
    "relay": _relay,
    "floor": _floor,
    "embedded": _embedded,
}
