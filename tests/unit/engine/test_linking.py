"""Linking a company to a vendor that the ERP has already: it is adopted, and it is one item's alone."""

import pytest

from engine.testing import command
from tests.books import Books
from tests.builders import BOSS, PAT, accept, key_of, report, report_unlink, send
from tests.journeys import bring, do


def test_a_linked_vendor_is_adopted(books: Books) -> None:
    """The connector gets the id to look up."""
    key = bring(books, "company", "ready")
    do(books, command("link", key, BOSS, erp_id="VEND-7"))
    export = books.export(f"{key}@1")
    assert (export.mode, export.adopt) == ("lookup", "VEND-7")
    assert books.about(f"{key}@1", "requested")[0]["data"]["adopt"] == "VEND-7"
    do(books, report(key, erp_id="VEND-7"))
    assert (books.state(key), books.item(key).erp_id) == ("synced", "VEND-7")


def test_replaying_a_failed_link_links_again(books: Books) -> None:
    """It does not create a vendor."""
    key = bring(books, "company", "ready")
    do(books, command("link", key, BOSS, erp_id="VEND-7"), report(key, "absent"))
    assert books.item(key).error == {
        "class": "reference", "code": "not_found", "message": "the ERP has no record VEND-7 to link"
    }  # fmt: skip
    do(books, command("replay", key, BOSS))
    assert books.export(f"{key}@1").adopt == "VEND-7"


@pytest.mark.parametrize("way", ["link", "create"])
def test_one_vendor_of_the_erp_is_for_one_company_item(books: Books, way: str) -> None:
    """Whether the first item was linked to it or created it."""
    first, second = key_of("company", "V-1"), key_of("company", "V-2")
    do(books, send(first), send(second))
    do(books, command("link", first, BOSS, erp_id="VEND-7") if way == "link" else accept(first))
    do(books, report(first, erp_id="VEND-7"))
    assert books.one(command("link", second, BOSS, erp_id="VEND-7")) == "invalid_field"
    do(books, accept(second), report(second, erp_id="VEND-7"))
    assert (books.state(second), books.item(second).error) == (
        "failed",
        {"class": "conflict", "code": "already_linked", "message": f"VEND-7 is already linked to {first}"},
    )
    do(
        books,
        command("unlink", first, PAT),
        report_unlink(first),
        command("link", second, BOSS, erp_id="VEND-7"),
    )


def test_two_links_of_one_batch_to_one_vendor_leave_one(books: Books) -> None:
    """The second sees the first."""
    first, second = key_of("company", "V-1"), key_of("company", "V-2")
    do(books, send(first), send(second))
    links = [command("link", key, BOSS, erp_id="VEND-7") for key in (first, second)]
    assert [each["type"].split(".")[2] for each in books.run(*links)] == ["applied", "refused"]
