"""What nobody may read in a log line or an error."""

from __future__ import annotations

import pytest

from console.secrets import HIDDEN, hidden, hide


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach amqp://user:s3cret@host:5672/%2F now",
        "postgresql+psycopg://user:s3cret@host/db and smtp://u:s3cret@mail",
        "connection failed: password=s3cret host=db",
        'the ERP says {"token": "s3cret"}',
        "Authorization: Bearer s3cret-s3cret",
    ],
)
def test_a_secret_in_a_text_is_hidden(text: str) -> None:
    """Errors of libraries repeat addresses as they were given."""
    assert "s3cret" not in hide(text)
    assert HIDDEN in hide(text)


def test_a_text_without_secrets_stays_as_it_is() -> None:
    """Nothing useful is lost."""
    text = "acme/project/P-1@1: attempt 2 at 2026-11-21T09:30:00Z failed, see http://erp:8070/records"
    assert hide(text) == text


def test_what_has_a_telling_name_is_hidden_however_deep_it_lies() -> None:
    """Settings of an integration are nested."""
    value = {
        "url": "http://a:s3cret@b",
        "auth": [{"Password": "s3cret", "api_key": ["s3cret"], "user": "pat"}],
    }
    found = hidden(value)
    assert "s3cret" not in str(found)
    assert found["auth"][0]["user"] == "pat"
