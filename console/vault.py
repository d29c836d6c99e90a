"""Credentials: the OS keyring, a sealed file where there is none, or the practice platforms' throw-away ones."""

from __future__ import annotations

import base64
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, TypeVar

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from keyring import backend as keyring_backends
from keyring.errors import PasswordDeleteError

from console.words import _

T = TypeVar("T")
Secrets = dict[str, str]

ALLOWED_KEYRINGS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)
"""Backends that keep secrets sealed. Anything else (plain files, null, chained unknowns) is never used."""

VERSION = 1
MEMORY_KIB = 64 * 1024
LANES = 4
ITERATIONS = 3
_PURPOSE = b"tieout vault 1"


@dataclass(slots=True, eq=False)
class VaultFault(Exception):
    """A credential could not be kept or read; says why and what to do, never the secret."""

    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class Vault(Protocol):
    """Keeps the secrets of one credential under its name. Every method raises only `VaultFault`."""

    title: str

    def read(self, name: str) -> Secrets: ...

    def keep(self, name: str, secrets: Secrets) -> None: ...

    def forget(self, name: str) -> None: ...


class KeyringVault:
    """The operating system's keyring, one entry a credential; raises `VaultFault` for a backend that is not trusted."""

    service = "Tieout"

    def __init__(self, backend: keyring_backends.KeyringBackend) -> None:
        self.title = type(backend).__module__
        if self.title not in ALLOWED_KEYRINGS:
            raise VaultFault(
                _("The keyring {name} is not one Tieout trusts.", name=self.title),
                _("Use the system's own keyring, or the sealed file."),
            )
        self._backend = backend

    def read(self, name: str) -> Secrets:
        text = _asked(lambda: self._backend.get_password(self.service, name))
        if text is None:
            raise _missing(name)
        return _secrets(_unpacked(text))

    def keep(self, name: str, secrets: Secrets) -> None:
        text = orjson.dumps(secrets).decode()
        _asked(lambda: self._backend.set_password(self.service, name, text))

    def forget(self, name: str) -> None:
        def delete() -> None:
            with contextlib.suppress(PasswordDeleteError):
                self._backend.delete_password(self.service, name)

        _asked(delete)


def _asked(question: Callable[[], T]) -> T:
    """Backends raise what they like; what they raise may quote what they were given, so it goes no further."""
    with contextlib.suppress(Exception):
        return question()
    raise VaultFault(_("The system keyring does not answer, or refuses."), _("Unlock it and try again."))


class SealedVault:
    """One file, sealed with AES-256-GCM under a key that Argon2id (64 MiB) draws from a passphrase."""

    title = "sealed file"

    def __init__(self, path: Path, ask: Callable[[], str]) -> None:
        self._path = path
        self._ask = ask
        self._key = b""
        self._salt = b""

    def read(self, name: str) -> Secrets:
        kept = self._open()
        if name not in kept:
            raise _missing(name)
        return kept[name]

    def keep(self, name: str, secrets: Secrets) -> None:
        with _alone(self._path):
            self._seal({**self._open(), name: dict(secrets)})

    def forget(self, name: str) -> None:
        with _alone(self._path):
            kept = self._open()
            if kept.pop(name, None) is not None:
                self._seal(kept)

    def lock(self) -> None:
        """Forget the key; the passphrase is asked again at the next use."""
        self._key = b""

    def _key_for(self, salt: bytes) -> bytes:
        """The key under a salt; the passphrase is asked once for as long as the salt stays."""
        if self._key and salt == self._salt:
            return self._key
        passphrase = self._ask()
        if not passphrase:
            raise VaultFault(
                _("This machine has no keyring Tieout trusts, so credentials are kept in a sealed file."),
                _("Give its passphrase on the terminal or with --passphrase-fd N."),
            )
        kdf = Argon2id(salt=salt, length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB)
        self._key, self._salt = kdf.derive(passphrase.encode("utf-8", "surrogateescape")), salt
        return self._key

    def _open(self) -> dict[str, Secrets]:
        content = _content(self._path)
        if content is None:
            self._key_for(self._salt or os.urandom(16))
            return {}
        salt, nonce, box = _parts(content)
        try:
            plain = AESGCM(self._key_for(salt)).decrypt(nonce, box, _PURPOSE)
        except InvalidTag:
            self._key = b""
            raise VaultFault(
                _("The passphrase is wrong, or the sealed credential file is damaged."),
                _("Try again; if it is right, restore the file from a copy or connect again."),
            ) from None
        return _every(_unpacked(plain))

    def _seal(self, kept: dict[str, Secrets]) -> None:
        nonce = os.urandom(12)
        box = AESGCM(self._key_for(self._salt)).encrypt(nonce, orjson.dumps(kept), _PURPOSE)
        parts = {"salt": self._salt, "nonce": nonce, "box": box}
        texts = {name: base64.b64encode(part).decode() for name, part in parts.items()}
        _replace(self._path, orjson.dumps({"version": VERSION, **texts}))


