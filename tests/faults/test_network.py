"""Nobody there, the wrong one there, somebody who cannot prove who he is, and a wire that breaks."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.faults.conftest import Desk, assert_unseen, between, connected, secrets_of, unaltered
from tests.loopback import HANG_UP, Asked, Reply, served, told
from tests.sandbox import Sandbox, running


def _kantata(practice: Sandbox) -> dict[str, Any]:
    return practice.sign_in("kantata")


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens: the port is taken and not served."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("key", ["salesforce", "kantata", "netsuite"])
def test_nobody_at_the_address(practice: Sandbox, desk: Desk, nobody: str, key: str) -> None:
    way = practice.sign_in(key) | {"token_url": ""}
    connected(desk.path, key, nobody, way).refused("refuses connections", "Check the address")
    assert not desk.path.exists()


def test_a_name_that_does_not_exist(practice: Sandbox, desk: Desk) -> None:
    done = connected(desk.path, "kantata", "https://kantata.invalid", _kantata(practice))
    done.refused("No host named kantata.invalid", "Check the address")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://api.example.com", "without encryption"),
        ("ftp://127.0.0.1", "no web address"),
        ("127.0.0.1:8000", "no web address"),
        ("http://[::1", "no web address"),
        ("https://", "no web address"),
    ],
)
def test_an_address_that_may_not_be_called(practice: Sandbox, desk: Desk, address: str, words: str) -> None:
    connected(desk.path, "kantata", address, _kantata(practice)).refused(words, "https://")


def test_the_network_goes_away_and_comes_back(practice: Sandbox, desk: Desk) -> None:
    with between(practice, "netsuite", unaltered) as stand_in:
        assert connected(desk.path, "netsuite", stand_in.url, practice.sign_in("netsuite")).code == 0
        assert desk("sync", "--json").code == 0
        read = desk.count("project")
    assert read
    desk("sync").refused("netsuite", "refuses connections", "Check the address")
    assert desk.count("project") == read
    assert desk("connections", "--json").json[0]["state"] == "failing"
    assert desk("plan", "--json").code == 0


HOTEL = Reply(200, b"<html>Welcome. Sign in to the wireless network.</html>", {"content-type": "text/html"})
ELSEWHERE = Reply(302, b"", {"location": "https://login.hotel.example/"})
NOTHING_HERE = Reply(404, b"Not here", {"content-type": "text/plain"})
STRANGERS = [
    *((key, page) for key in ("salesforce", "kantata", "netsuite") for page in (HOTEL, NOTHING_HERE, told({"a": "b"}))),
    ("kantata", told([])),
    ("netsuite", told("yes")),
    ("salesforce", ELSEWHERE),
    ("kantata", HANG_UP),
]


@pytest.mark.parametrize(("key", "page"), STRANGERS)
def test_somebody_else_answers(practice: Sandbox, desk: Desk, key: str, page: Reply) -> None:
    with served(lambda asked: page) as stranger:
        done = connected(desk.path, key, stranger.url, practice.sign_in(key) | {"token_url": ""})
    done.refused()
    assert_unseen(secrets_of(practice.sign_in(key)), done.out, done.err)
    assert not desk.path.exists()


def test_a_private_authority_must_be_named(tls: tuple[Sandbox, Path], desk: Desk) -> None:
    kantata, ca = tls
    way, url = kantata.sign_in("kantata"), kantata.base_url("kantata")
    connected(desk.path, "kantata", url, way).refused("could not prove who it is", "field ca")
    missing = f"ca={ca.with_name('none.pem')}"
    connected(desk.path, "kantata", url, way, "", "--field", missing).refused("cannot be read", "PEM")
    nonsense = ca.with_name("text.pem")
    nonsense.write_text("no certificate")
    connected(desk.path, "kantata", url, way, "", "--field", f"ca={nonsense}").refused("cannot be read", "PEM")
    done = connected(desk.path, "kantata", url, way, "", "--field", f"ca={ca}")
    assert done.code == 0, done.err
    assert done.json["environment"] == "practice"
    assert desk("sync", "--json").code == 0
    connected(desk.path, "kantata", url.replace("https", "http"), way).refused()


def _certificate(folder: Path, name: str, began: datetime, days: int) -> tuple[ssl.SSLContext, Path]:
    """A server's own signature under its own certificate, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    address: x509.GeneralName = x509.DNSName(name)
    if name[0].isdigit():
        address = x509.IPAddress(IPv4Address(name))
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(began)
    built = built.not_valid_after(began + timedelta(days=days))
    built = built.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    chain, keys = folder / "server.pem", folder / "server.key"
    chain.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    keys.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, keys)
    return context, chain


@pytest.mark.parametrize(
    ("name", "age", "trusted", "words"),
    [
        ("127.0.0.1", 400, True, "expired"),
        ("127.0.0.1", 1, False, "self-signed"),
        ("api.example.com", 1, True, "127.0.0.1"),
    ],
    ids=["expired", "self-signed", "another name"],
)
def test_a_certificate_that_proves_nothing(
    practice: Sandbox, desk: Desk, tmp_path: Path, name: str, age: int, trusted: bool, words: str
) -> None:
    context, chain = _certificate(tmp_path, name, datetime.now(UTC) - timedelta(days=age), 90)
    more = ["--field", f"ca={chain}"] if trusted else []
    with served(lambda asked: told({}), context) as impostor:
        done = connected(desk.path, "kantata", impostor.url, _kantata(practice), "", *more)
        assert impostor.asked == []
    done.refused("could not prove who it is", words, "Check the address")


def test_a_wire_that_fails_now_and_then_is_read_to_the_end(desk: Desk, tmp_path: Path) -> None:
    with running(tmp_path / "j.jsonl", "--history", "6m", "--platform", "kantata") as kantata:
        assert connected(desk.path, "kantata", kantata.base_url("kantata"), kantata.sign_in("kantata")).code == 0
        for fault in ("reset:*:@5+2", "truncated:*:@12", "slow:*:@3:0.1", "rate_storm:*:@20+2", "reset:*:@30"):
            kantata.ask("kantata", "POST", "/-/faults", {"spec": f"kantata:{fault}"})
        assert desk("sync", "--json").code == 0
        struck = kantata.ask("kantata", "GET", "/-/faults")["faults"]
    assert all(each["struck"] for each in struck), struck
    covered = {each["kind"]: each["state"] for each in desk("connections", "--json").json[0]["coverage"]}
    assert set(covered.values()) == {"complete"}
    assert desk.count("time_entry") > 100


def test_a_hello_that_is_not_signed_is_none(practice: Sandbox, desk: Desk) -> None:
    def claims(asked: Asked) -> Reply:
        if asked.path == "/-/hello":
            return told({"practice": "tieout", "nonce": asked.query["nonce"], "platform": "kantata", "signature": "0"})
        return told({"count": 0, "results": [], "users": {}})

    with served(claims) as impostor:
        done = connected(desk.path, "kantata", impostor.url, _kantata(practice))
    done.refused()
