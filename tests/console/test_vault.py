"""Credentials are kept sealed, whole and by nobody else; what goes wrong is said without them."""

import base64
import os
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.backends.SecretService import Keyring as SecretService
from keyring.errors import KeyringLocked, PasswordDeleteError

from console import vault
from console.vault import (
    ALLOWED_KEYRINGS,
    KeyringVault,
    PracticeVault,
    SealedVault,
    Vault,
    VaultFault,
    open_vault,
    trusted_keyring,
)

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s3cr3t-äöü-token"
PASSPHRASE = "correct horse"
SECRETS = {"client_id": "tieout", "client_secret": SECRET}

KEEP = """
import sys
from pathlib import Path
from console.vault import SealedVault
vault = SealedVault(Path(sys.argv[1]), lambda: "correct horse")
for n in range(3):
    vault.keep(f"{sys.argv[2]}-{n}", {"token": sys.argv[2]})
"""


def asked(passphrase: str = PASSPHRASE) -> Callable[[], str]:
    return lambda: passphrase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "books.tieout.vault"


@pytest.fixture
def sealed(path: Path) -> SealedVault:
    kept = SealedVault(path, asked())
    kept.keep("w1/netsuite", SECRETS)
    return kept


def said_by(fault: pytest.ExceptionInfo[VaultFault]) -> str:
    """Everything a report of the fault could show, causes included."""
    seen: list[BaseException] = []
    each: BaseException | None = fault.value
    while each is not None and each not in seen:
        seen.append(each)
        each = each.__cause__ or each.__context__
    texts = [f"{one!r} {one} {one.args} {vars(one) if hasattr(one, '__dict__') else ''}" for one in seen]
    return "\n".join([*texts, *traceback.format_exception(fault.value)])


def test_what_is_kept_is_read_by_another_start_with_the_passphrase(sealed: SealedVault, path: Path) -> None:
    sealed.keep("w1/kantata", {"access_token": "x"})
    again = SealedVault(path, asked())
    assert again.read("w1/netsuite") == SECRETS
    again.forget("w1/netsuite")
    again.forget("w1/netsuite")
    assert SealedVault(path, asked()).read("w1/kantata") == {"access_token": "x"}
    with pytest.raises(VaultFault, match="There is no credential for netsuite on this machine"):
        sealed.read("w1/netsuite")


def test_the_file_shows_neither_secrets_nor_names_and_only_its_owner_reads_it(sealed: SealedVault, path: Path) -> None:
    content = path.read_bytes()
    sealed_box = orjson.loads(content)
    for part in (content, *(base64.b64decode(sealed_box[name]) for name in ("salt", "nonce", "box"))):
        assert SECRET.encode() not in part and b"netsuite" not in part
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sealed_box["version"] == 1


def test_every_seal_has_a_nonce_of_its_own_and_the_salt_stays(sealed: SealedVault, path: Path) -> None:
    before = orjson.loads(path.read_bytes())
    sealed.keep("w1/netsuite", SECRETS)
    after = orjson.loads(path.read_bytes())
    assert before["salt"] == after["salt"]
    assert before["nonce"] != after["nonce"] and before["box"] != after["box"]


def test_the_key_is_argon2id_of_64_mebibytes(sealed: SealedVault, path: Path) -> None:
    parts = {
        name: base64.b64decode(text) for name, text in orjson.loads(path.read_bytes()).items() if name != "version"
    }
    key = Argon2id(salt=parts["salt"], length=32, iterations=3, lanes=4, memory_cost=64 * 1024).derive(b"correct horse")
    assert orjson.loads(AESGCM(key).decrypt(parts["nonce"], parts["box"], b"tieout vault 1")) == {
        "w1/netsuite": SECRETS
    }


def test_a_wrong_passphrase_opens_nothing_changes_nothing_and_can_be_corrected(sealed: SealedVault, path: Path) -> None:
    before = path.read_bytes()
    answers = iter(["wrong", "wrong again", PASSPHRASE])
    kept = SealedVault(path, lambda: next(answers))
    with pytest.raises(VaultFault, match="The passphrase is wrong, or"):
        kept.read("w1/netsuite")
    with pytest.raises(VaultFault) as fault:
        kept.keep("w1/kantata", {"token": SECRET})
    assert SECRET not in said_by(fault) and "wrong again" not in said_by(fault)
    assert path.read_bytes() == before
    assert kept.read("w1/netsuite") == SECRETS


def test_the_passphrase_is_asked_once_until_the_vault_is_locked(path: Path) -> None:
    questions: list[int] = []

    def ask() -> str:
        questions.append(1)
        return PASSPHRASE

    kept = SealedVault(path, ask)
    kept.keep("a", SECRETS)
    kept.keep("b", SECRETS)
    assert kept.read("a") == SECRETS
    assert len(questions) == 1
    kept.lock()
    assert kept.read("a") == SECRETS
    assert len(questions) == 2


