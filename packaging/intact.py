"""Whether every file of every installed package is there in its full size."""

from __future__ import annotations

import os
from importlib import metadata


def intact() -> bool:
    return all(map(_whole, metadata.distributions()))


def _whole(package: metadata.Distribution) -> bool:
    return bool(package.files) and all(_in_full(file) for file in package.files or () if file.suffix != ".pyc")


def _in_full(file: metadata.PackagePath) -> bool:
    try:
        size = os.stat(str(file.locate())).st_size
    except OSError:
        return False
    return file.size is None or size == file.size
