"""Credentials: the OS keyring, a sealed file where there is none, or the practice platforms' throw-away ones."""

from __future__ import annotations

import base64
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from keyring import backend as keyring_backends
from keyring.errors import KeyringError

from console.words import _

Secrets = dict[str, str]

ALLOWED_KEYRINGS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)
"""Backends that keep secrets sealed. Anything else (plain files, null, chained unknowns) is never used."""

MEMORY_KIB = 64 * 1024
LANES = 4
ITERATIONS = 3


@dataclass(slots=True)
class VaultFault(Exception):
    """A credential could not be kept or read; says why and what to do, never the secret."""

    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".strip()


class Vault(Protocol):
    """Keeps the secrets of one credential under its name."""

    title: str

    def read(self, name: str) -> Secrets: ...

    def keep(self, name: str, secrets: Secrets) -> None: ...

    def forget(self, name: str) -> None: ...


def _missing(name: str) -> VaultFault:
    return VaultFault(_("There is no credential for {name} on this machine.", name=name), _("Connect it again."))


class KeyringVault:
    """The operating system's keyring, one entry a credential."""

    service = "Tieout"

    def __init__(self, backend: keyring_backends.KeyringBackend) -> None:
        self._backend = backend
        self.title = f"{type(backend).__module__}"

    def read(self, name: str) -> Secrets:
        try:
            text = self._backend.get_password(self.service, name)
        except KeyringError as fault:
            raise VaultFault(_("The system keyring is locked."), _("Unlock it and try again.")) from fault
        if text is None:
            raise _missing(name)
        return _secrets(orjson.loads(text))

    def keep(self, name: str, secrets: Secrets) -> None:
        try:
            self._backend.set_password(self.service, name, orjson.dumps(secrets).decode())
        except KeyringError as fault:
            raise VaultFault(
                _("The system keyring did not take the credential."), _("Unlock it and try again.")
            ) from fault

    def forget(self, name: str) -> None:
        try:
            self._backend.delete_password(self.service, name)
        except KeyringError:
            return


class SealedVault:
    """One file, sealed with AES-256-GCM under a key that Argon2id (64 MiB) draws from a passphrase."""

    title = "sealed file"

    def __init__(self, path: Path, ask: Callable[[], str]) -> None:
        self._path = path
        self._ask = ask
        self._key: bytes | None = None
        self._salt = b""

    def read(self, name: str) -> Secrets:
        kept = self._open()
        if name not in kept:
            raise _missing(name)
        return kept[name]

    def keep(self, name: str, secrets: Secrets) -> None:
        kept = self._open()
        kept[name] = dict(secrets)
        self._seal(kept)

    def forget(self, name: str) -> None:
        kept = self._open()
        if kept.pop(name, None) is not None:
            self._seal(kept)

    def lock(self) -> None:
        """Forget the key; the passphrase is asked again at the next use."""
        self._key = None

    def _draw_key(self) -> bytes:
        if self._key is None:
            passphrase = self._ask()
            if not passphrase:
                raise VaultFault(
                    _("This machine has no keyring Tieout trusts, so credentials are kept in a sealed file."),
                    _("Give its passphrase on the terminal or with --passphrase-fd N."),
                )
            kdf = Argon2id(
                salt=self._salt, length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB
            )
            self._key = kdf.derive(passphrase.encode())
        return self._key

    def _open(self) -> dict[str, Secrets]:
        if not self._path.exists():
            self._salt = self._salt or os.urandom(16)
            self._draw_key()
            return {}
        try:
            sealed = orjson.loads(self._path.read_bytes())
            self._salt, nonce, box = (base64.b64decode(sealed[part]) for part in ("salt", "nonce", "box"))
        except (orjson.JSONDecodeError, KeyError, ValueError, TypeError) as fault:
            raise VaultFault(
                _("The sealed credential file is damaged."), _("Restore it from a copy, or connect again.")
            ) from fault
        try:
            plain = AESGCM(self._draw_key()).decrypt(nonce, box, b"tieout vault 1")
        except InvalidTag:
            self._key = None
            raise VaultFault(_("The passphrase is wrong."), _("Try again.")) from None
        return {name: _secrets(secrets) for name, secrets in orjson.loads(plain).items()}

    def _seal(self, kept: dict[str, Secrets]) -> None:
        nonce = os.urandom(12)
        box = AESGCM(self._draw_key()).encrypt(nonce, orjson.dumps(kept), b"tieout vault 1")
        parts = {"salt": self._salt, "nonce": nonce, "box": box}
        _replace(self._path, orjson.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()}))


class PracticeVault:
    """The practice platforms' own credentials, beside the practice workspace: throw-away, worth nothing elsewhere."""

    title = "practice file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def _all(self) -> dict[str, Secrets]:
        return orjson.loads(self._path.read_bytes()) if self._path.exists() else {}

    def read(self, name: str) -> Secrets:
        kept = self._all()
        if name not in kept:
            raise _missing(name)
        return kept[name]

    def keep(self, name: str, secrets: Secrets) -> None:
        _replace(self._path, orjson.dumps({**self._all(), name: dict(secrets)}))

    def forget(self, name: str) -> None:
        _replace(self._path, orjson.dumps({kept: value for kept, value in self._all().items() if kept != name}))


def _secrets(value: object) -> Secrets:
    if not isinstance(value, dict):
        raise VaultFault(_("The stored credential is damaged."), _("Connect again."))
    return {str(name): str(secret) for name, secret in value.items()}


def _replace(path: Path, content: bytes) -> None:
    """Write beside and rename, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, stat.S_IRUSR | stat.S_IWUSR)
        os.replace(beside, path)
    except OSError as fault:
        Path(beside).unlink(missing_ok=True)
        raise VaultFault(_("The credential could not be written."), _("Check the disk and its rights.")) from fault


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
