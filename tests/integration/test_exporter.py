"""The connector worker against the practice ERP: what is accepted arrives, once, and is reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.practice_erp import PracticeErp
from engine.errors import Misconfigured
from engine.ports import Outgoing
from engine.store.bulk import run
from engine.topology import DEAD_LETTERS, EVENTS
from tests.integration import exporting
from tests.integration.connectors.erp_calls import ErpClient
from tests.integration.exporting import Yard

P17 = "acme/project/P-17"


@pytest.fixture
def erp() -> Iterator[PracticeErp]:
    """A practice ERP that keeps keys."""
    with PracticeErp() as server:
        yield server


@pytest.fixture
def desk(erp: PracticeErp) -> Iterator[ErpClient]:
    """What the ERP's own people see."""
    with ErpClient(erp.url) as client:
        yield client


@pytest.fixture
def yard(sqlite_url: str, tmp_path: Path, erp: PracticeErp) -> Iterator[Yard]:
    """One company with that ERP."""
    found = exporting.embedded(sqlite_url, tmp_path)
    found.company("acme", url=erp.url, timeout=5)
    yield found
    found.close()


def test_an_accepted_item_arrives_and_is_synced(yard: Yard, desk: ErpClient) -> None:
    """Header in the ERP, report, state."""
    yard.accepted(P17, payload={"name": "Pier", "number": "17"})
    (report,) = yard.exported(1)
    (record,) = desk.find(kind="project")
    assert report == {
        "export": f"{P17}@1",
        "attempt": 1,
        "outcome": "succeeded",
        "erp_id": record["id"],
        "erp_lines": {},
    }
    assert (record["key"], record["code"], record["data"]) == (
        f"{P17}@1",
        "17",
        {"name": "Pier", "number": "17"},
    )
    assert yard.item(P17).state == "synced"


def test_lines_get_the_erps_ids_and_references_travel(yard: Yard, desk: ErpClient) -> None:
    """A commitment refers to its project and vendor by what the ERP calls them."""
    exporting.ground(yard)
    key = "acme/commitment/SC-1"
    yard.accepted(key, payload=exporting.COMMITMENT)
    (report,) = yard.exported(1)
    (record,) = desk.find(kind="commitment")
    assert report["erp_lines"] == record["lines"] == {"1": f"{record['id']}/1"}
    references = {P17: yard.item(P17).erp_id, "acme/company/V-1": yard.item("acme/company/V-1").erp_id}
    assert record["data"]["references"] == references
    assert yard.item(key).erp_lines == record["lines"]


def test_the_practice_erp_files_an_item_under_its_own_number(
    yard: Yard, desk: ErpClient, erp: PracticeErp
) -> None:
    """Fields of the profile that name the record are its code, and all of them travel."""
    profile = {"project": {"fields": {"job_id": {"required": True}, "start": {}}}}
    yard.company("acme", profile, url=erp.url)
    yard.accepted(P17, payload={"name": "Pier", "number": "17"}, fields={"job_id": "17-001", "start": "2026"})
    yard.exported(1)
    (record,) = desk.find(kind="project")
    assert record["code"] == "17"
    assert record["data"]["fields"] == {"job_id": "17-001", "start": "2026"}


def test_the_tax_id_reaches_the_erp_whole(yard: Yard, desk: ErpClient) -> None:
    """It is masked for everybody who listens, and not for the ERP."""
    yard.accepted("acme/company/V-1", payload={"name": "Müller", "tax_id": "12-3456789"})
    yard.exported(1)
    assert desk.find(kind="company")[0]["data"]["tax_id"] == "12-3456789"


def test_many_exports_travel_in_one_call(yard: Yard, desk: ErpClient) -> None:
    """A hundred accepted projects are one array."""
    keys = [f"acme/project/P-{number}" for number in range(100)]
    yard.accepted(*keys)
    before = desk.stats()["requests"]
    yard.exported(100)
    assert desk.stats()["requests"] == before + 1
    assert {yard.item(key).state for key in keys} == {"synced"}


def test_only_the_difference_of_a_synced_list_travels(yard: Yard, desk: ErpClient) -> None:
    """Cost codes sent again bring what is new, as an update of the same record."""
    exporting.ground(yard)
    key = "acme/cost_codes/CC-1"
    first = exporting.COST_CODES["codes"][0]
    again = {**first, "description": "another", "categories": ["Labor"]}
    new = {"code": "09-100", "description": "Paint", "categories": ["Material"]}
    yard.accepted(key, payload={**exporting.COST_CODES, "codes": [first, again, new]})
    (report,) = yard.exported(1)
    (record,) = desk.find(kind="cost_codes")
    assert report["erp_id"] == record["id"]
    assert record["update_keys"] == [f"{key}@2"]
    assert [code["categories"] for code in record["data"]["codes"]] == [["Material", "Labor"], ["Material"]]
    assert record["data"]["codes"][0]["description"] == first["description"]


