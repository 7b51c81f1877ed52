"""Bad input over a real broker: each mistake gets its own answer, and nobody else notices."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.acceptance.support.amqp import Caller, Dashboard, code
from tests.acceptance.support.mistakes import HUGE, REFUSED, UNREADABLE
from tests.acceptance.support.orders import APPROVER, commitment, order, send_project, send_vendor
from tests.acceptance.support.site import Site

PATIENCE = 10.0  # seconds within which a good command is answered, whatever its neighbours are


@pytest.fixture(scope="module")
def ready(served: Site) -> Iterator[Site]:
    """The shared site with an item that can be accepted."""
    assert served.broker is not None
    with Caller(served.broker) as caller:
        caller.ask(send_project("acme/project/READY", id="ready"))
    yield served
    assert served.tracebacks() == []


def test_what_cannot_be_read_is_answered_as_malformed_and_kept_as_a_dead_letter(
    ready: Site, caller: Caller
) -> None:
    """Nothing is dropped: the sender hears it, and an operator finds the original."""
    assert ready.broker is not None
    with Dashboard(ready.broker, "dead_letter.added.-") as board:
        asked = [caller.give(body) for body in UNREADABLE.values()]
        answers = dict(zip(UNREADABLE, caller.wait(asked), strict=True))
        board.until(lambda events: len(events) >= len(UNREADABLE))
    assert {name: code(answer) for name, answer in answers.items()} == dict.fromkeys(UNREADABLE, "malformed")
    assert all(answer["data"]["command"] is None for answer in answers.values())
    letters = [each["data"]["dead_letter"] for each in board.events]
    assert {letter["reason"] for letter in letters} == {"malformed"}
    shown = {each["id"]: each for each in ready.ask("dead-letters", "list", "--limit", "10000")}
    sizes = [shown[letter["id"]]["size"] for letter in letters]
    assert sizes == [len(body) for body in UNREADABLE.values()]
    huge = ready.ask("dead-letters", "show", str(letters[sizes.index(max(sizes))]["id"]))
    assert huge["size"] > HUGE
    assert huge["original_is_whole"] is False
    small = ready.ask("dead-letters", "show", str(letters[1]["id"]))
    assert small["original"] == "send project P-1, please"


def test_every_wrong_command_is_refused_for_its_own_reason(ready: Site, caller: Caller) -> None:
    """One reason for each mistake, and none of them changes an item."""
    before = ready.item("acme/project/READY")
    asked = [caller.give(command) for command, _ in REFUSED.values()]
    answers = dict(zip(REFUSED, caller.wait(asked), strict=True))
    wanted = {name: reason for name, (_, reason) in REFUSED.items()}
    assert {name: code(answer) for name, answer in answers.items()} == wanted
    for name, answer in answers.items():
        assert answer["type"] == "countersign.command.refused.v1"
        assert answer["data"]["command"]["id"] == REFUSED[name][0]["id"]
        assert answer["data"]["reason"]["message"]
    assert ready.item("acme/project/READY") == before
    assert not [key for key in ready.states() if "BAD" in key]


def test_a_number_that_no_machine_can_hold_is_refused_at_once(ready: Site, caller: Caller) -> None:
    """An exponent costs neither time nor memory."""
    for text in ("1e400", "-1e999999999", "1e-999999999", "9" * 5000):
        command = order("send", "acme/commitment/BAD-HUGE", {"payload": commitment("P", "V", "1")})
        body = json.dumps(command).replace('"1234.50"', text).encode()
        started = time.monotonic()
        answer = caller.ask(body, PATIENCE)
        assert code(answer) in ("invalid_payload", "malformed"), text[:20]
        assert time.monotonic() - started < PATIENCE


def test_ids_and_sources_of_any_characters_are_answered_and_remembered(ready: Site, caller: Caller) -> None:
    """What names a command is kept as it is: NUL, half characters, kilobytes."""
    for strange in ("nul\0nul", "half\ud800", "x" * 5000, "'; DROP TABLE items; --", "\u202e\N{PILE OF POO}"):
        command = order("accept", "acme/project/NOWHERE", id=strange, source=strange)
        first = caller.ask(command)
        assert code(first) == "unknown_item"
        assert first["data"]["command"] == {"id": strange, "source": strange, "type": command["type"]}
        assert caller.ask(command) == first


def test_strange_headers_of_binary_mode_are_answered(ready: Site, caller: Caller) -> None:
    """What is no text where a text has to be is malformed, and a body that is no JSON is no payload."""
    headers = {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:type": "countersign.command.send.v1",
        "cloudEvents:source": "/procore",
        "cloudEvents:subject": "acme/project/BAD-B",
        "cloudEvents:actor": "pm@acme.test",
    }
    number = caller.ask(b"{}", headers=headers | {"cloudEvents:id": 7}, content_type="application/json")
    assert code(number) == "malformed"
    for name, body in (("words", b"words"), ("NaN", b'{"payload": NaN}'), ("bytes", b"\xff")):
        named = headers | {"cloudEvents:id": f"binary-{name}"}
        assert code(caller.ask(body, headers=named, content_type="application/json")) == "invalid_payload"


def test_another_companys_vendor_is_no_vendor_of_this_one(ready: Site, caller: Caller) -> None:
    """References stay within the company, and what is not there yet is waited for."""
    caller.ask(send_vendor("acme/company/THEIRS-NOT"))
    payload = commitment("READY", "BETA-V", "SC-BETA")
    answer = caller.ask(order("send", "acme/commitment/BETA", {"payload": payload}))
    assert (code(answer), answer["data"]["state"]) == (None, "sent")
    assert "acme/company/BETA-V" in ready.item("acme/commitment/BETA")["waiting_on"]
    early = caller.ask(order("accept", "acme/commitment/BETA"))
    assert code(early) == "wrong_state"


def test_good_commands_among_a_thousand_bad_ones_are_applied_without_delay(
    ready: Site, caller: Caller
) -> None:
    """One bad message in a batch never spoils its neighbours."""
    bad = [body for name, body in UNREADABLE.items() if name != "10 MB"]
    good: list[str] = []
    started = time.monotonic()
    for number in range(50):
        for body in bad:
            caller.give(body)
        good.append(caller.give(send_project(f"acme/project/AMONG-{number}")))
    published = time.monotonic() - started
    answers = caller.wait(good, PATIENCE)
    assert [code(answer) for answer in answers] == [None] * len(good)
    assert time.monotonic() - started - published < PATIENCE
    assert {answer["data"]["state"] for answer in answers} == {"ready_to_export"}


def test_a_reply_address_of_our_own_or_of_nobody_hurts_nobody(ready: Site, caller: Caller) -> None:
    """Outcomes are never fed in as commands, and a queue that has gone is no reason to wait."""
    depth = caller.channel.queue_declare("countersign.dead-letters", passive=True).method.message_count
    for address in ("countersign.commands", "countersign.dead-letters", "gone-long-ago", "x" * 255):
        caller.give(send_project("acme/project/REPLIED", actor=APPROVER), reply_to=address)
    assert code(caller.ask(send_project("acme/project/REPLIED"))) is None
    after = caller.channel.queue_declare("countersign.dead-letters", passive=True).method.message_count
    assert after == depth