class PracticeVault:
    """The practice platforms' own credentials, beside the practice workspace: throw-away, worth nothing elsewhere."""

    title = "practice file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def _all(self) -> dict[str, Secrets]:
        content = _content(self._path)
        return {} if content is None else _every(_unpacked(content))

    def read(self, name: str) -> Secrets:
        kept = self._all()
        if name not in kept:
            raise _missing(name)
        return kept[name]

    def keep(self, name: str, secrets: Secrets) -> None:
        with _alone(self._path):
            _replace(self._path, orjson.dumps({**self._all(), name: dict(secrets)}))

    def forget(self, name: str) -> None:
        with _alone(self._path):
            kept = self._all()
            if kept.pop(name, None) is not None:
                _replace(self._path, orjson.dumps(kept))


def _missing(name: str) -> VaultFault:
    spoken = name.rsplit("/", 1)[-1]
    return VaultFault(_("There is no credential for {name} on this machine.", name=spoken), _("Connect it again."))


def _damaged() -> VaultFault:
    return VaultFault(_("The stored credentials are damaged."), _("Restore them from a copy, or connect again."))


def _unpacked(content: str | bytes) -> object:
    with contextlib.suppress(orjson.JSONDecodeError):  # it would keep the content
        return orjson.loads(content)
    raise _damaged()


def _secrets(value: object) -> Secrets:
    if not isinstance(value, dict):
        raise _damaged()
    return {str(name): str(secret) for name, secret in value.items()}


def _every(value: object) -> dict[str, Secrets]:
    if not isinstance(value, dict):
        raise _damaged()
    return {str(name): _secrets(secrets) for name, secrets in value.items()}


def _parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Salt, nonce and sealed box of a vault file."""
    sealed = _unpacked(content)
    if not isinstance(sealed, dict):
        raise _damaged()
    if isinstance(sealed.get("version"), int) and sealed["version"] > VERSION:
        raise VaultFault(_("A newer version of Tieout sealed the credential file."), _("Update Tieout."))
    try:
        salt, nonce, box = (base64.b64decode(sealed[part], validate=True) for part in ("salt", "nonce", "box"))
    except (KeyError, ValueError, TypeError):
        raise _damaged() from None
    if len(salt) != 16 or len(nonce) != 12:
        raise _damaged()
    return salt, nonce, box


def _content(path: Path) -> bytes | None:
    """What a file holds; None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise _unreachable(path, fault) from None


def _unreachable(path: Path, fault: OSError) -> VaultFault:
    return VaultFault(
        _("The credential file {path} cannot be used: {why}.", path=path, why=fault.strerror or fault),
        _("Check the disk, the folder and its rights."),
    )


def _replace(path: Path, content: bytes) -> None:
    """Write beside and rename, readable by its owner only; raises `VaultFault` and leaves what was there."""
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        beside = ""
    except OSError as fault:
        raise _unreachable(path, fault) from None
    finally:
        if beside:
            Path(beside).unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time changes the file: what another one kept meanwhile is not lost."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f".{path.name}.lock").open("ab")
    except OSError as fault:
        raise _unreachable(path, fault) from None
    with lock:
        _take(lock)
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(lock: IO[bytes]) -> None:
        while True:
            lock.seek(0)
            with contextlib.suppress(OSError):  # it gives up after ten seconds of waiting
                msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
                return

else:
    import fcntl

    def _take(lock: IO[bytes]) -> None:
        fcntl.flock(lock, fcntl.LOCK_EX)


def trusted_keyring() -> keyring_backends.KeyringBackend | None:
    """The best allow-listed keyring of this machine, or None."""
    trusted = [each for each in keyring_backends.get_all_keyring() if type(each).__module__ in ALLOWED_KEYRINGS]
    return max(trusted, key=lambda each: float(each.priority), default=None)


def open_vault(beside: Path, practice: bool, ask: Callable[[], str]) -> Vault:
    """The vault of a workspace: practice credentials, else the keyring, else the sealed file beside it."""
    if practice:
        return PracticeVault(beside.with_name(f"{beside.name}.practice"))
    backend = trusted_keyring()
    if backend is not None:
        return KeyringVault(backend)
    return SealedVault(beside.with_name(f"{beside.name}.vault"), ask)
