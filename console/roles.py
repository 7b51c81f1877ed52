"""The roles by name: how each is made of a site's parts."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Protocol

from console.wiring import Site
from engine.errors import Misconfigured


class Role(Protocol):
    """Something that works until it is told to stop."""

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a missing service is waited for."""


def _engine(site: Site) -> Role:
    from console.connectors import settle_times
    from engine.service.batch import Rules
    from engine.worker import Worker
    from workflows import item_types

    settings = site.settings
    rules = Rules(
        kinds=item_types(),
        delays=settings.delays,
        settle=settle_times(settings.delays.settle),
        message_limit=settings.message_limit,
        own_user=getattr(site.bus, "user", None),
    )
    return Worker(
        site.bus,
        site.database,
        rules,
        site.clock,
        batch=settings.batch_size,
        prefetch=settings.prefetch,
        poison_starts=settings.poison_starts,
        committed=site.changed,
    )


def _relay(site: Site) -> Role:
    from engine.relay import Relay

    return Relay(site.bus, site.database, site.signals, lambda: _connectors(site), site.settings.relay_batch)


def _connectors(site: Site) -> frozenset[str]:
    from console.connectors import connector_names
    from engine.store import directory

    with site.database.read() as connection:
        return connector_names() | directory.connectors(connection)


def _scheduler(site: Site) -> Role:
    from console.connectors import connector_names
    from console.words import words
    from engine.scheduler import Scheduler
    from notifications.summaries import send_summaries

    spoken = words(site.settings)
    return Scheduler(
        site.database,
        site.clock,
        site.settings.delays,
        connector_names(),
        summaries=lambda now: len(send_summaries(site.database, now, spoken)),
        committed=site.changed,
    )


def _dead_letters(site: Site) -> Role:
    from engine.dead_letters import DeadLetterKeeper

    return DeadLetterKeeper(site.bus, site.database, site.clock, site.settings.delays, site.changed)


def _notifier(site: Site) -> Role:
    from console.words import words
    from notifications.mailers import mailer_from
    from notifications.notifier import Notifier
    from notifications.options import Options

    settings = site.settings
    options = Options(
        mail_from=settings.mail_from,
        words=words(settings),
        failure_window=timedelta(seconds=settings.failure_mail_window),
    )
    mailer = mailer_from(settings.smtp_url, settings.data_dir, settings.mail_from)
    return Notifier(site.bus, site.database, mailer, site.clock, options, site.changed)


def _console(site: Site) -> Role:
    from console.health import HealthServer

    return HealthServer(site)


def _all_connectors(site: Site) -> Role:
    from console.fleet import Fleet

    return Fleet(site)


BUILDERS: Final[Mapping[str, Callable[[Site], Role]]] = {
    "engine": _engine,
    "relay": _relay,
    "scheduler": _scheduler,
    "dead-letters": _dead_letters,
    "notifier": _notifier,
    "console": _console,
    "connectors": _all_connectors,  # every one that some company has
}


def build(name: str, site: Site) -> Role:
    """The role of this name; `connector NAME` is one connector."""
    if name.startswith("connector "):
        from console.fleet import connector_role

        return connector_role(site, name.removeprefix("connector "))
    return BUILDERS[name](site)


def named(text: str, connector: str | None) -> tuple[str, ...]:
    """The roles of `serve ROLE[,ROLE...] [NAME]`; raises Misconfigured."""
    names = []
    for name in dict.fromkeys(part.strip() for part in text.split(",")):
        if name == "connector":
            if connector is None:
                raise Misconfigured(["say which connector: `countersign serve connector NAME`"])
            names.append(f"connector {connector}")
        elif name in BUILDERS:
            names.append(name)
        else:
            raise Misconfigured(
                [f"{name or 'an empty name'} is no role: it is one of {', '.join((*BUILDERS, 'connector'))}"]
            )
    if connector is not None and "connector" not in text.split(","):
        raise Misconfigured([f"only `serve connector` takes a name, and {connector} was given"])
    return tuple(names)