def test_without_a_passphrase_nothing_is_kept_and_the_remedy_is_said(path: Path) -> None:
    with pytest.raises(VaultFault, match="--passphrase-fd N") as fault:
        SealedVault(path, asked("")).keep("a", SECRETS)
    assert SECRET not in said_by(fault)
    assert not path.exists()


def test_a_passphrase_that_is_no_text_works_and_is_not_shown(path: Path) -> None:
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")
    SealedVault(path, asked(odd)).keep("a", SECRETS)
    assert SealedVault(path, asked(odd)).read("a") == SECRETS


def damage(part: str, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def damaged(content: bytes) -> bytes:
        sealed = orjson.loads(content)
        sealed[part] = base64.b64encode(change(base64.b64decode(sealed[part]))).decode()
        return orjson.dumps(sealed)

    return damaged


@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: b"[]",
        lambda content: b"null",
        lambda content: b"\xff\xfe",
        lambda content: b'{"salt": null, "nonce": 1, "box": []}',
        lambda content: content.replace(b'"box"', b'"bax"'),
        lambda content: orjson.dumps({**orjson.loads(content), "salt": "@@@"}),
        lambda content: orjson.dumps({**orjson.loads(content), "version": "one", "nonce": ""}),
        damage("salt", lambda salt: salt[:4]),
        damage("nonce", lambda nonce: nonce * 20),
        damage("box", lambda box: box[:8]),
        damage("box", lambda box: bytes([box[0] ^ 1]) + box[1:]),
        damage("nonce", lambda nonce: bytes([nonce[0] ^ 1]) + nonce[1:]),
    ],
)
def test_a_damaged_file_is_a_sentence_and_is_left_alone(
    sealed: SealedVault, path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    path.write_bytes(damaged(path.read_bytes()))
    before = path.read_bytes()
    for kept in (sealed, SealedVault(path, asked())):
        with pytest.raises(VaultFault, match="damaged"):
            kept.read("w1/netsuite")
        with pytest.raises(VaultFault) as fault:
            kept.keep("w1/netsuite", SECRETS)
        assert SECRET not in said_by(fault)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_tieout_says_so(sealed: SealedVault, path: Path) -> None:
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "version": 2}))
    with pytest.raises(VaultFault, match="Update Tieout"):
        sealed.read("w1/netsuite")


def test_a_file_sealed_anew_elsewhere_is_opened_with_its_own_salt(sealed: SealedVault, path: Path) -> None:
    path.unlink()
    SealedVault(path, asked()).keep("w1/netsuite", {"token": "new"})
    assert sealed.read("w1/netsuite") == {"token": "new"}


def test_a_write_that_fails_leaves_what_was_there(
    sealed: SealedVault, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def full(*_given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vault.os, "replace", full)
    with pytest.raises(VaultFault, match="No space left on device") as fault:
        sealed.keep("w1/kantata", {"token": SECRET})
    assert SECRET not in said_by(fault)
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == {path.name, f".{path.name}.lock"}


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for kept in (SealedVault(tmp_path / "file" / "vault", asked()), PracticeVault(tmp_path / "file" / "practice")):
        with pytest.raises(VaultFault, match="cannot be used"):
            kept.keep("a", SECRETS)


def test_two_processes_lose_nothing_of_each_other(path: Path) -> None:
    command = [sys.executable, "-c", KEEP, str(path)]
    running = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("one", "two")]
    assert [each.wait(60) for each in running] == [0, 0]
    kept = SealedVault(path, asked())
    for name in ("one", "two"):
        for n in range(3):
            assert kept.read(f"{name}-{n}") == {"token": name}


def test_a_vault_never_shows_what_it_holds(sealed: SealedVault, tmp_path: Path) -> None:
    practice = PracticeVault(tmp_path / "practice")
    practice.keep("a", SECRETS)
    sealed.read("w1/netsuite")
    for kept in (sealed, practice):
        assert SECRET not in repr(kept) and PASSPHRASE not in repr(kept)
        assert SECRET not in str(vars(kept)) and PASSPHRASE not in str(vars(kept))


def test_a_fault_can_be_raised_compared_and_kept_in_a_set() -> None:
    fault = VaultFault("It is locked.", "Unlock it.")
    assert str(fault) == "It is locked. Unlock it."
    assert len({fault, VaultFault("It is locked.", "Unlock it.")}) == 2


def backend_of(module: str, priority: float = 5, fails: Exception | None = None) -> KeyringBackend:
    """A keyring in memory that says it comes from `module`."""
    kept: dict[tuple[str, str], str] = {}

    class Keyring:
        def get_password(self, service: str, username: str) -> str | None:
            if fails:
                raise fails
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            if fails:
                raise type(fails)(f"{fails} {password}")
            kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            if fails:
                raise fails
            if (service, username) not in kept:
                raise PasswordDeleteError("not there")
            del kept[service, username]

    Keyring.__module__ = module
    backend: Any = Keyring()
    backend.priority = priority
    backend.kept = kept
    return backend  # type: ignore[no-any-return]


