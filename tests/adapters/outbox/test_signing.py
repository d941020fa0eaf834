"""Signatures are read by another's hand, and waits stay within their bounds."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.outbox import retries
from adapters.outbox.retries import asked_for, ceiling, wait
from adapters.outbox.signing import headers, new_secret

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BODY = '{"text":"Le délai"}'.encode()


def secret(byte: int) -> str:
    return new_secret(lambda length: bytes([byte]) * length)


def test_a_secret_is_written_as_receivers_take_it():
    assert secret(7).startswith("whsec_")
    assert b64decode(secret(7).removeprefix("whsec_")) == b"\7" * 32


def test_a_message_is_verified_under_each_of_its_secrets_and_no_other():
    signed = headers("msg_1", BODY, [secret(2), secret(1)], datetime.now(UTC))

    for byte in (1, 2):
        assert Webhook(secret(byte)).verify(BODY, signed) == {"text": "Le délai"}
    for wrong, body in ((secret(3), BODY), (secret(1), BODY + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(wrong).verify(body, signed)


def test_an_old_message_is_refused_by_its_time():
    signed = headers("msg_1", BODY, [secret(1)], datetime.now(UTC) - timedelta(hours=1))

    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret(1)).verify(BODY, signed)


def test_the_waits_grow_from_seconds_to_half_a_day_and_end_within_three_days():
    ceilings = [ceiling(attempt) for attempt in range(1, retries.ATTEMPTS)]

    assert (ceilings[0], ceilings[-1]) == (timedelta(seconds=5), timedelta(hours=12))
    assert ceilings == sorted(ceilings)
    assert timedelta(days=2, hours=23) < sum(ceilings, timedelta()) < timedelta(days=3, hours=2)


@given(
    attempt=st.integers(1, retries.ATTEMPTS),
    drawn=st.binary(min_size=8, max_size=8),
    asked=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_a_wait_is_drawn_below_its_ceiling_and_heeds_the_receiver(
    attempt: int, drawn: bytes, asked: timedelta | None
):
    found = wait(attempt, lambda _: drawn, asked)

    assert timedelta(0) <= found <= max(ceiling(attempt), min(asked or timedelta(0), retries.LONGEST))
    assert asked is None or found >= min(asked, retries.LONGEST)


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        (None, None),
        ("", None),
        ("later", None),
        ("-1", None),
        ("0", timedelta(0)),
        (" 60 ", timedelta(seconds=60)),
        ("9" * 40, retries.LONGEST),
        ("Mon, 01 Jun 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 01 Jun 2026 11:00:00 GMT", timedelta(0)),
    ],
)
def test_retry_after_is_read_in_both_its_forms(header: str | None, asked: timedelta | None):
    assert asked_for(header, NOON) == asked
