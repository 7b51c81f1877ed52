"""An export that no worker claims is offered again and again, with pauses that grow."""

from __future__ import annotations

from collections.abc import Collection

from engine.scheduler import Scheduler
from tests.books import Books
from tests.journeys import bring

HOUR = 3600


def offers(books: Books, export: str, claiming: Collection[str], seconds: int) -> list[int]:
    """After how many seconds the export was requested, in a time in which nobody answers."""
    scheduler = Scheduler(books.database, books.clock, books.rules.delays, claiming)
    begin, found = books.clock.now(), [0]
    while (passed := int((books.clock.now() - begin).total_seconds())) < seconds:
        scheduler.step()
        if len(books.about(export, "requested")) > len(found):
            found.append(passed)
        books.clock.advance(30)
    return found


def test_offers_of_an_unclaimed_export_double_their_pause(books: Books) -> None:
    """Nobody may be there for days, and its queue is not to fill meanwhile."""
    key = bring(books, "company", "accepted")
    assert offers(books, f"{key}@1", ["sandbox"], 2 * HOUR) == [0, 60, 120, 240, 480, 960, 1920, 3840]
    export = books.export(f"{key}@1")
    assert (export.status, export.attempt, export.mode) == ("requested", 1, "send")


def test_an_export_that_nobody_claims_for_two_days_is_offered_a_dozen_times(books: Books) -> None:
    """And not once a minute."""
    key = bring(books, "company", "accepted")
    scheduler = Scheduler(books.database, books.clock, books.rules.delays, ["sandbox"])
    for _ in range(2 * 24 * 2):
        scheduler.step()
        books.clock.advance(HOUR / 2)
    assert 6 <= len(books.about(f"{key}@1", "requested")) <= 12


def test_a_connector_that_does_not_claim_is_asked_once_and_then_to_look(books: Books) -> None:
    """It may have made the attempt: its lease does not grow."""
    key = bring(books, "company", "accepted")
    assert offers(books, f"{key}@1", [], 100) == [0, 90]
    assert books.export(f"{key}@1").mode == "lookup"
