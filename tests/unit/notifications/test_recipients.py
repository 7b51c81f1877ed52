"""Who gets a mail."""

from engine.facts import Person
from notifications.recipients import of_failure, of_rejection, of_summary
from tests.unit.notifications.examples import approver, item, person


def _people(*people: Person) -> dict[str, Person]:
    return {each.email: each for each in people}


def _emails(people: list[Person]) -> list[str]:
    return sorted(each.email.partition("@")[0] for each in people)


def test_a_rejection_goes_to_creator_sender_and_the_approvers_of_the_project() -> None:
    """Those whose work it is hear of it, and nobody else."""
    people = _people(
        person("creator"),
        person("sender"),
        person("stranger"),
        approver("everywhere"),
        approver("here", projects=("P-17",)),
        approver("elsewhere", projects=("P-18",)),
        person("reader", erp="read_only", can_push_to_accounting=True),
        person("unprivileged", erp="admin"),
    )
    found = of_rejection(item(created_by="creator@acme.test", sent_by="sender@acme.test"), people)
    assert _emails(found) == ["creator", "everywhere", "here", "sender"]


def test_a_person_with_several_parts_gets_one_mail() -> None:
    """Created, sent and approving: still one mail, however the address is written."""
    people = _people(approver("pat"))
    found = of_rejection(item(created_by="PAT@acme.test", sent_by="pat@acme.test"), people)
    assert _emails(found) == ["pat"]


def test_nobody_outside_the_directory_gets_a_mail() -> None:
    """An upstream tool cannot make Countersign write to any address it likes."""
    assert of_rejection(item(created_by="victim@elsewhere.test", sent_by="operator:root"), {}) == []


def test_a_failure_goes_to_who_accepted_and_who_sent() -> None:
    """Other approvers are not disturbed."""
    people = _people(person("sender"), approver("pat"), approver("other"))
    found = of_failure(item(accepted_by="pat@acme.test", sent_by="sender@acme.test"), people)
    assert _emails(found) == ["pat", "sender"]


def test_a_limited_approver_does_not_decide_items_without_a_project() -> None:
    """The standard cost codes are no project's, so only unlimited approvers hear of them."""
    people = _people(approver("here", projects=("P-17",)), approver("everywhere"))
    assert _emails(of_rejection(item(project=None), people)) == ["everywhere"]


def test_a_summary_lists_for_each_approver_what_that_person_may_decide() -> None:
    """Nobody reads about projects of others."""
    items = [item("A", project="P-17"), item("B", project="P-18"), item("C", project=None)]
    people = _people(approver("here", projects=("P-17",)), approver("everywhere"))
    found = {person.email: [each.id for each in mine] for person, mine in of_summary(items, people)}
    assert found == {"here@acme.test": ["A"], "everywhere@acme.test": ["A", "B", "C"]}


def test_failed_items_alone_cause_no_summary() -> None:
    """They are listed beside what waits, but do not ask for a decision by themselves."""
    people = _people(approver("pat"))
    assert of_summary([item(state="failed")], people) == []
    assert len(of_summary([item(state="failed"), item("B", state="ready_to_update")], people)) == 1


def test_who_has_opted_out_gets_no_summary_but_still_hears_of_rejections() -> None:
    """The daily mail is a convenience; a rejection is news."""
    people = _people(approver("pat", daily_summary=False))
    assert of_summary([item()], people) == []
    assert _emails(of_rejection(item(), people)) == ["pat"]
