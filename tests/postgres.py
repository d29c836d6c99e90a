"""A PostgreSQL server for the length of the test session, and a fresh database in it for each test that asks."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

NUMBERS = count(1)
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


def server_binaries() -> Path | None:
    """The newest folder that has `initdb` and `postgres`."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return next((folder for folder in reversed(found) if (folder / "postgres").exists()), None)


def _ordinary_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    names = [entry.pw_name for entry in pwd.getpwall()]
    user = "postgres" if "postgres" in names else "nobody"
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _make_cluster(binaries: Path, data: Path, user: dict[str, Any]) -> None:
    command = [binaries / "initdb", "--pgdata", data, "--username=tieout", "--auth=trust", "--encoding=UTF8"]
    command += ["--no-locale", "--no-sync", "--no-instructions"]
    made = subprocess.run(command, cwd=data.parent, capture_output=True, text=True, check=False, **user)
    assert made.returncode == 0, made.stderr


def _start(binaries: Path, data: Path, user: dict[str, Any]) -> subprocess.Popen[bytes]:
    settings = {**QUICK, "listen_addresses": "", "unix_socket_directories": str(data.parent)}
    command = [binaries / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
    with (data.parent / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=data.parent, stdout=log, stderr=log, **user)


def _connected(server: subprocess.Popen[bytes], folder: Path) -> psycopg.Connection:
    until = time.monotonic() + 20
    while True:
        try:
            return psycopg.connect(host=str(folder), user="tieout", dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            assert server.poll() is None and time.monotonic() < until, (folder / "log").read_text()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.02)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[psycopg.Connection]:
    """A connection that may make databases."""
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's server is not installed")
    user = _ordinary_user()
    with tempfile.TemporaryDirectory(prefix="tieout-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user["user"])
        _make_cluster(binaries, folder / "data", user)
        server = _start(binaries, folder / "data", user)
        try:
            with _connected(server, folder) as connection:
                yield connection
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(20)


@pytest.fixture
def postgres_url(postgres_server: psycopg.Connection) -> Iterator[str]:
    """The SQLAlchemy address of an empty database of the test's own."""
    name = f"test_{next(NUMBERS)}"
    postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield f"postgresql+psycopg://tieout@/{name}?host={postgres_server.info.host}"
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
