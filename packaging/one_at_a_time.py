"""A lock on a file that ends with the processes that hold it, however they end."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def one_at_a_time(lock: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    with lock.open("a+b") as file:
        os.set_inheritable(file.fileno(), True)
        if not _taken(file, wait=False):
            on_wait()
            while not _taken(file, wait=True):
                pass
        yield


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[bytes], *, wait: bool) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:  # also after ten seconds of waiting
            return False
        return True

else:
    import fcntl

    def _taken(file: IO[bytes], *, wait: bool) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
