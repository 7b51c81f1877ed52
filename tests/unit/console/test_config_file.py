"""Configuration files: companies, people and sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.config_file import read_file
from engine.errors import Misconfigured
from engine.facts import Company, Person
from engine.ledger import Source
from tests.unit.console.config import of_person, problems, written


def test_a_company_has_what_is_written() -> None:
    """Each key of a company arrives where the engine looks for it."""
    found = written(
        '[company.acme]\nname="Acme Builders"\ncurrency="EUR"\n'
        'timezone="Europe/Berlin"\ndaily_summary_at="06:30"\n'
    )
    assert found.directory.companies == {
        "acme": Company("acme", "Acme Builders", "EUR", "Europe/Berlin", "06:30")
    }
    assert found.warnings == ()


def test_a_company_needs_only_its_slug() -> None:
    """Everything else has a default."""
    assert written("[company.acme]").directory.companies["acme"] == Company("acme", "acme")


def test_templates_are_found_from_the_file_s_own_folder(tmp_path: Path) -> None:
    """Where the command is run does not matter."""
    (tmp_path / "mail").mkdir()
    found = written('[company.acme]\ntemplates = "mail"', tmp_path)
    assert found.directory.companies["acme"].templates == str(tmp_path / "mail")
    assert found.warnings == ()


def test_templates_that_are_not_there_are_only_strange() -> None:
    """The mails may be sent by another machine than this one."""
    (warning,) = written('[company.acme]\ntemplates = "nowhere"').warnings
    assert "company.acme.templates" in warning


def test_a_person_has_what_is_written() -> None:
    """Each key of a person arrives where the engine looks for it."""
    text = of_person(
        'name="Pat"\nerp="standard"\ncan_push_to_accounting=true\nprojects=["P-2","P-1","P-2"]\n'
        'tools={commitment="admin",budget="read_only"}\ntool_projects=["P-1"]\ndirectory="admin"\n'
        "daily_summary=false"
    )
    assert written(text).directory.people["acme"] == {
        "pat@acme.test": Person(
            email="pat@acme.test",
            name="Pat",
            erp="standard",
            can_push_to_accounting=True,
            projects=("P-1", "P-2"),
            tools={"budget": "read_only", "commitment": "admin"},
            tool_projects=("P-1",),
            directory="admin",
            daily_summary=False,
        )
    }


def test_one_level_may_stand_for_all_tools() -> None:
    """`tools = "admin"` needs no list of item types."""
    person = written(of_person('tools = "admin"')).directory.people["acme"]["pat@acme.test"]
    assert {person.tool(kind) for kind in ("budget", "company")} == {"admin"}


def test_no_project_at_all_is_not_the_same_as_no_limit() -> None:
    """An empty list takes every project away."""
    person = written(of_person("projects = []")).directory.people["acme"]["pat@acme.test"]
    assert person.projects == ()


def test_a_privilege_without_effect_is_strange() -> None:
    """Who may push but has no ERP permission decides nothing."""
    (warning,) = written(of_person("can_push_to_accounting = true")).warnings
    assert "company.acme.people[pat@acme.test].can_push_to_accounting has no effect" in warning


def test_a_source_has_its_user_and_its_commands() -> None:
    """Who may use a source is told by the broker."""
    text = '[source."/procore"]\nbroker_user = "upstream"\nmay = ["send", "draft"]'
    assert written(text).directory.sources == {"/procore": Source("upstream", frozenset({"draft", "send"}))}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[company.Acme]", 'company."Acme" has to be 1 to 40 of a-z, 0-9 and -, not "Acme"'),
        ('company = "acme"', "company has to be a table"),
        ("[companies.acme]", "companies is not known: did you mean company?"),
        ('[company.acme]\ncurency = "USD"', "company.acme.curency is not known: did you mean currency?"),
        ('[company.acme]\ncurrency = "dollars"', "company.acme.currency has to be a currency's code"),
        ('[company.acme]\ntimezone = "Amerika/Los_Angeles"', "did you mean America/Los_Angeles?"),
        ('[company.acme]\ntimezone = "../etc"', "company.acme.timezone has to be a time zone"),
        (
            '[company.acme]\ndaily_summary_at = "7:00"',
            "company.acme.daily_summary_at has to be a time of day",
        ),
        (
            '[company.acme]\ndaily_summary_at = "24:00"',
            "company.acme.daily_summary_at has to be a time of day",
        ),
        ("[company.acme]\nname = 7", "company.acme.name has to be a string, not 7"),
        ('[company.acme]\nname = " "', "company.acme.name is empty"),
        ('[company.acme]\nname = "a\\u0000b"', "company.acme.name has to be one line"),
        ("[company.acme]\npeople = 3", "write [[company.acme.people]]"),
        ('[[company.acme.people]]\nname = "Pat"', "company.acme.people[1].email is missing"),
        ('[[company.acme.people]]\nemail = "pat"', "company.acme.people[1].email has to be an address"),
        (
            of_person('erp = "boss"'),
            "people[pat@acme.test].erp has to be one of none, read_only, standard, admin",
        ),
        (of_person('can_push_to_accounting = "yes"'), 'has to be true or false, not "yes"'),
        (of_person("can_push_to_accounting = 1"), "has to be true or false, not 1"),
        (of_person('projects = "P-1"'), "projects has to be an array"),
        (of_person('projects = ["P/1"]'), "projects has an entry that has to be an item's id"),
        (of_person("projects = [1]"), "projects has an entry that has to be a string"),
        (of_person('tools = "all"'), "tools has to be one of"),
        (of_person('tools = { commitments = "admin" }'), "is no item type: did you mean commitment?"),
        (of_person('tools = { commitment = "yes" }'), "tools.commitment has to be one of"),
        (of_person('eprojects = ["P-1"]'), "eprojects is not known: did you mean projects?"),
        (of_person("") + of_person(""), "pat@acme.test is there twice"),
        (of_person("") + '[[company.acme.people]]\nemail = "Pat@acme.test"', "Pat@acme.test is there twice"),
        ('[source."/x"]\nbroker_user = "u"', 'source."/x".may is missing'),
        ('[source."/x"]\nmay = ["sned"]', "did you mean send?"),
        ('[source."/x"]\nmay = ["send"]\nuser = "u"', "user is not known"),
        ('[source.""]\nmay = ["send"]', "has to name the source"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, problem: str) -> None:
    """The sentence says where it is and what to write."""
    (found,) = problems(text)
    assert problem in found


def test_every_mistake_is_told_at_once() -> None:
    """Nobody has to apply a file once for each mistake."""
    text = '[company.acme]\ncurrency = 1\ntimezone = "x"\n' + of_person('erp = "x"\nnme = "y"')
    assert len(problems(text)) == 4


def test_a_file_without_anything_is_strange() -> None:
    """It changes nothing, which is hardly what was meant."""
    assert len(written("").warnings) == 1


def test_a_file_that_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    """A slip of the keyboard is found at once."""
    path = tmp_path / "acme.toml"
    path.write_text("[company.acme]\nname = Acme\n")
    with pytest.raises(Misconfigured, match=r"acme.toml is not valid TOML: .*line 2"):
        read_file(path, ())


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The name is in the message."""
    with pytest.raises(Misconfigured, match=r"acme.toml cannot be read: No such file"):
        read_file(tmp_path / "acme.toml", ())


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """An exported spreadsheet is no configuration."""
    path = tmp_path / "acme.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Misconfigured, match="has to be UTF-8 text"):
        read_file(path, ())


def test_an_editor_s_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """Some editors write one."""
    path = tmp_path / "acme.toml"
    path.write_text("[company.acme]\n", encoding="utf-8-sig")
    assert "acme" in read_file(path, ()).directory.companies
