"""What every connector has to do: a class of tests for whoever writes one to inherit from."""

# ruff: noqa: S101  these are tests; they live here so that other packages can run them

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from connectors.kit import (
    Connector,
    ErpError,
    ErpRefused,
    ErpSession,
    ErpUnavailable,
    ExportRequest,
    Parcel,
    Receipt,
)

PROJECT: Final = ExportRequest(
    company="acme",
    currency="USD",
    item_type="project",
    item_id="P-17",
    export_key="acme/project/P-17@1",
    code="P-17",
    payload={"name": "Pier", "description": "Two lanes\nand a path"},
)


class ConnectorCases(ABC):
    """Inherit from it as `TestMyConnector`; the ERP behind the settings has to be empty in every test."""

    @abstractmethod
    def connector(self) -> Connector:
        """The connector that is tested."""

    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """Settings of an ERP that works, with secrets in place."""

    @abstractmethod
    def unreachable(self) -> Mapping[str, Any]:
        """Settings of an ERP at an address where nobody listens."""

    def refused_request(self) -> ExportRequest:
        """A request that the ERP itself refuses."""
        return replace(_numbered(2), payload={"name": "x" * 10_000})

    @contextmanager
    def session(self, settings: Mapping[str, Any] | None = None) -> Iterator[ErpSession]:
        """A session that is closed at the end."""
        session = self.connector().open(self.settings() if settings is None else settings)
        try:
            yield session
        finally:
            session.close()

    def test_a_record_is_created_and_can_be_fetched(self) -> None:
        """The receipt's id is the record's."""
        with self.session() as session:
            receipt = _sent(session, PROJECT)
            found = session.fetch("project", receipt.erp_id)
            assert found is not None
            assert found.receipt == receipt

    def test_a_record_that_is_not_there_is_none(self) -> None:
        """Nobody takes "there is none" for an error."""
        with self.session() as session:
            assert session.fetch("project", "no such record") is None
            assert session.look_up(_parcel(session, PROJECT)) is None

    def test_a_record_is_found_again_by_its_export_key(self) -> None:
        """That is how an attempt without an answer is settled."""
        with self.session() as session:
            receipt = _sent(session, PROJECT)
            found = session.look_up(_parcel(session, PROJECT))
            assert found is not None
            assert (found.receipt, found.differs) == (receipt, ())

    def test_a_record_of_an_earlier_export_is_found(self) -> None:
        """A new version finds what an older one left behind."""
        with self.session() as session:
            receipt = _sent(session, PROJECT)
            later = replace(PROJECT, export_key="acme/project/P-17@2", earlier_keys=(PROJECT.export_key,))
            found = session.look_up(_parcel(session, later))
            assert found is not None
            assert (found.receipt.erp_id, found.differs) == (receipt.erp_id, ())

    def test_a_record_with_other_content_is_told_apart(self) -> None:
        """Adopting it would hide that the ERP has something else."""
        with self.session() as session:
            _sent(session, PROJECT)
            found = session.look_up(_parcel(session, replace(PROJECT, payload={"name": "Bridge"})))
            assert found is not None
            assert found.differs

    def test_a_second_send_makes_no_second_record_where_the_connector_says_so(self) -> None:
        """An ERP that replays gives the first record again."""
        if self.connector().capabilities.idempotency == "replay":
            with self.session() as session:
                assert _sent(session, PROJECT).erp_id == _sent(session, PROJECT).erp_id

    def test_one_refused_record_does_not_spoil_its_neighbours(self) -> None:
        """Answers come in the order of what was sent."""
        requests = [_numbered(1), self.refused_request(), _numbered(3)][: self.connector().capabilities.batch]
        with self.session() as session:
            answers = session.send([_parcel(session, request) for request in requests])
            assert [isinstance(answer, Receipt) for answer in answers] == [True, False, True][: len(answers)]
            assert all(isinstance(answer, ErpRefused) for answer in answers[1:2])

    def test_an_erp_that_nobody_reaches_is_unavailable(self) -> None:
        """Nothing left us, so trying again is safe."""
        with self.session(self.unreachable()) as session:
            assert isinstance(_error(session, PROJECT), ErpUnavailable)


def _numbered(number: int) -> ExportRequest:
    key = f"acme/project/P-{number}@1"
    return replace(PROJECT, item_id=f"P-{number}", export_key=key, code=f"P-{number}")


def _parcel(session: ErpSession, request: ExportRequest) -> Parcel:
    return Parcel(request, session.translate(request))


def _sent(session: ErpSession, request: ExportRequest) -> Receipt:
    (answer,) = session.send([_parcel(session, request)])
    assert isinstance(answer, Receipt), answer
    return answer


def _error(session: ErpSession, request: ExportRequest) -> ErpError | None:
    try:
        session.send([_parcel(session, request)])
    except ErpError as error:
        return error
    return None