def test_a_linked_vendor_is_looked_up_and_adopted(yard: Yard, desk: ErpClient) -> None:
    """Nothing is created; the item takes over the record's id."""
    vendor = desk.post({"kind": "company", "code": "V-77", "data": {"name": "Old friend"}}).body["id"]
    yard.say(("send", "acme/company/V-1", {"payload": {"name": "Friend"}}))
    yard.say(("link", "acme/company/V-1", {"erp_id": vendor}))
    (report,) = yard.exported(1)
    assert (report["outcome"], report["erp_id"]) == ("succeeded", vendor)
    assert len(desk.find(kind="company")) == 1
    assert yard.item("acme/company/V-1").state == "synced"


@pytest.mark.parametrize(("erp_id", "outcome"), [("VEN-999999", "absent"), ("a project", "failed")])
def test_a_link_to_no_vendor_fails(yard: Yard, desk: ErpClient, erp_id: str, outcome: str) -> None:
    """There is no such record, or it is no vendor."""
    project = desk.post({"kind": "project", "code": "P", "data": {}}).body["id"]
    yard.say(("send", "acme/company/V-1", {"payload": {"name": "Friend"}}))
    yard.say(("link", "acme/company/V-1", {"erp_id": project if erp_id == "a project" else erp_id}))
    (report,) = yard.exported(1)
    assert report["outcome"] == outcome
    found = yard.item("acme/company/V-1")
    assert (found.state, dict(found.error or {})["class"]) == ("failed", "reference")


@pytest.mark.parametrize(
    ("deleted", "outcome", "state"), [(True, "gone", "draft"), (False, "still_there", "synced")]
)
def test_unlinking_asks_whether_the_record_is_gone(
    yard: Yard, desk: ErpClient, deleted: bool, outcome: str, state: str
) -> None:
    """An item is free again only when its record was deleted in the ERP."""
    key = "acme/company/V-1"
    yard.accepted(key)
    (report,) = yard.exported(1)
    if deleted:
        desk.delete(report["erp_id"])
    yard.say(("unlink", key, {}))
    assert yard.exported(1)[0]["outcome"] == outcome
    assert yard.item(key).state == state


def test_an_unlink_waits_while_the_erp_is_down(yard: Yard, desk: ErpClient) -> None:
    """A record that nobody could ask for is not gone."""
    key = "acme/company/V-1"
    yard.accepted(key)
    yard.exported(1)
    desk.fault("down", count=1)
    yard.say(("unlink", key, {}))
    (report,) = yard.exported(1)
    assert (report["outcome"], report["error"]["class"]) == ("failed", "unavailable")
    yard.due(3600)
    assert yard.exported(1)[0]["outcome"] == "still_there"


def test_what_it_refers_to_having_gone_is_a_precondition(yard: Yard) -> None:
    """Nothing is sent for an item whose vendor was unlinked after it was accepted."""
    exporting.ground(yard)
    yard.accepted("acme/commitment/SC-1", payload=exporting.COMMITMENT)
    with yard.database.write() as connection:
        run(connection, "UPDATE items SET synced_version = NULL WHERE key = 'acme/company/V-1'")
    (report,) = yard.exported(1)
    assert report["error"]["class"] == "precondition"
    assert report["error"]["message"].startswith(
        "acme/commitment/SC-1: the ERP no longer has acme/company/V-1"
    )


def test_a_message_that_is_no_request_is_a_dead_letter(yard: Yard, erp: PracticeErp) -> None:
    """It is given up, and what comes after it goes on."""
    stray = Outgoing(EVENTS, "export.sandbox.requested.acme", b"[]", "stray", mandatory=True)
    publisher = yard.bus.publisher()
    publisher.publish([stray])
    publisher.close()
    yard.accepted(P17)
    assert yard.exported(1)[0]["outcome"] == "succeeded"
    assert yard.bus.depth(DEAD_LETTERS) == 1


def test_an_integration_without_its_secret_stops(yard: Yard, erp: PracticeErp) -> None:
    """What the settings ask for has to be there before anything is sent."""

    def resolve(settings: Any) -> Any:
        raise Misconfigured(["password: set the environment variable ACME_ERP"])

    yard.accepted(P17)
    (report,) = yard.exported(1, resolve=resolve)
    assert report["error"] == {
        "class": "auth",
        "code": "misconfigured",
        "message": f"{P17}: password: set the environment variable ACME_ERP; "
        "correct the integration's log-in or settings, then resume the integration",
    }
    assert yard.export(f"{P17}@1").status == "retrying"


def test_an_item_of_another_connector_is_left_alone(yard: Yard, erp: PracticeErp) -> None:
    """A company that changed its ERP after the request gets nothing from the old one."""
    yard.accepted(P17)
    with yard.database.write() as connection:
        run(connection, "UPDATE integrations SET connector = 'tryton'")
    with yard.working():
        deliveries = yard.taken(1)
    assert deliveries[0]["error"]["code"] == "other_connector"
