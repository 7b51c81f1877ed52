"""What becomes of one company's claimed exports: a session with its ERP, the calls, the reports."""

import traceback
from collections.abc import Callable, Mapping, Sequence

import structlog

from engine.claims import Claimed
from engine.exporting.calls import Calls, Patience
from engine.exporting.claims import Claims
from engine.exporting.reports import Report, bug, failed, in_doubt, without_secrets
from engine.exporting.sessions import Sessions
from engine.ports_export import ErpAuth, ErpError, ErpUncertain, ExportPort
from engine.store.claiming import Hint
from engine.workflow import ItemType

log = structlog.get_logger()
_QUIET_S = 2.0  # after a refused log-in no other try: by then the engine has stopped the integration
_Left = dict[Hint, Claimed]


class Dealer:
    """Asks the ERPs; a company's exports are dealt with by one thread at a time."""

    def __init__(
        self,
        connector: ExportPort,
        kinds: Mapping[str, ItemType],
        patience: Patience,
        claims: Claims,
        sessions: Sessions,
        monotonic: Callable[[], float],
        put: Callable[[Sequence[Report]], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._connector, self._kinds, self._patience, self._claims = connector, kinds, patience, claims
        self._sessions, self._put, self._stopping, self._monotonic = sessions, put, stopping, monotonic
        self._refused: dict[str, tuple[float, ErpAuth]] = {}  # company to until when, and why

    def deal(self, company: str, group: Sequence[Claimed]) -> None:
        """Ask the ERP for one company's exports; every claim ends in a report, or is renewed no longer."""
        left = {each.hint: each for each in group}
        sent: set[Hint] = set()
        try:
            self._ask(company, group, left, sent)
        except Exception as problem:
            if isinstance(problem, ErpError):
                self._note_login(company, problem)
            else:
                log.exception("connector.bug", company=company)
                self._sessions.close(company)
            trace = traceback.format_exc()
            held = filter(self._claims.holds, group)
            ended = [_ended(each, problem, trace, sent) for each in held if each.hint in left]
            self._tell(company, ended, left)
        finally:
            self._claims.drop(left.values())

    def login_refused(self, company: str) -> ErpAuth | None:
        """Why a company's ERP is left alone for now."""
        until, error = self._refused.get(company, (0.0, None))
        return error if until > self._monotonic() else None

    def _ask(self, company: str, group: Sequence[Claimed], left: _Left, sent: set[Hint]) -> None:
        calls = Calls(
            self._sessions.of(group[-1].company),
            self._connector.capabilities,
            self._kinds,
            self._patience,
            self._claims.holds,
            self._stopping,
            sent,
        )
        known = calls.outage = self.login_refused(company)
        for reports in calls.reports(group):
            self._tell(company, reports, left)
        if calls.outage is not known:  # else the quiet would never end
            self._note_login(company, calls.outage)

    def _tell(self, company: str, reports: Sequence[Report], left: _Left) -> None:
        secrets = self._sessions.secrets(company)
        self._put([without_secrets(report, secrets) for report in reports])
        for report in reports:
            left.pop(report.claimed.hint, None)

    def _note_login(self, company: str, error: ErpError | None) -> None:
        if isinstance(error, ErpAuth) and not self.login_refused(company):
            self._refused[company] = (self._monotonic() + _QUIET_S, error)


def _ended(claimed: Claimed, problem: Exception, trace: str, sent: set[Hint]) -> Report:
    """What ended the whole group, said of one: in doubt if its record may have left us."""
    if claimed.hint in sent:
        return in_doubt(claimed, ErpUncertain(f"{type(problem).__name__}: {problem}", code="bug"))
    return failed(claimed, problem) if isinstance(problem, ErpError) else bug(claimed, problem, trace)
