"""Documents that are generated from the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.generate_docs import check, write

GENERATORS = {"docs/page.md": lambda: "one\ntwo\n"}


def test_a_written_document_is_up_to_date(tmp_path: Path) -> None:
    """`make docs` leaves nothing for `make check` to complain about."""
    write(GENERATORS, tmp_path)
    assert check(GENERATORS, tmp_path) == 0


def test_a_missing_document_is_out_of_date(tmp_path: Path) -> None:
    """A page that was never generated fails the check."""
    assert check(GENERATORS, tmp_path) == 1


def test_the_check_shows_what_differs_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever forgot `make docs` sees what it would do."""
    write(GENERATORS, tmp_path)
    page = tmp_path / "docs/page.md"
    page.write_text("one\nthree\n", encoding="utf-8")
    assert check(GENERATORS, tmp_path) == 1
    assert "-three\n+two\n" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8") == "one\nthree\n"
