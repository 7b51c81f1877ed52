"""Whatever comes in, it gets exactly its refusal or its dead letter, and its neighbours nothing of it."""

from typing import Any, Final

import pytest

from engine.messages import Message, dump
from engine.testing import command
from tests.books import Books, code
from tests.builders import LINE, PAM, PAT, RIVAL, accept, draft, key_of, payload_of, reject, report, send
from tests.journeys import do, synced

KEY: Final = key_of("company")
SC: Final = key_of("commitment")
GOOD: Final = (
    '{"specversion":"1.0","id":"m-1","source":"/procore","type":"countersign.command.send.v1",'
    '"subject":"acme/company/V-1","actor":"pam@acme.test","data":{"payload":{"name":"Bayline"}}}'
)


def beside_neighbours(books: Books, *messages: Message) -> None:
    """Handle messages between two good ones, which have to be applied."""
    before, after = send(key_of("company", "N-1")), send(key_of("company", "N-2"))
    books.handle(before, *messages, after)
    assert [code(books.outcome(each)) for each in (before, after)] == ["applied", "applied"]


UNREADABLE: Final = {
    "nothing": b"",
    "no JSON": b"junk",
    "half of it": GOOD[:-5].encode(),
    "no UTF-8": b"\xff\xfe" + GOOD.encode(),
    "an array": f"[{GOOD}]".encode(),
    "a string": b'"send"',
    "NaN": GOOD.replace('"Bayline"', "NaN").encode(),
    "infinity": GOOD.replace('"Bayline"', "-Infinity").encode(),
    "too deep": GOOD.replace('"Bayline"', "[" * 80 + "]" * 80).encode(),
    "much too deep": b"[" * 200_000,
    "a number of 5,000 digits": GOOD.replace('"Bayline"', "9" * 5000).encode(),
    "too large": GOOD.replace("Bayline", "x" * 1024 * 1024).encode(),
    "a future specversion": GOOD.replace('"1.0"', '"2.0"').encode(),
    "a number as specversion": GOOD.replace('"1.0"', "1.0").encode(),
    "no id": GOOD.replace('"id":"m-1",', "").encode(),
    "an empty id": GOOD.replace('"m-1"', '""').encode(),
    "a number as id": GOOD.replace('"m-1"', "7").encode(),
    "an object as source": GOOD.replace('"/procore"', "{}").encode(),
    "no source": GOOD.replace('"source":"/procore",', "").encode(),
    "an empty type": GOOD.replace("countersign.command.send.v1", "").encode(),
    "an event": GOOD.replace("countersign.command.send.v1", "countersign.item.sent.v1").encode(),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_a_dead_letter(books: Books, name: str) -> None:
    """Answered where there is an address, and kept as it came."""
    body = UNREADABLE[name]
    beside_neighbours(books, Message(body, reply_to="gateway", correlation_id="c-1"))
    (letter,) = books.letters()
    assert (letter["kind"], letter["reason"], letter["size"]) == ("message", "malformed", len(body))
    assert bytes(letter["original"]) == body[: 1024 * 1024]
    (reply,) = books.replies()
    assert (reply["routing_key"], reply["correlation_id"]) == ("gateway", "c-1")
    assert '"code":"malformed"' in reply["body"]
    assert len(books.select("SELECT * FROM inbox")) == 2


def test_what_cannot_be_read_and_has_no_address_is_a_dead_letter_too(books: Books) -> None:
    """Nothing is dropped."""
    books.handle(Message(b"junk"), Message(b"rubbish"))
    assert len(books.letters()) == 2
    assert books.replies() == []


def binary(body: bytes, **attributes: Any) -> Message:
    """A command in binary mode."""
    known = {"specversion": "1.0", "id": "b-1", "source": "/procore", "subject": KEY, "actor": PAM}
    known |= {"type": "countersign.command.send.v1", **attributes}
    return Message(
        body, "application/json", headers={f"cloudEvents:{name}": value for name, value in known.items()}
    )


def test_a_command_may_come_in_binary_mode(books: Books) -> None:
    """The same command in structured mode is a repeat."""
    beside_neighbours(books, binary(dump({"payload": {"name": "Bayline"}}).encode()))
    assert books.state(KEY) == "ready_to_export"
    books.handle(send(KEY, id_="b-1", payload={"name": "Bayline"}))
    assert len(books.select("SELECT * FROM inbox")) == 3


@pytest.mark.parametrize(
    "body", [b"junk", b"\xff", b"[1]", b"null", b"[" * 200_000], ids=lambda b: repr(b[:5])
)
def test_a_readable_command_with_a_junk_body_is_refused(books: Books, body: bytes) -> None:
    """Its attributes say who has to hear it."""
    message = binary(body)
    beside_neighbours(books, message)
    (outcome,) = [each for each in books.about(KEY) if "refused" in each["type"]]
    assert outcome["data"]["reason"]["code"] == "invalid_payload"


def test_binary_attributes_that_are_no_strings_are_unreadable(books: Books) -> None:
    """As in structured mode."""
    beside_neighbours(
        books, binary(b"{}", id=7), binary(b"{}", source=None), binary(b"{}", specversion="0.3")
    )
    assert len(books.letters()) == 3


HOSTILE: Final = {
    "NUL": "a\x00b", "a lone surrogate": "a\ud800b", "both": "\udfff\x00", "right to left": "a\u202eb",
    "long": "x" * 20_000, "emoji": "🏗️" * 70, "a quote": "'; DROP TABLE items; --",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_in_an_attribute_is_answered(books: Books, text: str) -> None:
    """As id and source it is as good as any; as subject and actor it is unknown."""
    messages = [
        send(key_of("company", "A-1"), id_=text),
        send(key_of("company", "A-2"), source=f"/{text}"),
        command("send", f"acme/company/{text}", PAM),
        command("send", f"{text}/company/A-4", PAM),
        command("send", key_of("company"), text),
        command(text, key_of("company"), PAM),
        send(key_of("company", "A-7"), correlation_id=text, reply_to="gateway"),
    ]
    beside_neighbours(books, *messages)
    found = [code(books.outcome(each)) for each in messages]
    assert found == [
        "applied", "applied", "unknown_item", "unknown_company", "unknown_actor", "unknown_command", "applied"
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"], ids=["NUL", "surrogate"])
def test_text_that_no_store_keeps_is_refused_by_its_name(books: Books, text: str) -> None:
    """In every field of every command."""
    do(books, send(KEY))
    messages = [
        send(key_of("company", "A-1"), payload={"name": text}),
        send(key_of("company", "A-1"), title=text),
        send(key_of("company", "A-1"), created_by=text),
        send(key_of("company", "A-1"), url=f"https://{text}"),
        send(key_of("company", "A-1"), attachments=[{"name": text, "url": "https://a.test"}]),
        send(key_of("company", "A-1"), payload={text: "x"}),
        send(key_of("company", "A-1"), **{text: "x"}),
        reject(KEY, comment=text),
        command("link", KEY, "boss@acme.test", erp_id=text),
        command("accept", KEY, PAT, {text: 1}),
    ]
    beside_neighbours(books, *messages)
    assert [code(books.outcome(each)) for each in messages] == ["invalid_payload"] * len(messages)
    assert books.one(accept(KEY, fields={text: text})) == "invalid_field"


AMOUNTS: Final = [
    1250,
    1250.0,
    "1e3",
    "1,250.00",
    "+5",
    " 5",
    "1.23456",
    "12345678901234",
    "",
    None,
    True,
    "NaN",
    "١٢",
]


@pytest.mark.parametrize("amount", AMOUNTS, ids=repr)
def test_an_amount_is_a_decimal_string(books: Books, amount: Any) -> None:
    """Nothing is rounded or guessed."""
    line = {name: value for name, value in LINE.items() if name not in ("quantity", "unit_cost", "unit")}
    message = send(SC, payload=payload_of("commitment", lines=[{**line, "amount": amount}]))
    beside_neighbours(books, message)
    assert books.outcome(message)["data"]["reason"]["errors"][0]["path"] == "payload.lines.0.amount"


@pytest.mark.parametrize(
    "number",
    ["1e400", "1e9999999", "-1e-9999999", "1e999999999999999999999", "123456789012345678901234567890.5"],
)
def test_a_number_of_any_size_is_answered(books: Books, number: str) -> None:
    """As invalid, without filling the memory; a repeat is a repeat."""
    body = GOOD.replace('"Bayline"', number)
    message = Message(body.encode())
    beside_neighbours(books, message, message)
    assert code(books.outcome(message)) == "invalid_payload"
    assert len(books.select("SELECT * FROM inbox")) == 3


@pytest.mark.parametrize("version", ["1", 1.5, "x", [], {}, True, 10**40], ids=repr)
def test_a_version_is_a_whole_number(books: Books, version: Any) -> None:
    """Anything else is not the current one."""
    do(books, send(KEY))
    assert books.one(accept(KEY, version=version)) in ("stale_version", "invalid_payload")
    assert books.one(accept(KEY, version=None)) == "applied"


@pytest.mark.parametrize("data", [None, [], "x", 5, True], ids=repr)
def test_data_that_is_no_object_is_an_invalid_payload(books: Books, data: Any) -> None:
    """In every command."""
    do(books, send(KEY))
    for name, actor in (("send", PAM), ("accept", PAT), ("reject", PAT), ("retrieve", PAM)):
        key = key_of("company", "A-1") if name == "send" else KEY
        body = dump({**_envelope(name, key, actor), "data": data})
        message = Message(body.encode())
        beside_neighbours(books, message)
        assert code(books.outcome(message)) == "invalid_payload"
        books.execute("DELETE FROM items WHERE id LIKE 'N-%'")
        books.execute("DELETE FROM history WHERE item LIKE '%/N-%'")


def _envelope(name: str, key: str, actor: str) -> dict[str, Any]:
    type_ = f"countersign.command.{name}.v1"
    return {
        "specversion": "1.0",
        "id": f"{name}-{key}",
        "source": "/x",
        "type": type_,
        "subject": key,
        "actor": actor,
    }


def test_references_stay_within_the_company(books: Books) -> None:
    """A key of another company is no id, and its items are not found."""
    synced(books, "project", "cost_codes")
    assert (
        books.one(send(SC, payload=payload_of("commitment", vendor="rival/company/V-9"))) == "invalid_payload"
    )
    do(books, send(key_of("company", company="rival"), RIVAL))
    do(books, send(SC))
    assert books.item(SC).waiting_on == (KEY,)
    assert books.one(accept(key_of("company", company="rival"))) == "unknown_actor"


def test_nothing_and_unknown_words_are_refused(books: Books) -> None:
    """Each with the code that names them."""
    assert books.run() == []
    assert books.one(send(KEY, payload=None)) == "invalid_payload"
    assert books.one(send(KEY, payload={"name": "B", "colour": "red"})) == "invalid_payload"
    assert books.one(draft(KEY, payload={})) == "invalid_payload"
    assert books.one(draft(KEY, payload=None)) == "invalid_payload"
    assert books.one(command("draft", KEY, PAM, payload=None)) == "invalid_payload"
    assert books.one(send(KEY, payload=[])) == "invalid_payload"
    assert books.one(command("send", "acme/invoice/1", PAM)) == "unknown_item"
    assert books.one(command("send", "other/company/1", PAM)) == "unknown_company"
    assert books.one(report(key_of("company", "none"))) == "unknown_item"
    assert books.one(command("send.v1", KEY, PAM)) == "unknown_command"


def test_of_a_repeated_key_the_last_value_counts(books: Books) -> None:
    """As in every reader of JSON that we know."""
    books.handle(Message(GOOD.replace('{"name":"Bayline"}', '{"name":5,"name":"Bay"}').encode()))
    assert books.item(key_of("company", "V-1")).payload == {"name": "Bay"}


def test_an_unsent_status_is_refused_with_its_path(books: Books) -> None:
    """A draft may have it."""
    payload = payload_of("commitment", status="in negotiation")
    do(books, draft(SC, payload=payload))
    reason = books.run(send(SC, payload=None))[0]["data"]["reason"]
    assert (reason["code"], reason["errors"][0]["path"]) == ("invalid_payload", "payload.status")
