"""`apply`: from a file to the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.commands.apply import run_apply
from console.commands.init import run_init
from console.wiring import Site
from engine.errors import BusUnavailable, Misconfigured
from engine.store import directory
from engine.topology import exports_queue
from tests.integration.console.sites import installation

PAGE = Path(__file__).resolve().parents[3] / "docs/configuration.md"
SMALL = """
[company.acme]
name = "Acme"
[company.acme.integration]
connector = "sandbox"
url = "http://127.0.0.1:8070"
[[company.acme.people]]
email = "pat@acme.test"
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An installation that is ready."""
    with installation(tmp_path) as found:
        run_init(found)
        yield found


def file(folder: Path, text: str) -> Path:
    """A configuration file."""
    path = folder / "acme.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lines(site: Site, path: Path, *, dry_run: bool = False) -> list[str]:
    """What `apply` says that changed."""
    return [str(change) for change in run_apply(site, path, dry_run=dry_run).changes]


def test_a_file_takes_effect_once(site: Site, tmp_path: Path) -> None:
    """The second time nothing changes."""
    path = file(tmp_path, SMALL)
    assert lines(site, path) == ["+ company acme", "+ integration acme", "+ person acme/pat@acme.test"]
    assert lines(site, path) == []


def test_a_changed_file_says_from_what_to_what(site: Site, tmp_path: Path) -> None:
    """Whoever applies it sees what it does."""
    lines(site, file(tmp_path, SMALL))
    text = SMALL.replace('"Acme"', '"Acme Builders"').replace("pat@", "max@")
    assert lines(site, file(tmp_path, text)) == [
        '~ company acme: name "Acme" → "Acme Builders"',
        "+ person acme/max@acme.test",
        "- person acme/pat@acme.test: deactivated",
    ]


def test_a_dry_run_writes_nothing(site: Site, tmp_path: Path) -> None:
    """It says what would change, and again the next time."""
    path = file(tmp_path, SMALL)
    assert lines(site, path, dry_run=True) == lines(site, path, dry_run=True) != []
    with site.database.read() as connection:
        assert not directory.read(connection).companies


def test_a_file_with_one_mistake_writes_nothing(site: Site, tmp_path: Path) -> None:
    """Half a file would be a company that nobody wrote."""
    path = file(tmp_path, SMALL + '[company.beta]\ntimezone = "x"\n')
    with pytest.raises(Misconfigured, match=r"company.beta.timezone"):
        run_apply(site, path)
    with site.database.read() as connection:
        assert not directory.read(connection).companies


def test_a_database_without_tables_is_told_so(tmp_path: Path) -> None:
    """The sentence says what to run."""
    with (
        installation(tmp_path) as site,
        pytest.raises(Misconfigured, match="run `countersign init`"),
    ):
        run_apply(site, file(tmp_path, SMALL))


def test_a_connector_of_another_language_gets_its_queue(site: Site, tmp_path: Path) -> None:
    """Its first export request must not go into the void."""
    with pytest.raises(BusUnavailable):
        site.bus.depth(exports_queue("cobol"))
    applied = run_apply(site, file(tmp_path, SMALL.replace('"sandbox"', '"cobol"')))
    assert site.bus.depth(exports_queue("cobol")) == 0
    assert len(applied.warnings) == 1


def test_the_example_of_the_documentation_can_be_applied(site: Site, tmp_path: Path) -> None:
    """What people copy works, and is not even strange."""
    example = PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    applied = run_apply(site, file(tmp_path, example))
    assert [str(change) for change in applied.changes if change.kind == "person"] == [
        "+ person acme/pat@acme.test",
        "+ person acme/pm@acme.test",
        "+ person acme/root@acme.test",
    ]
    assert applied.warnings == ()
    with site.database.read() as connection:
        (company,) = directory.read(connection).companies.values()
    assert company.integration is not None
    assert company.integration.settings == {
        "url": "http://127.0.0.1:8070",
        "password": {"env": "ACME_ERP"},
        "sync_every": "30m",
    }
