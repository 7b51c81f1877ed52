"""Plays the month: does each step as anybody outside would, and tells from the event log what comes of it."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from console.commands.act import operator
from console.commands.commands import Ready, build, publish
from console.config_file import read_file
from console.connectors import connector_names
from console.demo import examples, story
from console.demo.examples import COMPANY
from console.demo.knowledge import Asked, Event, Knowledge, Watcher
from console.demo.stage import Stage
from console.demo.timeline import Timeline
from console.demo.wording import ERP, GOOD, US, WAITING, Line, Wording, together
from console.errors import Wanting
from console.words import words
from engine.ports import Outgoing
from engine.store import settling
from engine.topology import COMMANDS
from notifications.summaries import send_summaries

_PATIENCE_S: Final = 60.0  # for one step; the slowest takes some seconds
_AT_THE_ERP: Final = "Sam Whitfield"


class Stuck(Wanting):
    """Something that had to happen did not."""


class Play:
    """One run of the month."""

    def __init__(self, stage: Stage, timeline: Timeline) -> None:
        self._stage, self._timeline = stage, timeline
        self._company = read_file(stage.configuration, connector_names()).directory
        self._wording = Wording({each.email: each.name for each in self._company.people[COMPANY].values()})
        self._watcher = Watcher(stage.site)
        self._integration = "running"
        self.known = Knowledge()
        self._deeds: Mapping[type, Callable[[Any], None]] = {
            story.Send: self._send,
            story.CutOff: self._cut_off,
            story.Until: self._until,
            story.Fault: self._misbehave,
            story.InVain: self._in_vain,
            story.TypeIntoErp: self._type_in,
            story.DeleteFromErp: self._delete,
            story.Replay: self._replay,
            story.Mailed: self._mailed,
            story.SendSummaries: self._summaries,
        }

    def run(self) -> None:
        """Play every day of the month; raises Stuck."""
        for section in story.MONTH:
            self._timeline.day(section.title, section.explained)
            self._linger(self._timeline.reading_time)
            for step in section.steps:
                self._deeds[type(step)](step)

    def close(self) -> None:
        """Watch no longer."""
        self._watcher.close()

    def settle(self, all_there: Callable[[], bool]) -> None:
        """Look on until all is there, or until that takes too long: the comparison says what is missing."""
        end = time.monotonic() + _PATIENCE_S
        while not all_there() and time.monotonic() < end and not self._stage.broke_down.is_set():
            self._hear(end - time.monotonic())

    def _linger(self, seconds: float) -> None:
        """Leave time to read, and go on listening."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._hear(left)

    def _misbehave(self, step: story.Fault) -> None:
        self._stage.erp.misbehave(step.mode, step.count)
        self._tell(Line(ERP, step.verb, more=step.told, tone=WAITING))

    def _in_vain(self, step: story.InVain) -> None:
        def tries() -> int:
            return self.known.tried_again.total()

        self._wait(lambda: tries() >= step.times, lambda: f"exports were tried in vain {tries()} times only")

    def _type_in(self, step: story.TypeIntoErp) -> None:
        self._stage.erp.type_in(step.file)
        self._tell(Line(_AT_THE_ERP, "types", more=step.told))

    def _delete(self, step: story.DeleteFromErp) -> None:
        self._stage.erp.delete(step.kind, step.code)
        self._tell(Line(_AT_THE_ERP, "deletes", more=step.told))

    def _send(self, step: story.Send) -> None:
        found = examples.commands(step.file)
        self._publish(found)
        if step.again:
            self._publish(found)
            self._tell(Line("Project tool", "sends", more="the same messages again: no second effect"))

    def _publish(self, found: list[Ready]) -> None:
        for each in found:
            command = each.command
            asked = Asked(command.actor or "", command.name, command.subject or "")
            self.known.asked[command.source, command.id] = asked
        publish(self._stage.site, [each.message for each in found])
        wanted = {(each.command.source, each.command.id) for each in found}
        self._wait(
            lambda: wanted <= self.known.answers.keys(),
            lambda: f"no answer to {', '.join(sorted(id_ for _, id_ in wanted - self.known.answers.keys()))}",
        )

    def _cut_off(self, step: story.CutOff) -> None:
        body = (examples.folder() / "month" / f"{step.file}.txt").read_bytes()
        publish(self._stage.site, [Outgoing(COMMANDS, "send.commitment", body, step.file, mandatory=True)])
        self._wait(
            lambda: any(each["reason"] == "malformed" for each in self.known.letters.values()),
            lambda: "the unreadable message is no dead letter",
        )

    def _until(self, step: story.Until) -> None:
        def missing() -> list[str]:
            states = self.known.states
            return [key for key in step.items if states.get(key, ("unknown", 0))[0] != step.state]

        def told() -> str:
            now = (f"{key} is {self.known.states.get(key, ('unknown', 0))[0]}" for key in missing())
            return f"{', '.join(now)}, and should be {step.state}"

        self._wait(lambda: not missing(), told)

    def _replay(self, step: story.Replay) -> None:
        site = self._stage.site
        replay = build("replay", step.item, operator(), {}, site.now(), site.settings.message_limit)
        with site.database.write() as connection:
            settling.vouch(connection, [replay.command.key.hex()], operator(), site.now())
        self._publish([replay])

    def _mailed(self, step: story.Mailed) -> None:
        def got() -> int:
            return len(self.known.recipients(step.kind, step.item))

        self._wait(
            lambda: got() == step.people,
            lambda: f"{got()} of {step.people} people got their {step.kind} mail about {step.item}",
        )

    def _summaries(self, step: story.SendSummaries) -> None:
        site = self._stage.site
        zone = ZoneInfo(self._company.companies[COMPANY].timezone)
        tomorrow = site.clock.now().astimezone(zone).date() + timedelta(days=1)
        send_summaries(site.database, site.clock.now(), words(site.settings), company=COMPANY, day=tomorrow)
        site.changed()
        self._wait(
            lambda: any(mail.kind == "summary" for mail in self.known.mails),
            lambda: "no daily summary was sent",
        )

    def _wait(self, done: Callable[[], bool], problem: Callable[[], str]) -> None:
        end = time.monotonic() + _PATIENCE_S
        while not done():
            left = end - time.monotonic()
            if left <= 0 or self._stage.broke_down.is_set():
                raise Stuck(problem())
            self._hear(left)

    def _hear(self, timeout: float) -> None:
        events, integration = self._watcher.news(timeout)
        lines = []
        for event in events:
            self.known.learn(event)
            if line := self._wording.line(event, self._command_of(event)):
                lines.append(line)
        if integration != self._integration:
            lines.append(_BREAKER.get(integration, Line(US, "stops", more="asking the ERP", tone=WAITING)))
            self._integration = integration
        self._timeline.lines(together(lines))

    def _command_of(self, event: Event) -> Asked | None:
        command = event["data"].get("command")
        return self.known.asked.get((command["source"], command["id"])) if command else None

    def _tell(self, line: Line) -> None:
        self._timeline.lines([line])


_BREAKER: Final = {
    "open": Line(
        US, "pauses", more="exports to this ERP: one at a time tries whether it is back", tone=WAITING
    ),
    "running": Line(US, "resumes", more="exports to this ERP: it answers again", tone=GOOD),
}
