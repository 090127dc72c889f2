"""Over TLS: the certificate is that of the name, although the connection goes to an address."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django.fixtures import Settings

from tests.webhooks.receiver import Receiver, listening
from webhooks import transport

NAME = "hooks.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For NAME, signed by itself; with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(
    certificate: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Receiver]:
    """A receiver with the certificate; every name leads to it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    real = socket.getaddrinfo

    def here(_host: str, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1", *args, **kwargs)

    with listening(context) as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", here)
        settings.WEBHOOK_ALLOWED_PORTS = [receiver.port]
        settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        yield receiver


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(transport, "tls_context", lambda: context)


@pytest.mark.usefixtures("trusted")
def test_the_name_is_told_and_its_certificate_taken(secure: Receiver) -> None:
    outcome = transport.post(f"https://{NAME}:{secure.port}/hook", b"{}", {})
    assert (outcome.status, outcome.error) == (200, "")
    assert secure.names == [NAME]
    assert secure.messages[0].headers["host"] == f"{NAME}:{secure.port}"


@pytest.mark.usefixtures("trusted")
def test_the_certificate_of_another_name_is_refused(secure: Receiver) -> None:
    outcome = transport.post(f"https://other.example:{secure.port}/hook", b"{}", {})
    assert not outcome.delivered
    assert "certificate" in outcome.error.lower()
    assert secure.messages == []


def test_a_certificate_that_nobody_knows_is_refused(secure: Receiver) -> None:
    outcome = transport.post(f"https://{NAME}:{secure.port}/hook", b"{}", {})
    assert not outcome.delivered
    assert "certificate" in outcome.error.lower()
    assert secure.messages == []
