"""The published message document: a valid AsyncAPI document, and true."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from engine.facts import CODES
from engine.messages import Message
from engine.service.decide import COMMANDS, REPORTS
from engine.service.shapes import data_problem
from engine.testing import command
from engine.topology import COMMANDS as COMMANDS_EXCHANGE
from engine.topology import topology
from notifications.samples import contexts
from notifications.sender import announcement
from tests import builders as b
from tests.books import Books
from tests.unit.a_year import live
from tests.unit.published import DOCUMENT, MESSAGES, channel_of, message_of, mistakes, objects
from workflows import item_types

ITEM_EVENTS = (
    "drafted", "sent", "waiting", "ready_to_export", "ready_to_update", "retrieved", "accepted", "rejected",
    "synced", "failed", "replayed", "linked", "awaiting_posting", "posted", "unlinking", "unlinked",
    "unlink_refused", "archived", "restored",
)  # fmt: skip
BESIDE = (
    "command.applied", "command.refused", "export.requested", "export.retrying", "export.in_doubt",
    "dead_letter.added", "dead_letter.resolved", "notification.sent",
)  # fmt: skip
ASKED_FOR = (
    "send", "draft", "accept", "reject", "confirm_posting", "link", "retrieve", "replay", "unlink", "archive",
    "restore", "report_export", "report_unlink",
)  # fmt: skip
REFUSALS = [
    "malformed", "untrusted_source", "reused_id", "unknown_command", "unknown_company", "unknown_actor",
    "unknown_item", "not_allowed", "wrong_state", "stale_attempt", "stale_version", "invalid_payload",
    "invalid_field", "prerequisite",
]  # fmt: skip
ROUTING_KEYS = {
    "countersign.commands": {"{command}.{item_type}"},
    "countersign.events": {
        "item.{item_type}.{event}.{company}",
        "command.{outcome}.{company}",
        "export.{connector}.{event}.{company}",
        "dead_letter.{event}.{company}",
        "notification.{event}.{company}",
    },
}
QUEUES = {
    "countersign.commands",
    "countersign.exports.{connector}",
    "countersign.notifications",
    "countersign.dead-letters",
}
OF_PEOPLE = [name for name in COMMANDS if name not in REPORTS]


@pytest.fixture(scope="module")
def year() -> Iterator[Books]:
    """The books of a company to which everything has happened."""
    books = Books()
    live(books)
    yield books
    books.close()


def _data_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = MESSAGES[f"command.{name}"]["payload"]["properties"]["data"]
    return found


def _given(name: str, data: Any) -> dict[str, Any]:
    kind = "company" if name == "link" else "budget" if name == "confirm_posting" else "commitment"
    found: dict[str, Any] = json.loads(command(name, b.key_of(kind), b.PAM, data).body)
    return found


def test_the_document_is_what_asyncapi_asks_for() -> None:
    """Readers and code generators of the standard can work with it."""
    path = Path(__file__).parent / "data" / "asyncapi-3.0.0.json"
    judge = Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    assert [error.message for error in judge.iter_errors(DOCUMENT)] == []
    spoilt = copy.deepcopy(DOCUMENT)
    spoilt["operations"]["takeCommands"]["action"] = "guess"
    assert list(judge.iter_errors(spoilt))


def test_every_schema_is_a_schema() -> None:
    """A mistake in a schema would let every message pass."""
    for schema in (*DOCUMENT["components"]["schemas"].values(), *(m["payload"] for m in MESSAGES.values())):
        Draft7Validator.check_schema(schema)
    assert all(set(each.get("required", ())) <= set(each["properties"]) for each in objects(DOCUMENT))


def test_every_reference_leads_somewhere() -> None:
    """A dangling reference stops whoever generates code from the document."""
    text = json.dumps(DOCUMENT)
    for pointer in {piece.split('"')[0] for piece in text.split('"$ref": "#/')[1:]}:
        place: Any = DOCUMENT
        for step in pointer.split("/"):
            place = place[step]


def test_it_names_every_command_event_and_refusal_of_the_contract() -> None:
    """What others depend on neither goes nor comes unseen."""
    names = (*(f"command.{name}" for name in ASKED_FOR), *BESIDE, *(f"item.{event}" for event in ITEM_EVENTS))
    assert set(MESSAGES) == set(names)
    assert {message["name"] for message in MESSAGES.values()} == {f"countersign.{name}.v1" for name in names}
    reason = MESSAGES["command.refused"]["payload"]["properties"]["data"]["properties"]["reason"]
    assert reason["properties"]["code"]["enum"] == REFUSALS == ["malformed", *CODES]
    assert set(ASKED_FOR) == set(COMMANDS)


def test_every_event_of_a_workflow_is_an_event_of_the_document() -> None:
    """A new row in a table becomes a message of the document."""
    emitted = {event for kind in item_types().values() for event in kind.workflow.emitted()}
    assert emitted | {"waiting"} == set(ITEM_EVENTS)


def test_the_queues_are_those_that_init_declares() -> None:
    """A name on the broker is public."""
    declared = {queue.name for queue in topology(["{connector}"]).queues}
    bindings = [channel.get("bindings", {}).get("amqp", {}) for channel in DOCUMENT["channels"].values()]
    assert {each["queue"]["name"] for each in bindings if each.get("is") == "queue"} == declared == QUEUES


def test_the_routing_keys_are_those_of_the_contract() -> None:
    """A binding that somebody made once goes on to work."""
    found: dict[str, set[str]] = {}
    for channel in DOCUMENT["channels"].values():
        binding = channel.get("bindings", {}).get("amqp", {})
        if binding.get("is") == "routingKey":
            found.setdefault(binding["exchange"]["name"], set()).add(channel["address"])
    assert found == ROUTING_KEYS


def test_a_year_at_acme_is_as_published(year: Books) -> None:
    """Every message that the engine writes is what the document says, with nothing unnamed in it."""
    wrong = {
        body["id"]: (body["type"], found)
        for body in year.bodies()
        if (found := mistakes(body, strictly=True))
    }
    assert wrong == {}


def test_in_a_year_everything_happens_once(year: Books) -> None:
    """A message that no test has seen may be anything."""
    seen = {message_of(body) for body in year.bodies()}
    assert seen == {name for name in MESSAGES if name.removeprefix("command.") not in COMMANDS} - {
        "notification.sent"
    }
    requested = [body for body in year.bodies() if body["type"] == "countersign.export.requested.v1"]
    assert {body["data"]["item"]["type"] for body in requested} == set(item_types())


def test_an_items_events_are_numbered_without_a_gap(year: Books) -> None:
    """Who reads them sees at once whether one is missing, and the number is a JSON integer."""
    numbers: dict[str, list[Any]] = {}
    for body in year.bodies():
        if body["type"].startswith("countersign.item."):
            numbers.setdefault(body["subject"], []).append(body["sequence"])
    assert numbers
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    assert all(type(number) is int for found in numbers.values() for number in found)


def test_an_outcome_is_answered_as_it_is_published(year: Books) -> None:
    """A reply has the same schema, also where the command could not be read."""
    replies = [json.loads(reply["body"]) for reply in year.replies()]
    assert {body["data"]["reason"]["code"] for body in replies} == {"not_allowed", "malformed"}
    assert [found for body in replies if (found := mistakes(body, strictly=True))] == []


def test_routing_keys_are_those_of_the_channels(year: Books) -> None:
    """A dashboard that binds a published pattern gets what it expects."""
    rows = year.select(
        """SELECT o.exchange, o.routing_key, e.body FROM outbox o JOIN event_log e ON e.id = o.id
           WHERE o.exchange <> ''"""
    )
    assert rows
    for row in rows:
        assert message_of(json.loads(row["body"])) in channel_of(row["routing_key"], row["exchange"]), row


def test_an_announced_mail_is_as_published() -> None:
    """Dashboards count mails, too."""
    for mail in contexts().values():
        event = announcement(mail, "ERP Project Rejection Notification", datetime(2026, 11, 21, tzinfo=UTC))
        assert mistakes(json.loads(event.body), strictly=True) == []
        assert channel_of(str(event.routing_key), "countersign.events") == {"notification.sent"}


@pytest.mark.parametrize("item_type", item_types())
@pytest.mark.parametrize("name", ["send", "draft"])
def test_a_payload_is_judged_by_its_subjects_type(item_type: str, name: str) -> None:
    """A payload of one type under another's subject is a mistake that a sender can find before sending."""
    body = _given(name, {"payload": b.payload_of(item_type)}) | {"subject": b.key_of(item_type)}
    assert mistakes(body) == []
    assert mistakes(body | {"data": {"payload": {**b.payload_of(item_type), "colour": "red"}}})
    other = "sub_job" if item_type != "sub_job" else "project"
    assert mistakes(body | {"subject": b.key_of(other)})


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_a_commands_data_takes_the_fields_that_the_engine_takes(name: str) -> None:
    """The document and the engine refuse the same fields."""
    problem = data_problem(name, {"no_such_field": 1})
    assert problem is not None
    taken = problem[1].partition("it takes ")[2].split(", ")
    assert list(_data_of(name)["properties"]) == taken
    assert _data_of(name)["additionalProperties"] is False


