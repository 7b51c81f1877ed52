"""The daily summaries, decided on real databases."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from notifications.summaries import Decided, send_summaries
from tests.integration.notifications.office import Office, eml, read_eml
from tests.unit.notifications.examples import WORDS


def _send(office: Office, now: str | None = None, **chosen: Any) -> list[Decided]:
    at = office.clock.now() if now is None else datetime.fromisoformat(now).replace(tzinfo=UTC)
    return send_summaries(office.database, at, WORDS, **chosen)


def test_a_company_day_is_decided_once(office: Office) -> None:
    """Later runs of the same day find it done, the next day's run does not."""
    assert _send(office, "2026-11-20T15:00:00")[0].recipients == ("pat@acme.test",)
    assert _send(office, "2026-11-20T15:01:00") == []
    assert _send(office, "2026-11-21T14:59:00") == []
    assert len(_send(office, "2026-11-21T15:00:00")) == 1
    assert [row["cause"] for row in office.mails()] == ["2026-11-20", "2026-11-21"]


def test_a_day_without_anything_to_decide_is_decided_too(office: Office) -> None:
    """What arrives an hour later is in tomorrow's mail."""
    office.company("quiet")
    office.person("ann", "quiet", erp="admin", can_push_to_accounting=True)
    decided = _send(office, "2026-11-20T15:00:00", company="quiet")
    assert [each.recipients for each in decided] == [()]
    office.item("SC-1", company="quiet")
    assert _send(office, "2026-11-20T16:00:00", company="quiet") == []


def test_many_schedulers_at_once_make_each_mail_once(office: Office) -> None:
    """Whoever writes the day first writes its mails."""
    for number in range(5):
        office.company(f"c-{number}")
        office.person("ann", f"c-{number}", erp="admin", can_push_to_accounting=True)
        office.item("SC-1", company=f"c-{number}")
    decided: list[Decided] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait(30)
        decided.extend(_send(office))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(each.company for each in decided) == ["acme", *(f"c-{number}" for number in range(5))]
    assert len(office.mails()) == 6


def test_each_approver_reads_only_what_that_person_may_decide(office: Office, tmp_path: Path) -> None:
    """With totals, failed items and their errors, and the project's name."""
    office.person("lim", erp="standard", can_push_to_accounting=True, projects='["P-18"]')
    office.person("opted", erp="standard", can_push_to_accounting=True, daily_summary=False)
    office.item("P-18", "project", state="synced", title="Harbor Street")
    office.item("SC-2", project="P-18", payload='{"number": "No. 2"}')
    office.item(
        "SC-3", project="P-18", state="failed", error='{"class": "conflict", "message": "Code in use"}'
    )
    office.item("SC-4", project=None)
    office.item("SC-5", state="synced")
    _send(office)
    mailer, directory = eml(tmp_path)
    assert office.sender(mailer).send_due() == 2
    texts = {}
    for path in directory.iterdir():
        message = read_eml(path)
        assert message["Subject"] == "ERP Integrations Daily Summary"
        body = message.get_body(("plain",))
        assert body is not None
        texts[message["To"].addresses[0].username] = body.get_content()
    assert set(texts) == {"pat", "lim"}
    assert "1 ITEM WAITS" in texts["lim"]
    assert "No. 2 · P-18 Harbor Street" in texts["lim"]
    assert "> Code in use" in texts["lim"]
    assert "Title of SC-1" not in texts["lim"]
    assert "3 ITEMS WAIT" in texts["pat"]
    assert "Title of SC-5" not in texts["pat"]


def test_a_day_may_be_asked_for_by_name(office: Office) -> None:
    """Once, like every other day."""
    asked: dict[str, Any] = {"company": "acme", "day": date(2026, 11, 19)}
    assert [each.day for each in _send(office, **asked)] == [date(2026, 11, 19)]
    assert _send(office, **asked) == []


def test_a_long_list_is_cut_and_counted(office: Office) -> None:
    """Ten thousand waiting items make no mail of ten megabytes."""
    for number in range(40):
        office.item(f"N-{number}")
    _send(office)
    (group,) = office.mails()[0]["context"]["groups"]
    assert (group["count"], len(group["items"]), group["more"]) == (41, 25, 16)
