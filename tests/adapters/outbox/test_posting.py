"""One attempt: to the address that was judged, in a bounded time, and nothing of the answer but its status."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.outbox.addresses import Guard, networks
from adapters.outbox.posting import Outcome, Poster
from tests.adapters.outbox.receiving import (
    Answering,
    answer,
    broken,
    dripping,
    endless,
    hang,
    receiving,
)

NAME = "hooks.example.org"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def poster(seconds: float = 5.0, **options: Any) -> Poster:
    return Poster(Guard(networks("loopback"), here), now=lambda: NOON, seconds=seconds, **options)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer(200), Outcome(200)),
        (answer(204), Outcome(204)),
        (answer(400), Outcome(400, "answer")),
        (answer(410), Outcome(410, "gone")),
        (answer(500), Outcome(500, "answer")),
        (answer(503, Retry_After="120"), Outcome(503, "answer", timedelta(seconds=120))),
        (
            answer(429, Retry_After="Mon, 01 Jun 2026 12:00:30 GMT"),
            Outcome(429, "answer", timedelta(seconds=30)),
        ),
        (answer(503, Retry_After="soon"), Outcome(503, "answer")),
        (broken, Outcome(error="protocol")),
        (endless, Outcome(200)),
    ],
)
def test_an_answer_is_its_status(given: Answering, outcome: Outcome):
    with receiving(given) as receiver:
        assert poster().post(receiver.url, b"{}", {"webhook-id": "1"}) == outcome
        assert [each.body for each in receiver.got] == [b"{}"]


def test_a_redirect_is_not_followed():
    with receiving() as elsewhere, receiving(answer(307, Location=elsewhere.url)) as receiver:
        assert poster().post(receiver.url, b"{}", {}) == Outcome(307, "redirect")
        assert (len(receiver.got), elsewhere.got) == (1, [])


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch):
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

        assert poster().post(receiver.url, b"{}", {}) == Outcome(204)
        assert (len(receiver.got), proxy.got) == (1, [])


@pytest.mark.parametrize("slow", [hang, dripping])
def test_a_receiver_that_does_not_answer_takes_no_longer_than_it_may(slow: Any):
    """Also one of whom a byte comes now and then."""
    with receiving() as receiver:
        receiver.answers = [slow(receiver.hanging)]
        began = time.monotonic()
        assert poster(0.5).post(receiver.url, b"{}", {}) == Outcome(error="timeout")
        assert time.monotonic() - began < 5


def test_nobody_there_is_an_outcome():
    with receiving() as receiver:
        url = receiver.url
    assert poster().post(url, b"{}", {}) == Outcome(error="unreachable")


def test_a_name_that_leads_inside_by_now_is_not_called():
    """DNS rebinding: public when it was added, private when it is called."""
    said = iter([["93.184.216.34"], ["127.0.0.1"]])
    guard = Guard(resolve=lambda host, port: next(said))
    guard.check(f"https://{NAME}/")

    assert Poster(guard, now=lambda: NOON).post(f"https://{NAME}/", b"{}", {}) == Outcome(
        error="address_refused"
    )


def test_the_name_is_resolved_once_for_the_check_and_the_connection():
    """A second answer, which would lead elsewhere, is never asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with receiving() as receiver:
        sender = Poster(Guard(networks("loopback"), resolve), now=lambda: NOON)
        assert sender.post(f"http://{NAME}:{receiver.port}/", b"{}", {}) == Outcome(204)
        assert receiver.got[0].headers["host"] == f"{NAME}:{receiver.port}"
    assert asked == [NAME]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the name, which is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(pem))
    return path


@pytest.fixture
def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_tls_is_for_the_name_though_the_connection_goes_to_an_address(
    certificate: Path, serving: ssl.SSLContext
):
    trusting = ssl.create_default_context(cafile=str(certificate))
    with receiving(tls=serving) as receiver:
        asked = poster(context=trusting)
        assert asked.post(f"https://{NAME}:{receiver.port}/", b"{}", {}) == Outcome(204)
        assert asked.post(f"https://other.example.org:{receiver.port}/", b"{}", {}) == Outcome(error="tls")
        assert poster().post(f"https://{NAME}:{receiver.port}/", b"{}", {}) == Outcome(error="tls")
