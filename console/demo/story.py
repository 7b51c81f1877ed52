"""The month as it is played: what is sent on which day, what goes wrong, and what has to come of it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Send:
    """Publish a file of the month and wait for every answer; again, to show that a repeat has no effect."""

    file: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class CutOff:
    """Publish a message that was cut off on its way, and wait until it is set aside."""

    file: str


@dataclass(frozen=True, slots=True)
class Until:
    """Wait until these items are in a state."""

    state: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Tell the practice ERP to misbehave."""

    mode: str
    verb: str
    told: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class InVain:
    """Wait until exports were tried in vain so often."""

    times: int


@dataclass(frozen=True, slots=True)
class TypeIntoErp:
    """Somebody enters a record in the ERP by hand."""

    file: str
    told: str


@dataclass(frozen=True, slots=True)
class DeleteFromErp:
    """Somebody deletes that record in the ERP again."""

    kind: str
    code: str
    told: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The operator replays an item's dead letter."""

    item: str


@dataclass(frozen=True, slots=True)
class Mailed:
    """Wait until so many people got their mail about an item."""

    kind: str
    item: str
    people: int


@dataclass(frozen=True, slots=True)
class SendSummaries:
    """The next morning's daily summaries."""


Step = Send | CutOff | Until | Fault | InVain | TypeIntoErp | DeleteFromErp | Replay | Mailed | SendSummaries


@dataclass(frozen=True, slots=True)
class Section:
    """One day of the month."""

    title: str
    explained: str
    steps: tuple[Step, ...]


def until(state: str, *items: str) -> Until:
    """Wait until these items of the company are in a state."""
    return Until(state, tuple(f"acme/{item}" for item in items))


def _typed(item_type: str, *ids: str) -> tuple[str, ...]:
    return tuple(f"{item_type}/{each}" for each in ids)


_VENDORS: Final = _typed(
    "company", "V-BAYSHORE", "V-IRONGATE", "V-LUMEN", "V-CASCADE", "V-CLEARVIEW", "V-MERIDIAN"
)
_SUBCONTRACTS: Final = _typed(
    "commitment",
    *("SC-2601-01", "SC-2601-02", "SC-2601-04", "SC-2601-05", "SC-2601-07", "SC-2601-08"),
)
_ORDERS: Final = _typed("commitment", "PO-2601-01", "PO-2601-02", "PO-2601-04")
_INVOICES: Final = _typed(
    "subcontractor_invoice",
    *("INV-BCW-10418", "INV-ISE-2291", "INV-LUM-88017", "INV-CMC-5530", "INV-BCW-10431"),
)

MONTH: Final = (
    Section(
        "Monday 2 November: the project and its vendors",
        "Dana sends the new project from the project tool. Nothing reaches the ERP until accounting accepts "
        "it, and what belongs to the project waits for it.",
        (
            Send("01-project-and-vendors"),
            Send("02-cost-codes"),
            Send("03-first-decisions-with-mistakes"),
            Send("04-project-and-vendors-accepted"),
            until("synced", "project/P-2601", *_VENDORS),
            until("ready_to_update", "cost_codes/CC-2601"),
            Send("05-cost-codes-accepted"),
            until("synced", "cost_codes/CC-2601"),
        ),
    ),
    Section(
        "Wednesday 4 November: the budget and twelve contracts",
        "One contract has an amount that would lose cents, one names a vendor that does not exist, one "
        "message is cut off, and the project tool, unsure, sends the whole file twice.",
        (
            Send("06-budget"),
            Send("07-contracts", again=True),
            CutOff("08-cut-off"),
            Send("09-contracts-corrected"),
            Send("10-budget-accepted"),
            until("synced", "budget/B-2601", "sub_job/P-2601-SITE"),
            TypeIntoErp("typed-by-hand", "order PO-2601-03 into the ERP by hand"),
            until("ready_to_export", "commitment/SC-2601-08"),
            Send("11-contracts-decided"),
            until("synced", *_SUBCONTRACTS, *_ORDERS),
            until("failed", "commitment/SC-2601-06", "commitment/PO-2601-03"),
            Mailed("rejection", "acme/commitment/SC-2601-03", people=3),
            Mailed("failure", "acme/commitment/SC-2601-06", people=2),
            Mailed("failure", "acme/commitment/PO-2601-03", people=2),
        ),
    ),
    Section(
        "Thursday 5 November: what came back",
        "The rejected contract is corrected and sent again, the failed one is rejected and shortened, and "
        "the order that was in the ERP already is replayed once the copy is gone.",
        (
            Send("12-contracts-sent-again"),
            Send("13-failed-contract-rejected"),
            Send("14-description-shortened"),
            Send("15-contracts-accepted"),
            DeleteFromErp("commitment", "PO-2601-03", "the copy of PO-2601-03 from the ERP"),
            Replay("acme/commitment/PO-2601-03"),
            until("synced", *_typed("commitment", "SC-2601-03", "SC-2601-06", "PO-2601-03")),
            Mailed("rejection", "acme/commitment/SC-2601-06", people=3),
        ),
    ),
    Section(
        "Monday 16 November: changes",
        "An invoice comes before its change order, a change order before its cost code. Each waits, says for "
        "what, and goes on by itself. The budget is sent again: only what is new travels.",
        (
            Send("16-invoices-and-changes"),
            Send("17-changes-accepted"),
            until("ready_to_export", "subcontractor_invoice/INV-BCW-10418"),
            until("synced", "prime_contract_change_order/PCO-2601-01"),
            Send("18-paving-code-and-budget"),
            Send("19-paving-code-accepted"),
            until("ready_to_export", "commitment_change_order/CO-2601-08-1", "budget/B-2601"),
            Send("20-rest-of-the-changes-accepted"),
            until("synced", "commitment_change_order/CO-2601-08-1", "budget/B-2601"),
        ),
    ),
    Section(
        "Friday 20 November: the ERP is down",
        "Accounting accepts five invoices while the ERP is away. After a few failures only one at a time is "
        "tried; when the ERP is back, all go through.",
        (
            Send("21-invoices"),
            Fault("down", "goes down", "in the middle of the day"),
            Send("22-invoices-accepted"),
            InVain(times=6),
            Fault("none", "comes back", "and knows nothing of the invoices"),
            until("synced", *_INVOICES),
        ),
    ),
    Section(
        "Wednesday 25 November: an answer gets lost",
        "The ERP stores the owner invoice, and the line breaks before it can say so. Sending again could "
        "double it, so the ERP is asked first.",
        (
            Send("23-owner-invoice"),
            Fault("drop_after", "hangs up", "as soon as it has stored the next record", count=1),
            Send("24-owner-invoice-accepted"),
            until("synced", "owner_invoice/OI-2601-01"),
        ),
    ),
    Section(
        "Monday 30 November: the last invoice",
        "It is left for you to decide. The next morning's summary reminds the approvers of it.",
        (
            Send("25-last-invoice"),
            until("ready_to_export", "subcontractor_invoice/INV-CGS-0907"),
            SendSummaries(),
        ),
    ),
)
