"""The difference between two states of the directory."""

from __future__ import annotations

from dataclasses import replace

from engine.directory import Directory, difference
from engine.facts import Company, Integration, Person
from engine.ledger import Source

ERP = Integration(
    "sandbox", {"url": "http://h", "password": {"env": "A"}}, {"project": {"fields": {"f": {}}}}
)
ACME = Company("acme", "Acme", integration=ERP)
PAT = Person("pat@acme.test", "Pat")
BEFORE = Directory({"acme": ACME}, {"acme": {PAT.email: PAT}}, {"/procore": Source("u", frozenset({"send"}))})


def lines(before: Directory, after: Directory) -> list[str]:
    """What changes, as people read it."""
    return [str(change) for change in difference(before, after)]


def test_the_same_directory_is_no_change() -> None:
    """Applying a file twice says nothing the second time."""
    assert lines(BEFORE, BEFORE) == []


def test_what_is_new_is_added() -> None:
    """A first file adds everything."""
    assert lines(Directory(), BEFORE) == [
        "+ company acme",
        "+ integration acme",
        "+ person acme/pat@acme.test",
        "+ source /procore",
    ]


def test_a_change_shows_both_values() -> None:
    """Each line says from what to what."""
    after = replace(
        BEFORE,
        companies={"acme": replace(ACME, currency="EUR", templates="/t")},
        people={"acme": {PAT.email: replace(PAT, projects=("P-1",), tools={"*": "admin"})}},
        sources={"/procore": Source(None, frozenset({"send", "draft"}))},
    )
    assert lines(BEFORE, after) == [
        '~ company acme: currency "USD" → "EUR"',
        '~ company acme: templates nothing → "/t"',
        '~ person acme/pat@acme.test: projects nothing → ["P-1"]',
        "~ person acme/pat@acme.test: tools {} → nothing",
        '~ person acme/pat@acme.test: tools.* nothing → "admin"',
        '~ source /procore: broker_user "u" → nothing',
        '~ source /procore: may ["send"] → ["draft", "send"]',
    ]


def test_a_change_deep_in_an_integration_is_named_by_its_path() -> None:
    """A profile of a hundred rules shows the one that changed."""
    changed = replace(ERP, settings={"url": "http://h", "password": {"env": "B"}})
    after = replace(BEFORE, companies={"acme": replace(ACME, integration=changed)})
    assert lines(BEFORE, after) == ['~ integration acme: settings.password.env "A" → "B"']


def test_who_is_absent_is_deactivated() -> None:
    """A named company becomes exactly what is written."""
    after = replace(BEFORE, companies={"acme": replace(ACME, integration=None)}, people={})
    assert lines(BEFORE, after) == [
        "- integration acme: removed",
        "- person acme/pat@acme.test: deactivated",
    ]


def test_what_the_file_does_not_name_stays() -> None:
    """Several files may each hold their share."""
    assert lines(BEFORE, Directory({"other": Company("other", "other")})) == ["+ company other"]
