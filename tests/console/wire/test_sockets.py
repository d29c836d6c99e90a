"""TLS is always verified; a company's own authority is a file away."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from console.wire.faults import Unexpected
from console.wire.http import Wire
from console.wire.sockets import is_loopback
from tests.loopback import served, told


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "own.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


async def status(url: str, ca: str = "") -> int:
    wire = Wire(url, ca=ca)
    try:
        return (await wire.send("POST", "/", json={})).status
    finally:
        await wire.close()


def test_an_unknown_authority_is_refused_before_anything_is_sent(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with served(lambda asked: told({}), context) as there:
        with pytest.raises(Unexpected) as caught:
            asyncio.run(status(there.url))
        assert asyncio.run(status(there.url, str(certificate))) == 200
    assert not caught.value.sent and "prove who it is" in caught.value.sentence and "ca" in caught.value.remedy
    assert len(there.asked) == 1


def test_a_certificate_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unexpected, match="cannot be read"):
        asyncio.run(status("https://127.0.0.1:1", str(tmp_path / "missing.pem")))


def test_a_proxy_of_the_environment_is_never_on_the_way_to_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with served(lambda asked: told({})) as there:
        assert asyncio.run(status(there.url)) == 200


@pytest.mark.parametrize(
    ("host", "near"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("10.0.0.1", False), ("localhost.evil.example", False)],
)
def test_loopback_is_known_by_its_form(host: str, near: bool) -> None:
    assert is_loopback(host) is near
