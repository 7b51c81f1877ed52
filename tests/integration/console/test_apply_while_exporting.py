"""`apply` while exports are on their way: their connector alone knows what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.commands.apply import run_apply
from console.commands.init import run_init
from console.errors import exit_code, sentences
from console.wiring import Site
from engine.errors import Misconfigured
from engine.messages import Message
from engine.service.batch import Rules, handle
from engine.store import directory
from engine.store.ledger import StoreLedger
from engine.testing import FakeClock
from tests.builders import PAM, PAT, accept, key_of, report, send
from tests.integration.console.sites import installation
from workflows import item_types

KEY = key_of("company")
ACME = f"""
[company.acme]
name = "Acme"
[company.acme.integration]
connector = "sandbox"
url = "http://127.0.0.1:8070"
[[company.acme.people]]
email = "{PAM}"
tools = {{ company = "admin" }}
[[company.acme.people]]
email = "{PAT}"
erp = "standard"
can_push_to_accounting = true
"""
OTHER = ACME.replace('connector = "sandbox"', 'connector = "cobol"')
NONE = ACME.replace('[company.acme.integration]\nconnector = "sandbox"\nurl = "http://127.0.0.1:8070"\n', "")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An installation with Acme and an export that nobody has answered."""
    with installation(tmp_path) as found:
        run_init(found)
        apply(found, tmp_path, ACME)
        give(found, send(KEY), accept(KEY))
        yield found


def apply(site: Site, folder: Path, text: str) -> list[str]:
    """What `apply` says that changed."""
    path = folder / "acme.toml"
    path.write_text(text, encoding="utf-8")
    return [str(change) for change in run_apply(site, path).changes]


def give(site: Site, *messages: Message) -> None:
    """Commands, decided as the engine does."""
    for message in messages:
        with site.database.write() as connection:
            rules = Rules(item_types())
            handle(StoreLedger(connection, rules.delays), [message], rules, FakeClock().text)


def connector(site: Site) -> str | None:
    """The connector of Acme's integration."""
    with site.database.read() as connection:
        (company,) = directory.read(connection).companies.values()
    return company.integration.connector if company.integration else None


@pytest.mark.parametrize("text", [OTHER, NONE], ids=["another connector", "no integration"])
def test_a_connector_keeps_its_company_while_exports_are_open(site: Site, tmp_path: Path, text: str) -> None:
    """The sentence says how many there are and when it can be done."""
    with pytest.raises(Misconfigured, match=r"company\.acme\.integration: 1 export.*sandbox") as raised:
        apply(site, tmp_path, text.replace('"Acme"', '"Acme Builders"'))
    assert exit_code(raised.value) == 2
    assert len(sentences(raised.value)) == 1
    assert connector(site) == "sandbox"
    assert apply(site, tmp_path, ACME) == []


def test_everything_else_may_change_meanwhile(site: Site, tmp_path: Path) -> None:
    """Also the settings of the integration, and other companies."""
    text = ACME.replace('"Acme"', '"Acme Builders"').replace(":8070", ":8071")
    text += '[company.beta.integration]\nconnector = "cobol"\n'
    changes = apply(site, tmp_path, text)
    assert changes[0] == '~ company acme: name "Acme" → "Acme Builders"'
    assert {change.partition(":")[0] for change in changes} == {
        "~ company acme", "~ integration acme", "+ company beta", "+ integration beta"
    }  # fmt: skip
    assert apply(site, tmp_path, '[company.gamma]\nname = "Gamma"\n') == ["+ company gamma"]


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_once_the_export_is_answered_the_connector_may_change(
    site: Site, tmp_path: Path, outcome: str
) -> None:
    """Whether the ERP has it or not."""
    give(site, report(KEY, outcome))
    assert apply(site, tmp_path, OTHER) != []
    assert connector(site) == "cobol"
