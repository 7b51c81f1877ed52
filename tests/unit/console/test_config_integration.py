"""Configuration files: integrations, their secrets and their profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.facts import Integration
from tests.unit.console.config import of_integration, problems, written


def integration(lines: str) -> Integration:
    """The integration that these lines give."""
    found = written(of_integration(lines)).directory.companies["acme"].integration
    assert found is not None
    return found


def of_profile(lines: str) -> str:
    """A file with a profile of the item type `company` that has these lines."""
    return of_integration(f"[company.acme.integration.profile.company]\n{lines}")


def test_everything_that_is_not_ours_goes_to_the_connector() -> None:
    """Connectors have settings that the program does not know."""
    found = integration('url = "http://h"\npage = 5\ndeep = { a = [1, "b"], c = true }')
    assert found == Integration("sandbox", {"url": "http://h", "page": 5, "deep": {"a": [1, "b"], "c": True}})


def test_a_schedule_is_kept_with_the_settings() -> None:
    """The scheduler reads how often from there."""
    found = integration('export = "scheduled"\nsync_every = "30m"')
    assert (found.export, found.settings) == ("scheduled", {"sync_every": "30m"})


def test_a_secret_is_kept_as_where_it_is() -> None:
    """Neither the file nor the database has the secret itself."""
    found = integration('password = { env = "ACME_ERP" }\nkeys = [{ file = "acme.key" }]')
    assert found.settings == {
        "password": {"env": "ACME_ERP"},
        "keys": [{"file": str(Path("/srv/config/acme.key"))}],
    }


def test_a_connector_of_another_language_is_only_strange() -> None:
    """It may be a program of its own on another machine."""
    (warning,) = written('[company.acme.integration]\nconnector = "sanbox"').warnings
    assert 'integration.connector "sanbox" is none of this installation\'s: did you mean sandbox?' in warning


SECRET = "hunter2"


@pytest.mark.parametrize(
    "lines",
    [
        f'password = "{SECRET}"',
        f'api_key = "{SECRET}"',
        f'client-secret = "{SECRET}"',
        f'login = {{ token = "{SECRET}" }}',
        f'db_password = ["{SECRET}"]',
        "pin = 1234",
        f'url = "https://user:{SECRET}@erp.example"',
    ],
)
def test_a_literal_secret_is_refused_and_not_repeated(lines: str) -> None:
    """A file that is passed around has no secrets in it, and neither has the message."""
    (found,) = problems(of_integration(lines))
    assert "{ env =" in found
    assert SECRET not in found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[company.acme.integration]", "integration.connector is missing"),
        ('[company.acme.integration]\nconnector = "Sage 100"', "has to be a connector's name"),
        ('[company.acme]\nintegration = "sandbox"', "company.acme.integration has to be a table"),
        (of_integration('export = "nightly"'), "export has to be one of immediate, scheduled"),
        (of_integration('export = "scheduled"'), "sync_every is missing"),
        (of_integration('sync_every = "30m"'), 'sync_every needs export = "scheduled"'),
        (of_integration('export = "scheduled"\nsync_every = "5s"'), "sync_every has to be at least 1m"),
        (of_integration('export = "scheduled"\nsync_every = "often"'), "sync_every has to be a time such as"),
        (of_integration("rate = nan"), "rate has to be a string, a number"),
        (of_integration("since = 2026-01-01"), "since has to be a string, a number"),
        (of_integration('password = { env = "A", file = "b" }'), "password has to name one place"),
        (of_integration('password = { env = "" }'), "password.env is empty"),
        (of_integration('password = { env = "A B" }'), "password.env has to be a variable's name"),
        (of_integration('password = { env = "A", x = 1 }'), "x is not known"),
        (of_integration("[company.acme.integration.profile.vendor]"), "profile.vendor is no item type"),
        (of_profile('fields.vendor_id = "x"'), "fields.vendor_id has to be a table"),
        (of_profile("fields.Vendor = {}"), "has to be a field's name"),
        (of_profile("fields.v = { requird = true }"), "requird is not known: did you mean required?"),
        (of_profile('fields.v = { required = "yes" }'), "required has to be true or false"),
        (of_profile('fields.v = { type = "money" }'), "type has to be one of string, date, integer, decimal"),
        (of_profile("fields.v = { max_length = 0 }"), "max_length has to be from 1 to 255, not 0"),
        (of_profile("fields.v = { max_length = true }"), "max_length has to be a whole number, not true"),
        (of_profile('fields.v = { format = "####", max_length = 3 }'), "format is longer than max_length"),
        (of_profile("fields.v = { choices = [] }"), "choices has to name at least one"),
        (of_profile('fields.v = { choices = "a" }'), "choices has to be an array"),
        (of_profile('fields.v = { format = "##", choices = ["12", "A1"] }'), 'choices has "A1"'),
        (of_profile('fields.v = { prefill = "nme" }'), "did you mean name?"),
        (of_profile('requires_budget = "yes"'), "requires_budget has to be true or false"),
        (of_profile("warnings.no_tax_id = 3"), "warnings.no_tax_id has to be a string"),
        (of_profile("allow_duplicates = true"), "did you mean allow_duplicate_codes?"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, problem: str) -> None:
    """The sentence says where it is and what to write."""
    found = problems(text)
    assert any(problem in sentence for sentence in found), found


def test_a_profile_has_what_is_written() -> None:
    """Each rule arrives where the engine looks for it, and nothing that was not written."""
    found = integration(
        "[company.acme.integration.profile.company]\nallow_duplicate_codes = true\n"
        'warnings.no_tax_id = "No 1099."\n'
        'fields.vendor_id = { required = true, format = "AA-##", label = "Vendor", '
        'prefill = "id", unique = false }\n'
        'fields.kind = { type = "string", max_length = 10, choices = ["b", "a"] }\n'
    )
    assert found.profile == {
        "company": {
            "fields": {
                "vendor_id": {
                    "required": True,
                    "format": "AA-##",
                    "label": "Vendor",
                    "prefill": "id",
                    "unique": False,
                },
                "kind": {"type": "string", "max_length": 10, "choices": ["b", "a"]},
            },
            "warnings": {"no_tax_id": "No 1099."},
            "allow_duplicate_codes": True,
        }
    }