@pytest.mark.parametrize("module", ALLOWED_KEYRINGS)
def test_a_trusted_keyring_keeps_one_entry_a_credential(module: str) -> None:
    backend: Any = backend_of(module)
    kept: Vault = KeyringVault(backend)
    kept.keep("w1/netsuite", SECRETS)
    assert list(backend.kept) == [("Tieout", "w1/netsuite")]
    assert kept.read("w1/netsuite") == SECRETS
    kept.forget("w1/netsuite")
    kept.forget("w1/netsuite")
    assert backend.kept == {}
    with pytest.raises(VaultFault, match="There is no credential for netsuite"):
        kept.read("w1/netsuite")


@pytest.mark.parametrize(
    "backend",
    [
        NullKeyring(),
        FailKeyring(),
        ChainerBackend(),
        backend_of("keyrings.alt.file"),
        backend_of("keyring.backends.SecretService.evil"),
        backend_of("somewhere"),
    ],
    ids=lambda backend: type(backend).__module__,
)
def test_any_other_keyring_is_refused(backend: KeyringBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VaultFault, match="is not one Tieout trusts"):
        KeyringVault(backend)
    monkeypatch.setattr(vault.keyring_backends, "get_all_keyring", lambda: [backend])
    assert trusted_keyring() is None


def test_the_best_trusted_keyring_is_taken_and_an_untrusted_better_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = [
        backend_of("keyring.backends.kwallet", 4),
        backend_of("keyring.backends.SecretService", 5),
        backend_of("keyrings.alt.file", 9),
    ]
    monkeypatch.setattr(vault.keyring_backends, "get_all_keyring", lambda: offered)
    assert trusted_keyring() is offered[1]


def test_the_names_on_the_list_are_those_the_library_uses() -> None:
    assert SecretService.__module__ in ALLOWED_KEYRINGS
    import keyring.backends as library

    present = {f"keyring.backends.{path.stem}" for path in Path(library.__path__[0]).iterdir()}
    assert set(ALLOWED_KEYRINGS) <= present


@pytest.mark.parametrize("fails", [KeyringLocked(SECRET), OSError(SECRET), RuntimeError(SECRET)])
def test_a_keyring_that_fails_is_a_sentence_without_the_secret(fails: Exception) -> None:
    kept = KeyringVault(backend_of("keyring.backends.SecretService", fails=fails))
    for act in (lambda: kept.read("a"), lambda: kept.keep("a", SECRETS), lambda: kept.forget("a")):
        with pytest.raises(VaultFault, match="Unlock it") as fault:
            act()
        assert SECRET not in said_by(fault)


@pytest.mark.parametrize("text", [SECRET, f'["{SECRET}"]', '"x"', "{"])
def test_a_damaged_keyring_entry_is_not_shown(text: str) -> None:
    backend: Any = backend_of("keyring.backends.SecretService")
    backend.kept["Tieout", "a"] = text
    with pytest.raises(VaultFault, match="damaged") as fault:
        KeyringVault(backend).read("a")
    assert SECRET not in said_by(fault)


def test_practice_credentials_are_kept_beside_the_workspace(tmp_path: Path) -> None:
    kept = PracticeVault(tmp_path / "deep" / "books.practice")
    kept.forget("a")
    kept.keep("a", SECRETS)
    kept.keep("b", {"token": "t"})
    assert PracticeVault(tmp_path / "deep" / "books.practice").read("a") == SECRETS
    kept.forget("a")
    with pytest.raises(VaultFault, match="There is no credential for a"):
        kept.read("a")
    assert kept.read("b") == {"token": "t"}
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "deep" / "books.practice").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "[1]", '{"a": 1}', "{"])
def test_a_damaged_practice_file_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "p").write_text(content)
    with pytest.raises(VaultFault, match="damaged"):
        PracticeVault(tmp_path / "p").read("a")


def test_a_workspace_opens_the_vault_that_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    books = tmp_path / "books.tieout"
    monkeypatch.setattr(vault.keyring_backends, "get_all_keyring", lambda: [NullKeyring()])
    assert isinstance(open_vault(books, practice=False, ask=asked()), SealedVault)
    assert isinstance(open_vault(books, practice=True, ask=asked()), PracticeVault)
    trusted = backend_of("keyring.backends.SecretService")
    monkeypatch.setattr(vault.keyring_backends, "get_all_keyring", lambda: [trusted])
    assert isinstance(open_vault(books, practice=False, ask=asked()), KeyringVault)
    assert isinstance(open_vault(books, practice=True, ask=asked()), PracticeVault)
