"""The documentation: its links lead somewhere, and what it names is there."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from console.cli import program
from console.config_file import read_file
from console.errors import DONE, UNREACHED, USAGE, WANTING
from console.roles import BUILDERS
from engine.facts import CODES
from engine.messages import STRUCTURED, Message
from engine.service.exports import CLASSES
from engine.settings_table import SETTINGS
from engine.topology import NOTIFIED, topology
from tests import pages
from tests.books import Books
from tests.unit.published import mistakes
from workflows import item_types

PAGES = [pages.name(page) for page in pages.pages()]
MACHINE_PATHS = ("/" + "work/", "/" + "root/", "/" + "tmp/cs", "/home/")
_FOR_TESTS = "COUNTERSIGN_TEST_"


def _commands(app: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in app.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(_commands(program()))


def _called(page: str) -> Iterator[tuple[str, list[str]]]:
    """Each command that a page shows, with its words after it."""
    for line in (line for line in pages.code(page) if not line.startswith("rabbitmqctl")):
        for found in re.findall(r"(?:^|[\s(;]|bin/)countersign ([a-z][a-z-]*(?: [^`;&|]*)?)", line):
            words = found.split()
            name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
            yield name, words[len(name.split()) :]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """A reader who follows a link finds the place."""
    for link in pages.links(page):
        if link.startswith(("https://", "http://")):
            continue
        target, _, anchor = link.partition("#")
        found = (pages.ROOT / page).parent / target if target else pages.ROOT / page
        assert found.exists(), link
        assert not anchor or anchor in pages.anchors(pages.name(found.resolve())), link


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_shown_exists(page: str) -> None:
    """What a reader types works, with its options."""
    groups = {name.split()[0] for name in COMMANDS}
    for name, words in _called(page):
        assert name in COMMANDS or (name in groups and not words), (name, words)
        if name in COMMANDS:
            known = {option for parameter in COMMANDS[name].params for option in parameter.opts} | {"--help"}
            assert {word.rstrip(".,:") for word in words if re.match(r"--[a-z]", word)} <= known, (
                name,
                words,
            )


def test_every_command_is_explained() -> None:
    """Nobody has to read the code to learn what a command is for."""
    shown = {name for page in PAGES if page.startswith("docs/") for name, _ in _called(page)}
    assert set(COMMANDS) - shown == set()


def test_every_setting_that_is_named_exists_and_every_one_is_explained() -> None:
    """A setting that is misspelt in a page would be refused at start."""
    known = {setting.name for setting in SETTINGS}
    for page in PAGES:
        named = set(re.findall(r"COUNTERSIGN_[A-Z][A-Z_]*[A-Z]", pages.text(page)))
        assert {each for each in named if not each.startswith(_FOR_TESTS)} <= known, page
    assert known <= set(pages.table_rows("docs/configuration.md"))


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_path_of_one_machine(page: str) -> None:
    """The project runs wherever it is cloned."""
    assert [path for path in MACHINE_PATHS if path in pages.text(page)] == []


@pytest.mark.parametrize("page", ["docs/messages.md", "docs/troubleshooting.md"])
def test_every_refusal_is_explained(page: str) -> None:
    """Whoever reads a code finds what it means, and what to do."""
    assert {"malformed", *CODES} <= set(pages.table_rows(page))


@pytest.mark.parametrize("page", ["docs/messages.md", "docs/troubleshooting.md"])
def test_every_error_class_is_explained(page: str) -> None:
    """A connector's author and an operator meet the same words."""
    named = {
        word
        for line in pages.text(page).splitlines()
        if line.startswith("| `")
        for word in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    left = set() if page == "docs/messages.md" else {"uncertain", "auth"}  # these never end as failed
    assert set(CLASSES) - left <= named


def test_every_role_is_explained() -> None:
    """Each process of an installation has a row that says how many of it."""
    rows = {row.split()[0] for row in pages.table_rows("docs/operate.md")}
    assert {name for name in BUILDERS if name != "connectors"} | {"connector"} <= rows


def test_exit_codes_are_those_of_the_program() -> None:
    """Scripts are written by the page."""
    shown = re.findall(r"^\| (\d+) \|", pages.text("docs/cli.md"), re.MULTILINE)
    assert {int(code) for code in shown} == {DONE, WANTING, USAGE, UNREACHED}


def test_the_names_on_the_broker_are_those_that_init_declares() -> None:
    """Firewalls, permissions and dashboards are set up by the page."""
    text = pages.text("docs/messages.md")
    declared = topology(["<connector>"])
    for name in (*declared.exchanges, *(queue.name for queue in declared.queues), *NOTIFIED):
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("page", PAGES)
def test_every_configuration_that_is_shown_can_be_applied(page: str, tmp_path: Any) -> None:
    """A block of TOML is copied as it is."""
    for block in pages.blocks(page):
        if block.info == "toml" and "project" not in tomllib.loads(block.text):  # that is a package's own
            path = tmp_path / "shown.toml"
            path.write_text(block.text, encoding="utf-8")
            read_file(path, frozenset({"sandbox"}))


@pytest.mark.parametrize("page", PAGES)
def test_every_json_that_is_shown_is_json(page: str) -> None:
    """A reader may copy it."""
    for block in pages.blocks(page):
        if block.info.startswith("json"):
            json.loads(block.text)


def test_the_messages_that_are_shown_are_those_that_come() -> None:
    """The page's commands are given in their order; each event shown is one that follows, as it is published."""
    books = Books()
    shown = [
        (block.info, json.loads(block.text))
        for block in pages.blocks("docs/messages.md")
        if block.info in ("json command", "json event")
    ]
    assert {info for info, _ in shown} == {"json command", "json event"}
    for info, body in shown:
        assert mistakes(body, strictly=info == "json event") == []
        if info == "json command":
            before = len(books.bodies())
            books.handle(Message(json.dumps(body).encode(), STRUCTURED))
            books.release()
        else:
            assert _lasting(body) in [_lasting(each) for each in books.bodies()[before:]]
    books.close()


def _lasting(body: dict[str, Any]) -> dict[str, Any]:
    """An event without what is new each time."""
    data = {name: value for name, value in body["data"].items() if name != "lease_until"}
    return {name: value for name, value in body.items() if name not in ("id", "time")} | {"data": data}


def test_every_page_is_in_the_table_of_contents() -> None:
    """A page that nobody links is a page that nobody reads."""
    linked = {(pages.ROOT / "docs" / link.split("#")[0]).resolve() for link in pages.links("docs/index.md")}
    top = {page for page in pages.pages() if page.parent == pages.ROOT / "docs" and page.name != "index.md"}
    assert top - linked == set()


def test_every_item_type_has_its_page() -> None:
    """The table of item types leads to each."""
    links = pages.links("docs/messages.md")
    assert {f"workflows/{name}.md" for name in item_types()} <= set(links)


def test_serve_names_every_role() -> None:
    """Whoever asks for help learns all that can be served."""
    (role,) = [each for each in COMMANDS["serve"].params if each.name == "role"]
    assert set(BUILDERS) | {"connector"} <= set(re.findall(r"[a-z-]+", role.help))
