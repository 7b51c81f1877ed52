"""What senders do wrong: messages that cannot be read, and commands that cannot be applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.acceptance.support.orders import ADMIN, APPROVER, Order, commitment, order

HUGE: Final = 10 * 1024 * 1024
READY: Final = "acme/project/READY"  # an item that can be accepted
GOOD: Final = order("send", "acme/project/UNREAD", {"payload": {"name": "Quay"}}, id="unread")


def _text(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


UNREADABLE: Final[Mapping[str, bytes]] = {
    "nothing at all": b"",
    "not JSON": b"send project P-1, please",
    "half of a JSON": _text()[:-10],
    "not UTF-8": b"\xff\xfe{\x00}\x00",
    "an array": b"[" + _text() + b"]",
    "a number": b"17",
    "null": b"null",
    "an empty object": b"{}",
    "a future specversion": _text(specversion="2.0"),
    "a specversion that is a number": _text(specversion=1.0),
    "no id": _text(id=None),
    "an empty id": _text(id=""),
    "an id that is a number": _text(id=17),
    "a source that is an object": _text(source={}),
    "another type": _text(type="com.example.order.v1"),
    "a type that is a list": _text(type=["countersign.command.send.v1"]),
    "NaN": _text().replace(b'"Quay"', b"NaN"),
    "infinity": _text().replace(b'"Quay"', b"-Infinity"),
    "100,000 levels": b"[" * 100_000,
    "100 levels in the data": _text().replace(b'"Quay"', b'{"a":' * 100 + b"1" + b"}" * 100),
    "10 MB": _text(data={"payload": {"name": "x" * HUGE}}),
}


def _send(name: str, payload: Any, **attributes: Any) -> Order:
    return order("send", f"acme/commitment/BAD-{name}", {"payload": payload}, **attributes)


def _line(**changes: Any) -> Any:
    payload = commitment("P-BAD", "V-BAD", "SC-BAD")
    payload["lines"] = [
        {name: value for name, value in (payload["lines"][0] | changes).items() if value != "-"}
    ]
    return payload


def _titled(title: str) -> Order:
    return order("send", "acme/project/BAD-TITLE", {"title": title, "payload": {"name": "Quay"}})


REFUSED: Final[Mapping[str, tuple[Order, str]]] = {
    "an unknown command": (order("explode", "acme/project/P"), "unknown_command"),
    "a later version of a command": (
        order("send", "acme/project/P", type="countersign.command.send.v2"),
        "unknown_command",
    ),
    "an unknown company": (order("send", "nobody/project/P"), "unknown_company"),
    "a company that cannot be": (order("send", "ACME!/project/P"), "unknown_company"),
    "no subject": (order("send", None), "unknown_company"),
    "NUL in the subject": (order("send", "acme\0/project/P"), "unknown_company"),
    "half a character in the subject": (order("send", "acme/project/\ud800"), "unknown_item"),
    "an unknown actor": (order("send", "acme/project/P", actor="nobody@acme.test"), "unknown_actor"),
    "no actor": (order("send", "acme/project/P") | {"actor": None}, "unknown_actor"),
    "an actor that is a number": (order("send", "acme/project/P") | {"actor": 7}, "unknown_actor"),
    "half a character and NUL in the actor": (
        order("send", "acme/project/P", actor="\udfff\0"),
        "unknown_actor",
    ),
    "an operator whom nobody vouches for": (
        order("replay", "acme/project/P", actor="operator:root"),
        "unknown_actor",
    ),
    "an unknown item type": (order("send", "acme/castle/P"), "unknown_item"),
    "an id that cannot be": (order("send", "acme/project/a b"), "unknown_item"),
    "an id that is too long": (order("send", "acme/project/" + "x" * 65), "unknown_item"),
    "an item that is not there": (order("accept", "acme/project/NOWHERE"), "unknown_item"),
    "an approver who sends": (
        order("send", "acme/project/BAD-A", {"payload": {"name": "x"}}, actor=APPROVER),
        "not_allowed",
    ),
    "an ERP admin without the privilege": (
        order("link", "acme/company/NOWHERE", {"erp_id": "1"}),
        "unknown_item",
    ),
    "data that is a list": (order("send", "acme/project/BAD-D", [1]), "invalid_payload"),
    "data that is a text": (order("send", "acme/project/BAD-D", "x"), "invalid_payload"),
    "no payload": (order("send", "acme/project/BAD-D"), "invalid_payload"),
    "an unknown field of the data": (
        order("send", "acme/project/BAD-D", {"payload": {"name": "x"}, "colour": 1}),
        "invalid_payload",
    ),
    "an unknown field of the payload": (
        order("send", "acme/project/BAD-D", {"payload": {"name": "x", "colour": 1}}),
        "invalid_payload",
    ),
    "an amount that is a float": (_send("F", _line(amount=1234.5)), "invalid_payload"),
    "an amount that is an integer": (_send("I", _line(amount=1234)), "invalid_payload"),
    "an amount that is NaN": (_send("N", _line(amount="NaN")), "invalid_payload"),
    "an amount that is infinite": (_send("E", _line(amount="Infinity")), "invalid_payload"),
    "an amount with an exponent": (_send("X", _line(amount="1e400")), "invalid_payload"),
    "an amount with 14 digits": (_send("L", _line(amount="12345678901234")), "invalid_payload"),
    "a fraction of a cent of a cent": (_send("C", _line(amount="1.23456")), "invalid_payload"),
    "digits of another script": (_send("S", _line(amount="١٢")), "invalid_payload"),
    "a negative quantity": (_send("Q", _line(quantity="-1", unit_cost="1", amount="-1")), "invalid_payload"),
    "an amount that is not quantity times cost": (
        _send("P", _line(quantity="2", unit_cost="2", amount="5")),
        "invalid_payload",
    ),
    "a percentage of 101": (
        _send("R", commitment("P-BAD", "V-BAD", "1", retainage_percent="101")),
        "invalid_payload",
    ),
    "no lines": (_send("0", commitment("P-BAD", "V-BAD", "1", lines=[])), "invalid_payload"),
    "a status that cannot be sent": (
        _send("T", commitment("P-BAD", "V-BAD", "1", status="out_for_bid")),
        "invalid_payload",
    ),
    "another company's vendor by its key": (
        _send("V", commitment("P", "beta/company/V", "1")),
        "invalid_payload",
    ),
    "NUL in a title": (_titled("a\0b"), "invalid_payload"),
    "half a character in a title": (_titled("a\ud800b"), "invalid_payload"),
    "half a character in a payload": (
        order("send", "acme/project/BAD-U", {"payload": {"name": "\udc00"}}),
        "invalid_payload",
    ),
    "a line break in a title": (_titled("a\r\nBcc: b"), "invalid_payload"),
    "a title of 1,000 characters": (_titled("x" * 1000), "invalid_payload"),
    "a script as its address": (
        order("send", "acme/project/BAD-J", {"payload": {"name": "x"}, "url": "javascript:alert(1)"}),
        "invalid_payload",
    ),
    "a connector's answer from a person": (
        order(
            "report_export",
            READY,
            {"export": "x", "attempt": 1, "outcome": "succeeded"},
            actor=ADMIN,
        ),
        "not_allowed",
    ),
    "a version that is not there": (order("accept", READY, {"version": 7}), "stale_version"),
    "a field that nobody asks for": (
        order("accept", READY, {"fields": {"colour": "1"}}),
        "invalid_field",
    ),
    "unlinking what never was linked": (order("unlink", READY), "wrong_state"),
    "replaying what has not failed": (order("replay", READY, actor=ADMIN), "wrong_state"),
}