VALUES: tuple[Any, ...] = (
    None, True, 7, "", "text", "two\nlines", "bell\x07", "x" * 255, "x" * 256, "x" * 4000, "x" * 4001,
    "https://a.test/1", "ftp://a.test", "HTTP://A.TEST", [], {}, [{"name": "a", "url": "https://a.test"}],
    [{"name": "a"}], [{"name": "a", "url": "https://a.test", "size": 1}],
)  # fmt: skip
CHECKED_ELSEWHERE = ("payload", "fields", "confirm", "erp_id")


@pytest.mark.parametrize("name", OF_PEOPLE)
def test_the_document_and_the_engine_judge_a_commands_fields_alike(name: str) -> None:
    """What passes the schema is not refused for its shape, and what fails it is."""
    for field in (field for field in _data_of(name)["properties"] if field not in CHECKED_ELSEWHERE):
        for value in VALUES:
            published = not mistakes(_given(name, {field: value}))
            refused = data_problem(name, {field: value})
            assert published == (refused is None) or _cannot_say(field, value), (field, value, refused)


def _cannot_say(field: str, value: Any) -> bool:
    """A comment's control characters are refused by the engine alone: no pattern is worth that much reading."""
    return field == "comment" and value == "bell\x07"


@pytest.mark.parametrize(
    ("message", "right"),
    [
        (b.report("acme/company/V-9"), True),
        (b.report("acme/company/V-9", "failed"), True),
        (b.report("acme/company/V-9", "failed", error=None), False),
        (b.report("acme/company/V-9", "failed", error={"class": "bad luck", "message": "x"}), False),
        (b.report("acme/company/V-9", erp_id=""), False),
        (b.report("acme/company/V-9", "in_doubt"), True),
        (b.report("acme/company/V-9", "absent"), True),
        (b.report("acme/company/V-9", "lost"), False),
        (b.report_unlink("acme/company/V-9"), True),
        (b.report_unlink("acme/project/P-17"), False),
    ],
)
def test_a_connectors_answer_is_judged_as_the_engine_does(message: Message, right: bool) -> None:
    """Connectors in other languages are written by this document."""
    assert (mistakes(json.loads(message.body)) == []) is right


def test_a_command_is_published_under_a_key_of_its_own() -> None:
    """Whoever publishes by hand finds the exchange and the key."""
    assert channel_of("send.commitment", COMMANDS_EXCHANGE) == {f"command.{name}" for name in COMMANDS}
    assert channel_of("send.house", COMMANDS_EXCHANGE) == set()
