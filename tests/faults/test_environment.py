"""Practice and real tenants never meet; a real tenant's credential is sealed under a passphrase."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.vault import trusted_keyring
from tests.faults.conftest import (
    Desk,
    Outcome,
    Veil,
    apart,
    assert_unseen,
    between,
    connected,
    passphrase,
    secrets_of,
    started,
)
from tests.loopback import StandIn
from tests.sandbox import Sandbox

PHRASE = "correct horse battery staple"
pytestmark = pytest.mark.skipif(trusted_keyring() is not None, reason="A keyring is here, so nothing is sealed")


@pytest.fixture
def real(practice: Sandbox) -> Iterator[StandIn]:
    """A Kantata account that is no practice platform as far as anybody can tell."""
    with between(practice, "kantata", Veil()) as stand_in:
        yield stand_in


def _connect(practice: Sandbox, path: Path, real: StandIn, phrase: str = PHRASE) -> Outcome:
    with passphrase(phrase) as fd:
        return connected(path, "kantata", real.url, practice.sign_in("kantata"), "", "--passphrase-fd", fd)


def test_a_real_workspace_never_speaks_to_a_practice_platform(practice: Sandbox, desk: Desk, real: StandIn) -> None:
    assert _connect(practice, desk.path, real).json["environment"] == "prod"
    done = connected(desk.path, "netsuite", practice.base_url("netsuite"), practice.sign_in("netsuite"))
    done.refused("This workspace is prod", "practice", "another workspace", code=2)
    assert [row["id"] for row in desk("connections", "--json").json] == ["kantata"]


def test_a_practice_workspace_never_speaks_to_a_real_tenant(practice: Sandbox, desk: Desk, real: StandIn) -> None:
    assert connected(desk.path, "netsuite", practice.base_url("netsuite"), practice.sign_in("netsuite")).code == 0
    asked = len(real.asked)
    way = practice.sign_in("kantata")
    done = connected(desk.path, "kantata", real.url, way)
    done.refused("This workspace is practice", "another workspace", code=2)
    assert [each.path for each in real.asked[asked:]] == ["/-/hello"]
    connected(desk.path, "kantata", "https://kantata.invalid", way).refused("This workspace is practice", code=2)


def test_a_platform_that_is_no_practice_one_any_more_is_told_nothing(practice: Sandbox, desk: Desk) -> None:
    veil = Veil(down=False)
    with between(practice, "kantata", veil) as stand_in:
        assert connected(desk.path, "kantata", stand_in.url, practice.sign_in("kantata")).code == 0
        veil.down, asked = True, len(stand_in.asked)
        desk("sync").refused("is no practice platform", "Start the practice platforms again")
        assert {each.path for each in stand_in.asked[asked:]} == {"/-/hello"}


def test_a_real_workspace_notices_a_practice_platform_at_its_address(
    practice: Sandbox, desk: Desk, tmp_path: Path
) -> None:
    veil = Veil()
    with between(practice, "kantata", veil) as stand_in:
        assert _connect(practice, desk.path, stand_in).code == 0
        veil.down, asked = False, len(stand_in.asked)
        with passphrase(PHRASE) as fd:
            desk("sync", "--passphrase-fd", fd).refused("is a practice platform", "practice workspace")
        assert {each.path for each in stand_in.asked[asked:]} == {"/-/hello"}


def test_addresses_of_two_platforms_are_refused(practice: Sandbox, desk: Desk) -> None:
    way = practice.sign_in("salesforce") | {"base_url": "https://login.salesforce.com"}
    desk("connect", "salesforce", "--secrets", "-", given=way).refused("Some addresses", "one platform")


def test_the_passphrase_opens_what_it_sealed(practice: Sandbox, desk: Desk, real: StandIn) -> None:
    done = _connect(practice, desk.path, real)
    sealed = desk.path.with_name(desk.path.name + ".vault").read_bytes()
    secrets = [*secrets_of(practice.sign_in("kantata")), PHRASE]
    assert_unseen(secrets, done.out, done.err, desk.everything(), sealed)
    with passphrase(PHRASE) as fd:
        synced = desk("sync", "--record", "kantata/project/1", "--json", "--passphrase-fd", fd)
    assert synced.code == 0, synced.err
    assert_unseen(secrets, synced.out, synced.err, desk.everything())
    with passphrase("another horse") as fd:
        desk("sync", "--passphrase-fd", fd).refused("passphrase is wrong", "Try again")
    assert apart("sync", "--workspace", str(desk.path)).refused("--passphrase-fd", "terminal")
    assert desk.asked() == []


def test_a_passphrase_that_is_missing_or_wrong_keeps_nothing(practice: Sandbox, desk: Desk, real: StandIn) -> None:
    _connect(practice, desk.path, real, phrase="").refused("--passphrase-fd", "terminal")
    desk(*_again(real), given=practice.sign_in("kantata")).refused("--passphrase-fd", "terminal")
    nowhere = desk(*_again(real), "--passphrase-fd", "977", given=practice.sign_in("kantata"))
    nowhere.refused("977", "open it for reading")
    assert desk("connections", "--json").json == []
    assert _connect(practice, desk.path, real).code == 0
    with passphrase("another horse") as fd:
        done = desk(*_again(real), "--passphrase-fd", fd, given=practice.sign_in("kantata"))
    done.refused("passphrase is wrong")
    with passphrase(PHRASE) as fd:
        assert desk("sync", "--record", "kantata/project/1", "--passphrase-fd", fd).code == 0


def _again(real: StandIn) -> list[str]:
    return ["connect", "kantata", "--field", f"base_url={real.url}", "--secrets", "-"]


def test_nobody_sees_the_passphrase_of_a_worker(practice: Sandbox, desk: Desk, real: StandIn) -> None:
    assert _connect(practice, desk.path, real).code == 0
    with passphrase(PHRASE) as fd:
        words = ["worker", "--workspace", str(desk.path), "--passphrase-fd", fd]
        with started(*words, pass_fds=(int(fd),)) as worker:
            try:
                real_reads = len(real.asked)
                while len(real.asked) == real_reads and worker.poll() is None:
                    os.sched_yield()
                place = Path(f"/proc/{worker.pid}")
                assert_unseen(
                    [*secrets_of(practice.sign_in("kantata")), PHRASE],
                    (place / "cmdline").read_bytes(),
                    (place / "environ").read_bytes(),
                )
            finally:
                worker.terminate()
                out, err = worker.communicate(timeout=30)
    assert (worker.returncode, out, err) == (0, "", "")


def test_a_spoilt_credential_file_is_named(practice: Sandbox, desk: Desk, real: StandIn) -> None:
    assert _connect(practice, desk.path, real).code == 0
    vault = desk.path.with_name(desk.path.name + ".vault")
    vault.write_text('{"version": 1, "salt": "x"}')
    with passphrase(PHRASE) as fd:
        desk("sync", "--passphrase-fd", fd).refused("damaged", "connect again")
    vault.write_text('{"version": 99}')
    with passphrase(PHRASE) as fd:
        desk("sync", "--passphrase-fd", fd).refused("newer version", "Update")
    vault.unlink()
    with passphrase(PHRASE) as fd:
        desk("sync", "--passphrase-fd", fd).refused("no credential", "Connect it again")
